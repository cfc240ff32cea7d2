"""Stores of older versions are brought to this one, and keep what they hold."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import inspect

from bundlesmith.serve.store import NewEvent, Shown, Store, open_store
from bundlesmith.serve.store.tables import VERSION

TO_1 = (
    "DROP INDEX bundlesmith_shown_in_variant",
    "ALTER TABLE bundlesmith_shown DROP COLUMN run",
    "DROP TABLE bundlesmith_experiments",
    "UPDATE bundlesmith_meta SET content = '1' WHERE name = 'version'",
    "INSERT INTO bundlesmith_shown (bundle_id, model, items, time) VALUES ('old', 'demo', '[\"tent\"]', 7)",
)
"""What version 1 did not have."""


def version_1(url: str) -> None:
    """A store as version 1 made it, with an event and a bundle that was shown."""
    store = open_store(url)
    store.events.add("ann", [NewEvent("tent", "view", 1)])
    with store._database.writing() as connection:
        for statement in TO_1:
            connection.exec_driver_sql(statement)
    store.close()


def layout(store: Store) -> dict[str, tuple[list[str], set[str | None]]]:
    """The columns and indexes of each table."""
    with store._database.reading() as connection:
        see = inspect(connection)
        return {
            name: (sorted(c["name"] for c in see.get_columns(name)), {i["name"] for i in see.get_indexes(name)})
            for name in see.get_table_names()
        }


def test_version_1_becomes_this_one(url: str) -> None:
    new = open_store(url)
    expected = layout(new)
    new.close()
    version_1(url)
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(open_store, [url] * 4))
    assert layout(stores[0]) == expected
    with stores[0]._database.reading() as connection:
        versions = connection.exec_driver_sql("SELECT content FROM bundlesmith_meta WHERE name = 'version'")
        assert versions.scalar_one() == str(VERSION)
    assert [event.item for event in stores[0].events.of_user("ann")] == ["tent"]
    old = stores[1].shown.find("old")
    assert old is not None and (old.run, old.items) == ("", ("tent",))
    stores[2].shown.add([Shown("new", "demo", "r1", None, "ann", ("tent",), 8)])
    assert stores[3].shown.find("new") is not None
    for store in stores:
        store.close()
