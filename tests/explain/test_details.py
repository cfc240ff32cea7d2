from bundlesmith.explain.details import details, value_in_chinese
from bundlesmith.explain.facts import facts_of
from bundlesmith.request import Request
from tests.shops import make_catalogue

CATALOGUE = make_catalogue(
    [
        {
            "id": "mat",
            "title": "Fjell Cork Mat 5 mm, Navy",
            "category": ("Mats",),
            "price": 5.0,
            "attributes": {"material": "cork", "colour": "Navy", "weight_kg": 1.2, "max_load_kg": "150", "sku": "1"},
        }
    ]
)


def said(language: str) -> list[tuple[str, str, str]]:
    found = details(facts_of(Request(), ["mat"], CATALOGUE), 0, language)
    return [(each.attribute, each.name, each.value) for each in found]


def test_what_the_title_does_not_say_is_told_with_its_unit() -> None:
    assert said("en") == [("weight_kg", "weight", "1.2 kg"), ("max_load_kg", "max load", "150 kg")]
    assert said("zh") == [("weight_kg", "重量", "1.2 kg"), ("max_load_kg", "最大承重", "150 kg")]


def test_power_in_chinese_is_a_source_or_watts() -> None:
    shop = make_catalogue(
        [
            {"id": power, "title": "Lamp", "category": (), "price": 1.0, "attributes": {"power": power}}
            for power in ("USB-C", "60 W")
        ]
    )
    names = [details(facts_of(Request(), [power], shop), row, "zh")[0].name for row, power in enumerate(shop.ids)]
    assert names == ["电源", "功率"]


def test_a_value_in_chinese_has_no_english_words() -> None:
    assert value_in_chinese("Alpine Navy", "colours") == "藏青色" and value_in_chinese("Navy") == ""
    assert value_in_chinese("PVC and steel") == "" and value_in_chinese("bamboo and aluminium") == "竹和铝"
    assert value_in_chinese("EN 417") == "EN 417" and value_in_chinese("28 x 1.40") == "28 x 1.40"
    assert value_in_chinese("screw cartridge") == ""
    assert value_in_chinese("vegan leather") == "人造革" and value_in_chinese("faux oak") == ""  # which is no oak
