"""Databases as sources: the same shop from SQLite, PostgreSQL and MariaDB, and passwords that nothing says."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import create_engine, text

from bundlesmith.data.clean import clean
from bundlesmith.data.prepare import checked_source, prepare
from bundlesmith.data.readers.database import open_database, parse_source_url
from bundlesmith.data.readers.sql import read_sql
from bundlesmith.errors import BundlesmithError
from tests.cli.run import bundlesmith
from tests.data import mariadb
from tests.store import postgres

SHOP = """
CREATE TABLE goods (
  sku INTEGER PRIMARY KEY, name VARCHAR(80), path VARCHAR(80), cost NUMERIC(10, 2), left_over INTEGER, maker VARCHAR(20)
);
INSERT INTO goods VALUES (3, 'Teapot: blue, 100%', 'Kitchen > Tea', 31.90, 4, 'Ostrava');
INSERT INTO goods VALUES (1, 'Kettle', 'Kitchen > Tea', 1249.00, 0, NULL);
INSERT INTO goods VALUES (2, 'Sencha 煎茶', 'Food > Tea', NULL, NULL, 'Uji');
CREATE TABLE visits (who VARCHAR(20), sku INTEGER, at TIMESTAMP NULL);
INSERT INTO visits VALUES ('ada', 1, '2025-02-03 04:05:06');
INSERT INTO visits VALUES ('ada', 2, '2025-02-04 00:00:00');
CREATE TABLE order_lines (order_id INTEGER, sku INTEGER, cancelled INTEGER);
INSERT INTO order_lines VALUES (70, 1, 0);
INSERT INTO order_lines VALUES (70, 2, 0);
INSERT INTO order_lines VALUES (71, 2, 1);
INSERT INTO order_lines VALUES (71, 3, 1);
"""
YAML = """
url: $TEA_SHOP
items:
  table: goods
  columns: {item_id: sku, title: name, category: path, price: cost, stock: left_over}
  attributes: [maker]
events:
  table: visits
  columns: {user_id: who, item_id: sku, timestamp: at}
bundles:
  query: |
    SELECT order_id AS bundle_id, sku AS item_id, 'a:b' AS intent FROM order_lines
    WHERE cancelled = 0 AND order_id % 10 = 0
"""
QUIET = Console(quiet=True)


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with the tea shop in it."""
    if request.param == "sqlite":
        with sqlite3.connect(tmp_path / "tea shop.db") as made:
            made.executescript(SHOP)
        made.close()
        yield f"sqlite:///{tmp_path}/tea shop.db"
        return
    url = request.getfixturevalue(f"{request.param}_url")
    engine = create_engine(parse_source_url(url))
    with engine.begin() as connection:
        for statement in filter(str.strip, SHOP.split(";\n")):
            connection.execute(text(statement.replace(":", r"\:")))
    yield url
    with engine.begin() as connection:
        for name in ("goods", "visits", "order_lines"):
            connection.execute(text(f"DROP TABLE {name}"))
    engine.dispose()


@pytest.fixture(scope="module")
def postgresql_url() -> Iterator[str]:
    if postgres.missing():
        pytest.skip(postgres.missing())
    with postgres.PostgresServer.started() as server:
        yield server.new_database()


@pytest.fixture(scope="module")
def mysql_url() -> Iterator[str]:
    if mariadb.missing():
        pytest.skip(mariadb.missing())
    with mariadb.mariadb_server() as url:
        yield url


@pytest.fixture
def shop_yaml(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEA_SHOP", url)
    (tmp_path / "shop.yaml").write_text(YAML)
    return tmp_path / "shop.yaml"


def test_tables_and_queries_are_mapped_as_files_are(shop_yaml: Path) -> None:
    raw = read_sql(shop_yaml, None)
    tidy = clean(raw)
    assert raw.integer_ids
    items = tidy.items.sort("item_id").select("item_id", "title", "category", "price", "stock", "attributes").rows()
    assert items == [
        ("1", "Kettle", ["Kitchen", "Tea"], 1249.0, 0, "{}"),
        ("2", "Sencha 煎茶", ["Food", "Tea"], None, None, '{"maker": "Uji"}'),
        ("3", "Teapot: blue, 100%", ["Kitchen", "Tea"], 31.9, 4, '{"maker": "Ostrava"}'),
    ]
    events = tidy.events.select("user_id", "item_id", "timestamp").rows()
    assert events == [("ada", "1", 1738555506), ("ada", "2", 1738627200)]
    assert tidy.bundles.select("bundle_id", "items", "intent").rows() == [("70", ["1", "2"], "a:b")]


def test_prepare_reads_a_database_and_says_the_password_nowhere(
    shop_yaml: Path, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert bundlesmith("prepare", "--source", "sql", "--path", shop_yaml, "--out", tmp_path / "out") == 0
    said = capsys.readouterr()
    held = "".join(path.read_bytes().decode("latin-1") for path in (tmp_path / "out").iterdir())
    for told in (said.out, said.err, caplog.text, held):
        assert "secret-word" not in told and "s3cret" not in told
    prepare(checked_source(kind="sql", path=shop_yaml, seed=7), tmp_path / "again", QUIET)
    assert (tmp_path / "again/items.parquet").read_bytes() == (tmp_path / "out/items.parquet").read_bytes()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * FROM good", "good"),
        ("SELEC 1", "SELEC"),
        ("DELETE FROM goods", "DELETE FROM goods"),
        ("DROP TABLE goods", "DROP TABLE goods"),
        ("SELECT 1 AS a, 2 AS a", 'two columns are called "a"'),
    ],
)
def test_a_query_that_cannot_be_answered_is_one_error_and_changes_nothing(url: str, query: str, said: str) -> None:
    with open_database(url) as database, pytest.raises(BundlesmithError, match=said) as raised:
        _, rows = database.query(query)
        list(rows)
    assert "secret" not in str(raised.value) and "s3cret" not in str(raised.value)
    with open_database(url) as database:
        assert len(next(database.table("goods")[1])) == 3


def test_a_table_that_is_not_there_is_named_with_the_nearest(url: str) -> None:
    with (
        open_database(url) as database,
        pytest.raises(BundlesmithError, match=r'no table "good"\. Did you mean "goods"'),
    ):
        database.table("good")


def test_a_column_that_is_not_there_is_named_with_its_table(shop_yaml: Path) -> None:
    shop_yaml.write_text(YAML.replace("title: name", "title: nam"))
    with pytest.raises(BundlesmithError, match=r'The table "goods" has no column "nam".*Did you mean "name"'):
        read_sql(shop_yaml, None)


def test_a_url_alone_needs_tables_with_our_names(url: str) -> None:
    with pytest.raises(BundlesmithError, match='has no table "items"; its tables are goods, order_lines, visits'):
        read_sql(None, url)


def test_views_with_our_names_need_no_yaml(url: str, tmp_path: Path) -> None:
    engine = create_engine(parse_source_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW items AS SELECT sku AS item_id, name AS title FROM goods")
        connection.exec_driver_sql(
            "CREATE VIEW bundles AS SELECT order_id AS bundle_id, sku AS item_id FROM order_lines"
        )
    try:
        source = checked_source(kind="sql", path=url, seed=7)
        prepare(source, tmp_path / "out", QUIET)
    finally:
        with engine.begin() as connection:
            for name in ("items", "bundles"):
                connection.exec_driver_sql(f"DROP VIEW {name}")
        engine.dispose()
    about = (tmp_path / "out/data.json").read_text()
    assert json.loads(about)["source"]["url"].startswith(url.partition(":")[0]) and "s3cret" not in about
    assert "secret" not in about and "secret" not in repr(source)


UNREACHABLE = [
    "postgresql://shop:hush-hush@127.0.0.1:1/shop",
    "mysql://shop:hush-hush@127.0.0.1:1/shop",
    "postgresql://shop:hush-hush@127.0.0.1:1/shop?nonsense=hush-hush",
    "postgresql://shop:hush@hush@127.0.0.1:1/shop",
    "postgresql://shop:12/hush-hush@127.0.0.1:1/shop",
    "postgresql://shop:hush-hush@127.0.0.1:port/shop",
    "postgresql://shop:12?hush-hush@127.0.0.1/shop",
    "nosuch://shop:hush-hush@127.0.0.1/shop",
    "mssql+pymssql://shop:hush-hush@127.0.0.1/shop",
    "mysql://127.0.0.1:1/shop?password=hush-hush",
    "sqlite:///hush-hush.db",
]


@pytest.mark.parametrize("url", UNREACHABLE)
@pytest.mark.parametrize("source", ["sql", "tables", "recbole"])
def test_a_database_that_cannot_be_reached_is_an_error_without_the_password(
    tmp_path: Path, url: str, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bundlesmith("prepare", "--source", source, "--path", url, "--out", tmp_path / "out") == 2
    said = capsys.readouterr()
    assert said.err.startswith("Error: ") and not (tmp_path / "out").exists()
    assert url.startswith("sqlite") or "hush" not in said.out + said.err


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("url: postgresql://u:hush-hush@h/d", "items"),
        ("url: postgresql://u:hush-hush@h/d\nitems: {table: a, title: x}", "items.title"),
        ("url: postgresql://u:hush-hush@h/d\nitems: hush-hush", "needs a `table` or a `query`"),
        ("url: postgresql://u:hush-hush@h/d\nitems: {table: a, query: SELECT 1}", "needs a `table` or a `query`"),
        ("url: [postgresql://u:hush-hush@h/d]\nitems: {table: a}", "no `url`"),
        ("urls: postgresql://u:hush-hush@h/d\nitems: {table: a}", "no `url`"),
        ("url: {postgresql://u:hush-hush@h/d\nitems: {table: a}", "line"),
        ("- postgresql://u:hush-hush@h/d", "no keys"),
        ("url: postgresql://u:hush-hush@h/d\nitem: {table: a}", 'unknown key "item"'),
        ("url: $NOT_SET_HERE\nitems: {table: a}", "no variable NOT_SET_HERE"),
    ],
)
def test_a_broken_yaml_file_is_an_error_without_the_password(tmp_path: Path, yaml: str, said: str) -> None:
    (tmp_path / "shop.yaml").write_text(yaml)
    with pytest.raises(BundlesmithError, match=said) as raised:
        read_sql(tmp_path / "shop.yaml", None)
    assert "hush" not in str(raised.value)


def test_values_of_any_type_in_one_column_of_sqlite(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "odd.db") as made:
        made.execute("CREATE TABLE items (item_id, title, price, picture)")
        rows = [
            ("a", "Cup", 3, b"\xff\xd8"),
            ("b", "Jug", "12,50", b"\x00"),
            ("c", "Pan", 8.25, None),
            (7, "Lid", None, None),
        ]
        made.executemany("INSERT INTO items VALUES (?, ?, ?, ?)", rows)
    made.close()
    raw = read_sql(None, f"sqlite:///{tmp_path}/odd.db")
    assert raw.items["item_id"].to_list() == ["a", "b", "c", "7"] and not raw.integer_ids
    assert raw.items["price"].to_list() == ["3", "12,50", "8.25", None]


def test_a_relative_file_counts_from_the_yaml_file(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    with sqlite3.connect(tmp_path / "below/shop.db") as made:
        made.execute("CREATE TABLE items AS SELECT 'x' AS item_id, 'X' AS title")
    made.close()
    (tmp_path / "below/shop.yaml").write_text("url: sqlite:///shop.db\nitems: {table: items}")
    assert read_sql(tmp_path / "below/shop.yaml", None).items["title"].to_list() == ["X"]


def test_more_rows_than_a_batch_keep_their_order_and_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bundlesmith.data.readers.database.BATCH", 7)
    with sqlite3.connect(tmp_path / "many.db") as made:
        made.execute("CREATE TABLE items (item_id INTEGER PRIMARY KEY, title, price)")
        prices = [None] * 10 + [2] * 10 + [2.5] * 10
        made.executemany("INSERT INTO items VALUES (?, ?, ?)", [(n, f"T{n}", prices[n]) for n in range(30)])
    made.close()
    items = read_sql(None, f"sqlite:///{tmp_path}/many.db").items
    assert items["item_id"].to_list() == [str(n) for n in range(30)]
    assert [price and float(price) for price in items["price"]] == prices


TYPED = """
CREATE TABLE items (item_id uuid, title text, category text[], price numeric(12, 4), stock bigint, attributes jsonb);
INSERT INTO items VALUES
  ('00000000-0000-0000-0000-00000000000a', 'Cup', '{Kitchen,"Cups, mugs"}', 1249.5, 3, '{"colour": "weiß", "ml": 200}'),
  ('00000000-0000-0000-0000-00000000000b', 'Jug', NULL, 'NaN', NULL, '{}');
CREATE TABLE events (user_id int, item_id uuid, timestamp timestamptz, kind char(4));
INSERT INTO events VALUES (5, '00000000-0000-0000-0000-00000000000a', '2025-07-01 12:00:00+02', 'view');
"""


def test_types_of_postgresql(postgresql_url: str) -> None:
    engine = create_engine(parse_source_url(postgresql_url))
    with engine.begin() as connection:
        connection.execute(text(TYPED.replace(":", r"\:")))
    try:
        tidy = clean(read_sql(None, postgresql_url))
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE items, events")
        engine.dispose()
    cup, jug = tidy.items.rows(named=True)
    assert cup["item_id"].endswith("0a") and cup["category"] == ["Kitchen", "Cups, mugs"]
    assert (cup["price"], cup["stock"], json.loads(cup["attributes"])) == (1249.5, 3, {"colour": "weiß", "ml": 200})
    assert (jug["price"], jug["stock"], jug["category"]) == (None, None, [])
    assert tidy.events.select("user_id", "timestamp", "kind").rows() == [("5", 1751364000, "view")]
