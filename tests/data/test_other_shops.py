# ruff: noqa: E501 - files stand as they come
"""Small files as other shops and programs write them: read as a careful person would, or refused in one clear error.

All values are made up. Layouts: product exports of PrestaShop, Shopware 6, Lightspeed Retail, Etsy and Taobao; Yandex
Market Language (yandex.com/support/partnermarket).
"""

import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from bundlesmith.errors import BundlesmithError
from tests.data.shops import parquet, prepared


def workbook(**sheets: list[list[Any] | str]) -> bytes:
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                if isinstance(row, str):
                    sheet.merge_range(number, 0, number, 3, row)
                else:
                    sheet.write_row(number, 0, row)
    return sink.getvalue()


def packed(**files: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.csv", text)
    return sink.getvalue()


PLAIN = "item_id,title,price\n1,One,1.50\n2,Two,2.50\n"
SHEET = [["item_id", "title", "price", "stock"], [1, "One", 1249.0, 3], [2, "Two", 39.9, 0]]
ONE_TWO = {"1": ("One", 1.5, None), "2": ("Two", 2.5, None)}
NUMBERED = {"1": ("One", 1249.0, 3), "2": ("Two", 39.9, 0)}
NESTED = [
    {
        "id": "a",
        "name": {"en": "One"},
        "variants": [{"price": "1.50"}, {"price": "2"}],
        "tags": [{"id": 4, "name": "Mugs"}],
    },
    {"id": "b", "name": {"en": "Two"}, "variants": [{"price": "2.50"}], "tags": []},
]
YML = """<?xml version="1.0" encoding="windows-1251"?><!DOCTYPE yml_catalog SYSTEM "shops.dtd"><yml_catalog><shop>
<categories><category id="2" parentId="1">Кружки</category></categories><offers>
<offer id="9012" available="true"><name>Кружка синяя</name><price>499</price><categoryId>2</categoryId></offer>
<offer id="9013" available="false"><name>Кружка красная</name><price>1599.50</price><categoryId>2</categoryId></offer>
</offers></shop></yml_catalog>"""

READ: dict[str, tuple[str, str | bytes, dict[str, Any], dict[str, tuple[str, float | None, int | None]]]] = {
    "titles above the header": ("a.csv", f"Price list\nof 1 May\n\n{PLAIN}", {}, ONE_TWO),
    "UTF-16 without a mark": ("a.csv", PLAIN.encode("utf-16-le"), {}, ONE_TWO),
    "three kinds of line ends": ("a.csv", b"item_id,title,price\r\n1,One,1.50\n2,Two,2.50\r", {}, ONE_TWO),
    "empty and repeated columns": (
        "a.csv",
        "item_id,,title,img,img,price\n1,,One,a,b,1.5\n2,,Two,a,b,2.5\n",
        {},
        ONE_TWO,
    ),
    "separators at the ends of rows": ("a.csv", "item_id,title,price\n1,One,1.5,\n2,Two,2.5,\n", {}, ONE_TWO),
    "carets": ("a.csv", PLAIN.replace(",", "^"), {}, ONE_TWO),
    "text called .xls": ("a.xls", PLAIN.replace(",", "\t"), {}, ONE_TWO),
    "ids as floats": ("a.csv", PLAIN.replace("\n1,", "\n1.0,").replace("\n2,", "\n2.0,"), {}, ONE_TWO),
    "leading zeros": (
        "a.csv",
        "item_id;title\n007;One\n7;Two\n",
        {},
        {"007": ("One", None, None), "7": ("Two", None, None)},
    ),
    "marks of spreadsheets": (
        *("a.csv", 'item_id,title,price\n="001",One,1.5\n="002",Two,2.5\n', {}),
        {"001": ("One", 1.5, None), "002": ("Two", 2.5, None)},
    ),
    "French": (
        "a.csv",
        "item_id;title;price\n1;One;1\u202f249,00\u00a0€\n2;Two;39,90 €\n",
        {},
        {k: (*v[:2], None) for k, v in NUMBERED.items()},
    ),
    "Swiss": (
        "a.csv",
        "item_id;title;price\n1;One;CHF 1'249.–\n2;Two;CHF 39.90\n",
        {},
        {k: (*v[:2], None) for k, v in NUMBERED.items()},
    ),
    "Indian": (
        "a.csv",
        'item_id;title;price\n1;One;"₹1,24,999"\n2;Two;₹999.50\n',
        {},
        {"1": ("One", 124999.0, None), "2": ("Two", 999.5, None)},
    ),
    "Arabic digits": ("a.csv", "item_id;title;price\n1;One;١٫٥٠ ر.س\n2;Two;٢٫٥٠ ر.س\n", {}, ONE_TWO),
    "ranges and from": (
        "a.csv",
        "item_id;title;price\n1;One;от 500 ₽\n2;Two;$12.99 - $19.99\n3;Three;99,50 ₽\n",
        {},
        {"1": ("One", None, None), "2": ("Two", None, None), "3": ("Three", 99.5, None)},
    ),
    "stock in five languages": (
        *(
            "a.csv",
            "item_id,title,stock\n1,One,em falta\n2,Two,В наличии\n3,Three,已售完\n4,Four,In stock (3)\n5,Five,maybe\n",
            {},
        ),
        {
            "1": ("One", None, 0),
            "2": ("Two", None, None),
            "3": ("Three", None, 0),
            "4": ("Four", None, 3),
            "5": ("Five", None, 0),
        },
    ),
    "parts of objects": (
        "a.jsonl",
        "\n".join(map(json.dumps, NESTED)),
        {"item_id": "id", "title": "name.en", "price": "variants[0].price"},
        {"a": ONE_TWO["1"], "b": ONE_TWO["2"]},
    ),
    "rows deep in a document": (
        "a.json",
        json.dumps({"data": {"products": NESTED}, "meta": {"page": 1}}),
        {"item_id": "id", "title": "name.en"},
        {"a": ("One", None, None), "b": ("Two", None, None)},
    ),
    "an object of objects": (
        "a.json",
        json.dumps({"1": {"title": "One", "price": 1.5}, "2": {"title": "Two", "price": 2.5}}),
        {"item_id": "key"},
        ONE_TWO,
    ),
    "Parquet: decimals": (
        "a.parquet",
        parquet(item_id=[1, 2], title=["One", "Two"], price=[Decimal("1249.00"), Decimal("39.90")], stock=[3, 0]),
        {},
        NUMBERED,
    ),
    "Parquet: dictionaries, booleans": (
        "a.parquet",
        parquet(
            item_id=pl.Series(["1", "2"], dtype=pl.Categorical),
            title=["One", "Two"],
            price=pl.Series([1.5, 2.5], dtype=pl.Float32),
            stock=[True, False],
        ),
        {},
        {"1": ONE_TWO["1"], "2": ("Two", 2.5, 0)},
    ),
    "Parquet: ids beyond 63 bits": (
        "a.parquet",
        parquet(item_id=pl.Series([2**64 - 1, 2], dtype=pl.UInt64), title=["One", "Two"]),
        {},
        {str(2**64 - 1): ("One", None, None), "2": ("Two", None, None)},
    ),
    "Excel: a merged title": ("a.xlsx", workbook(S=["Products of 2024", *SHEET]), {}, NUMBERED),
    "Excel: a sheet a year": (
        "a.xlsx",
        workbook(A=SHEET, B=[SHEET[0], [3, "Three", 1, 1]]),
        {},
        NUMBERED | {"3": ("Three", 1.0, 1)},
    ),
    "a zipped file": ("a.zip", packed(a=PLAIN), {}, ONE_TWO),
    "names with g:": (
        "a.tsv",
        'g:id\tg:title\tg:price\nA\tPipe 1/2"\t1.50 EUR\n',
        {"item_id": "id"},
        {"A": ('Pipe 1/2"', 1.5, None)},
    ),
    "Yandex": (
        "a.xml",
        YML.encode("cp1251"),
        {"item_id": "id", "title": "name", "stock": "available"},
        {"9012": ("Кружка синяя", 499.0, None), "9013": ("Кружка красная", 1599.5, 0)},
    ),
    "Taobao": (
        "a.csv",
        "宝贝id,宝贝名称,宝贝价格,宝贝数量\n\t623456789012,加厚珊瑚绒毛毯双人,￥89.00,120\n\t623456789013,全棉四件套1.8米床,￥299.00,0\n".encode(
            "gbk"
        ),
        {"item_id": "宝贝id", "title": "宝贝名称", "price": "宝贝价格", "stock": "宝贝数量"},
        {"623456789012": ("加厚珊瑚绒毛毯双人", 89.0, 120), "623456789013": ("全棉四件套1.8米床", 299.0, 0)},
    ),
    "PrestaShop": (
        "a.csv",
        '"Product ID";"Name";"Price (tax incl.)";"Quantity"\n"1";"Mug ""best""";"1 249,000000";"2 400"\n"2";"Cup";"14,280000";"300"\n',
        {"item_id": "Product ID", "title": "Name", "price": "Price (tax incl.)", "stock": "Quantity"},
        {"1": ('Mug "best"', 1249.0, 2400), "2": ("Cup", 14.28, 300)},
    ),
    "Shopware": (
        "a.csv",
        "product_number;translations.DEFAULT.name;price.DEFAULT.gross;stock\nSW1;Tasse;19,99;5\nSW2;Teller;1.249,00;0\n",
        {"item_id": "product_number", "title": "translations.DEFAULT.name", "price": "price.DEFAULT.gross"},
        {"SW1": ("Tasse", 19.99, 5), "SW2": ("Teller", 1249.0, 0)},
    ),
    "Lightspeed": (
        "a.csv",
        'System ID,EAN,Item,Qty.,Price\n2100,,Tube,4,$6.99\n2101,,Tyre,-1,"$1,029.00"\n',
        {"item_id": "System ID", "title": "Item", "price": "Price", "stock": "Qty."},
        {"2100": ("Tube", 6.99, 4), "2101": ("Tyre", 1029.0, 0)},
    ),
    "Etsy": (
        "a.csv",
        'TITLE,DESCRIPTION,PRICE,CURRENCY_CODE,QUANTITY,SKU\n"Mug, blue","Line\nLine ""two""",24.50,EUR,3,M1\nCoaster &amp; mat,a,5.00,EUR,12,C1\n',
        {"item_id": "SKU", "stock": "QUANTITY"},
        {"M1": ("Mug, blue", 24.5, 3), "C1": ("Coaster & mat", 5.0, 12)},
    ),
}


@pytest.mark.parametrize("name", READ)
def test_items_as_they_come(name: str, tmp_path: Path) -> None:
    file, text, columns, wanted = READ[name]
    found = prepared(tmp_path, {file: text}, {"items": {"file": file, "columns": columns}}).items
    assert {row[0]: row[1:] for row in found.select("item_id", "title", "price", "stock").iter_rows()} == wanted


REFUSED = {
    "a row too short": ("a.csv", "item_id,title,price\n1,One,1\n2,Two\n", "line 3 has 2 fields"),
    "two prices": ("a.csv", "item_id,title,price,price\n1,One,1,2\n", '"price (1)" is the first'),
    "a web page": ("a.csv", "<!DOCTYPE html><html><body>Log in</body></html>", "is a web page"),
    "a web page called .xls": ("a.xls", "<html><table><tr><td>1</td></tr></table></html>", "is a web page"),
    "half a document": ("a.json", '[{"item_id": 1, "title": "One"}, {"item_id": 2, "ti', "is not JSON"),
    "sheets that differ": ("a.xlsx", workbook(Info=[["about", "us"], ["x", "y"]], Goods=SHEET), "sheets Info, Goods"),
    "several zipped files": ("a.zip", packed(a=PLAIN, b=PLAIN), "holds 2 files"),
    "no separator": ("a.csv", "item_id#title\n1#One\n", "name it: `separator"),
    "a price of two readings": ("a.csv", "item_id;title;price\n1;One;1.249\n2;Two;2.500\n", "decimal"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_items_that_are_refused(name: str, tmp_path: Path) -> None:
    file, text, said = REFUSED[name]
    with pytest.raises(BundlesmithError) as error:
        prepared(tmp_path, {file: text}, {"items": {"file": file}})
    assert said in str(error.value)
