import pytest

from bundlesmith.explain.own_words import own_words, tidy_words


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("  coffee for   two. ", "Coffee for two"),
        ("I'm looking for something for a picnic", "For a picnic"),
        ("just bought a kayak", ""),
        ("can you recommend me a tent?", "A tent"),
        ("Need a tent", "A tent"),
        ("帮我推荐一套做手冲咖啡的", "做手冲咖啡"),
        ("a long train ride to Lisbon, hand luggage only", "A long train ride to Lisbon"),
        ("things for the goldfish: food, plants", "For the goldfish"),
        ("a tent, two sleeping bags and a stove", "A tent, two sleeping bags and a stove"),
        ("toys for a 3 year old", "Toys for a 3-year-old"),
        ("gift for a girl who likes to draw, 8 years old", "Gift for a girl who likes to draw"),
        ("another suitcase trip", "A suitcase trip"),
        ("anything for a ride in the snow", "For a ride in the snow"),
        ("朋友结婚，想布置现场", "朋友结婚"),
        ("new kitten, no litter box needed", "New kitten"),
        ("在家办公，腰疼", "在家办公"),
        ("我想在家里做面包，新手", "在家里做面包"),
        ("two weeks without power last winter", ""),
        ("a flat tyre again yesterday", ""),
        ("车被雨水和虫子弄得很脏，想自己洗", ""),
        ("", ""),
    ],
)
def test_a_short_request_is_the_name(words: str, name: str) -> None:
    assert own_words(words) == name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("replace the tyres on a road bike", "Replacing the tyres on a road bike"),
        ("knit a jumper", "Knitting a jumper"),
        ("back up the photos", "Backing up the photos"),
        ("paint the nursery, walls and ceiling", "Painting the nursery"),
        ("learn calligraphy, left handed", "Learning calligraphy"),
        ("start keeping bees", "Keeping bees"),
        ("I want to bake and decorate a cake", "Baking and decorating a cake"),
        ("paint box with brushes", "Paint box with brushes"),
        ("train set", "Train set"),
        ("sketch people in the park", "Sketching people in the park"),
        ("bottle the beer", "Bottling the beer"),
        ("play electric guitar at night", "Playing electric guitar at night"),
        ("ride out in heavy rain", "Riding out in heavy rain"),
        ("play kitchen with pots", "Play kitchen with pots"),
        ("swim in open water all year round", "Swimming in open water all year round"),
        ("patch the knees of kids trousers", "Patching the knees of kids' trousers"),
    ],
)
def test_an_order_becomes_an_activity(words: str, name: str) -> None:
    assert own_words(words) == name


@pytest.mark.parametrize(
    "words",
    [
        "nice",
        "I need my tent back",
        "some new stuff",
        "something for me",
        "film myself for video calls",
        "which tent is light?",
        "第一次露营需要什么？",
        "free shipping for two",
        "we moved in on friday and there is not one single thing in the kitchen yet",
    ],
)
def test_what_says_nothing_asks_or_is_about_me_is_no_name(words: str) -> None:
    assert own_words(words) == ""


@pytest.mark.parametrize(
    "words",
    [
        "the dog has a cold",
        "puppy arrives on saturday",
        "it's her birthday",
        "mum retires and loves her garden",
        "小狗到家了",
        "宝宝六个月了，要加辅食",
        "已经有花盆",
        "妈妈喜欢种花",
        "烤箱刚买",
        "宝宝晚上睡不好",
        "夜里跑步安全点",
        "猫要坐火车",
        "the phone battery dies on road trips",
        "print nothing and wait for nothing",
    ],
)
def test_a_sentence_is_no_name(words: str) -> None:
    assert own_words(words) == ""


@pytest.mark.parametrize("words", ["in an old Ford pickup across Scotland", "with two kids", "because of the rain"])
def test_a_part_of_a_sentence_is_no_name(words: str) -> None:
    assert own_words(words) == ""


@pytest.mark.parametrize("words", ["bike / commute", "coffee/tea"])
def test_what_has_a_slash_is_no_name(words: str) -> None:
    assert own_words(words) == ""


@pytest.mark.parametrize("words", ["为了解压", "为了孩子", "了解星空", "给刚出生的宝宝洗澡", "露营必要装备"])
def test_words_that_only_hold_the_sign_of_a_sentence_are_names(words: str) -> None:
    assert own_words(words) == words


def test_whose_it_is_has_its_mark() -> None:
    assert tidy_words("womens tents") == "Women's tents" and tidy_words("kid's t-shirts") == "Kids' t-shirts"
    assert tidy_words("men and women") == "Men and women"


def test_shouted_names_are_lowered_and_abbreviations_are_not() -> None:
    assert tidy_words("TENTS") == "Tents" and tidy_words("UPS") == "UPS"
