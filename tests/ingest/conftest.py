"""Stores as in tests of the store, and real brokers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bundlesmith.store import Store, open_store
from tests.ingest.brokers import BROKERS, Broker, RedisServer
from tests.store.conftest import postgres, store, url

__all__ = ["postgres", "store", "url"]


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A server without anything in it."""
    server = RedisServer()
    yield server
    server.close()


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A broker of each kind, without anything in it."""
    started = BROKERS[request.param]()
    yield started
    started.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Store]:
    """A store where it doesn't matter which."""
    opened = open_store(f"sqlite:///{tmp_path}/local.db")
    yield opened
    opened.close()
