# ruff: noqa: E501 - header lines stand as they are published
"""Each preset on a synthetic file with the header line as it is published; where, its test says."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from bundlesmith.cli.app import app
from bundlesmith.data.clean import Clean, clean
from bundlesmith.data.prepare import DataSource, checked_source, read
from bundlesmith.data.presets import preset_names, preset_text
from bundlesmith.errors import BundlesmithError


def tidy(kind: str, path: Path) -> Clean:
    return clean(read(DataSource(kind=kind, path=path)))


def csv_lines(header: str, rows: list[dict[str, object]]) -> str:
    """Lines of CSV for a header; a column that a row doesn't name is blank."""
    names = next(iter(pl.read_csv(header.encode(), has_header=False, infer_schema=False).rows()))
    assert all(set(row) <= set(names) for row in rows), [set(row) - set(names) for row in rows]
    table = pl.DataFrame([{name: None if row.get(name) is None else str(row[name]) for name in names} for row in rows])
    return header + "\n" + table.write_csv(include_header=False)


def items(found: Clean, *columns: str) -> list[tuple[object, ...]]:
    return found.items.sort("item_id").select("item_id", *columns).rows()


def events(found: Clean, *columns: str) -> list[tuple[object, ...]]:
    return found.events.select(*columns).rows()


# help.shopify.com/en/manual/products/import-export/using-csv and .../fulfillment/managing-orders/exporting-orders
SHOPIFY_PRODUCTS = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option1 Linked To,"
    "Option2 Name,Option2 Value,Option2 Linked To,Option3 Name,Option3 Value,Option3 Linked To,Variant SKU,Variant Grams,"
    "Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,"
    "Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,"
    "Image Alt Text,Gift Card,SEO Title,SEO Description,Variant Image,Variant Weight Unit,Variant Tax Code,Cost per item,"
    "Status"
)
SHOPIFY_ORDERS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Cancelled at,Payment Method,Refunded Amount,Vendor,Id,Tags,DataSource,Lineitem discount"
)


def shopify(folder: Path, header: str = SHOPIFY_PRODUCTS) -> Path:
    variant = {"Variant Inventory Tracker": "shopify", "Variant Inventory Policy": "deny"}
    mug = {"Handle": "mug", "Option1 Value": "Red", "Variant SKU": "M-R", "Variant Price": "12.50", **variant}
    first = {"Title": "Tin Mug", "Vendor": "Acme", "Product Category": "Home > Cups", "Type": "Mug", "Status": "active"}
    lamp = {
        "Handle": "lamp",
        "Title": "Lamp",
        "Option1 Value": "Default Title",
        "Variant SKU": "L-1",
        "Status": "active",
    }
    rows: list[dict[str, object]] = [
        {**mug, **first, "Variant Inventory Qty": 3, "Image Src": "https://cdn.example/1.png"},
        {**mug, "Option1 Value": "Blue", "Variant SKU": "M-B", "Variant Inventory Qty": 0},
        {"Handle": "mug", "Image Src": "https://cdn.example/2.png", "Image Position": 2},
        {
            **lamp,
            **variant,
            "Variant Price": "1250.00",
            "Variant Inventory Qty": -2,
            "Variant Inventory Policy": "continue",
        },
        {
            **lamp,
            "Handle": "card",
            "Title": "Gift card",
            "Variant SKU": "G-1",
            "Variant Price": "10.00",
            "Variant Inventory Qty": 0,
        },
        {**lamp, "Handle": "old", "Title": "Old", "Variant SKU": "O-1", "Variant Price": "1.00", "Status": "archived"},
    ]
    known = header.split(",")
    rows = [{name: value for name, value in row.items() if name in known} for row in rows]
    (folder / "products_export_1.csv").write_text(csv_lines(header, rows))
    return folder


def test_shopify(tmp_path):
    orders: list[dict[str, object]] = [
        {"Name": "#1", "Email": "a@example.com", "Financial Status": "paid", "Created at": "2025-10-07 09:50:26 +0200"},
        {"Name": "#1", "Email": "a@example.com"},
        {"Name": "#2", "Financial Status": "paid", "Created at": "2025-10-08 10:00:00 +0200"},
        {
            "Name": "#3",
            "Email": "b@example.com",
            "Created at": "2025-10-09 10:00:00 +0200",
            "Cancelled at": "2025-10-10",
        },
        {"Name": "#3", "Email": "b@example.com"},
    ]
    skus = ["M-R", "L-1", "M-B", "M-R", "L-1"]
    lines = [{**order, "Lineitem sku": sku, "Lineitem quantity": 1} for order, sku in zip(orders, skus, strict=True)]
    shopify(tmp_path)
    (tmp_path / "orders_export.csv").write_text(csv_lines(SHOPIFY_ORDERS, lines))
    found = tidy("shopify", tmp_path)
    assert items(found, "title", "category", "price", "stock") == [
        ("G-1", "Gift card", [], 10.0, None),
        ("L-1", "Lamp", [], 1250.0, None),
        ("M-B", "Tin Mug, Blue", ["Home", "Cups"], 12.5, 0),
        ("M-R", "Tin Mug, Red", ["Home", "Cups"], 12.5, 3),
    ]
    assert events(found, "user_id", "item_id", "session_id", "timestamp") == [
        ("a@example.com", "M-R", "#1", 1759823426),
        ("a@example.com", "L-1", "#1", 1759823426),
        ("#2", "M-B", "#2", 1759910400),
    ]


def test_shopify_of_a_shop_with_several_places_and_no_orders(tmp_path):
    shopify(tmp_path, SHOPIFY_PRODUCTS.replace("Variant Inventory Qty,", ""))
    assert items(tidy("shopify", tmp_path), "stock")[:2] == [("G-1", None), ("L-1", None)]


# github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema, and "Advanced Order Export For WooCommerce"
WOO_PRODUCTS = (
    'ID,Type,SKU,Name,Published,"Is featured?","Visibility in catalog","Short description",Description,'
    '"Date sale price starts","Date sale price ends","Tax status","Tax class","In stock?",Stock,"Low stock amount",'
    '"Backorders allowed?","Sold individually?","Weight (kg)","Length (cm)","Width (cm)","Height (cm)",'
    '"Allow customer reviews?","Purchase note","Sale price","Regular price",Categories,Tags,"Shipping class",Images,'
    '"Download limit","Download expiry days",Parent,"Grouped products",Upsells,Cross-sells,"External URL","Button text",'
    'Position,"Attribute 1 name","Attribute 1 value(s)","Attribute 1 visible","Attribute 1 global"'
)
WOO_ORDERS = (
    '"Order Number","Order Status","Order Date","Customer Note","Email (Billing)","Payment Method Title",'
    '"Order Total Amount",SKU,"Item #","Item Name","Quantity (- Refund)","Item Cost"'
)


def test_woocommerce(tmp_path):
    hoodie = {"Categories": "Clothing > Hoodies, Clothing > Logo", "Published": 1, "In stock?": 1}
    rows: list[dict[str, object]] = [
        {"ID": 10, "Type": "variable", "SKU": "hoodie", "Name": "Hoodie", **hoodie},
        {
            "ID": 11,
            "Type": "variation",
            "SKU": "hoodie-s",
            "Name": "Hoodie - S",
            "Parent": "hoodie",
            "Stock": 2,
            "Published": 1,
        }
        | {"Regular price": "45", "Sale price": "42", "In stock?": 1},
        {"ID": 12, "Type": "variable", "Name": "Cap", "Categories": "Clothing\\, warm > Caps", "Published": 1},
        {
            "ID": 13,
            "Type": "variation",
            "Name": "Cap - Red",
            "Parent": "id:12",
            "Regular price": "16",
            "In stock?": 0,
            "Published": 1,
        },
        {"ID": 14, "Type": "simple, virtual", "SKU": "album", "Name": "Album", "Regular price": "15.50", **hoodie},
        {"ID": 15, "Type": "simple", "SKU": "draft", "Name": "Draft", "Regular price": "15", "Published": -1},
    ]
    (tmp_path / "wc-product-export-1.csv").write_text("\ufeff" + csv_lines(WOO_PRODUCTS, rows))
    line = {
        "Order Number": 7,
        "Order Status": "Completed",
        "Order Date": "2025-10-07 09:50",
        "Email (Billing)": "a@example.com",
    }
    orders = [
        {**line, "SKU": "album"},
        {**line, "SKU": "hoodie-s"},
        {**line, "Order Status": "Cancelled", "SKU": "album"},
    ]
    (tmp_path / "orders.csv").write_text(csv_lines(WOO_ORDERS, orders))
    found = tidy("woocommerce", tmp_path)
    assert items(found, "title", "category", "price", "stock") == [
        ("13", "Cap - Red", ["Clothing, warm", "Caps"], 16.0, 0),
        ("album", "Album", ["Clothing", "Hoodies"], 15.5, None),
        ("hoodie-s", "Hoodie - S", ["Clothing", "Hoodies"], 42.0, 2),
    ]
    assert events(found, "user_id", "item_id", "session_id") == [
        ("a@example.com", "album", "7"),
        ("a@example.com", "hoodie-s", "7"),
    ]


# experienceleague.adobe.com/docs/commerce-admin/systems/data-transfer/data-attributes-product
MAGENTO = (
    "sku,store_view_code,attribute_set_code,product_type,categories,product_websites,name,description,short_description,"
    "weight,product_online,tax_class_name,visibility,price,special_price,special_price_from_date,special_price_to_date,"
    "url_key,meta_title,base_image,created_at,updated_at,additional_attributes,qty,out_of_stock_qty,allow_backorders,"
    "min_cart_qty,is_in_stock,configurable_variations,configurable_variation_labels"
)


def test_magento(tmp_path):
    bag = {"sku": "24-MB01", "product_type": "simple", "product_online": 1}
    rows: list[dict[str, object]] = [
        {**bag, "categories": "Default Category/Gear,Default Category/Gear/Bags", "name": "Duffle Bag"}
        | {"price": "34.000000", "qty": "100.0000", "is_in_stock": 1},
        {"sku": "24-MB01", "store_view_code": "de", "name": "Reisetasche"},
        {
            **bag,
            "sku": "24-MB02",
            "name": "Pack",
            "price": "1234.000000",
            "special_price": "99.000000",
            "qty": "5.0000",
            "is_in_stock": 0,
        },
        {**bag, "sku": "MH01", "product_type": "configurable", "name": "Hoodie", "price": "52.000000"},
    ]
    (tmp_path / "export_catalog_product_20250101.csv").write_text(csv_lines(MAGENTO, rows))
    header = (
        "item_id,order_id,parent_item_id,quote_item_id,store_id,created_at,updated_at,product_id,product_type,sku,name"
    )
    lines: list[dict[str, object]] = [
        {"item_id": n, "order_id": 1, "created_at": "2025-01-02 03:04:05", "sku": sku, "parent_item_id": parent}
        for n, (sku, parent) in enumerate([("24-MB01", None), ("24-MB02", None), ("24-MB02", 1)])
    ]
    (tmp_path / "sales_order_item.csv").write_text(csv_lines(header, lines))
    found = tidy("magento", tmp_path)
    assert items(found, "title", "category", "price", "stock") == [
        ("24-MB01", "Duffle Bag", ["Gear"], 34.0, 100),
        ("24-MB02", "Pack", [], 99.0, 0),
    ]
    assert events(found, "item_id", "session_id") == [("24-MB01", "1"), ("24-MB02", "1")]


# support.google.com/merchants/answer/7052112 (attributes) and .../answer/160589 (XML)
def test_google_feed_as_text(tmp_path):
    header = "id\ttitle\tdescription\tlink\timage link\tavailability\tprice\tsale price\tgoogle product category\tproduct type\tbrand"
    lines = [
        'tv55\tTV 55" flat\tA "smart" one\thttps://x.example/1\thttps://x.example/1.png\tin_stock\t1,299.00 USD\t999.00 USD\t404\tHome > TV, Home > Sale\tAcme',
        "tv40\tTV\tx\thttps://x.example/2\thttps://x.example/2.png\tout_of_stock\t199.00 USD\t\t404\tHome > TV\tAcme",
        "tvcad\tTV\tx\thttps://x.example/3\thttps://x.example/3.png\tpreorder\t299.00 CAD\t\t404\t\tAcme",
        "tv10\tTV\tx\thttps://x.example/4\thttps://x.example/4.png\tin stock\t9.00 USD\t\t404\t\tAcme",
    ]
    (tmp_path / "feed.txt").write_text("\n".join([header, *lines]) + "\n")
    found = tidy("google-feed", tmp_path)
    assert items(found, "title", "category", "price", "stock") == [
        ("tv10", "TV", ["404"], 9.0, None),
        ("tv40", "TV", ["Home", "TV"], 199.0, 0),
        ("tv55", 'TV 55" flat', ["Home", "TV"], 999.0, None),
        ("tvcad", "TV", ["404"], None, 0),
    ]


@pytest.mark.parametrize(
    "around",
    [
        '<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>%s</channel></rss>',
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>%s</feed>',
    ],
)
def test_google_feed_as_xml(tmp_path, around):
    tag = "item" if "rss" in around else "entry"
    body = "<g:id>{}</g:id><title>Tea &amp; cup</title><g:price>{}</g:price><g:availability>{}</g:availability>"
    body += "<g:product_type>Home &gt; Tea</g:product_type><g:product_type>Sale</g:product_type>"
    rows = [("a", "15.00 EUR", "in_stock"), ("b", "1.50 EUR", "out_of_stock")]
    text = around % "".join(f"<{tag}>{body.format(*row)}</{tag}>" for row in rows)
    path = tmp_path / "products.xml"
    path.write_text(text)
    assert items(tidy("google-feed", path), "title", "category", "price", "stock") == [
        ("a", "Tea & cup", ["Home", "Tea"], 15.0, None),
        ("b", "Tea & cup", ["Home", "Tea"], 1.5, 0),
    ]
    path.write_text(text[:-9])
    with pytest.raises(BundlesmithError, match=r'products.xml" is not XML'):
        tidy("google-feed", path)


# archive.ics.uci.edu/dataset/352/online+retail and .../502/online+retail+ii
@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("uci-retail", "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"),
        ("uci-retail-2", "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_uci_retail(tmp_path, kind, header, ending):
    lines = [
        "536365,85123A,WHITE HEART HOLDER,6,12/1/2010 8:26,2.55,17850.0,United Kingdom",
        "536365,71053,WHITE LANTERN,6,12/1/2010 8:26,3.39,17850.0,United Kingdom",
        "536370,71053,,1,12/13/2010 9:00,3.39,,France",
        "C536379,85123A,WHITE HEART HOLDER,-1,12/14/2010 9:41,2.55,17850.0,United Kingdom",
        "536380,POST,POSTAGE,1,12/14/2010 9:41,18.00,12583.0,France",
    ]
    path = tmp_path / f"Online Retail.{ending}"
    if ending == "csv":
        path.write_bytes("\r\n".join([header, *lines]).replace("HEART", "HEART £").encode("latin-1"))
    else:
        table = pl.read_csv("\n".join([header, *lines]).encode(), infer_schema_length=None)
        date = pl.col("InvoiceDate").str.to_datetime("%m/%d/%Y %H:%M")
        table.with_columns(date).write_excel(path)
    found = tidy(kind, tmp_path)
    assert items(found, "price") == [("71053", 3.39), ("85123A", 2.55)]
    assert events(found, "user_id", "item_id", "session_id", "timestamp") == [
        ("17850", "85123A", "536365", 1291191960),
        ("17850", "71053", "536365", 1291191960),
        ("536370", "71053", "536370", 1292230800),
    ]


# kaggle.com/datasets/psparks/instacart-market-basket-analysis, of instacart.com/datasets/grocery-shopping-2017
def test_instacart(tmp_path):
    files = {
        "aisles": "aisle_id,aisle\n3,tea\n",
        "departments": "department_id,department\n9,drinks\n",
        "products": 'product_id,product_name,aisle_id,department_id\n1,"Tea, green",3,9\n2,"Tea ""black""",3,9\n',
        "orders": "order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order\n"
        "5,77,prior,1,2,08,\n6,77,train,2,3,07,15.0\n",
        "order_products__prior": "order_id,product_id,add_to_cart_order,reordered\n5,2,1,0\n5,1,2,0\n",
        "order_products__train": "order_id,product_id,add_to_cart_order,reordered\n6,2,1,1\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
    found = tidy("instacart", tmp_path)
    assert items(found, "title", "category") == [
        ("1", "Tea, green", ["drinks", "tea"]),
        ("2", 'Tea "black"', ["drinks", "tea"]),
    ]
    assert events(found, "user_id", "item_id", "session_id", "timestamp") == [
        ("77", "2", "5", 1),
        ("77", "1", "5", 1),
        ("77", "2", "6", 2),
    ]


def gzipped(path: Path, records: list[str]) -> None:
    path.write_bytes(gzip.compress("".join(record + "\n" for record in records).encode()))


# amazon-reviews-2023.github.io/data_processing: "data fields"
def test_amazon_2023(tmp_path):
    meta = {"main_category": "Toys", "average_rating": 4.1, "rating_number": 9, "features": [], "description": ["x"]}
    meta |= {
        "images": [{"large": "https://x.example/1.jpg"}],
        "videos": [],
        "details": {"a": "b"},
        "bought_together": None,
    }
    rows = [
        {**meta, "title": "Kite", "parent_asin": "B1", "price": 9.99, "store": "Acme", "categories": ["Toys", "Kites"]},
        {**meta, "title": "Ball", "parent_asin": "B2", "price": None, "store": None, "categories": []},
        {**meta, "title": "Bat", "parent_asin": "B3", "price": "from 12.99", "store": None, "categories": []},
    ]
    gzipped(tmp_path / "meta_Toys_and_Games.jsonl.gz", [json.dumps(row) for row in rows])
    review = {"rating": 5.0, "title": "Good", "text": "x", "images": [], "helpful_vote": 0, "verified_purchase": True}
    review |= {"asin": "B9", "user_id": "AE", "timestamp": 1588687728923}
    gzipped(
        tmp_path / "Toys_and_Games.jsonl.gz", [json.dumps({**review, "parent_asin": name}) for name in ("B1", "B2")]
    )
    found = tidy("amazon-2023", tmp_path)
    assert items(found, "title", "category", "price", "attributes") == [
        ("B1", "Kite", ["Toys", "Kites"], 9.99, '{"store": "Acme"}'),
        ("B2", "Ball", [], None, "{}"),
        ("B3", "Bat", [], None, "{}"),
    ]
    assert events(found, "user_id", "item_id", "timestamp") == [("AE", "B1", 1588687728), ("AE", "B2", 1588687728)]


# jmcauley.ucsd.edu/data/amazon: "sample review" and "sample metadata"
def test_amazon_2014(tmp_path):
    meta = [
        {"asin": "0000031852", "title": 'Girl\'s "Tutu"', "price": 3.17, "imUrl": "http://x.example/1.jpg"}
        | {
            "related": {"also_bought": ["B00JHONN1S"]},
            "salesRank": {"Toys": 211836},
            "categories": [["Sports", "Dance"], ["Toys"]],
        },
        {"asin": "0000031853", "title": "Shoe", "categories": [["Sports"]]},
    ]
    gzipped(tmp_path / "meta_Sports.json.gz", [repr(row) for row in meta])
    review = {
        "reviewerID": "A2S",
        "asin": "0000031852",
        "reviewerName": "J",
        "helpful": [2, 3],
        "reviewText": "x",
        "overall": 5.0,
    }
    review |= {"summary": "x", "unixReviewTime": 1252800000, "reviewTime": "09 13, 2009"}
    gzipped(tmp_path / "reviews_Sports_5.json.gz", [json.dumps(review)])
    found = tidy("amazon-2014", tmp_path)
    assert items(found, "title", "category", "price") == [
        ("0000031852", 'Girl\'s "Tutu"', ["Sports", "Dance"], 3.17),
        ("0000031853", "Shoe", ["Sports"], None),
    ]
    assert events(found, "user_id", "timestamp") == [("A2S", 1252800000)]


# kaggle.com/competitions/h-and-m-personalized-fashion-recommendations/data
def test_hm(tmp_path):
    header = (
        "article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,graphical_appearance_no,"
        "graphical_appearance_name,colour_group_code,colour_group_name,perceived_colour_value_id,index_code,index_name,"
        "index_group_no,index_group_name,section_no,section_name,garment_group_no,garment_group_name,detail_desc"
    )
    rows: list[dict[str, object]] = [
        {"article_id": f"010877501{n}", "prod_name": "Strap top", "product_type_name": "Vest top"}
        | {"product_group_name": "Garment Upper body", "colour_group_name": colour, "index_group_name": "Ladieswear"}
        for n, colour in ((5, "Black"), (6, "White"))
    ]
    (tmp_path / "articles.csv").write_text(csv_lines(header, rows))
    lines = "2018-09-20,c1,0108775015,0.0508,2\n2018-09-20,c1,0108775016,0.0508,2\n2018-09-21,c1,0108775016,0.0508,2\n"
    (tmp_path / "transactions_train.csv").write_text("t_dat,customer_id,article_id,price,sales_channel_id\n" + lines)
    found = tidy("hm", tmp_path)
    path = ["Ladieswear", "Garment Upper body", "Vest top"]
    assert items(found, "title", "category", "price") == [
        ("0108775015", "Strap top, Black", path, None),
        ("0108775016", "Strap top, White", path, None),
    ]
    assert events(found, "session_id", "timestamp")[1:] == [
        ("c1-2018-09-20", 1537401600),
        ("c1-2018-09-21", 1537488000),
    ]


# kaggle.com/datasets/retailrocket/ecommerce-dataset
def test_retailrocket(tmp_path):
    header = "timestamp,itemid,property,value\n"
    (tmp_path / "item_properties_part1.csv").write_text(
        header + "1435460400000,460429,categoryid,1338\n1,460429,790,n9000.000\n"
    )
    (tmp_path / "item_properties_part2.csv").write_text(header + "1435460400000,206783,categoryid,1338\n")
    lines = "1433221332117,257597,view,460429,\n1433221339999,257597,transaction,206783,12\n"
    (tmp_path / "events.csv").write_text("timestamp,visitorid,event,itemid,transactionid\n" + lines)
    found = tidy("retailrocket", tmp_path)
    assert items(found, "title", "category")[1] == ("460429", "item 460429 of category 1338", ["1338"])
    assert events(found, "kind", "session_id", "timestamp") == [
        ("view", None, 1433221332),
        ("transaction", "12", 1433221339),
    ]


# kaggle.com/datasets/mkechinov/ecommerce-behavior-data-from-multi-category-store
def test_rees46(tmp_path):
    header = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
    rows = "2019-10-01 00:00:00 UTC,view,44600062,2103807459595387724,,shiseido,35.79,541312140,72d76fde\n"
    rows += "2019-10-01 00:00:01 UTC,purchase,3900821,2053013552326770905,appliances.environment.water_heater,aqua,33.20,554,9333dfbd\n"
    (tmp_path / "2019-Oct.csv.gz").write_bytes(gzip.compress((header + rows).encode()))
    found = tidy("rees46", tmp_path)
    path = ["appliances", "environment", "water_heater"]
    assert items(found, "title", "category", "price") == [
        ("3900821", "aqua appliances, environment, water heater", path, 33.2)
    ]
    assert events(found, "kind", "session_id", "timestamp") == [("purchase", "9333dfbd", 1569888001)]


# dunnhumby.com/source-files: "The Complete Journey", user guide
def test_dunnhumby(tmp_path):
    header = "PRODUCT_ID,MANUFACTURER,DEPARTMENT,BRAND,COMMODITY_DESC,SUB_COMMODITY_DESC,CURR_SIZE_OF_PRODUCT\n"
    (tmp_path / "product.csv").write_text(
        header + "25671,2,GROCERY,National,FRZN ICE,ICE - CRUSHED/CUBED,22 LB\n26081,2,MISC,National, , ,\n"
    )
    header = "household_key,BASKET_ID,DAY,PRODUCT_ID,QUANTITY,SALES_VALUE,STORE_ID,RETAIL_DISC,TRANS_TIME,WEEK_NO,COUPON_DISC,COUPON_MATCH_DISC\n"
    (tmp_path / "transaction_data.csv").write_text(header + "2375,26984851472,3,25671,1,1.39,364,-0.6,1631,1,0,0\n")
    found = tidy("dunnhumby", tmp_path)
    assert items(found, "title", "category") == [
        ("25671", "ICE - CRUSHED/CUBED, 22 LB, National", ["GROCERY", "FRZN ICE"])
    ]
    assert events(found, "user_id", "session_id", "timestamp") == [("2375", "26984851472", 3 * 86400)]


# cseweb.ucsd.edu/~jmcauley/datasets.html#steam_data: "Example"
def test_steam(tmp_path):
    games = [
        {
            "publisher": "K",
            "genres": ["Action", "Indie"],
            "app_name": "Lost",
            "title": "Lost",
            "price": 4.99,
            "id": "761140",
        },
        {"genres": ["Casual"], "app_name": "Free one", "title": "Free one", "price": "Free To Play", "id": "643980"},
        {"app_name": "No id", "price": 0.99},
    ]
    gzipped(tmp_path / "steam_games.json.gz", ["{u" + repr(game)[1:] for game in games])
    bundle = {
        "bundle_final_price": "$66.46",
        "bundle_url": "http://x.example",
        "bundle_price": "$73.86",
        "bundle_name": "Two Pack",
    }
    game = {
        "genre": "Action",
        "item_id": "761140",
        "discounted_price": "$8.99",
        "item_url": "http://x",
        "item_name": "Lost",
    }
    bundle |= {"bundle_id": "450", "bundle_discount": "10%", "items": [game, {**game, "item_id": "643980"}]}
    gzipped(tmp_path / "bundle_data.json.gz", [repr(bundle)])
    found = tidy("steam", tmp_path)
    assert items(found, "title", "price") == [("643980", "Free one", 0.0), ("761140", "Lost", 4.99)]
    assert found.bundles.select("bundle_id", "items", "intent").rows() == [("450", ["761140", "643980"], "Two Pack")]


def test_every_preset_is_tested_documented_and_printed():
    here = Path(__file__)
    docs = (here.parents[2] / "docs" / "data.md").read_text()
    for name in preset_names():
        assert f'"{name}"' in here.read_text() + (here.parent / "test_research_sets.py").read_text(), name
        assert f"--source {name} " in docs, name
        assert (
            CliRunner().invoke(app, ["prepare", "--source", name, "--show"]).stdout.strip() == preset_text(name).strip()
        )


def test_a_source_that_is_none_and_files_that_are_not_there(tmp_path):
    with pytest.raises(BundlesmithError, match=r"the sources are sample, tables.*shopify"):
        checked_source(kind="shopifi")
    (tmp_path / "goods.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BundlesmithError, match=r'no file ".*products_export\*\.csv". There are: goods.csv'):
        read(DataSource(kind="shopify", path=tmp_path))
    with pytest.raises(BundlesmithError, match="needs a path"):
        read(DataSource(kind="shopify"))
