"""What an ingest's YAML file may say, and the broker that a URL names."""

from dataclasses import dataclass
from importlib import import_module

from pydantic import Field

from bundlesmith.errors import BundlesmithError, need
from bundlesmith.ingest.events import Fields
from bundlesmith.ingest.ledger import LEASE
from bundlesmith.ingest.source import Source
from bundlesmith.settings import Section


@dataclass(frozen=True, slots=True)
class Broker:
    """A kind of broker: the package that it needs, its class, and how its URL is written."""

    package: str
    module: str
    name: str
    written: str


REDIS = Broker("redis", "redis_streams", "RedisStreams", "redis://HOST:6379/0")
KAFKA = Broker("confluent_kafka", "kafka_topics", "KafkaTopics", "kafka://HOST:9092")
NATS = Broker("nats", "nats_streams", "NatsStreams", "nats://HOST:4222")
BROKERS = {"redis": REDIS, "rediss": REDIS, "unix": REDIS, "kafka": KAFKA, "nats": NATS, "tls": NATS}
"""By the scheme of the URL."""


class Ingest(Section):
    """What is read, and how; see docs/streams.md."""

    topics: list[str] = Field(min_length=1)
    group: str = Field("bundlesmith", min_length=1, description="readers of one group share their work")
    field: str = Field("data", description="of a Redis entry: what holds the message's JSON")
    fields: Fields = Fields()
    lease: float = Field(LEASE, ge=0.5, description="seconds after which another takes over from one that died")


def open_source(url: str, settings: Ingest) -> Source:
    """The broker at a URL.

    Raises:
        BundlesmithError: if it is of a kind that isn't read; the URL isn't repeated, for it may hold a password.
    """
    kind = url.partition(":")[0]
    if (broker := BROKERS.get(kind)) is None:
        known = ", ".join(f'"{one.written}"' for one in (KAFKA, NATS, REDIS))
        raise BundlesmithError(f'--from begins with "{kind}", which is not read.', f"Write one of {known}.")
    need(broker.package, f"bundlesmith ingest --from {kind}://…", "ingest")
    source = getattr(import_module(f"bundlesmith.ingest.{broker.module}"), broker.name)
    opened: Source = source(url, settings.topics, settings.group, settings.field)
    return opened
