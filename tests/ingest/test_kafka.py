"""What only Kafka has: partitions that lose their beginning, and offsets by time."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.kafka_topics import kafka_options
from bundlesmith.ingest.ledger import Ledger
from bundlesmith.ingest.source import Place
from bundlesmith.store import Store
from tests.ingest.brokers import KafkaCluster, TansuServer
from tests.ingest.test_brokers import read_all, visit

FIRST = Place("visits", "0")


@pytest.fixture
def kafka() -> Iterator[KafkaCluster]:
    cluster = KafkaCluster()
    yield cluster
    cluster.close()


def test_what_was_deleted_unread_is_said_and_the_rest_is_read(
    kafka: KafkaCluster, local: Store, caplog: pytest.LogCaptureFixture
) -> None:
    kafka.send("visits", [visit(1)])
    assert read_all(kafka, local).new == 1
    big = "x" * 900_000  # the cluster keeps 5 MB of a partition
    for number in range(2, 12):
        kafka.send("visits", [visit(number, note=big)])
    tally = read_all(kafka, local)
    assert "were deleted unread" in caplog.text and 0 < tally.new < 10 and tally.dead == 0
    assert local.events.of_user("u11")
    assert read_all(kafka, local).new == 0


def test_a_topic_that_was_made_anew_is_an_error(kafka: KafkaCluster, local: Store) -> None:
    kafka.send("visits", [visit(1)])
    Ledger(local, "shop", "reader").rewind({FIRST: "7"})
    with pytest.raises(BundlesmithError, match=r"ends before 7.*--since start"):
        read_all(kafka, local)


def test_offsets_by_time_and_a_topic_that_is_not_there(local: Store) -> None:
    from bundlesmith.ingest.kafka_topics import KafkaTopics

    tansu = TansuServer()
    try:
        tansu.send("visits", [visit(number) for number in range(3)])
        time.sleep(1.1)
        between = int(time.time())
        time.sleep(1.1)
        tansu.send("visits", [visit(number) for number in range(3, 5)])
        source = KafkaTopics(tansu.url, ["visits", "visit"])
        assert {place.topic for place in source.places()} == {"visits"}
        assert source.missing == {"visit": "Broker: Unknown topic or partition"}
        assert (source.at(FIRST, 0), source.at(FIRST, between)) == ("-1", "2")
        source.close()
        assert read_all(tansu, local).new == 5
    finally:
        tansu.close()


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("kafka://a:1,b:2", {"bootstrap.servers": "a:1,b:2"}),
        (
            "kafka://ann:p%40ss@a:1?sasl.mechanism=SCRAM-SHA-256&security.protocol=SASL_PLAINTEXT",
            {
                "bootstrap.servers": "a:1",
                "sasl.username": "ann",
                "sasl.password": "p@ss",
                "sasl.mechanism": "SCRAM-SHA-256",
                "security.protocol": "SASL_PLAINTEXT",
            },
        ),
        ("kafka://ann:x@a:1", {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN"}),
    ],
)
def test_what_a_url_says(url: str, options: dict[str, Any]) -> None:
    assert options.items() <= kafka_options(url).items()
