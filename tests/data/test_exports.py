"""A folder of exports as platforms write them: `look` says what it holds, and its YAML prepares it."""

import json

import polars as pl
import pytest
import yaml
from rich.console import Console

from bundlesmith.data.look import look
from bundlesmith.data.prepare import DataSource, prepare
from bundlesmith.data.tables import Tables, load


def prepared(folder, **files) -> Tables:
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "shop.yaml").write_text(look(folder).yaml)
    prepare(DataSource(kind="tables", path=folder / "shop.yaml"), folder / "out", Console(quiet=True))
    return load(folder / "out")


def of(tables: Tables, column: str) -> dict:
    return dict(tables.items.select("item_id", column).iter_rows())


# Amazon Seller Central's listings and orders, as its Reports API documents their columns.
LISTINGS = """item-name\tlisting-id\tseller-sku\tprice\tquantity\topen-date\tasin1\tproduct-id\tstatus
Desk lamp 12" arm\t0912A\tLM-7\t34.50\t6\t2023-02-01 08:00:00 PST\tB0A\tB0A\tActive
Lamp shade\t0912B\tLM-8\t12\t9\t2023-02-01 08:00:00 PST\tB0B\tB0B\tInactive
"""
ORDERS = """amazon-order-id\tpurchase-date\torder-status\tproduct-name\tsku\tasin\tquantity\tcurrency\titem-price
305-1\t2024-03-02T08:00:00+00:00\tShipped\tDesk lamp\tLM-7\tB0A\t1\tEUR\t34.50
305-1\t2024-03-02T08:00:00+00:00\tShipped\tLamp shade\tLM-8\tB0B\t2\tEUR\t24.00
305-2\t2024-03-03T08:00:00+00:00\tCancelled\tDesk lamp\tLM-7\tB0A\t0\t\t
"""


def test_listings_that_are_off_are_not_sold_and_cancelled_orders_are_no_purchases(tmp_path):
    tables = prepared(tmp_path, listings__txt=LISTINGS, orders__txt=ORDERS)
    assert of(tables, "stock") == {"LM-7": 6, "LM-8": 0}
    assert tables.events["session_id"].to_list() == ["305-1", "305-1"]


def test_products_with_variants_and_orders_with_lines_in_json(tmp_path):
    """As the REST Admin API of Shopify gives them."""
    variants = [{"id": 71, "sku": "JR-S", "price": "48.00", "inventory_quantity": 0}, {"id": 72, "sku": "JR-M"}]
    variants[1] |= {"price": "52.00", "inventory_quantity": 4}
    product = {"id": 7, "title": "Jersey", "product_type": "Tops", "variants": variants}
    other = {"id": 8, "title": "Cap", "product_type": "Hats"}
    other |= {"variants": [{"id": 81, "sku": "CP", "price": "9.00", "inventory_quantity": 1}]}
    order = {"id": 5001, "created_at": "2024-03-02T09:00:00+01:00", "customer": {"id": 31}}
    order |= {"line_items": [{"sku": "JR-M", "quantity": 1}, {"sku": "CP", "quantity": 2}]}
    tables = prepared(
        tmp_path,
        products__json=json.dumps({"products": [product, other]}),
        orders__json=json.dumps({"orders": [order, order | {"id": 5002}]}),
    )
    assert of(tables, "price") == {"JR-S": 48, "JR-M": 52, "CP": 9}
    assert of(tables, "stock") == {"JR-S": 0, "JR-M": 4, "CP": 1}
    assert of(tables, "title")["JR-M"] == "Jersey"
    assert tables.events.row(0, named=True)["user_id"] == "31"
    assert tables.events["timestamp"].min() == 1709366400 and tables.events.height == 4


def test_objects_in_objects(tmp_path):
    goods = {"T-1": {"name": "Tent", "price": {"amount": "210.00", "currency": "CHF"}, "stock": {"status": "sold out"}}}
    goods["T-2"] = {"name": "Peg", "price": {"amount": "1.20", "currency": "CHF"}, "stock": {"status": "in stock"}}
    tables = prepared(tmp_path, goods__json=json.dumps({"goods": goods}))
    assert of(tables, "price") == {"T-1": 210, "T-2": 1.2} and of(tables, "stock") == {"T-1": 0, "T-2": None}
    assert tables.currency == "CHF"


@pytest.mark.parametrize(
    ("name", "text", "price", "stock"),
    [
        ("produits.csv", "\ufeffRéf;Désignation;Prix HT;Prix TTC;Qté\r\nv1;Vélo;500,00 €;1 600,00 €;0\r\n", 1600, 0),
        ("towary.csv", "Kod towaru;Nazwa towaru;Cena brutto;Stan magazynowy\nv1;Rower;1 600,00 zł;brak\n", 1600, 0),
        ("produtos.csv", "Código;Descrição;Preço;Estoque\nv1;Bicicleta;R$ 1.600,50;Esgotado\n", 1600.5, 0),
        ("produk.csv", "SKU,Nama Produk,Harga,Stok\nv1,Sepeda,Rp1.600.000,Habis\n", 1_600_000, 0),
        ("상품.csv", '상품코드,상품명,판매가,재고수량\nv1,자전거,"160,000원",품절\n', 160_000, 0),
        ("item.csv", '商品管理番号（商品URL）,商品名,販売価格,在庫数\nv1,自転車,"16,000円",在庫切れ\n', 16_000, 0),
        ("宝贝.csv", "商家编码,宝贝标题,宝贝价格,库存数量\nv1,自行车,￥1600.00,无货\n", 1600, 0),
        ("sq.csv", "SKU,Item Name,Price,Current Quantity Hall,Stock Alert Enabled Hall\nv1,Bike,600.00,0,N\n", 600, 0),
        ("sale.csv", "sku,name,sale_price,price,status\nv1,Bike,0.00,600.00,draft\n", 600, 0),
        ("both.csv", "sku,name,price,availability,quantity\nv1,Bike,600.00,in stock,0\n", 600, 0),
        ("flag.csv", "sku,name,price,quantity,published\nv1,Bike,600.00,4,1\n", 600, 4),
    ],
)
def test_headers_of_many_platforms_and_languages(tmp_path, name, text, price, stock):
    tables = prepared(tmp_path, **{name: text})
    assert of(tables, "price") == {"v1": price} and of(tables, "stock") == {"v1": stock}


def test_orders_that_hold_the_catalogue_returns_and_the_time_of_day(tmp_path):
    goods = (("a", "Topf", "39,00"), ("b", "Deckel", "1.200,00"))
    rows = [
        f"B{n};k{n % 4};{n % 9 + 13}.03.2024;0{n % 9}:15;{sku};{name};{-1 if n == 5 else 1};{price}"
        for n in range(12)
        for sku, name, price in goods
    ]
    head = "Bestellnr;Kunde;Datum;Uhrzeit;Artikelnr;Bezeichnung;Menge;Einzelpreis\n"
    tables = prepared(tmp_path, bestellungen__csv=head + "\n".join(rows) + "\n;;;;;Summe;24;9.999,00\n")
    assert of(tables, "price") == {"a": 39, "b": 1200}
    assert tables.events.height == 22
    assert set(tables.events["timestamp"] % 3600) == {900}


def test_stocks_in_a_file_of_their_own(tmp_path):
    """As Shopify's export of the inventory."""
    goods = "Handle,Title,Variant SKU,Variant Price\nrug,Rug,R-1,70\npouf,Pouf,P-1,90\n"
    stocks = "Handle,Option1 Name,SKU,Location,Incoming,Unavailable,Committed,Available\n"
    stocks += "rug,Title,R-1,Hall,0,0,0,0\npouf,Title,P-1,Hall,0,0,1,8\n"
    tables = prepared(tmp_path, products__csv=goods, inventory__csv=stocks)
    assert of(tables, "stock") == {"R-1": 0, "P-1": 8}


def test_goods_that_are_discontinued_are_left_out(tmp_path):
    tables = prepared(tmp_path, goods__csv="sku,name,price,discontinued\na,Jug,3.00,yes\nb,Cup,4.00,no\n")
    assert tables.items["item_id"].to_list() == ["b"]


def test_what_cannot_be_told_is_left_to_be_named(tmp_path):
    (tmp_path / "x.csv").write_text("nummer,wat\n1,Kom\n")
    found = look(tmp_path)
    assert yaml.safe_load(found.yaml) == {"items": {"file": "x.csv", "columns": {"item_id": "?", "title": "?"}}}
    console = Console(record=True, width=120)
    found.show(console)
    assert "map them" in console.export_text()


@pytest.mark.parametrize("named", [{}, {"currency": "EUR"}])
def test_a_currency_beside_the_price_counts(tmp_path, named):
    goods = {"sku": [7, 8, 9], "name": ["Jug", "Kimono", "Cup"], "price": [3.5, 9000.0, 1.249]}
    pl.DataFrame({**goods, "currency": ["EUR", "JPY", "EUR"]}).write_parquet(tmp_path / "goods.parquet")
    columns = {"item_id": "sku", "title": "name", "price": {"column": "price", **named}}
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump({"items": {"file": "goods.parquet", "columns": columns}}))
    report = prepare(DataSource(kind="tables", path=tmp_path / "shop.yaml"), tmp_path / "out", Console(quiet=True))
    assert of(load(tmp_path / "out"), "price") == {"7": 3.5, "8": None, "9": 1.249}
    assert any("another currency" in change.reason and change.count == 1 for change in report.changes)
