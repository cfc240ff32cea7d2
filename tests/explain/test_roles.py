import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundlesmith.errors import BundlesmithError
from bundlesmith.explain.kinds import ProductRole, RoleType, common_name
from bundlesmith.explain.roles import shipped_roles

from .shop import ROLES, TYPES


def noun(title: str, *category: str) -> str | None:
    found = ROLES.of(title, category, "en")
    return found.noun if found else None


@pytest.mark.parametrize(
    ("title", "category", "found"),
    [
        ("Fjell Dome Tent", (), "tent"),
        ("Fjell Tents, 2 pieces", (), "tents"),
        ("Fjell Dome Tent 240 x 210 cm, Green", (), "tent"),
        ("Tent Green", (), "tent"),
        ("Lys Lantern for Tents", (), "lantern"),  # what it is for isn't what it is
        ("Lys Lantern (with Gas Cartridge)", (), "lantern"),
        ("Tent Wurzel", (), "tent"),  # nothing is called a Wurzel
        ("Tent Lantern Wurzel", ("Gas Stoves",), "gas stove"),  # but the category says what it is
        ("Tent Set", (), "tent set"),
        ("Tents & Lanterns Set", (), "tent and lantern set"),
        ("Tent (3 Pack)", (), "tents"),
        ("Acme Tent Lantern Wurzel 7", ("Camping", "Tents"), "tent"),
        ("Acme Gas Stove Lantern Gas Cartridge", ("Camping", "Gas Stoves"), "gas stove"),
        ("Acme Stove", ("Camping", "Gas Stoves"), "gas stove"),
        ("Acme Tent 58 cm lantern", ("Camping", "Things"), "tent"),
        ("Acme X200", ("Camping", "Tents"), "tent"),
        ("Acme X200", ("Camping", "Tents", "Casual"), "tent"),
        ("Acme X200", ("Tents", "Casual"), None),  # a department says little
        ("Acme X200", ("Camping", "Tents & Lanterns"), None),  # which of the two?
        ("Acme Lantern X", ("Camping", "Tents & Lanterns"), "lantern"),
        ("", (), None),
        ("天蓝色帐篷 三人", (), "tent"),
    ],
)
def test_the_type_is_what_the_title_ends_with_or_what_the_category_is_called(title, category, found):
    assert noun(title, *category) == found


def test_a_plural_stays_one_and_a_set_is_one() -> None:
    assert noun("Fjell Tents, 2 pieces") == "tents" and noun("Fjell Tent for Tents") == "tent"
    assert noun("Fjell Tent Set") == "tent set"


def test_the_longest_name_wins():
    assert noun("Brenn Gas Stove") == "gas stove" and noun("Fjell Sleeping Bag") == "sleeping bag"


def test_chinese():
    assert ROLES.of("Fjell Dome Tent", (), "zh") == ProductRole("帐篷", "在户外睡觉")


def test_a_shops_own_table_comes_first():
    own = ROLES.with_own("Tents: {en: [shelter, to hide in]}\nCamping > Cooking: {zh: [灶, 烧水]}\n")
    assert own.of("Fjell Dome Tent", ("Camping", "tents"), "en") == ProductRole("shelter", "to hide in")
    assert own.of("Brenn Gas Stove", ("Camping", "Cooking"), "en") == ProductRole(
        "灶", "烧水"
    )  # the only language it has
    assert own.of("Lys Lantern", ("Camping", "Lights"), "en") == TYPES["lamp"].en


@pytest.mark.parametrize(
    "text", ["Tents: tent", "Tents: {en: [tent]}", "Tents: {de: [Zelt, x]}", "Tents: {}", "- a", "{"]
)
def test_what_is_no_table_is_refused_with_its_name(text: str):
    with pytest.raises(BundlesmithError, match=r"roles\.yaml"):
        ROLES.with_own(text)


def test_the_shipped_table_is_well_formed():
    types = shipped_roles().types
    assert len(types) > 2500
    for each in types:
        assert all((each.en.noun, each.en.purpose, each.zh.noun, each.zh.purpose)), each
        assert each.en.purpose.startswith("to ") and 2 <= len(each.en.purpose.split()) <= 9, each
        assert not each.zh.purpose.startswith("用来") and each.zh.noun.strip() == each.zh.noun, each
    names = [each.en.noun.casefold() for each in types]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("title", "noun"),
    [
        ("Acme 2-Person Tent", "tent"),
        ("Acme Tent Pegs", "tent pegs"),
        ("Acme Moka Pot 3 cups", "moka pot"),
        ("Acme Stainless Steel Frying Pan 28 cm", "frying pan"),
        ("Acme Ultra microSD Memory Card 64GB", "memory card"),
        ("Acme Women's Running Shoes, 38", "women's running shoes"),
        ("Acme Necklace by Fashion Chain", "necklace"),
        ("Acme Motherboards", "motherboard"),
    ],
)
def test_everyday_products_are_known(title: str, noun: str):
    found = shipped_roles().of(title, (), "en")
    assert found and found.noun == noun


@given(st.text(max_size=200), st.lists(st.text(max_size=30), max_size=4))
def test_any_title_and_category_have_a_role_or_none(title, category):
    shipped_roles().of(title, category, "en")


def test_items_of_a_category_whose_names_end_alike_are_of_one_group():
    groups = {ROLES.group_of(*item) for item in (("Dome Tent", ("Tents",)), ("Fjell Tents", ("Tents",)))}
    assert groups == {("Tents", "tent")} and ROLES.group_of("Dome Tent", ("Shelters",)) == ("Shelters", "tent")
    assert ROLES.group_of("Wurzel", ("Tents and more",)) is None


def test_the_common_name_is_how_all_names_end():
    kinds = [RoleType(ProductRole(english, "to x"), ProductRole(chinese, "x")) for english, chinese in _TENTS]
    assert common_name(kinds) == RoleType(ProductRole("tent", "to x"), ProductRole("帐篷", "x"))
    assert common_name(kinds[:1]) == kinds[0]
    other = RoleType(ProductRole("shelter", "to x"), ProductRole("棚", "x"))
    assert common_name([kinds[0], other]) is None


@pytest.mark.parametrize(
    ("one", "other", "like", "common"),
    [
        (("tent", "帐篷"), ("dome tent", "圆顶帐篷"), False, "tent"),  # in both languages
        (("bag", "包"), ("sleeping bag", "睡袋"), False, None),
        (("dome tent", "圆顶帐篷"), ("tunnel tent", "隧道帐篷"), True, "tent"),
        (("dome tent", "圆顶帐篷"), ("tunnel tent", "隧道帐篷"), False, None),
        (("headphones", "耳机"), ("earphones", "耳机"), True, "headphones"),
        (("pajama set", "睡衣套装"), ("pajamas", "睡衣"), False, "pajama set"),
        (("adapter cable", "转接线"), ("cable adapter", "线缆转接头"), False, "adapter cable"),
        (("tent", "帐篷"), ("stove", "炉子"), True, None),
    ],
)
def test_what_is_one_thing_is_told_together(one, other, like, common):
    category = ("Camping",) if like else ()
    kinds = [RoleType(ProductRole(noun, "to x"), ProductRole(chinese, "x")) for noun, chinese in (one, other)]
    found = ROLES.in_common(*kinds, category)
    assert (found and found.en.noun) == common


_TENTS = [("dome tent", "圆顶帐篷"), ("tunnel tents", "隧道帐篷"), ("tent", "帐篷")]


@pytest.mark.parametrize(
    ("title", "english", "chinese"),
    [
        ("Bibbly Kids' Bike Helmet, Red", "kids' bike helmet", "儿童自行车头盔"),
        ("Acme Women’s Down Jacket", "women's down jacket", "女士羽绒服"),
        ("Acme Trail Children's Bike", "children's bike", "儿童自行车"),
        ("Acme Kids' Snowsuit", "kids' snowsuit", "儿童连体雪服"),
    ],
)
def test_for_whom_a_product_is_is_said(title: str, english: str, chinese: str) -> None:
    roles = [shipped_roles().of(title, (), language) for language in ("en", "zh")]
    assert [role and role.noun for role in roles] == [english, chinese]


@pytest.mark.parametrize(
    ("title", "noun"),
    [
        ("Acme Flex Widget Cable 2 m", "widget cable"),
        ("Acme Flex XLQ Cable 2 m", "XLQ cable"),
        ("Acme Pro Cable 2 m", "cable"),
        ("Acme Cable, Black", "cable"),
    ],
)
def test_a_part_is_called_with_the_word_that_says_of_what(title: str, noun: str) -> None:
    found = shipped_roles().of(title, (), "en")
    assert found and found.noun == noun


def test_packs_of_sets_are_one_set_and_twin_packs_are_several() -> None:
    for title, noun in (("Acme Spinner Set (8 Pack)", "spinner set"), ("Acme Inner Tube (Twin Pack)", "inner tubes")):
        found = shipped_roles().of(title, (), "en")
        assert found and found.noun == noun


def test_the_table_is_whole_and_in_order() -> None:
    types = shipped_roles().types
    assert all(text for each in types for role in (each.en, each.zh) for text in (role.noun, role.purpose))
    nouns = [each.en.noun for each in types]
    assert nouns == sorted(nouns, key=lambda noun: (noun.casefold(), noun)) and len(set(nouns)) == len(nouns)
    assert all(each.en.purpose.startswith("to ") for each in types)


def test_a_common_name_in_chinese_begins_with_no_measure() -> None:
    two, four = (shipped_roles().type_of(f"Acme {part}-Part Kayak Paddle", ()) for part in ("Two", "Four"))
    assert two and four and (found := common_name([two, four])) and found.zh.noun == "皮艇桨"


def test_a_part_in_a_category_that_begins_with_its_name_is_of_the_category() -> None:
    found = shipped_roles().type_of("Acme Ball Bearing Case for Towers", ("Computers", "Case Fans"))
    assert found and found.en.noun == "case fan"


@pytest.mark.parametrize(
    ("title", "category", "noun", "purpose"),
    [
        ("Acme Ridge Zorb Cup", ("Colds", "Inhalers"), "cup", ""),
        ("Acme Ridge Cup", ("Kitchen", "Cups"), "cup", "to drink from"),
        ("Acme Ridge Zorb Cover", ("Winter", "Covers"), "zorb cover", ""),  # for anything, even so
        ("Acme Ridge Laundry Nets", ("Care",), "laundry nets", "to wash delicate things in"),
        ("Acme Ridge Slim-fit Cover", ("Cases",), "slim-fit cover", ""),
        ("Acme Ridge MANUAL Screen", ("Video",), "manual screen", ""),
    ],
)
def test_what_may_be_many_things_has_a_purpose_only_if_its_category_says_which(
    title: str, category: tuple[str, ...], noun: str, purpose: str
) -> None:
    found = shipped_roles().of(title, category, "en")
    assert found and (found.noun, found.purpose) == (noun, purpose)


def test_nothing_is_called_a_tool_by_its_category_alone() -> None:
    assert shipped_roles().of("Acme Zorbifier", ("Cheese", "Tools"), "en") is None
    own = shipped_roles().with_own("Tools: {en: [cheese tool, to make cheese with]}")
    found = own.of("Acme Zorbifier", ("Cheese", "Tools"), "en")
    assert found and found.purpose == "to make cheese with"


@pytest.mark.parametrize(
    ("title", "category", "noun"),
    [
        ("Acme 58MM Zorb Kit", ("Cameras", "USB Zorb Kits"), "USB zorb kit"),
        ("Acme Zorb", ("Cameras", "Zorb Kits"), ""),  # which of the two is right?
        ("Acme Zorb Kit", ("Cameras", "Zorbing"), ""),
        ("Acme Zorb Kit", ("Zorb Kits",), ""),  # a department
        ("Acme Zorb Kit", ("Cameras", "Kits, Zorbs & Snorks"), ""),
    ],
)
def test_what_is_of_no_type_is_called_by_its_category_if_its_title_agrees(
    title: str, category: tuple[str, ...], noun: str
) -> None:
    found = shipped_roles().of(title, category, "en")
    assert (found and (found.noun, found.purpose)) == ((noun, "") if noun else None)
