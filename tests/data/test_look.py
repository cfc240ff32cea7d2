import pytest
import yaml
from rich.console import Console

from bundlesmith.data.look import look
from bundlesmith.data.prepare import DataSource, prepare
from bundlesmith.errors import BundlesmithError
from tests.cli.run import bundlesmith
from tests.data.test_presets import shopify


def shop(folder):
    goods = [f"A{n};Artikel {n};{n},50 €;auf Lager;Haus > Küche\n" for n in range(1, 9)]
    (folder / "artikel.csv").write_bytes(
        ("Artikelnummer;Bezeichnung;Preis;Bestand;Kategorie\n" + "".join(goods)).encode("cp1252")
    )
    lines = [f"{n};K{n};{n % 28 + 1:02}.05.2024 10:00;A{m % 8 + 1}\n" for n in range(30) for m in (n, n + 1)]
    (folder / "bestellungen.csv").write_text("Bestellnummer;Kundennr;Bestelldatum;Artikel\n" + "".join(lines))
    (folder / "notes.txt").write_text("nothing\n")
    return folder


def test_a_shop_is_told_by_names_and_values_and_can_be_prepared(tmp_path):
    found = look(shop(tmp_path))
    assert yaml.safe_load(found.yaml) == {
        "items": {
            "file": "artikel.csv",
            "columns": {
                "item_id": "Artikelnummer",
                "title": "Bezeichnung",
                "category": "Kategorie",
                "price": "Preis",
                "stock": "Bestand",
            },
        },
        "events": {
            "file": "bestellungen.csv",
            "columns": {
                "session_id": "Bestellnummer",
                "user_id": "Kundennr",
                "item_id": "Artikel",
                "timestamp": "Bestelldatum",
            },
        },
    }
    (tmp_path / "shop.yaml").write_text(found.yaml)
    report = prepare(DataSource(kind="tables", path=tmp_path / "shop.yaml"), tmp_path / "out")
    assert report.kept["items"] == 8 and report.kept["events"] == 60 and report.kept["bundles"] == 30


def test_bundles_as_lists_and_what_cannot_be_read(tmp_path):
    (tmp_path / "products.csv").write_text("sku,name\n" + "".join(f"p{n},Thing {n}\n" for n in range(5)))
    (tmp_path / "outfits.jsonl").write_text(
        '{"outfit": 1, "pieces": ["p1", "p2"]}\n{"outfit": 2, "pieces": ["p3", "p4"]}\n'
    )
    (tmp_path / "broken.csv").write_text("a,b\n1,2,3\n")
    found = look(tmp_path)
    assert yaml.safe_load(found.yaml)["bundles"] == {
        "file": "outfits.jsonl",
        "columns": {"bundle_id": "outfit", "items": "pieces"},
    }
    assert "line 2" in found.unread["broken.csv"]
    console = Console(record=True, width=200)
    found.show(console)
    assert "Thing 0" in console.export_text()


def test_the_command_writes_the_yaml_once(tmp_path, capsys):
    (tmp_path / "data").mkdir()
    out = tmp_path / "shop.yaml"
    assert bundlesmith("look", shopify(tmp_path / "data"), "--out", out) == 0
    assert "looks like shopify" in capsys.readouterr().out
    assert yaml.safe_load(out.read_text())["items"]["columns"]["item_id"] == "Variant SKU"
    assert bundlesmith("look", tmp_path / "data", "--out", out) == 2
    assert bundlesmith("look", tmp_path / "data") == 0
    assert "Variant SKU" in capsys.readouterr().out


def test_nothing_to_look_at(tmp_path):
    with pytest.raises(BundlesmithError, match="has nothing to read"):
        look(tmp_path)
    with pytest.raises(BundlesmithError, match="is not a folder"):
        look(tmp_path / "nope")
