"""Stores of every older version, as they were made then (`old/`), are brought to this one and keep what they hold."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.ledger import Ledger
from bundlesmith.ingest.source import Place
from bundlesmith.store import NewEvent, Shown, Store, StoredChange, open_store
from bundlesmith.store.database import Database
from bundlesmith.store.migrations import COUNTED
from bundlesmith.store.tables import VERSION

OLD = Path(__file__).parent / "old"
STORES = {
    "1": ["version-1"],
    "2": ["version-2"],
    "3, as it was at first": ["version-3-at-first"],
    "3": ["version-3"],
    "3, with what an ingest made": ["version-3", "ingested"],
}


def old_store(url: str, files: list[str]) -> None:
    """A store as an older version left it."""
    database = Database(url, 10.0)
    with database.writing() as connection:
        for statement in "".join((OLD / f"{file}.sql").read_text() for file in files).split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement.replace("{counted}", COUNTED[connection.dialect.name]))
    database.close()


def layout(store: Store) -> dict[str, Any]:
    """The columns and indexes of each table."""
    with store._database.reading() as connection:
        see = inspect(connection)
        return {
            name: (
                sorted((c["name"], str(c["type"]), c["nullable"]) for c in see.get_columns(name)),
                sorted(map(str, see.get_pk_constraint(name)["constrained_columns"])),
                {(i["name"], tuple(i["column_names"])) for i in see.get_indexes(name)},
            )
            for name in see.get_table_names()
        }


@pytest.fixture(params=STORES, ids=lambda name: f"version {name}")
def files(request: pytest.FixtureRequest) -> list[str]:
    return STORES[request.param]


def test_an_older_version_becomes_this_one_with_all_that_it_holds(url: str, files: list[str]) -> None:
    old_store(url, files)
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(open_store, [url] * 4))
    store = stores[0]
    with store._database.reading() as connection:
        versions = connection.exec_driver_sql("SELECT content FROM bundlesmith_meta WHERE name = 'version'")
        assert versions.scalar_one() == str(VERSION)
    assert [(e.id, e.item, e.event_id) for e in store.events.of_user("ann")] == [(1, "tent", "e1"), (2, "lamp", None)]
    shown = store.shown.find("old")
    assert shown == Shown("old", "demo", "" if "version-1" in files else "r1", "test/A", "ann", ("tent", "lamp"), 7)
    assert store.changes.after("demo", 0) == [StoredChange(1, "tent", {"title": "Tent"}), StoredChange(2, "lamp", None)]
    assert [key.name for key in store.keys.all()] == ["page"] and [m.name for m in store.models.all()] == ["demo"]
    assert store.users.forgotten("bob") and not store.users.forgotten("ann")
    assert (store.experiments.running() is None) == ("version-1" in files)
    assert len({each.signing for each in stores}) == 1 and store.signing
    ledger = Ledger(store, "shop", "a")
    assert ledger.take([Place("visits")], "0-0") == {Place("visits"): "17-0" if "ingested" in files else "0-0"}
    assert store.events.add("ann", [NewEvent("rope", "view", 3)]) == [3]
    store.shown.add([Shown("new", "demo", "r1", None, "ann", ("tent",), 8)])
    assert store.users.forget("ann") == {"events": 3, "feedback": 1, "shown": 2}
    for each in stores:
        each.close()


def test_it_is_laid_out_like_a_new_one(
    url: str, tmp_path: Path, files: list[str], request: pytest.FixtureRequest
) -> None:
    old_store(url, files)
    sqlite = url.startswith("sqlite")
    fresh = f"sqlite:///{tmp_path}/fresh.db" if sqlite else request.getfixturevalue("postgres").new_database()
    stores = open_store(url), open_store(fresh)
    assert layout(stores[0]) == layout(stores[1])
    for store in stores:
        store.close()


def test_sqlite_is_copied_first_and_never_over_another_copy(tmp_path: Path, files: list[str]) -> None:
    file = tmp_path / "store.db"
    old_store(f"sqlite:///{file}", files)
    file.chmod(0o640)
    version = files[0].split("-")[1]
    (tmp_path / f"store.db.version-{version}.bak").write_text("mine")
    open_store(f"sqlite:///{file}").close()
    open_store(f"sqlite:///{file}").close()
    copy = tmp_path / f"store.db.version-{version}-2.bak"
    assert sorted(tmp_path.glob("*.bak")) == sorted([copy, tmp_path / f"store.db.version-{version}.bak"])
    assert (tmp_path / f"store.db.version-{version}.bak").read_text() == "mine"
    assert copy.stat().st_mode & 0o777 == 0o640
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT content FROM bundlesmith_meta WHERE name = 'version'").fetchone() == (version,)
        assert kept.execute("SELECT count(*) FROM bundlesmith_events").fetchone() == (2,)


def test_a_store_that_cannot_be_copied_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "store.db"
    old_store(f"sqlite:///{file}", ["version-2"])
    (tmp_path / "store.db.version-2.bak").symlink_to(tmp_path / "away" / "nowhere")
    monkeypatch.setattr("bundlesmith.store.copying.os.fsync", _full)
    with pytest.raises(BundlesmithError, match=r"can't be copied before it is changed: .*No space left"):
        open_store(f"sqlite:///{file}")
    assert not (tmp_path / "store.db.version-2-2.bak").exists()
    monkeypatch.undo()
    open_store(f"sqlite:///{file}").close()
    assert (tmp_path / "store.db.version-2-2.bak").exists()


def _full(_: int) -> None:
    raise OSError(28, "No space left on device")
