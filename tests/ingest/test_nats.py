"""What only NATS has: consumers that others touch, streams that are made anew, and passwords."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.ledger import Ledger
from bundlesmith.ingest.nats_streams import NatsStreams
from bundlesmith.ingest.source import Place, SourceError
from bundlesmith.store import Store
from tests.ingest.brokers import PASSWORD, NatsServer
from tests.ingest.reading import stored
from tests.ingest.test_brokers import read_all, visit

VISITS = Place("visits")


@pytest.fixture
def nats() -> Iterator[NatsServer]:
    server = NatsServer()
    yield server
    server.close()


@pytest.fixture
def source(nats: NatsServer) -> Iterator[NatsStreams]:
    opened = NatsStreams(nats.url, ["visits"])
    yield opened
    opened.close()


def ask(nats: NatsServer, what: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
    """What comes of something that another client does."""
    import nats as library

    async def asked() -> Any:
        client = await library.connect(nats.url)
        try:
            return await what(client.jetstream())
        finally:
            await client.close()

    return asyncio.run(asked())


def test_what_another_takes_from_the_consumer_is_read_all_the_same(nats: NatsServer, source: NatsStreams) -> None:
    nats.send("visits", [visit(number) for number in range(6)])
    first = source.read({VISITS: "0"}, 2, 1.0)[VISITS]
    assert [message.position for message in first] == ["1", "2"]

    async def take(stream: Any) -> None:
        await (await stream.pull_subscribe_bind("bundlesmith", "visits")).fetch(2, 1)

    ask(nats, take)
    nats.send("visits", [visit(6)])
    found = ["2"]
    for _ in range(8):  # the round that notices it brings nothing
        more = source.read({VISITS: found[-1]}, 2, 0.3)
        found += [message.position for message in more.get(VISITS, [])]
    assert found == ["2", "3", "4", "5", "6", "7"]


def test_a_consumer_that_is_deleted_is_made_anew(nats: NatsServer, source: NatsStreams) -> None:
    nats.send("visits", [visit(1)])
    assert len(source.read({VISITS: "0"}, 10, 1.0)[VISITS]) == 1
    ask(nats, lambda stream: stream.delete_consumer("visits", "bundlesmith"))
    nats.send("visits", [visit(2)])
    found, until = {}, time.monotonic() + 20
    while not found and time.monotonic() < until:
        try:
            found = source.read({VISITS: "1"}, 10, 0.3)
        except SourceError:
            continue
    assert [message.position for message in found[VISITS]] == ["2"]


def test_what_was_deleted_is_said_and_a_stream_made_anew_is_an_error(
    nats: NatsServer, local: Store, caplog: pytest.LogCaptureFixture
) -> None:
    nats.send("visits", [visit(1)])
    read_all(nats, local)
    nats.send("visits", [visit(2), visit(3)])
    ask(nats, lambda stream: stream.purge_stream("visits", seq=3))
    read_all(nats, local)
    assert "messages 2 to 2 were deleted unread" in caplog.text and stored(local).keys() == {"e1", "e3"}
    Ledger(local, "shop", "reader").rewind({VISITS: "9"})
    with pytest.raises(BundlesmithError, match=r"ends at 3.*--since start"):
        read_all(nats, local)


def test_positions_by_time(nats: NatsServer, source: NatsStreams) -> None:
    nats.send("visits", [visit(1), visit(2)])
    time.sleep(1.1)
    between = int(time.time())
    time.sleep(0.1)
    nats.send("visits", [visit(3)])
    assert [source.at(VISITS, seconds) for seconds in (0, between, between + 60)] == ["0", "2", "3"]


def test_what_is_wrong_is_said_without_the_password(nats: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bundlesmith.ingest.nats_streams.NATS_PATIENCE", 0.5)
    source = NatsStreams(nats.url.replace(PASSWORD, "hush-hush"), ["visits"])
    with pytest.raises(SourceError, match=r"(?i)authorization") as caught:
        source.places()
    source.close()
    assert "hush" not in str(caught.value)
    assert not [thread for thread in threading.enumerate() if thread.name == "nats"]
