"""What an ingest's YAML file may say, and the broker that a URL names."""

from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

from pydantic import Field

from bundlesmith.errors import BundlesmithError, need
from bundlesmith.ingest.events import Fields
from bundlesmith.ingest.formats import MessageFormat
from bundlesmith.ingest.ledger import LEASE
from bundlesmith.ingest.source import Broker
from bundlesmith.settings import ConfigSection


@dataclass(frozen=True, slots=True)
class BrokerKind:
    """A kind of broker: the package that it needs, its class, and how its URL is written."""

    package: str
    module: str
    name: str
    written: str


REDIS = BrokerKind("redis", "bundlesmith.ingest.redis_streams", "RedisStreams", "redis://HOST:6379/0")
KAFKA = BrokerKind("confluent_kafka", "bundlesmith.ingest.kafka_topics", "KafkaTopics", "kafka://HOST:9092")
NATS = BrokerKind("nats", "bundlesmith.ingest.nats_streams", "NatsStreams", "nats://HOST:4222")
BROKERS = {"redis": REDIS, "rediss": REDIS, "unix": REDIS, "kafka": KAFKA, "nats": NATS, "tls": NATS}
"""By the scheme of the URL."""


class ItemFields(ConfigSection):
    """Where a message has what; "variant.sku" is in an object within it.

    What a message leaves out stays as it is. One whose *gone* is true takes its item off sale.
    """

    item: str = "item"
    title: str = "title"
    category: str = "category"
    price: str = "price"
    stock: str = "stock"
    attributes: str = "attributes"
    gone: str = "gone"


TopicName = Annotated[str, Field(min_length=1, max_length=200)]
"""With the place of a message in it, it makes an event's id, of 256 characters at most."""


class ItemTopics(ConfigSection):
    """Topics of items, and to whose shop they go."""

    topics: list[TopicName] = Field([])
    model: str = Field("", description="by default the first run")
    format: MessageFormat = MessageFormat()
    fields: ItemFields = ItemFields()


class Ingest(ConfigSection):
    """What is read, and how; see docs/streams.md."""

    url: str = Field("", description="the broker; `--from` and BUNDLESMITH_STREAM go before it")
    topics: list[TopicName] = Field([], description="of events")
    items: ItemTopics = ItemTopics()
    group: str = Field("bundlesmith", min_length=1, description="readers of one group share their work")
    field: str = Field("data", description="of a Redis entry: what holds the message")
    format: MessageFormat = MessageFormat()
    fields: Fields = Fields()
    lease: float = Field(
        LEASE, ge=0.5, le=3600, description="seconds after which another takes over from one that died"
    )


def open_source(url: str, settings: Ingest) -> Broker:
    """The broker at a URL.

    Raises:
        BundlesmithError: if it is of a kind that isn't read; the URL isn't repeated, for it may hold a password.
    """
    topics = [*settings.topics, *settings.items.topics]
    if twice := [topic for topic in topics if topics.count(topic) > 1]:
        raise BundlesmithError(f'The topic "{twice[0]}" is named twice.', "A topic has events, or items.")
    if not topics:
        raise BundlesmithError("No topic is to be read.", 'Name some: "topics=[visits]".')
    broker = broker_of(url, "--from")
    need(broker.package, f"bundlesmith ingest --from {broker.written}", "ingest")
    source = getattr(import_module(broker.module), broker.name)
    opened: Broker = source(url, topics, settings.group, settings.field)
    return opened


def broker_of(url: str, option: str) -> BrokerKind:
    """The kind of broker that a URL names.

    Raises:
        BundlesmithError: if it is none that is known; the URL isn't repeated, for it may hold a password.
    """
    kind = url.partition(":")[0]
    if kind not in BROKERS:
        known = ", ".join(f'"{one.written}"' for one in (KAFKA, NATS, REDIS))
        raise BundlesmithError(
            f'{option} begins with "{kind}", which is no broker that is known.', f"Write one of {known}."
        )
    return BROKERS[kind]
