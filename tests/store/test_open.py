"""Opening: tables made once, errors that name the store and hide its password."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.store import NewEvent, Store, StoreError, open_store
from bundlesmith.store.tables import VERSION
from tests.store.postgres import PostgresServer


def ask(store: Store, query: str) -> object:
    with store._database.reading() as connection:
        return connection.exec_driver_sql(query).scalar_one()


def test_many_may_open_a_new_store_at_once(url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(open_store, [url] * 8))
    assert len({ask(store, "SELECT content FROM bundlesmith_meta WHERE name = 'salt'") for store in stores}) == 1
    stores[0].events.add("ann", [NewEvent("tent", "view", 1)])
    assert all(len(store.events.of_user("ann")) == 1 for store in stores)
    for store in stores:
        store.close()


def test_another_version_is_not_read(url: str) -> None:
    store = open_store(url)
    with store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE bundlesmith_meta SET content = '99' WHERE name = 'version'")
    store.close()
    with pytest.raises(BundlesmithError, match=f"has version 99, and this Bundlesmith reads {VERSION}") as caught:
        open_store(url)
    assert "secret-word" not in str(caught.value)


def test_tables_of_others_are_left_alone(url: str) -> None:
    store = open_store(url)
    with store._database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE bundlesmith_meta")
        connection.exec_driver_sql("CREATE TABLE events (id INTEGER)")
    store.close()
    with pytest.raises(StoreError, match="already exists"):
        open_store(url)


def test_a_commit_is_on_the_disk(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    found = {
        name: ask(store, f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
    }
    assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000, "foreign_keys": 1}
    store.close()


def test_postgresql_may_not_put_commits_off(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    for set_to, used in (("off", "on"), ("remote_write", "remote_write")):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {connection.info.dbname} SET synchronous_commit = {set_to}")
        store = open_store(url)
        assert ask(store, "SHOW synchronous_commit") == used
        store.close()


def test_another_encoding_is_refused(postgres: PostgresServer) -> None:
    with pytest.raises(BundlesmithError, match="has the encoding LATIN1"):
        open_store(postgres.new_database("LATIN1"))


def test_a_locked_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    store = open_store(url, wait=0.2)
    holder = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"locked\. Another process holds it") as caught:
        store.events.add("ann", [NewEvent("tent", "view", 1)])
    assert url in str(caught.value)
    assert store.events.of_user("ann") == []  # reading goes on
    open_store(url, wait=0.2).close()
    holder.close()
    assert store.events.add("ann", [NewEvent("tent", "view", 1)]) == [1]
    store.close()


def test_threads_wait_for_each_other_only_so_long(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db", wait=0.2)
    with store.changing("m"), pytest.raises(StoreError, match="other threads have been writing"):
        store.events.add("ann", [NewEvent("tent", "view", 1)])
    store.close()


def test_a_server_that_is_out_of_reach_keeps_the_password_to_itself() -> None:
    for url in (
        "postgresql://ann:secret-word@127.0.0.1:1/shop",
        "postgres://127.0.0.1:1/shop?user=ann&password=secret-word",
    ):
        with pytest.raises(StoreError, match="refused") as caught:
            open_store(url)
        assert "secret-word" not in str(caught.value)
        assert "127.0.0.1:1/shop" in str(caught.value) and "***" in str(caught.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:///file:x?mode=memory&uri=true", "in memory"),
        ("mysql://ann:secret-word@host/shop", 'unknown kind, "mysql"'),
        ("ann:secret-word@host", 'begins with "ann"'),
        ("postgresql://ann:secret-word@host:port/shop", 'begins with "postgresql"'),
        ("sqlite:////no/such/folder/store.db", "unable to open"),
        ("sqlite:////proc/version", "can't be used"),
    ],
)
def test_other_urls_are_refused(url: str, said: str) -> None:
    with pytest.raises(BundlesmithError, match=said) as caught:
        open_store(url, wait=0.2)
    assert "secret-word" not in str(caught.value)


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("my diary " * 200)
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{tmp_path}/store.db")
    assert (tmp_path / "store.db").read_text() == "my diary " * 200
