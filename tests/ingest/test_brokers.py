"""What holds for every broker: real ones, real readers that are killed, and what is in the store in the end."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bundlesmith.ingest.config import Ingest, open_source
from bundlesmith.ingest.consume import ConsumedCounts
from bundlesmith.store import Store, open_store
from bundlesmith.store.tables import dead_letters
from tests.cli.run import bundlesmith
from tests.ingest.brokers import PASSWORD, Broker, NatsServer
from tests.ingest.reading import read_to_the_end, stored

KILLS = int(os.environ.get("BUNDLESMITH_KILLS", "2"))


def visit(number: int, **more: Any) -> bytes:
    user, item = f"u{number % 50}", f"i{number % 7}"
    return json.dumps({"user": user, "item": item, "event_id": f"e{number}", "time": 1000 + number, **more}).encode()


def read_all(broker: Broker, store: Store, group: str = "shop", topics: Sequence[str] = ("visits",)) -> ConsumedCounts:
    return read_to_the_end(open_source(broker.url, Ingest(topics=list(topics), group=group)), store, group)


def letters(store: Store) -> Counter[str]:
    with store._database.reading() as connection:
        return Counter(connection.execute(select(dead_letters.c.content)).scalars())


def test_messages_become_events_once_and_a_forgotten_customer_stays_away(broker: Broker, local: Store) -> None:
    broker.send("visits", [visit(1), visit(2), b"{", visit(1)])
    first = read_all(broker, local)
    assert (first.new, first.known, first.dead) == (2, 1, 1)
    broker.send("visits", [visit(3)])
    second = read_all(broker, local)
    assert (second.new, second.known, second.dead) == (1, 0, 0)
    local.users.forget("u2")
    again = read_all(broker, local, "other")
    assert (again.new, again.known, again.forgotten, again.dead) == (0, 3, 1, 1)
    assert stored(local) == {"e1": 1, "e3": 1}


def test_the_command_reads_again_from_a_time_and_says_no_password(
    broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broker.send("visits", [visit(1), visit(2), b"broken"])
    (tmp_path / "ingest.yaml").write_text(f"url: {broker.url}\ntopics: [visits]\nfields: {{user: user}}\n")
    words = ["ingest", "--store", f"sqlite:///{tmp_path}/s.db", "--once", "--config", tmp_path / "ingest.yaml"]
    said = []
    for more in ([], ["--since", "start"], ["--since", "2999-01-01"]):
        assert bundlesmith(*words, *more) == 0
        said.append(capsys.readouterr())
    assert [each.out.split(" of ")[0] for each in said] == [
        "2 new events, 0 known ones, 0",
        "0 new events, 2 known ones, 0",
        "0 new events, 0 known ones, 0",
    ]
    assert "1 dead letters" in said[0].out and PASSWORD not in str(said)


def test_the_command_reads_again_after_a_message(
    broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broker.send("visits", [visit(number) for number in range(8)])
    source = open_source(broker.url, Ingest(topics=["visits"]))
    first, *others = source.places()
    positions = {first: source.start}
    (message, *_) = source.read(positions, 1, 5.0)[first]
    source.close()
    words = ["ingest", "--from", broker.url, "--store", f"sqlite:///{tmp_path}/s.db", "--once", "topics=[visits]"]
    assert bundlesmith(*words) == 0
    assert bundlesmith(*words, "--since", f"visits/0@{message.position}") == 0
    said = capsys.readouterr().out
    assert said.startswith("8 new events") and f"\n0 new events, {1 if others else 7} known ones" in said
    for wrong, why in ((f"visit/0@{message.position}", "nothing is"), ("visits/0@x", "is no position")):
        assert bundlesmith(*words, "--since", wrong) == 2
        assert why in capsys.readouterr().err


def test_once_reads_all_from_a_broker_that_is_slow(broker: Broker, local: Store, monkeypatch: Any) -> None:
    topics = [f"visits-{number}" for number in range(3)]
    for topic in topics:
        broker.send(topic, [visit(number, event_id=f"{topic}-{number}") for number in range(500)])
    monkeypatch.setattr("bundlesmith.ingest.consume.WAIT", 0.002)
    assert read_all(broker, local, topics=topics).new == 1500
    broker.send(topics[0], [visit(500)])
    assert read_all(broker, local, topics=topics).new == 1


def test_a_topic_that_is_not_there_is_said_once(
    broker: Broker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if broker.url.startswith("kafka"):
        pytest.skip("the cluster makes each topic that is asked for: see test_kafka.py")
    broker.send("visits", [visit(1)])
    words = ["ingest", "--from", broker.url, "--store", f"sqlite:///{tmp_path}/s.db", "--once"]
    assert bundlesmith(*words, "topics=[visits,visit]") == 0
    assert caplog.text.count('There is no topic "visit"') == 1 and '"visits"' not in caplog.text


def test_how_long_messages_have_waited(broker: Broker) -> None:
    broker.send("visits", [visit(number) for number in range(8)])
    source = open_source(broker.url, Ingest(topics=["visits"]))
    first, *_ = source.places()
    (message, *_) = source.read({first: source.start}, 1, 5.0)[first]
    time.sleep(0.3)
    assert source.behind(first, message.position) > 0 or broker.url.startswith("redis")  # sent in one millisecond
    last = message.position
    while more := source.read({first: last}, 100, 1.0):
        last = more[first][-1].position
    assert source.behind(first, last) == 0
    source.close()


def test_what_is_stored_is_told_to_the_broker(broker: Broker, local: Store) -> None:
    broker.send("visits", [visit(number) for number in range(8)])
    read_all(broker, local)
    time.sleep(0.2)
    if broker.url.startswith("kafka"):
        assert kafka_committed(broker) == [2, 2, 2, 2]
    elif isinstance(broker, NatsServer):
        assert nats_acknowledged(broker) == 8


def kafka_committed(broker: Broker) -> list[int]:
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": broker.url.removeprefix("kafka://"), "group.id": "shop"})
    found = consumer.committed([TopicPartition("visits", part) for part in range(4)], timeout=10)
    consumer.close()
    return [each.offset for each in found]


def nats_acknowledged(broker: NatsServer) -> int:
    import asyncio

    import nats

    async def ask() -> int:
        client = await nats.connect(broker.url)
        about = await client.jetstream().consumer_info("visits", "shop")
        await client.close()
        assert about.ack_floor is not None
        return about.ack_floor.stream_seq

    return asyncio.run(ask())


@pytest.mark.slow
def test_two_readers_that_are_killed_store_each_event_once(broker: Broker, url: str, tmp_path: Path) -> None:
    rng, topics, total = random.Random(5), [f"visits-{n}" for n in range(3)], 800 * KILLS
    messages = [visit(number) for number in range(total)]
    messages += rng.sample(messages, total // 100) + [b"broken %d" % number for number in range(100)]
    rng.shuffle(messages)
    for topic in topics:
        broker.send(topic, [])
    words = ["ingest", "--from", broker.url, "--store", url, f"topics=[{','.join(topics)}]", "lease=0.6"]
    command = [sys.executable, "-m", "bundlesmith", *words]
    log = (tmp_path / "log").open("ab")
    readers = [subprocess.Popen(command, stderr=log) for _ in range(2)]
    store = open_store(url)
    try:
        for kill in range(KILLS):
            part = messages[kill * len(messages) // KILLS : (kill + 1) * len(messages) // KILLS]
            until = time.monotonic() + rng.uniform(1, 2)
            for start in range(0, len(part), 100):
                broker.send(rng.choice(topics), part[start : start + 100])
            time.sleep(max(0.0, until - time.monotonic()))
            victim = rng.randrange(2)
            readers[victim].kill()
            readers[victim].wait()
            readers[victim] = subprocess.Popen(command, stderr=log)
            if isinstance(broker, NatsServer) and kill in (0, KILLS // 2):
                broker.kill()
                broker.start()
        until = time.monotonic() + 60
        while (len(stored(store)) < total or len(letters(store)) < 100) and time.monotonic() < until:
            time.sleep(0.2)
    finally:
        for reader in readers:
            reader.terminate()
            reader.wait(20)
        log.close()
    found, dead = stored(store), letters(store)
    assert (len(found), len(dead)) == (total, 100), (tmp_path / "log").read_text()[-3000:]
    assert set(found.values()) == set(dead.values()) == {1}
    theirs = sum(b'"u7"' in message for message in messages)
    store.users.forget("u7")
    again = read_all(broker, store, "again", topics)
    assert (again.new, again.known, again.forgotten, again.dead) == (0, total + total // 100 - theirs, theirs, 100)
    assert set(stored(store)) == {each for each in found if int(each[1:]) % 50 != 7}
    store.close()
