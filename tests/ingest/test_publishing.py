"""What is shown and decided, from the outbox to each broker."""

import json
import threading
from collections.abc import Sequence
from typing import Any

from bundlesmith.ingest.config import Ingest, open_source
from bundlesmith.ingest.publishing import Publisher
from bundlesmith.ingest.source import SourceError
from bundlesmith.ingest.targets import open_target
from bundlesmith.store import Feedback, Shown, Store, open_store
from tests.ingest.brokers import Broker


class Kept:
    """A target that fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.messages: list[dict[str, Any]] = []
        self.failures = failures

    def send(self, messages: Sequence[tuple[str, str]]) -> None:
        if self.failures:
            self.failures -= 1
            raise SourceError("It is away.")
        self.messages += [json.loads(content) for _, content in messages]


def show(store: Store, number: int, user: str | None = "ann") -> None:
    shown = Shown(f"b{number}", "demo", "r", None, user, ("tent", "lamp"), 7, {"words": "Zelt für zwei"})
    store.shown.add([shown])


def publish(publisher: Publisher) -> int:
    stop = threading.Event()
    stop.set()
    return publisher.run(stop)


def test_each_broker_gets_what_was_shown_and_decided(broker: Broker, local: Store) -> None:
    broker.send("told", [])
    publisher = Publisher(local, open_target(broker.url, "told"))
    show(local, 1)
    show(local, 2, None)
    local.feedback.add(Feedback("ann", "b1", "up", "", ("tent", "lamp"), "demo", None, 8))
    assert (publish(publisher), publish(publisher)) == (3, 0)
    source = open_source(broker.url, Ingest(topics=["told"]))
    positions, found = dict.fromkeys(source.places(), source.start), list[dict[str, Any]]()
    while more := source.read(positions, 100, 1.0):
        found += [json.loads(each.content) for messages in more.values() for each in messages]
        positions |= {place: messages[-1].position for place, messages in more.items()}
    source.close()
    found.sort(key=lambda message: message["id"])
    assert [(each["type"], each["bundle_id"], each["user"]) for each in found] == [
        ("shown", "b1", "ann"),
        ("shown", "b2", None),
        ("decided", "b1", "ann"),
    ]
    assert found[0]["asked"] == {"words": "Zelt für zwei"} and found[0]["items"] == ["tent", "lamp"]


def test_nothing_is_kept_where_nobody_publishes(store: Store) -> None:
    show(store, 1)
    assert store.outbox.oldest(10) == []


def test_messages_wait_for_a_broker_that_is_away_but_for_those_who_are_forgotten(store: Store) -> None:
    target = Kept(failures=1)
    publisher = Publisher(store, target)
    show(store, 1)
    show(store, 2, "bob")
    assert publish(publisher) == 0 and len(store.outbox.oldest(10)) == 2
    store.users.forget("bob")
    assert publish(publisher) == 1 and [each["user"] for each in target.messages] == ["ann"]
    assert store.outbox.oldest(10) == []


def test_one_process_publishes_at_a_time(url: str) -> None:
    stores = [open_store(url) for _ in range(2)]
    targets = [Kept(), Kept()]
    first, second = (Publisher(store, target) for store, target in zip(stores, targets, strict=True))
    show(stores[0], 1)
    assert first._some() == 1
    show(stores[1], 2)
    assert (second._some(), publish(first), second._some()) == (0, 1, 0)
    assert [len(target.messages) for target in targets] == [2, 0]
    show(stores[0], 3)
    assert publish(second) == 1
    for store in stores:
        store.close()
