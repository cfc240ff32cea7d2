"""Layouts of shops in which a first look, or what comes of it, was wrong once: sold though it isn't there, months that
got lost.
"""

import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from xlsxwriter import Workbook

from bundlesmith.data.look import Look, look
from bundlesmith.data.prepare import DataSource, prepare
from bundlesmith.data.report import Report
from bundlesmith.data.tables import Tables, load
from bundlesmith.errors import BundlesmithError

GOODS = "sku,name,price\n" + "".join(f"L-{n},Lamp of kind {n},{n}9.50\n" for n in range(1, 6))
LINES = "order,customer,at,sku\n" + "".join(
    f"{n},c{n},2025-03-{n + 10} 09:00,L-{m}\n" for n in (1, 2, 3) for m in (n, n + 1)
)


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def looked(folder: Path) -> tuple[Look, dict[str, Any]]:
    found = look(folder)
    return found, yaml.safe_load(found.yaml)


def prepared(folder: Path, text: str = "") -> tuple[Tables, Report]:
    path = folder / "shop.yaml"
    path.write_text(text or look(folder).yaml)
    report = prepare(DataSource(kind="tables", path=path), folder.with_name(f"{folder.name}-out"))
    return load(folder.with_name(f"{folder.name}-out")), report


def stocks(tables: Tables) -> dict[str, int | None]:
    return dict(tables.items.select("item_id", "stock").iter_rows())


DUMP = {
    "products": "id,name,price,stock\n" + "".join(f"{n},Vase {n},{n}2.00,4\n" for n in range(1, 5)),
    "orders": "id,customer_id,created_at,status\n1,91,2025-02-03 10:00,paid\n2,92,2025-02-04 10:00,cancelled\n"
    "3,93,2025-02-05 10:00,paid\n",
    "order_items": "id,order_id,product_id,qty\n1,1,4,1\n2,1,3,1\n3,2,2,1\n4,2,1,2\n5,3,3,1\n6,3,1,1\n",
}


@pytest.mark.parametrize("zipped", [False, True])
def test_lines_of_orders_find_their_orders_whose_own_ids_are_no_items(tmp_path: Path, zipped: bool) -> None:
    folder = tmp_path / "dump"
    folder.mkdir()
    if zipped:
        with zipfile.ZipFile(folder / "dump.zip", "w") as archive:
            for name, text in DUMP.items():
                archive.writestr(f"tables/{name}.csv", text)
    else:
        write(folder, **DUMP)
    tables, _ = prepared(folder)
    events = {(user, item) for user, item in tables.events.select("user_id", "item_id").iter_rows()}
    assert events == {("91", "4"), ("91", "3"), ("93", "3"), ("93", "1")}
    assert sorted(tables.bundles["bundle_id"]) == ["1", "3"]


def test_a_zip_of_several_names_what_it_holds(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.csv", GOODS)
        archive.writestr("b.csv", LINES)
    columns = "columns: {item_id: sku, title: name}"
    with pytest.raises(BundlesmithError, match=r"holds 2 files: a.csv, b.csv. Name one: .*all.zip/a.csv"):
        prepared(tmp_path, f"items: {{file: all.zip, {columns}}}\n")
    with pytest.raises(BundlesmithError, match=r'no file "c.csv". There are: a.csv, b.csv'):
        prepared(tmp_path, f"items: {{file: all.zip/c.csv, {columns}}}\n")
    assert prepared(tmp_path, f"items: {{file: all.zip/a.csv, {columns}}}\n")[0].items.height == 5


def test_a_status_some_words_of_which_nobody_knows_still_says_what_is_not_sold(tmp_path: Path) -> None:
    rows = ["1,3,active,visible,", "2,3,phase-out,visible,", "3,3,draft,visible,", "4,3,active,hidden,"]
    rows += ["5,3,active,visible,2024-12-01", "6,3,archived,visible,", "7,3,active,visible,"]
    goods = "sku,name,quantity,status,visibility,deleted_at\n" + "".join(
        f"K-{row}\n".replace(",3", ",Knife,3", 1) for row in rows
    )
    tables, report = prepared(write(tmp_path, goods=goods))
    assert stocks(tables) == {"K-1": 3, "K-2": 0, "K-3": 0, "K-4": 0, "K-6": 0, "K-7": 3}
    assert any("phase-out" in change.examples for change in report.changes if change.reason.startswith("stock"))


def test_what_is_blocked_by_a_mark_is_left_out_and_free_stock_is_the_stock(tmp_path: Path) -> None:
    goods = "Item,Item name,Free stock,On order,Blocked\nR1,Rake wide,0,40,\nR2,Rake small,6,0,x\nR3,Hoe long,2,9,\n"
    assert stocks(prepared(write(tmp_path, goods=goods))[0]) == {"R1": 0, "R3": 2}


def test_an_item_that_the_file_of_stocks_lacks_is_not_in_stock(tmp_path: Path) -> None:
    left = "sku,place,on_hand\nL-1,north,2\nL-1,south,7\nL-2,north,0\nL-3,north,1\nL-4,north,5\n"
    tables, report = prepared(write(tmp_path, goods=GOODS, left=left))
    assert stocks(tables) == {"L-1": 2, "L-2": 0, "L-3": 1, "L-4": 5, "L-5": 0}
    counts = {change.reason: change.count for change in report.changes}
    assert counts["no row in left.csv; stock is 0"] == 1
    assert counts["further row of left.csv with the same key; the first counts"] == 1


def test_prices_of_several_lists_are_not_joined(tmp_path: Path) -> None:
    lists = "sku,list,price\n" + "".join(
        f"T{n},{name},{n}{end}\n" for n in (1, 2) for name, end in (("trade", "1"), ("shop", "9"))
    )
    found, told = looked(write(tmp_path, goods="sku,name\nT1,Tray oval\nT2,Tray round\n", lists=lists))
    assert "price" not in told["items"]["columns"]
    assert any("lists.csv" in note for note in found.notes())


def test_the_latest_price_that_holds_already_counts(tmp_path: Path) -> None:
    rows = ["2019-05-01,4.00", "2023-05-01,6.00", "2021-05-01,5.00", "2999-01-01,9.00"]
    goods = (
        "sku,name,valid_from,price\n"
        + "".join(f"B,Bowl of wood,{row}\n" for row in rows)
        + "C,Cup of tin,2020-01-01,3.00\n"
    )
    tables, report = prepared(write(tmp_path, goods=goods))
    assert dict(tables.items.select("item_id", "price").iter_rows()) == {"B": 6.0, "C": 3.0}
    plain = "items: {file: goods.csv, columns: {item_id: sku, title: name}}\n"
    _, report = prepared(tmp_path, plain)
    assert any("3 further prices of items" in warning and "latest: COLUMN" in warning for warning in report.warnings)


def test_a_price_of_nothing_beside_others_is_warned_of(tmp_path: Path) -> None:
    _, report = prepared(write(tmp_path, goods=GOODS.replace("19.50", "0.00")))
    assert any('1 cost 0, such as "L-1"' in warning for warning in report.warnings)


def test_ids_in_other_letters_or_as_floats_are_those_of_the_catalogue(tmp_path: Path) -> None:
    tables, report = prepared(write(tmp_path, goods=GOODS, lines=LINES.replace("L-2", " l-2 ")))
    assert (
        tables.events.height == 6 and "l-2 for L-2" in next(c for c in report.changes if "capital" in c.reason).examples
    )
    numbered = write(tmp_path, goods=GOODS.replace("L-", "000"), lines=LINES.replace(",L-", ",").replace("\n", ".0\n"))
    (numbered / "lines.csv").write_text((numbered / "lines.csv").read_text().replace("sku.0", "sku", 1))
    assert set(prepared(numbered)[0].events["item_id"]) == {"0001", "0002", "0003", "0004"}


def test_letters_that_tell_two_items_apart_are_left_as_they_are(tmp_path: Path) -> None:
    goods = "sku,name,price\nx1,Small x,1.50\nX1,Large x,2.50\nY1,A y,3.50\n"
    tables, _ = prepared(write(tmp_path, goods=goods, lines=LINES.replace("L-1", "X1").replace("L-2", "y1")))
    assert set(tables.events["item_id"]) == {"X1", "Y1"}


def test_guests_are_a_customer_for_each_order(tmp_path: Path) -> None:
    lines = LINES.replace(",c1,", ",,").replace(",c2,", ",Guest,")
    tables, report = prepared(write(tmp_path, goods=GOODS, lines=lines))
    assert set(tables.events["user_id"]) == {"guest 1", "guest 2", "c3"} and tables.bundles.height == 3
    assert next(change.count for change in report.changes if "guest" in change.reason) == 4
    zero = write(tmp_path, lines=LINES.replace(",c1,", ",0,").replace(",c2,", ",0,").replace(",c3,", ",57,"))
    assert set(prepared(zero)[0].events["user_id"]) == {"guest 1", "guest 2", "57"}
    counted = write(tmp_path, lines=LINES.replace(",c1,", ",0,").replace(",c2,", ",1,").replace(",c3,", ",2,"))
    assert set(prepared(counted)[0].events["user_id"]) == {"0", "1", "2"}


def test_months_in_sheets_or_files_of_their_own_are_all_read(tmp_path: Path) -> None:
    head, *rows = [line.split(",") for line in LINES.splitlines()]
    with Workbook(tmp_path / "orders.xlsx") as book:
        for name, month in (("Q1", rows[:2]), ("Q2", rows[2:]), ("Sums", [["Q1", "2"], ["Q2", "4"]])):
            sheet = book.add_worksheet(name)
            for place, row in enumerate([["Quarter", "Lines"] if name == "Sums" else head, *month]):
                sheet.write_row(place, 0, row)
    _, told = looked(write(tmp_path, goods=GOODS))
    assert told["events"]["sheet"] == ["Q1", "Q2"]
    assert prepared(tmp_path)[0].events.height == 6
    files = tmp_path / "files"
    files.mkdir()
    text = [",".join(head) + "\n" + "".join(",".join(row) + "\n" for row in part) for part in (rows[:2], rows[2:])]
    _, told = looked(write(files, goods=GOODS, **{"orders-2025-01": text[0], "orders-2025-02": text[1]}))
    assert told["events"]["file"] == "orders-2025-0*.csv"
    assert prepared(files)[0].events.height == 6


def test_a_file_of_the_same_table_that_is_not_read_is_named(tmp_path: Path) -> None:
    other = LINES.replace("customer", "email").replace("order", "basket")
    found, _ = looked(write(tmp_path, goods=GOODS, lines=LINES, shop2=other))
    assert any("another file is read" in note and "(events)" in note for note in found.notes())


def test_categories_of_merged_cells_are_those_of_all_their_rows(tmp_path: Path) -> None:
    with Workbook(tmp_path / "goods.xlsx") as book:
        sheet = book.add_worksheet()
        rows = [
            ["Category", "SKU", "Name", "Price"],
            ["Bags", "b1", "Tote", 9.5],
            ["", "b2", "Rucksack", 49.5],
            ["Hats", "h1", "Beret", 19.5],
        ]
        for place, row in enumerate([*rows, ["", "h2", "Cap", 12.5]]):
            sheet.write_row(place, 0, row)
    paths = dict(prepared(tmp_path)[0].items.select("item_id", "category").iter_rows())
    assert paths == {"b1": ["Bags"], "b2": ["Bags"], "h1": ["Hats"], "h2": ["Hats"]}


def test_parts_of_structs_in_parquet_are_told(tmp_path: Path) -> None:
    goods = [{"product": {"id": n, "name": f"Rope {n} m"}, "pricing": {"price": n + 0.5}} for n in range(1, 4)]
    pl.DataFrame(goods).write_parquet(tmp_path / "goods.parquet")
    _, told = looked(tmp_path)
    assert told["items"]["columns"] == {"item_id": "product.id", "title": "product.name", "price": "pricing.price"}
    assert prepared(tmp_path)[0].items["price"].to_list() == [1.5, 2.5, 3.5]


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("SKU,Product,Price,Stock", {"item_id": "SKU", "title": "Product"}),
        ("Artikelnummer,Produkt,Preis,Bestand", {"item_id": "Artikelnummer", "title": "Produkt", "price": "Preis"}),
        ("isbn,title,rrp,in_stock", {"item_id": "isbn", "title": "title", "price": "rrp", "stock": "in_stock"}),
        ("código,nome,preço_de,preço_por", {"item_id": "código", "title": "nome", "price": "preço_por"}),
        ("kód,název,cena,dostupnost", {"item_id": "kód", "title": "název", "price": "cena", "stock": "dostupnost"}),
        ("sku,name,price,type", {"item_id": "sku", "title": "name", "price": "price"}),
    ],
)
def test_everyday_names_of_columns(tmp_path: Path, head: str, told: dict[str, str]) -> None:
    last = {"type": ["simple", "variable"], "dostupnost": ["skladem", "vyprodáno"], "preço_por": ["8,90", "6,90"]}.get(
        head.split(",")[-1], ["3", "0"]
    )
    price = ['"9,90"', '"7,90"'] if "ç" in head else ["9.90", "7.90"]
    rows = [f'a{n},Folding chair {n},{price[n]},"{last[n]}"' for n in (0, 1)]
    found = looked(write(tmp_path, goods="\n".join([head, *rows]) + "\n"))[1]["items"]["columns"]
    assert told.items() <= found.items() and "category" not in found


def test_quoted_lines_that_hold_the_separator_and_comments_between_rows(tmp_path: Path) -> None:
    goods = 'id;name;notes;price\n1;"Caf&eacute; cr&egrave;me";"from\nhere; and there";8,90\n'
    goods += '2;"Tea; green";"in\ntin";4,50\n'
    assert prepared(write(tmp_path, goods=goods))[0].items["title"].to_list() == ["Café crème", "Tea; green"]
    head, *rows = GOODS.splitlines()
    commented = write(tmp_path, goods="\n".join([head, *rows[:2], "# two for the summer", *rows[2:]]) + "\n")
    assert prepared(commented)[0].items.height == 5


def test_yen_signs_of_a_japanese_file_are_yen(tmp_path: Path) -> None:
    goods = "商品コード,商品名,販売価格,在庫\nJ1,てつびん 大,￥12000,残りわずか\nJ2,ゆのみ 青,￥1200,在庫切れ\n"
    goods += "J3,ふろしき 藍,￥900,在庫あり\n"
    (tmp_path / "goods.csv").write_bytes(goods.encode("cp932"))
    tables, _ = prepared(tmp_path)
    assert tables.currency == "JPY" and tables.items["price"].to_list() == [12000, 1200, 900]
    assert stocks(tables) == {"J1": None, "J2": 0, "J3": None}


def test_a_folder_of_a_database_says_how_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_bytes(b"SQLite format 3\0")
    with pytest.raises(BundlesmithError, match=r"--source sql --path sqlite:///.*shop\.db"):
        look(tmp_path)
