import json
from datetime import datetime

import polars as pl
import pytest

from bundlesmith.data.clean import clean
from bundlesmith.data.readers.config import TablesConfig, load_tables_config
from bundlesmith.data.readers.tabular import read_tables
from bundlesmith.errors import BundlesmithError
from tests.data.shops import write_lines

YAML = """
items:
  file: goods.csv
  columns: {item_id: sku, title: name, category: path, price: cost}
  category_separator: "/"
  attributes: [brand]
events:
  file: clicks.jsonl
  columns: {user_id: who, item_id: sku, timestamp: at}
bundles:
  file: sets.parquet
  columns: {bundle_id: set, items: members, intent: why}
"""


def shop(folder):
    (folder / "goods.csv").write_text(
        'sku;name;path;cost;brand\n1;Desk;Home/Desks;"12,50 €";Oakly\n2;Lamp;Home / Lamps;1.299,00;\n'
    )
    clicks = [{"who": "ann", "sku": 1, "at": "2024-05-01"}, {"who": "bo", "sku": 2, "at": 1714521600000}]
    write_lines(folder / "clicks.jsonl", clicks)
    pl.DataFrame({"set": [8], "members": [[1, 2]], "why": ["work"]}).write_parquet(folder / "sets.parquet")
    (folder / "shop.yaml").write_text(YAML)
    return folder / "shop.yaml"


def test_mapped_columns_of_three_formats(tmp_path):
    raw = read_tables(shop(tmp_path), None)
    assert raw.integer_ids
    assert raw.items["category"].to_list() == [["Home", "Desks"], ["Home", "Lamps"]]
    assert raw.items["attributes"].to_list() == ['{"brand": "Oakly"}', "{}"]
    assert raw.bundles.select("bundle_id", "items", "intent").row(0) == ("8", ["1", "2"], "work")
    tidy = clean(raw)
    assert tidy.items["price"].to_list() == [12.5, 1299.0]
    assert tidy.events["timestamp"].to_list() == [1714521600, 1714521600]
    assert set(tidy.events["kind"]) == {"interaction"}


def test_folder_with_our_names(tmp_path):
    write_lines(tmp_path / "items.jsonl", [{"item_id": "x", "title": "X", "category": ["A", "B"]}] * 1)
    (tmp_path / "bundles.csv").write_text("bundle_id,item_id,intent\nb,x,\nb,y,both\nc,x,\n")
    raw = read_tables(tmp_path, None)
    assert not raw.integer_ids
    assert raw.items["category"].to_list() == [["A", "B"]]
    assert raw.bundles.select("bundle_id", "items", "intent").rows() == [
        ("b", ["x", "y"], "both"),
        ("c", ["x"], None),
    ]
    assert raw.events.height == 0


def test_bundle_items_as_text_and_no_bundle_id(tmp_path):
    write_lines(tmp_path / "items.ndjson", [{"item_id": 1, "title": "X"}])
    write_lines(tmp_path / "bundles.jsonl", [{"items": "1, 2"}, {"items": "2"}])
    raw = read_tables(tmp_path, None)
    assert raw.bundles.select("bundle_id", "items").rows() == [("0", ["1", "2"]), ("1", ["2"])]


def test_config_given_directly_with_files_relative_to_the_path(tmp_path):
    shop(tmp_path)
    config = load_tables_config(tmp_path / "shop.yaml")
    assert read_tables(tmp_path, config).items.equals(read_tables(tmp_path / "shop.yaml", None).items)


def test_float_ids_and_parquet_times(tmp_path):
    items = pl.DataFrame({"item_id": [1, 2], "title": ["X", "Y"], "category": ["A > B", None]})
    items.write_parquet(tmp_path / "items.parquet")
    events = {"user_id": ["u", "u"], "item_id": [1.0, None], "timestamp": [datetime(2024, 5, 1, 1)] * 2}
    pl.DataFrame(events).write_parquet(tmp_path / "events.parquet")
    raw = read_tables(tmp_path, None)
    assert raw.integer_ids
    assert raw.items["category"].to_list() == [["A", "B"], None]
    assert raw.events["item_id"].to_list() == ["1", None]
    assert raw.events["timestamp"][0] == "1714525200"


def test_integer_looking_text_is_text_in_json(tmp_path):
    write_lines(tmp_path / "items.jsonl", [{"item_id": "1", "title": "X"}])
    write_lines(tmp_path / "events.jsonl", [{"user_id": 1, "item_id": 1, "timestamp": 5}])
    raw = read_tables(tmp_path, None)
    assert not raw.integer_ids
    assert raw.items["item_id"].to_list() == raw.events["item_id"].to_list()


def test_padded_numbers_are_not_integers(tmp_path):
    (tmp_path / "items.csv").write_text("item_id,title\n007,X\n")
    (tmp_path / "events.csv").write_text("user_id,item_id,timestamp\nu,007,5\n")
    assert not read_tables(tmp_path, None).integer_ids


def test_missing_column_names_the_nearest(tmp_path):
    (tmp_path / "items.csv").write_text("item_id,titel,price\n1,X,2\n")
    (tmp_path / "events.csv").write_text("user_id,item_id,timestamp\nu,1,5\n")
    what = 'items.csv" has no column "title"; its columns are item_id, titel, price. Did you mean "titel"'
    with pytest.raises(BundlesmithError, match=what):
        read_tables(tmp_path, None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "category_separator",
            "category_seperator",
            'unknown key "items.category_seperator".*"category_separator"',
        ),
        ("events:", "event:", 'unknown key "event".*"events"'),
        ("file: goods.csv", "attributes: []", "items.file: Field required"),
        ("item_id: sku, title", "item: sku, title", '"item" is not a column of ours.*"item_id"'),
        ("price: cost", "price: coast", 'no column "coast".*"cost"'),
        ("[brand]", "[brands]", 'no column "brands".*"brand"'),
        ("items:", "items: [", "is not YAML"),
        (
            "price: cost",
            'price: {column: cost, decimals: ","}',
            'unknown key "items.columns.price.decimals".*"decimal"',
        ),
        ("price: cost", 'price: {column: cost, decimal: ";"}', "items.columns.price.decimal: .*not ';'"),
        (
            "columns: {item_id: sku, title",
            "where: {cost: {below: 3}}\n  columns: {item_id: sku, title",
            "where.cost.below",
        ),
    ],
)
def test_config_errors(tmp_path, old, new, message):
    path = shop(tmp_path)
    text = YAML.replace(old, new, 1)
    if "file: goods" in old:
        text = text.replace("  attributes: [brand]\n", "")
    path.write_text(text)
    with pytest.raises(BundlesmithError, match=message):
        read_tables(path, None)


def test_a_catalogue_alone(tmp_path):
    (tmp_path / "items.csv").write_text("item_id,title\n1,X\n")
    raw = read_tables(tmp_path, None)
    assert raw.items["title"].to_list() == ["X"] and raw.events.is_empty() and raw.bundles.is_empty()


def test_no_items_file_and_no_path(tmp_path):
    with pytest.raises(BundlesmithError, match=r'has no file "items"'):
        read_tables(tmp_path, None)
    with pytest.raises(BundlesmithError, match="needs a path"):
        read_tables(None, None)


def test_attributes_of_our_own_format(tmp_path):
    write_lines(tmp_path / "items.jsonl", [{"item_id": 1, "title": "X", "attributes": {"size": 3}}])
    write_lines(tmp_path / "bundles.jsonl", [{"items": [1, 2]}])
    assert json.loads(read_tables(tmp_path, None).items["attributes"][0]) == {"size": 3}
    write_lines(tmp_path / "items.jsonl", [{"item_id": 1, "title": "X", "attributes": "red"}])
    with pytest.raises(BundlesmithError, match="'red' are not a JSON object"):
        read_tables(tmp_path, None)


def test_unknown_ending(tmp_path):
    (tmp_path / "items.pkl").write_text("x")
    config = TablesConfig.model_validate({"items": {"file": "items.pkl"}, "bundles": {"file": "b.csv"}})
    with pytest.raises(BundlesmithError, match=r'unknown ending ".pkl"'):
        read_tables(tmp_path, config)


def test_parts_of_objects(tmp_path):
    goods = [
        {"id": 1, "name": {"en": "Pot", "de": "Topf"}, "cost": {"net": {"amount": 5}}},
        {"id": 2, "name": {"en": "Cup"}},
    ]
    write_lines(tmp_path / "goods.jsonl", goods)
    pl.DataFrame(goods).write_parquet(tmp_path / "goods.parquet")
    for file in ("goods.jsonl", "goods.parquet"):
        (tmp_path / "shop.yaml").write_text(
            f"items: {{file: {file}, columns: {{item_id: id, title: name.en, price: cost.net.amount}}}}\n"
        )
        items = clean(read_tables(tmp_path / "shop.yaml", None)).items
        assert items.select("item_id", "title", "price").rows() == [("1", "Pot", 5.0), ("2", "Cup", None)]


def test_joins_conditions_and_columns_put_together(tmp_path):
    (tmp_path / "a.csv").write_text("Part,Colour,Name,Shelf,Gone\n1,red,Pot,7.0,\n1,blue,Pot,8,yes\n2,,Cup,9,\n")
    (tmp_path / "b.csv").write_text("Part,Colour,Name,Shelf,Gone\n3,red,Pan,7,no\n")
    (tmp_path / "shelves.csv").write_text("number,label\n7,Kitchen\n8,Sale\n")
    (tmp_path / "shop.yaml").write_text(
        """
items:
  file: "[ab].csv"
  join: [{file: shelves.csv, by: {Shelf: number}}]
  where: {Gone: {is_not: ["yes"]}}
  columns: {item_id: [Part, Colour], title: {column: [Colour, Name], join: " "}, category: label}
"""
    )
    raw = read_tables(tmp_path / "shop.yaml", None)
    assert raw.items.select("item_id", "title", "category").rows() == [
        ("1-red", "red Pot", ["Kitchen"]),
        (None, "Cup", None),
        ("3-red", "red Pan", ["Kitchen"]),
    ]
    assert [(change.reason, change.count) for change in raw.changes] == [("left out by `where: Gone`", 1)]
    (tmp_path / "shop.yaml").write_text(
        "items: {file: a.csv, where: {Part: {matches: '('}}, columns: {item_id: Part, title: Name}}"
    )
    with pytest.raises(BundlesmithError, match='condition on "Part" is no regular expression'):
        read_tables(tmp_path / "shop.yaml", None)


@pytest.mark.parametrize("name", ["items.csv", "items.xlsx"])
def test_the_header_once_more_and_totals_are_no_rows(tmp_path, name):
    rows = [["item_id", "title", "price"], ["k1", "Rug", "70"], ["item_id", "title", "price"], ["k2", "Sum", "8"]]
    rows += [["Gesamt", None, "78"], ["Summe:", "Summe:", "78"]]
    if name.endswith("csv"):
        (tmp_path / name).write_text("\n".join(",".join(cell or "" for cell in row) for row in rows))
    else:
        pl.DataFrame(rows[1:], schema=rows[0], orient="row").write_excel(tmp_path / name)
    raw = read_tables(tmp_path, None)
    assert raw.items["item_id"].to_list() == ["k1", "k2"]
    assert {change.reason: change.count for change in raw.changes} == {
        "the header once more": 1,
        "a total at the end": 2,
    }


def test_an_article_with_the_name_of_a_total_is_one(tmp_path):
    (tmp_path / "items.csv").write_text("item_id,title,price\nsum,Sum game,3\ntotal,Total war,4\n")
    assert read_tables(tmp_path, None).items.height == 2


def test_a_stock_of_several_columns_is_the_least(tmp_path):
    rows = ["a,in stock,0,1", "b,in stock,9,1", "c,sold out,9,1", "d,,,", "e,in stock,maybe,1", "f,in stock,,0"]
    (tmp_path / "goods.csv").write_text("\n".join(["sku,state,count,shown", *rows]))
    config = {"items": {"file": "goods.csv", "columns": {"item_id": "sku", "title": "sku"}}}
    config["items"]["columns"]["stock"] = ["state", "count", "shown"]
    items = clean(read_tables(tmp_path, TablesConfig.model_validate(config))).items
    assert items["stock"].to_list() == [0, 9, 0, None, 0, 0]
