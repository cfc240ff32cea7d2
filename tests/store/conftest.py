"""Stores to test with: each test that takes `url` or `store` runs with SQLite and with a real PostgreSQL server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bundlesmith.store import Store, open_store
from tests.store.postgres import PostgresServer, missing


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests."""
    if missing():
        pytest.skip(missing())
    with PostgresServer.started() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store with nothing in it."""
    opened = open_store(url)
    yield opened
    opened.close()
