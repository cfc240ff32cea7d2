"""Stores as in tests of the store, and real brokers."""

from collections.abc import Iterator

import pytest

from tests.ingest.brokers import BROKERS, Broker, RedisServer
from tests.serve.store.conftest import postgres, store, url

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
