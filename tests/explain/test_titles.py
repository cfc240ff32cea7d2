import pytest

from bundlesmith.explain.titles import made_for


@pytest.mark.parametrize(
    ("title", "noun", "host"),
    [
        ("Acme Lens Cap for the Canon EOS Rebel (58 mm), black", "lens cap", "Canon EOS Rebel"),
        ("Spare Battery For Nikon EN-EL14 with a charger", "battery", "Nikon EN-EL14"),
        ('Case for 7" Tablets', "case", '7" Tablets'),
        ("Cover for iPad/iPhone", "cover", "iPad"),
        ("Remote for up to 7 devices", "remote", ""),
        ("Hood for for Canon T5i", "hood", "Canon T5i"),
        ("Charms for Snake Chain Bracelets", "charms", "Snake Chain Bracelets"),
        ("Battery for Sony NP-F550 NP-F570 NP-F750 NP-F770 NP-F960", "battery", "Sony NP-F550 NP-F570 NP-F750 NP-F770"),
        ("Tights for Girls", "tights", ""),  # for whom
        ("Bracelet for Father's Day", "bracelet", ""),
        ("Eggs Are Made For Bacon T-Shirt", "T-shirt", ""),  # a slogan
        ('"A Smile for Everybody\'s Heart" Pendant', "pendant", ""),
        ("Acme Tent, good for Scotland", "tent", ""),  # a remark
        ("Acme Tent", "tent", ""),
    ],
)
def test_what_a_product_is_made_for_stands_behind_what_it_is(title: str, noun: str, host: str) -> None:
    assert made_for(title, noun) == host
