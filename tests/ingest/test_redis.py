"""A real Redis, real processes, and what is in the store in the end."""

import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.consume import ConsumedCounts, consume
from bundlesmith.ingest.events import Fields
from bundlesmith.ingest.ledger import Ledger
from bundlesmith.ingest.redis_streams import RedisStreams
from bundlesmith.ingest.sinks import EventSink
from bundlesmith.ingest.source import Place, SourceError
from bundlesmith.store import Store
from tests.cli.run import bundlesmith
from tests.ingest.brokers import RedisServer
from tests.ingest.reading import read_to_the_end, stored

VISITS = Place("visits")


def send(redis: RedisServer, *messages: Any, topic: str = "visits") -> list[bytes]:
    """Append messages; one that is bytes is sent as it is."""
    with redis.client() as client:
        pipe = client.pipeline(transaction=False)
        for message in messages:
            content = message if isinstance(message, bytes) else json.dumps(message).encode()
            pipe.xadd(topic, {"data": content})
        return list(pipe.execute())


def visit(number: int, **more: Any) -> dict[str, Any]:
    return {
        "user": f"u{number % 50}",
        "item": f"i{number % 7}",
        "event_id": f"e{number}",
        "time": 1000 + number,
        **more,
    }


def read_all(redis: RedisServer, store: Store, *topics: str, group: str = "shop") -> ConsumedCounts:
    return read_to_the_end(RedisStreams(redis.url, topics or ("visits",)), store, group)


def test_an_entry_whose_fields_are_the_message(redis: RedisServer, store: Store) -> None:
    with redis.client() as client:
        client.xadd("visits", {"user": "ann", "item": "Stühle", "kind": "buy"})
        client.xadd("visits", {"user": b"\xff", "item": "x"})
    tally = read_all(redis, store)
    (event,) = store.events.of_user("ann")
    assert (event.item, event.kind, tally.new, tally.dead) == ("Stühle", "buy", 1, 1)
    assert abs(event.time - time.time()) < 60 and event.event_id is not None and event.event_id.startswith("visits/0/")


def test_large_messages_are_read_a_few_at_a_time(redis: RedisServer) -> None:
    for number in range(40):
        send(redis, visit(number, note="x" * 1_000_000))
    source, position, sizes = RedisStreams(redis.url, ["visits"]), "0-0", list[int]()
    send(redis, *[visit(number) for number in range(40, 3000)])
    while found := source.read({VISITS: position}, 1000, 0.1):
        sizes.append(len(found[VISITS]))
        position = found[VISITS][-1].position
    source.close()
    assert sum(sizes) == 3000 and sizes[0] <= 64 and max(sizes) == 1000


def test_a_stream_that_is_not_there_yet_is_waited_for(redis: RedisServer, store: Store) -> None:
    assert read_all(redis, store).new == 0
    send(redis, visit(1))
    assert read_all(redis, store).new == 1


def test_what_was_trimmed_unread_is_said_and_a_stream_made_anew_is_an_error(
    redis: RedisServer, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    send(redis, visit(1))
    read_all(redis, store)
    send(redis, visit(2), visit(3))
    with redis.client() as client:
        client.xtrim("visits", maxlen=1, approximate=False)
    read_all(redis, store)
    assert "may have been trimmed before they were read" in caplog.text and stored(store).keys() == {"e1", "e3"}
    with redis.client() as client:
        client.delete("visits")
        client.xadd("visits", {"data": json.dumps(visit(4))}, id="5-0")
    with pytest.raises(BundlesmithError, match=r"ends at 5-0.*--since start"):
        read_all(redis, store)


@pytest.mark.parametrize("there", [False, True])
def test_a_position_that_cannot_be_is_an_error_before_it_is_stored(
    redis: RedisServer, tmp_path: Path, there: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if there:
        send(redis, visit(1))
    words = ["--from", redis.url, "--store", f"sqlite:///{tmp_path}/s.db", "--once", "topics=[visits]"]
    for wrong in ("x", "", "5", "5-", "-1", "5-0 ", " 5-0", "1_0-0", "٣-0", f"{2**64}-0"):
        assert bundlesmith("ingest", *words, "--since", f"visits/0@{wrong}") == 2
        assert "is no position" in capsys.readouterr().err
    assert bundlesmith("ingest", *words) == 0
    assert capsys.readouterr().out.startswith("1 new" if there else "0 new")


def test_how_far_behind_it_is(redis: RedisServer) -> None:
    with redis.client() as client:
        for at in ("1000-0", "3500-0"):
            client.xadd("visits", {"data": "{}"}, id=at)
    source = RedisStreams(redis.url, ["visits"])
    assert [source.behind(VISITS, at) for at in ("0-0", "1000-0", "3500-0")] == [2.5, 2.5, 0.0]
    assert [source.at(VISITS, at) for at in (0, 2, 9)] == ["0-0", f"1999-{2**64 - 1}", "3500-0"]
    source.close()


def test_a_broker_that_restarts_and_a_store_that_fails_are_waited_for(redis: RedisServer, store: Store) -> None:
    source, stop = RedisStreams(redis.url, ["visits"]), threading.Event()
    ledger, failing = Ledger(store, "shop", "reader"), [True]
    write = ledger.write

    def sometimes(*arguments: Any) -> Any:
        if failing:
            failing.pop()
            raise SourceError("The store fails once.")
        return write(*arguments)

    ledger.write = sometimes  # type: ignore[method-assign]
    reader = threading.Thread(target=consume, args=(source, ledger, EventSink(ledger, Fields()), stop))
    reader.start()
    send(redis, visit(1))
    redis.kill()
    time.sleep(0.3)
    redis.start()
    send(redis, visit(2))
    until = time.monotonic() + 20
    while len(stored(store)) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    stop.set()
    reader.join(20)
    source.close()
    assert stored(store) == {"e1": 1, "e2": 1} and not failing


class SlowStreams(RedisStreams):
    """Streams that take longer to answer than readers hold what they read."""

    def read(self, *arguments: Any) -> Any:
        time.sleep(0.8)
        return super().read(*arguments)


def test_two_readers_of_a_broker_that_is_slower_than_their_lease_get_on(redis: RedisServer, store: Store) -> None:
    sources, stop = [SlowStreams(redis.url, ["visits"]) for _ in range(2)], threading.Event()

    def read(source: SlowStreams, name: str) -> None:
        ledger = Ledger(store, "shop", name, lease=0.5)
        consume(source, ledger, EventSink(ledger, Fields()), stop, renew=0.15)

    send(redis, visit(1))
    readers = [threading.Thread(target=read, args=(source, name)) for source, name in zip(sources, "ab", strict=True)]
    for reader in readers:
        reader.start()
    until = time.monotonic() + 20
    while not stored(store) and time.monotonic() < until:
        time.sleep(0.05)
    stop.set()
    for reader, source in zip(readers, sources, strict=True):
        reader.join(20)
        source.close()
    assert stored(store) == {"e1": 1}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "amqp://h:5672"], 'begins with "amqp"'),
        (["--from", "redis://:hush-hush@127.0.0.1:1/0"], "can't be used"),
        (["--from", "redis://:hush-hush@127.0.0.1:port/0"], "can't be read"),
        (["--from", "redis://h", "topic=[x]"], 'no key "topic"'),
        (["--from", "redis://:hush-hush@127.0.0.1:1/0", "--since", "monday"], "can't be used"),
    ],
)
def test_what_cannot_be_is_an_error_without_the_password(
    tmp_path: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bundlesmith("ingest", "--store", f"sqlite:///{tmp_path}/s.db", *words, "topics=[visits]") == 2
    told = capsys.readouterr().err
    assert said in told and "hush" not in told


def test_what_is_counted_can_be_asked_for(redis: RedisServer, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["--from", redis.url, "--store", f"sqlite:///{tmp_path}/s.db", "--metrics", str(port), "topics=[visits]"]
    reader = subprocess.Popen(
        [sys.executable, "-m", "bundlesmith", "ingest", *words], stdout=subprocess.PIPE, text=True
    )
    try:
        send(redis, visit(1), visit(2), visit(1), b"broken")
        until, counted = time.monotonic() + 30, ""
        while 'events_total{outcome="known"} 1.0' not in counted and time.monotonic() < until:
            time.sleep(0.1)
            with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                counted = answer.read().decode()
    finally:
        reader.terminate()
        said, _ = reader.communicate(timeout=20)
    assert 'bundlesmith_ingest_events_total{outcome="new"} 2.0' in counted
    assert "bundlesmith_ingest_dead_letters_total 1.0" in counted
    assert "bundlesmith_ingest_batch_seconds_count 1.0" in counted or "batch_seconds_count 2.0" in counted
    assert said.startswith("2 new events, 1 known ones") and reader.returncode == 0
