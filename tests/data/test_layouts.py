# ruff: noqa: E501 - lines of files stand as they are
"""Layouts that files come in, looked at and prepared without a word of YAML; all values are made up.

Header lines are those of Shopee's and Amazon's templates, MovieLens, Foursquare, Square, Loyverse, Lightspeed (X-Series),
Squarespace, Odoo, Tiendanube, Shoptet, Naver, Rakuten, SAP's lists and Google Analytics' export to BigQuery.
"""

import json

import polars as pl
import pytest

from bundlesmith.data.look import look
from bundlesmith.data.readers.files import Layout, read_rows
from bundlesmith.errors import BundlesmithError
from tests.cli.run import bundlesmith
from tests.data.test_exports import of, prepared

NO_NAMES = {
    "places.txt": "31\t4bb0\tTea House\t52.51\t-13.37\t60\tTue Apr 03 18:00:09 +0000 2012\n7\t4bb1\tBridge\t52.49\t-13.40\t60\tWed Apr 04 08:00:09 +0000 2012\n",
    "clicks.dat": "11,2014-04-07T10:51:09.277Z,214530001,0\n11,2014-04-07T10:54:09.868Z,214530002,0\n12,2014-04-07T10:57:00.306Z,214530003,0\n",
    "ratings.dat": "1::77::5::978300760\n1::79::3::978302109\n2::77::4::978301968\n",
    "plays.tsv": "9fa1\tabba\t120\n9fa1\tbeck\t7\nb00c\tabba\t31\n",
    "news.tsv": "N5552\tsport\tA match\nN1963\tfood\tA pie\nN6104\tfood\tA cake\n",
}


@pytest.mark.parametrize("name", sorted(NO_NAMES))
def test_a_file_without_a_line_of_names_is_refused_and_read_by_names_that_are_given(tmp_path, name):
    path = tmp_path / name
    path.write_text(NO_NAMES[name])
    with pytest.raises(BundlesmithError, match=r"seems to have no line of names: line 1 is .* `header: \["):
        read_rows(path)
    rows = NO_NAMES[name].count("\n")
    mark = "::" if "::" in NO_NAMES[name] else "," if name == "clicks.dat" else "\t"
    width = NO_NAMES[name].split("\n", 1)[0].count(mark) + 1
    table = read_rows(path, Layout(file=name, header=[f"c{n}" for n in range(width)])).table
    assert table.shape == (rows, width) and table.row(0)[0] == NO_NAMES[name].split(mark, 1)[0]


@pytest.mark.parametrize(
    "text",
    [
        "sku,name,2019,2020\na,Oar,3,4\nb,Buoy,5,6\n",  # a year a column
        "1st,2nd\na,b\nc,d\n",
        "item1,item2\np1,p2\np3,p4\n",
        "size 10,size 12\nred,blue\nred,green\n",
        "when,what\n2024-01-01,Oar\n2024-01-02,Buoy\n",
    ],
)
def test_a_line_of_names_that_has_numbers(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    assert read_rows(tmp_path / "t.csv").table.height == 2


def test_numbers_that_are_names_can_be_said_to_be(tmp_path):
    (tmp_path / "t.csv").write_text("2019,2020\n3,4\n5,6\n")
    with pytest.raises(BundlesmithError, match="skip: 0"):
        read_rows(tmp_path / "t.csv")
    assert read_rows(tmp_path / "t.csv", Layout(file="t.csv", skip=0)).table.columns == ["2019", "2020"]


def test_two_colons_between_fields(tmp_path):
    films = "id::title::genres\n1::Toy Story: the first (1995)::Animation|Children's\n2::Heat (1995)::Action|Crime\n"
    tables = prepared(tmp_path, films__dat=films)
    assert of(tables, "title") == {"1": "Toy Story: the first (1995)", "2": "Heat (1995)"}


def test_single_quotes(tmp_path):
    rows = "'sku','name','price'\n'a','Sail, large','12.50'\n'b','Peter''s 3\" rope','1.00'\n'c','Two\nlines','2.00'\n"
    tables = prepared(tmp_path, goods__csv=rows)
    assert of(tables, "title") == {"a": "Sail, large", "b": "Peter's 3\" rope", "c": "Two lines"}
    assert of(tables, "price") == {"a": 12.5, "b": 1, "c": 2}


SHOPEE = [
    ["et_title_product_id", "et_title_product_name", "et_title_variation_sku", "et_title_price", "et_title_stock"],
    ["sales_info", "220220", None, None, None],
    ["Product ID", "Product Name", "SKU", "Price", "Stock"],
    ["Mandatory", "Mandatory", "Optional", "Mandatory", "Mandatory"],
    ["31", "Lamp", "L-B", "41000", "0"],
    ["32", "Fan", "F-1", "125500", "3"],
]
AMAZON = """TemplateType=fptcustom\tVersion=2021.1\tUse the rows below\t\t
Seller SKU\tProduct Name\tStandard Price\tQuantity\tBrand
item_sku\titem_name\tstandard_price\tquantity\tbrand_name
k-1\tLamp\t410.00\t0\tLux
k-2\tFan\t1255.00\t3\tLux
"""


def test_templates_of_marketplaces(tmp_path):
    """A row of names for programs above, one of names or of what is required below: none of them is an item."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    cells = pl.DataFrame(SHOPEE, orient="row")
    cells.write_excel(tmp_path / "one" / "goods.xlsx", include_header=False)
    shopee = prepared(tmp_path / "one")
    assert of(shopee, "price") == {"L-B": 41000, "F-1": 125500} and of(shopee, "stock") == {"L-B": 0, "F-1": 3}
    amazon = prepared(tmp_path / "two", flat__txt=AMAZON)
    assert of(amazon, "price") == {"k-1": 410, "k-2": 1255} and of(amazon, "stock") == {"k-1": 0, "k-2": 3}


SOLD = {
    "square.csv": (
        "SKU,Item Name,Price,Current Quantity Hall,Enabled Hall,Current Quantity Pier,Enabled Pier\na,Oar,9,4,N,2,N\nb,Buoy,9,4,Y,1,N\n",
        {"b": 5},
    ),
    "one.csv": ("SKU,Item Name,Price,Current Quantity Hall,Enabled Hall\na,Oar,9,4,N\nb,Buoy,9,4,Y\n", {"b": 4}),
    "loyverse.csv": (
        "SKU,Name,Price [Pier],In stock [Pier],Available for sale [Pier]\na,Oar,9,4,N\nb,Buoy,9,4,Y\n",
        {"b": 4},
    ),
    "lightspeed.csv": (
        "id,handle,sku,name,retail_price,active,inventory_Pier,inventory_Hall\n1,o,a,Oar,9,0,4,1\n2,b,b,Buoy,9,1,4,2\n",
        {"b": 6},
    ),
    "tiendanube.csv": (
        "Identificador de URL;Nombre;Precio;Stock;SKU;Mostrar en tienda\no;Remo;9,00;4;a;NO\nb;Boya;9,00;4;b;SÍ\n",
        {"a": 0, "b": 4},
    ),
    "shoptet.csv": (
        "code;name;price;stock;productVisibility\na;Veslo;9,00;4;hidden\nb;Boje;9,00;4;visible\nc;Lano;9,00;4;blocked\n",
        {"a": 0, "b": 4, "c": 0},
    ),
    "naver.csv": (
        "판매자상품코드,상품명,판매상태,판매가,재고수량\na,노,판매중지,900,4\nb,부표,판매중,900,4\n",
        {"a": 0, "b": 4},
    ),
    "rakuten.csv": (
        "商品管理番号（商品URL）,商品名,販売価格,在庫数,倉庫指定\na,櫂,900,4,1\nb,浮き,900,4,0\n",
        {"b": 4},
    ),
    "haendler.csv": ("Artikel;Bezeichnung;Brutto;Lagerstand\na;Ruder;9,00;0\nb;Boje;9,00;4\n", {"a": 0, "b": 4}),
}


@pytest.mark.parametrize("name", sorted(SOLD))
def test_what_is_not_for_sale_is_not_sold(tmp_path, name):
    text, stock = SOLD[name]
    assert of(prepared(tmp_path, **{name: text}), "stock") == stock


@pytest.mark.parametrize(
    ("name", "text", "prices"),
    [
        (
            "squarespace.csv",
            "SKU,Title,Price,Sale Price,On Sale,Stock\na,Vase,60.00,45.00,No,4\nb,Pot,30.00,20.00,Yes,4\n",
            {"a": 60, "b": 30},
        ),
        ("odoo.csv", "Internal Reference,Name,Sales Price\na,Desk,140.00\nb,Lamp,35.50\n", {"a": 140, "b": 35.5}),
        (
            "steuer.csv",
            "Art.Nr.;Bezeichnung;Netto;MwSt %;Brutto\na;Helm;84,03;19;100,00\nb;Buch;9,35;7;10,00\n",
            {"a": 100, "b": 10},
        ),
        (
            "sap.csv",
            "Material;Materialkurztext;Preis;pro;ME;Währg\na;Schraube;12,50;100;ST;EUR\nb;Zange;19,90;1;ST;EUR\n",
            {"a": None, "b": 19.9},
        ),
        ("fa.csv", "کد کالا,نام کالا,قیمت,موجودی\na,قوری,۱۲۵٬۰۰۰,۴\nb,سینی,۴۵٬۵۰۰,۰\n", {"a": 125_000, "b": 45_500}),
        ("th.csv", 'รหัสสินค้า,ชื่อสินค้า,ราคา,คงเหลือ\na,หมวก,"1,250.00",5\nb,รองเท้า,890.00,0\n', {"a": 1250, "b": 890}),
        ("weights.csv", "sku,name,Brutto Gewicht,price\na,Oar,3.5,9.00\nb,Buoy,2.5,8.00\n", {"a": 9, "b": 8}),
    ],
)
def test_which_price_it_is(tmp_path, name, text, prices):
    assert of(prepared(tmp_path, **{name: text}), "price") == prices


def test_what_is_not_told_of_items_is_said(tmp_path):
    (tmp_path / "goods.csv").write_text("sku,name,Price EUR,Price USD\na,Oar,9.00,9.90\nb,Buoy,8.00,8.80\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "list.csv").write_text(
        "Material,Materialkurztext,Preis,pro\na,Nut,12.50,100\nb,Tongs,19.90,1\n"
    )
    said = " ".join(look(tmp_path).notes())
    assert "Price EUR, Price USD may be the price" in said and "all items are always in stock" in said
    assert "prices of several pieces, as pro says, stay empty" in " ".join(look(tmp_path / "sub").notes())


def test_orders_that_hold_their_items_in_lists(tmp_path):
    """As JSON in a cell of CSV, and as Google Analytics writes events: the items and who bought them when."""
    lines = [
        [
            {"sku": "a", "name": "Oar, long", "qty": 1, "price": "25.00"},
            {"sku": "b", "name": "Buoy", "qty": 2, "price": "3.00"},
        ],
        [{"sku": "b", "name": "Buoy", "qty": 1, "price": "3.00"}],
    ]
    cells = ['"' + json.dumps(of_order).replace('"', '""') + '"' for of_order in lines]
    text = f"order_id,created_at,customer,line_items\n71,2024-02-01T10:00:00Z,c1,{cells[0]}\n72,2024-02-02T10:00:00Z,c2,{cells[1]}\n"
    (tmp_path / "csv").mkdir()
    tables = prepared(tmp_path / "csv", orders__csv=text)
    assert of(tables, "title") == {"a": "Oar, long", "b": "Buoy"} and of(tables, "price") == {"a": 25, "b": 3}
    assert tables.events.height == 3 and tables.bundles.get_column("items").to_list() == [["a", "b"]]
    things = [{"item_id": name, "item_name": f"Thing {name}", "price": "22.0"} for name in "ab"]
    records = [
        {
            "event_timestamp": "1612069510766593",
            "event_name": "purchase",
            "user_pseudo_id": "1.5",
            "ecommerce": {"transaction_id": "9"},
            "items": things,
        },
        {
            "event_timestamp": "1612069520766593",
            "event_name": "view_item",
            "user_pseudo_id": "2.5",
            "ecommerce": {"transaction_id": None},
            "items": things[:1],
        },
        {
            "event_timestamp": "1612069530766593",
            "event_name": "page_view",
            "user_pseudo_id": "2.5",
            "ecommerce": None,
            "items": [],
        },
    ]
    (tmp_path / "json").mkdir()
    tables = prepared(tmp_path / "json", events__jsonl="".join(json.dumps(record) + "\n" for record in records))
    assert sorted(tables.events["kind"]) == ["purchase", "purchase", "view_item"] and tables.bundles.height == 1
    assert tables.events["timestamp"].min() == 1_612_069_510


def test_lists_whose_items_come_again_are_bundles(tmp_path):
    """As Spotify's playlists come; variants, each of one product, are none."""
    tracks = {name: {"pos": 0, "track_uri": f"t:{name}", "track_name": f"Song {name}"} for name in "abc"}
    lists = [
        {"name": "Old", "pid": 4, "tracks": [tracks["a"], tracks["b"]]},
        {"name": "New", "pid": 5, "tracks": [tracks["c"], tracks["b"]]},
    ]
    (tmp_path / "lists").mkdir()
    tables = prepared(tmp_path / "lists", slice__json=json.dumps({"info": {"version": "v1"}, "playlists": lists}))
    assert dict(tables.bundles.select("bundle_id", "items").iter_rows()) == {"4": ["t:a", "t:b"], "5": ["t:c", "t:b"]}
    goods = [
        {"id": n, "title": f"Oar {n}", "variants": [{"sku": f"{n}{size}", "price": 9} for size in "sl"]} for n in (1, 2)
    ]
    (tmp_path / "goods").mkdir()
    assert prepared(tmp_path / "goods", goods__json=json.dumps(goods)).bundles.is_empty()


def test_the_yaml_names_files_from_where_it_is_written(tmp_path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "goods.csv").write_text("sku,name\na,Oar\nb,Buoy\n")
    (tmp_path / "exports" / "left.csv").write_text("sku,stock\na,0\nb,3\n")
    yaml = tmp_path / "shop.yaml"
    assert bundlesmith("look", tmp_path / "exports", "--out", yaml) == 0
    assert bundlesmith("prepare", "--source", "tables", "--path", yaml, "--out", tmp_path / "out") == 0
    assert dict(pl.read_parquet(tmp_path / "out" / "items.parquet").select("item_id", "stock").iter_rows()) == {
        "a": 0,
        "b": 3,
    }
