# ruff: noqa: E501 - files stand as they come
"""Quirks of exports that would sell what isn't there, give a wrong number, or lose rows: by `look`, then `prepare`.

All values are made up. Layouts: PrestaShop's, OpenCart's and Magento's product exports, Amazon's flat files (a line of labels above
one of names), MovieLens, UCI Online Retail, H&M's articles read by pandas, Google Merchant Center.
"""

import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
import yaml

from bundlesmith.data.look import look
from bundlesmith.data.prepare import DataSource, prepare
from bundlesmith.data.report import Report
from tests.data.shops import prepared


def told(folder: Path, files: dict[str, str | bytes]) -> tuple[dict[str, tuple[Any, ...]], pl.DataFrame, Report]:
    """Title, price and stock of each item, the events, and the report."""
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "shop.yaml").write_text(look(folder).yaml)
    report = prepare(DataSource(kind="tables", path=folder / "shop.yaml"), folder / "out")
    items = pl.read_parquet(folder / "out" / "items.parquet").select("item_id", "title", "price", "stock")
    return {row[0]: row[1:] for row in items.iter_rows()}, pl.read_parquet(folder / "out" / "events.parquet"), report


ITEMS: dict[str, tuple[str, dict[str, tuple[Any, ...]]]] = {
    "the price with tax counts": (
        '"Product ID";Name;"Price (tax excl.)";"Price (tax incl.)";Quantity\n4;Vase;20.00;24.00;7\n5;Jar;5.00;6.00;0\n',
        {"4": ("Vase", 24.0, 7), "5": ("Jar", 6.0, 0)},
    ),
    "the id of a state is no stock": (
        "product_id,name,quantity,price,status,stock_status_id\n9,Kettle,120,30.0,true,5\n8,Pan,3,12.0,false,6\n",
        {"9": ("Kettle", 30.0, 120), "8": ("Pan", 12.0, 0)},
    ),
    "pieces in a pack are no stock": (
        "sku,name,price,quantity per pack,on stock\nP1,Nails,4.50,200,no\nP2,Bolts,2.20,50,yes\n",
        {"P1": ("Nails", 4.5, 0), "P2": ("Bolts", 2.2, None)},
    ),
    "warehouses are added": (
        "sku,name,price,Stock Lyon,Stock Metz\nL1,Rake,9.90,0,4\nL2,Hoe,8.80,0,0\nL3,Axe,7.70,2,5\n",
        {"L1": ("Rake", 9.9, 4), "L2": ("Hoe", 8.8, 0), "L3": ("Axe", 7.7, 7)},
    ),
    "a mark means yes, blank means no": (
        "sku;name;preis;auf Lager\nM1;Seil;9,99;x\nM2;Haken;2,99;\nM3;Öse;0,99;x\n",
        {"M1": ("Seil", 9.99, None), "M2": ("Haken", 2.99, 0), "M3": ("Öse", 0.99, None)},
    ),
    "J and N": (
        "sku;name;preis;lieferbar\nJ1;Rohr;9,99;J\nJ2;Bogen;2,99;N\n",
        {"J1": ("Rohr", 9.99, None), "J2": ("Bogen", 2.99, 0)},
    ),
    "colours": (
        "sku;name;preis;Bestand\nF1;Rohr;9,99;grün\nF2;Bogen;2,99;rot\n",
        {"F1": ("Rohr", 9.99, None), "F2": ("Bogen", 2.99, 0)},
    ),
    "words of which some can be read": (
        "sku;name;preis;Verfügbarkeit\nV1;a;1,00;lieferbar\nV2;b;1,00;nicht mehr lieferbar\nV3;c;1,00;ab 15.06. wieder lieferbar\nV4;d;1,00;0 Stück auf Lager\n",
        {"V1": ("a", 1.0, None), "V2": ("b", 1.0, 0), "V3": ("c", 1.0, 0), "V4": ("d", 1.0, 0)},
    ),
    "private products (-1)": (
        "SKU,Name,Published,Stock,Regular price\nW1,Tee,1,4,18\nW2,Cap,0,4,9\nW3,Bag,-1,4,12\n",
        {"W1": ("Tee", 18.0, 4), "W2": ("Cap", 9.0, 0), "W3": ("Bag", 12.0, 0)},
    ),
    "2 is offline": (
        "sku,product_type,name,product_online,price,qty\nG1,simple,Duffel,1,34,4\nG2,simple,Tote,2,20,9\n",
        {"G1": ("Duffel", 34.0, 4)},
    ),
    "an error of a spreadsheet is no blank stock": (
        "sku;name;preis;bestand\nE1;Pfeil;3,00;#NV\nE2;#NV;4,00;2\nE3;Bogen;5,00;6\n",
        {"E1": ("Pfeil", 3.0, 0), "E3": ("Bogen", 5.0, 6)},
    ),
    "a sale that may be over": (
        "id,title,price,sale_price,sale_price_effective_date,availability\nA1,Coat,80.00 EUR,50.00 EUR,2018-01-01T00:00Z/2018-02-01T00:00Z,in_stock\nA2,Hat,20.00 EUR,,,out_of_stock\n",
        {"A1": ("Coat", 80.0, None), "A2": ("Hat", 20.0, 0)},
    ),
    "comments between rows": (
        "# of the ERP\n# 12 May\nsku,name,price,stock\nC1,Pot,12.50,3\n# C2,Old pot,10.00,4\nC3,Lid,4.00,0\n",
        {"C1": ("Pot", 12.5, 3), "C3": ("Lid", 4.0, 0)},
    ),
    "a second line of names": (
        "Seller SKU,Product Name,Your Price,Quantity\nitem_sku,item_name,standard_price,quantity\nZ1,Quilt,39.99,12\nZ2,Sheet,19.99,0\n",
        {"Z1": ("Quilt", 39.99, 12), "Z2": ("Sheet", 19.99, 0)},
    ),
    "drawn by psql": (
        "sku  | name   | price\n-----+--------+------\nQ1   | Pot    | 5.00\nQ2   | Lid    | 6.00\n(2 rows)\n",
        {"Q1": ("Pot", 5.0, None), "Q2": ("Lid", 6.0, None)},
    ),
}


@pytest.mark.parametrize("name", ITEMS)
def test_items(name: str, tmp_path: Path) -> None:
    text, wanted = ITEMS[name]
    assert told(tmp_path, {"goods.csv": text})[0] == wanted


GOODS = "sku,name\na,One\nb,Two\n"
EVENTS: dict[str, tuple[dict[str, str], list[tuple[str, str, int]]]] = {
    "an order with a time of its cancellation": (
        {
            "p.csv": GOODS,
            "o.csv": "order_id,customer,created_at,cancelled_at,sku\n1,u,2024-01-02,,a\n2,u,2024-01-05,2024-01-06,b\n",
        },
        [("u", "a", 1704153600)],
    ),
    "a return by its kind": (
        {"p.csv": GOODS, "o.csv": "order,customer,date,sku,Typ\n1,u,2024-01-02,a,Verkauf\n2,u,2024-01-05,a,Retoure\n"},
        [("u", "a", 1704153600)],
    ),
    "year, month and day apart": (
        {"p.csv": GOODS, "o.csv": "order,customer,year,month,day,sku\n1,u,2024,1,2,a\n"},
        [("u", "a", 1704153600)],
    ),
    "a time by its values": (
        {"p.csv": GOODS, "o.csv": "order,customer,gebucht,sku\n1,u,02.01.2024 00:00,a\n2,v,13.01.2024 00:00,b\n"},
        [("u", "a", 1704153600), ("v", "b", 1705104000)],
    ),
    "ids that another program took the zeros from": (
        {"p.csv": "article_id,name\n0101,One\n0102,Two\n", "o.csv": "customer_id,article_id,date\nu,101,2024-01-02\n"},
        [("u", "0101", 1704153600)],
    ),
    "a catalogue without its zeros": (
        {
            "p.csv": "article_id,name\n101,One\n2,Two\n",
            "o.csv": "customer_id,article_id,date\nu,0101,2024-01-02\nu,0002,2024-01-02\n",
        },
        [("u", "101", 1704153600), ("u", "2", 1704153600)],
    ),
    "ids of anything, by their values": (
        {
            "movies.csv": "movieId,title,genres\n7,Heat (1995),Crime\n8,Ran,Drama\n",
            "ratings.csv": "userId,movieId,rating,timestamp\n3,8,4.0,1704153600\n",
        },
        [("3", "8", 1704153600)],
    ),
    "lines of orders alone": (
        {
            "OnlineRetail.csv": "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID\n5,85A,HEART,6,2024-01-02,2.55,u\n6,86B,LAMP,-1,2024-01-03,9.00,v\n"
        },
        [("u", "85A", 1704153600)],
    ),
}


@pytest.mark.parametrize("name", EVENTS)
def test_events(name: str, tmp_path: Path) -> None:
    files, wanted = EVENTS[name]
    items, events, _ = told(tmp_path, dict(files))
    assert sorted(events.select("user_id", "item_id", "timestamp").iter_rows()) == wanted
    assert all(stock is None for _, _, stock in items.values())  # quantities of lines are no stocks


def test_ids_that_the_catalogue_has_keep_their_zeros(tmp_path: Path) -> None:
    files = {
        "p.csv": "item_id,title\n007,One\n7,Two\n08,Three\n",
        "o.csv": "user_id,item_id,timestamp\nu,7,2024-01-02\nu,8,2024-01-02\n",
    }
    tables = prepared(tmp_path, dict(files), {"items": {"file": "p.csv"}, "events": {"file": "o.csv"}})
    assert tables.events["item_id"].to_list() == ["7"]  # 8 isn't 08 where ids are of several widths


def test_mended_zeros_are_reported(tmp_path: Path) -> None:
    files = {"p.csv": "item_id,title\n007,One\n019,Two\n", "b.csv": "bundle_id,items\nx,7|19\n"}
    tables = prepared(tmp_path, dict(files), {"items": {"file": "p.csv"}, "bundles": {"file": "b.csv"}})
    assert tables.bundles["items"].to_list() == [["007", "019"]]
    (change,) = [change for change in tables.changes if "leading zeros" in change.reason]
    assert change.count == 2 and change.examples == ("19 for 019", "7 for 007")


def test_sheets_that_differ_are_looked_at_one_by_one(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        for name, rows in {
            "About": [["Shop"], ["2024"]],
            "Goods": [["SKU", "Name", "Price"], ["T1", "Tent", 99.5], ["T2", "Peg", 1]],
            "Sales": [["Order", "Customer", "Date", "SKU"], ["1", "u", "2024-01-02", "T2"]],
        }.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    items, events, _ = told(tmp_path, {"shop.xlsx": sink.getvalue()})
    assert items == {"T1": ("Tent", 99.5, None), "T2": ("Peg", 1.0, None)}
    assert events.select("user_id", "item_id").row(0) == ("u", "T2")
    assert yaml.safe_load((tmp_path / "shop.yaml").read_text())["events"]["sheet"] == "Sales"


def test_what_is_missing_and_what_can_not_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "goods.csv").write_text("sku,name,lager\nX1,Tea,Halle 3\nX2,Pot,Halle 4\n")
    (tmp_path / "seen.csv").write_text("who,sku\nu,X1\n")
    notes = look(tmp_path).notes()
    assert any('goods.csv: "lager" may say what is in stock' in note for note in notes)
    assert any("seen.csv: it holds ids of the items, but no column is known as timestamp" in note for note in notes)


def test_xml_rows_of_any_name(tmp_path: Path) -> None:
    text = "<liste><ware><sku>H1</sku><name>Hut</name></ware><ware><sku>H2</sku><name>Schal</name></ware></liste>"
    assert told(tmp_path, {"liste.xml": text})[0] == {"H1": ("Hut", None, None), "H2": ("Schal", None, None)}


def test_a_feed_whose_sale_may_be_over(tmp_path: Path) -> None:
    """The preset for Google's feed, with and without the column of times."""
    head, one, two = (
        "id\ttitle\tprice\tsale_price\tavailability",
        "K1\tCoat\t80.00 EUR\t50.00 EUR\tin_stock",
        "K2\tHat\t20.00 EUR\t\tin_stock",
    )
    times = ("\tsale_price_effective_date\n", "\t2018-01-01/2018-02-01\n", "\t\n")
    for ends, price in ((("\n", "\n", "\n"), 50.0), (times, 80.0)):
        (tmp_path / "feed.tsv").write_text("".join(row + end for row, end in zip((head, one, two), ends, strict=True)))
        prepare(DataSource(kind="google-feed", path=tmp_path / "feed.tsv"), tmp_path / "out")
        assert pl.read_parquet(tmp_path / "out" / "items.parquet")["price"].to_list() == [price, 20.0]
