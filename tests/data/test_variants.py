# ruff: noqa: E501 - files stand as they come
"""Products beside their variants: the variants are the items, and have of the product what they lack.

All values are made up. Layouts: Shopify's bulk operations (shopify.dev, "Perform bulk operations with the GraphQL Admin API"),
Shopware 6's default product profile, BigCommerce's product export (support.bigcommerce.com, "Supported Product Fields"),
Wix's and Squarespace's product exports, JTL-Ameise's article export.
"""

import json
from pathlib import Path

import polars as pl
import pytest

from bundlesmith.data.clean import Clean
from bundlesmith.data.look import look
from bundlesmith.data.prepare import DataSource, prepare
from tests.data.shops import prepared

BULK = [
    {"id": "gid://shopify/Product/70", "title": "Slate board", "status": "ACTIVE"},
    {
        "id": "gid://shopify/ProductVariant/71",
        "title": "Round",
        "price": "24.00",
        "n": 5,
        "__parentId": "gid://shopify/Product/70",
    },
    {
        "id": "gid://shopify/ProductVariant/72",
        "title": "Slate board, square",
        "price": "28.50",
        "n": 0,
        "__parentId": "gid://shopify/Product/70",
    },
    {"id": "gid://shopify/Product/80", "title": "Cork mat", "status": "DRAFT"},
    {
        "id": "gid://shopify/ProductVariant/81",
        "title": "Default Title",
        "price": "6.00",
        "n": 9,
        "__parentId": "gid://shopify/Product/80",
    },
]


def told(folder: Path, **files: str) -> dict[str, tuple[str, float | None, int | None]]:
    """Title, price and stock of each item that `look` and `prepare` make of a folder."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    (folder / "shop.yaml").write_text(look(folder).yaml)
    prepare(DataSource(kind="tables", path=folder / "shop.yaml"), folder / "out")
    items = pl.read_parquet(folder / "out" / "items.parquet")
    return {row[0]: row[1:] for row in items.select("item_id", "title", "price", "stock").iter_rows()}


def of(tables: Clean, column: str) -> dict[str, object]:
    return dict(tables.items.select("item_id", column).iter_rows())


def test_a_product_of_a_bulk_export_is_no_item_and_its_variants_are_sold_as_it_is(tmp_path: Path) -> None:
    columns = {"item_id": "id", "price": "price", "stock": ["n", "status"]}
    lines = "\n".join(map(json.dumps, BULK))
    tables = prepared(tmp_path, {"bulk.jsonl": lines}, {"items": {"file": "bulk.jsonl", "columns": columns}})
    variant = "gid://shopify/ProductVariant/"
    assert of(tables, "title") == {
        variant + "71": "Slate board, Round",
        variant + "72": "Slate board, square",
        variant + "81": "Cork mat",
    }
    assert of(tables, "stock") == {variant + "71": 5, variant + "72": 0, variant + "81": 0}  # a draft isn't sold
    (change,) = [change for change in tables.changes if "beside its variants" in change.reason]
    assert (change.action, change.count) == ("dropped", 2) and '"__parentId"' in change.reason


def test_a_parent_is_found_by_another_id_than_the_items(tmp_path: Path) -> None:
    rows = [{**row, "sku": f"S{n}" if n % 10 else None} for n, row in zip((70, 71, 72, 80, 81), BULK, strict=True)]
    config = {"items": {"file": "b.jsonl", "columns": {"item_id": "sku", "stock": "n"}}}
    tables = prepared(tmp_path, {"b.jsonl": "\n".join(map(json.dumps, rows))}, config)
    assert of(tables, "stock") == {"S71": 5, "S72": 0, "S81": 9} and of(tables, "title")["S81"] == "Cork mat"


def test_variants_inherit_price_and_state(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        produkte__csv="id;parent_id;product_number;active;stock;name;price_net;price_gross\n"
        "a1;;W-7;1;0;Windlicht;10,08;12,00\na2;a1;W-7.1;;6;;;\na3;a1;W-7.2;;2;Windlicht groß;12,61;15,00\n"
        "b1;;K-2;0;0;Kerze;2,52;3,00\nb2;b1;K-2.1;;40;;;\n",
    )
    assert found == {"W-7.1": ("Windlicht", 12.0, 6), "W-7.2": ("Windlicht groß", 15.0, 2), "K-2.1": ("Kerze", 3.0, 0)}


def test_rows_that_say_that_they_are_variants_belong_to_the_product_above(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        products__csv="Item,ID,Name,SKU,Options,Current Stock,Price,Sale Price,Is Visible\n"
        "Product,7,Fern pot,FP,,0,30,0,TRUE\nImage,,,,,,,,\nVariant,71,,FP-S,Size=S,3,25,,\nVariant,72,,FP-L,Size=L,0,,,\n"
        "Product,8,Moss pot,MP,,4,18,15,FALSE\nVariant,81,,MP-S,Size=S,4,,,\nProduct,9,Saucer,SA,,2,5,0,TRUE\n",
    )
    assert found == {
        "FP-S": ("Fern pot", 25.0, 3),
        "FP-L": ("Fern pot", 30.0, 0),
        "MP-S": ("Moss pot", 15.0, 0),
        "SA": ("Saucer", 5.0, 2),
    }


def test_a_surcharge_makes_the_price_of_a_variant_unknown(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        catalog__csv="handleId,fieldType,name,sku,price,surcharge,visible,inventory\n"
        "p1,Product,Throw,T,60,,true,InStock\np1,Variant,,T-M,,0,,5\np1,Variant,,T-L,,12.5,,OutOfStock\n"
        "p2,Product,Rug,R,90,,true,1\n",
    )
    assert found == {"T-M": ("Throw", 60.0, 5), "T-L": ("Throw", None, 0), "R": ("Rug", 90.0, 1)}


def test_a_further_variant_below_its_product_with_a_blank_key_is_hidden_with_it(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        p__csv="Product ID [Non Editable],Title,SKU,Option Value 1,Price,Stock,Visible\n"
        "5f1,Tray,T1,S,20.00,4,Yes\n,,T2,L,26.00,Unlimited,\n5f2,Bowl,B1,S,9.00,2,No\n,,B2,L,11.00,7,\n",
    )
    assert found == {
        "T1": ("Tray", 20.0, 4),
        "T2": ("Tray", 26.0, None),
        "B1": ("Bowl", 9.0, 0),
        "B2": ("Bowl", 11.0, 0),
    }


@pytest.mark.parametrize(
    "text",
    [
        "sku,parent,name\n1,7,Tea\n2,7,Pot\n3,8,Cup\n",  # categories: no item has these ids
        "sku,parent,name\nA,A,Tea\nB,A,Tea mild\nC,,Cup\n",  # one that names itself is sold, too
        "sku,parent,name\nA,,Tea\nB,A,Tea mild\nC,B,Cup\n",  # a chain
        "sku,type,name\nA,Product,Tea\nB,Product,Pot\n",
    ],
)
def test_rows_that_are_no_product_beside_its_variants_stay(tmp_path: Path, text: str) -> None:
    config = {"items": {"file": "p.csv", "columns": {"item_id": "sku", "title": "name"}}}
    tables = prepared(tmp_path, {"p.csv": text}, config)
    assert tables.items.height == text.count("\n") - 1


def test_a_group_that_is_named_leaves_products_as_they_are(tmp_path: Path) -> None:
    text = "sku,parent,name\nA,,Tea\nB,A,\n"
    config = {"items": {"file": "p.csv", "group": "parent", "columns": {"item_id": "sku", "title": "name"}}}
    assert of(prepared(tmp_path, {"p.csv": text}, config), "title") == {"A": "Tea"}
