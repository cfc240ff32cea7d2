# ruff: noqa: E501 - lines of files stand as they are
"""Exports of further platforms, looked at and prepared without a word of YAML; all values are made up."""

import json

import pytest

from bundlesmith.data.look import look
from bundlesmith.data.readers.tabular import read_tables
from bundlesmith.errors import BundlesmithError
from tests.data.test_exports import of, prepared


def lines(*rows: dict) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("text", "prices"),
    [
        ("sku,name,price_cents\nr,Rake,1995\ns,Spade,5\n", {"r": 19.95, "s": 0.05}),
        ("sku,name,priceInPence\nr,Rake,1995\ns,Spade,120\n", {"r": 19.95, "s": 1.2}),
        ("sku,name,unit_amount,currency\nr,Rake,1995,eur\ns,Spade,120,eur\n", {"r": 19.95, "s": 1.2}),
        ("sku,name,price_accents\nr,Rake,1995\ns,Spade,120\n", {"r": 1995, "s": 120}),
    ],
)
def test_prices_in_cents(tmp_path, text, prices):
    assert of(prepared(tmp_path, goods__csv=text), "price") == prices


def test_prices_in_cents_in_objects(tmp_path):
    """As Square, commercetools and WooCommerce's Store API give them."""
    square = lines(*({"sku": n, "name": n, "price_money": {"amount": 1250, "currency": "CAD"}} for n in "ab"))
    assert of(prepared(tmp_path, goods__json=square), "price") == {"a": 12.5, "b": 12.5}
    rows = [{"sku": n, "name": n, "prices": {"price": "3050", "currency_minor_unit": 2}} for n in "ab"]
    (tmp_path / "shop.yaml").unlink()
    assert of(prepared(tmp_path / "out" / "..", goods__json=lines(*rows)), "price") == {"a": 30.5, "b": 30.5}


def test_cents_that_are_not_whole_are_asked(tmp_path):
    with pytest.raises(BundlesmithError, match=r'"price_cents" says that these are cents, and "19\.95" is not whole'):
        prepared(tmp_path, goods__csv="sku,name,price_cents\nr,Rake,19.95\ns,Spade,12\n")


def test_codes_of_a_state_are_no_stock(tmp_path):
    """As Magento's REST API gives products; its status is 1 or 2, its visibility 1 to 4."""
    rows = [
        {"sku": f"k{n}", "name": f"Kite {n}", "price": 20 + n, "status": 2, "visibility": 4}
        | {"extension_attributes": {"stock_item": {"qty": 3 * n, "is_in_stock": n == 2}}}
        for n in (1, 2)
    ]
    tables = prepared(tmp_path, products__json=json.dumps({"items": rows, "total_count": 2}))
    assert of(tables, "stock") == {"k1": 0, "k2": 6}


@pytest.mark.parametrize(
    ("text", "stock"),
    [
        ("Product ID,Product Name,Price,Stock Level,Allow Purchases?,Product Visible?\n7,Oar,9,4,N,Y\n8,Buoy,9,4,Y,Y\n", 0),
        ("product_sku,product_name,product_price,product_quantity,product_is_available\n7,Oar,9,4,false\n8,B,9,1,true\n", 0),
        ("Artikelnummer;Artikelname;Brutto-VK;Lagerbestand gesamt;Aktiv\n7;Ruder;9,50;4,00;N\n8;Boje;1.200,00;4,00;Y\n", 0),
        ("商品ID,商品标题,一口价,数量,状态\n7,船桨,￥9.00,4,仓库中\n8,浮标,￥9.00,4,出售中\n", 0),
        ("Артикул;Название товара;Статус товара;Доступно, шт.;Текущая цена, ₽\n7;Весло;Не продается;4;9,00\n8;Буй;Продается;4;9,00\n", 0),
        ("sku,name,price,published\n7,Oar,9,1\n8,Buoy,9,0\n", None),
    ],
)  # fmt: skip
def test_what_a_further_column_says_is_not_sold(tmp_path, text, stock):
    tables = prepared(tmp_path, goods__csv=text)
    assert of(tables, "stock")["7"] == stock and of(tables, "price")["7"] in (9, 9.5)


def test_a_standard_price_is_no_stock(tmp_path):
    """As Odoo exports products and the lines of orders, of which the first alone says who bought."""
    goods = "id,default_code,name,list_price,standard_price,qty_available\nx.1,D1,Desk,450.0,300.0,2.0\nx.2,L1,Lamp,95.0,70.0,-1.0\n"
    orders = "name,date_order,partner_id,order_line/product_id/default_code\nS1,2024-05-01 09:00:00,Ann,D1\n,,,L1\nS2,2024-05-02 09:00:00,Bo,L1\n,,,D1\n"
    tables = prepared(tmp_path, product__csv=goods, sale__csv=orders)
    assert of(tables, "price") == {"D1": 450, "L1": 95} and of(tables, "stock") == {"D1": 2, "L1": 0}
    assert sorted(tables.events["user_id"]) == ["Ann", "Ann", "Bo", "Bo"]


def test_types_of_databases_around_values(tmp_path):
    goods = [{"_id": {"$oid": f"6{n}"}, "name": f"Rug {n}", "price": {"$numberDecimal": f"{n}4.50"}} for n in (1, 2)]
    sold = [
        {"user": "u", "rug": {"$oid": f"6{n}"}, "createdAt": {"$date": {"$numberLong": "1709288100000"}}}
        for n in (1, 2)
    ]
    tables = prepared(tmp_path, goods__json=lines(*goods), sold__json=lines(*sold))
    assert of(tables, "price") == {"61": 14.5, "62": 24.5} and set(tables.events["timestamp"]) == {1709288100}
    rows = [{"Item": {"sku": {"S": f"r{n}"}, "name": {"S": "Rug"}, "stock": {"N": f"{n}"}}} for n in (0, 3)]
    (tmp_path / "b").mkdir()
    assert of(prepared(tmp_path / "b", goods__json=lines(*rows)), "stock") == {"r0": 0, "r3": 3}


def test_lists_in_objects_and_titles_in_languages(tmp_path):
    """As GraphQL gives connections, and Segment orders."""
    nodes = [{"node": {"sku": f"H{n}", "price": f"{n}9.00"}} for n in (1, 2)]
    product = {"node": {"title": {"en": "Hat", "fr": "Chapeau"}, "variants": {"edges": nodes}}}
    order = {"userId": "u", "timestamp": "2024-05-01T09:00:00Z", "properties": {"order_id": "o"}}
    order["properties"]["products"] = [{"sku": "H1"}, {"sku": "H2"}]  # type: ignore[index]
    goods = json.dumps({"data": {"products": {"edges": [product, product | {}]}}})
    tables = prepared(tmp_path, goods__json=goods, track__jsonl=lines(order, order))
    assert of(tables, "title") == {"H1": "Hat", "H2": "Hat"} and of(tables, "price") == {"H1": 19, "H2": 29}
    assert tables.events.height == 4


def test_a_title_that_is_an_object_is_refused(tmp_path):
    (tmp_path / "items.jsonl").write_text(lines({"item_id": "a", "title": {"en": "Hat"}}))
    (tmp_path / "shop.yaml").write_text("items: {file: items.jsonl}")
    with pytest.raises(BundlesmithError, match=r"column for title holds objects.*title: COLUMN.en"):
        read_tables(tmp_path / "shop.yaml", None)


def test_a_list_names_its_own_tracks(tmp_path):
    tracks = [{"track_uri": f"t:{n}", "track_name": f"Song {n}"} for n in range(3)]
    lists = [{"name": "Calm", "pid": 1, "tracks": tracks[:2]}, {"name": "Loud", "pid": 2, "tracks": tracks[1:]}]
    tables = prepared(tmp_path, lists__json=json.dumps({"info": {"version": "v1"}, "playlists": lists}))
    assert of(tables, "title") == {"t:0": "Song 0", "t:1": "Song 1", "t:2": "Song 2"}


def test_comments_above_and_notes_below(tmp_path):
    """As in Facebook's template of a catalogue, and eBay's report of orders."""
    goods = "# Required | An id,# Required | A title,# Optional\nid,title,price\nf1,Fan,59.95 USD\nf2,Flag,8.00 USD\n"
    orders = '\n"Order Number","Buyer Username","Item Number","Sale Date"\n"1","ann","f1","Mar-02-24"\n"1","ann","f2","Mar-14-24"\n'
    orders += '\n"2","record(s) downloaded","from"\n"Seller ID : fans"\n'
    tables = prepared(tmp_path, goods__csv=goods, orders__csv=orders)
    assert of(tables, "price") == {"f1": 59.95, "f2": 8}
    assert sorted(tables.events["timestamp"]) == [1709337600, 1710374400]


def test_items_of_an_order_in_several_columns(tmp_path):
    goods = "sku,name\n" + "".join(f"{name},Thing {name}\n" for name in "abc")
    tables = prepared(tmp_path, goods__csv=goods, orders__csv="order,item1,item2,item3\n1,a,b,\n2,b,c,a\n")
    assert tables.bundles["items"].to_list() == [["a", "b"], ["b", "c", "a"]]


def test_what_is_left_out_is_said(tmp_path):
    (tmp_path / "goods.csv").write_text("sku,name\n001,Tea\n002,Pot\n")
    (tmp_path / "orders.csv").write_text("order,customer,date,sku\n1,c,2024-05-01,7\n")
    assert "Not told, and left out: orders.csv" in look(tmp_path).notes()[0]


def test_question_marks_that_are_left(tmp_path):
    (tmp_path / "goods.csv").write_text("foo,bar\n1,Tea\n")
    with pytest.raises(BundlesmithError, match=r'YAML has "\?" in the place of a column.*its columns are foo, bar'):
        prepared(tmp_path)
