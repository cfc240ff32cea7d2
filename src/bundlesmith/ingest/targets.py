"""Topics that are written to, of each broker that is read: when `send` returns, the broker has all messages."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from bundlesmith.errors import need
from bundlesmith.ingest.config import KAFKA, NATS, REDIS, BrokerKind, broker_of
from bundlesmith.ingest.source import SourceError

if TYPE_CHECKING:
    from confluent_kafka import KafkaError

_PATIENCE = 10.0
"""Seconds that a broker has to take messages."""
_FIX = "See that it runs, that the topic is there, and that this user may write to it."


class Target(Protocol):
    """A topic."""

    def send(self, messages: Sequence[tuple[str, str]]) -> None:
        """Append messages, each with an id that is its own for good; one that comes twice may be there twice.

        Raises:
            SourceError: if the broker doesn't take them all now.
        """
        ...


def open_target(url: str, topic: str) -> Target:
    """The topic at a URL; nothing is connected yet.

    Raises:
        BundlesmithError: if the broker is of a kind that isn't known; the URL isn't repeated.
    """
    broker = broker_of(url, "--publish")
    need(broker.package, f"bundlesmith serve --publish {broker.written}", "ingest")
    targets: dict[BrokerKind, Callable[[str, str], Target]]
    targets = {KAFKA: KafkaTarget, NATS: NatsTarget, REDIS: RedisTarget}
    return targets[broker](url, topic)


class KafkaTarget:
    """A topic of Kafka; the key of a message is its id."""

    def __init__(self, url: str, topic: str) -> None:
        from confluent_kafka import Producer

        from bundlesmith.ingest.kafka_topics import LOG, kafka_options

        options = {"enable.idempotence": True, "message.timeout.ms": int(1000 * _PATIENCE)}
        self._producer, self._topic = Producer(kafka_options(url) | options, logger=LOG), topic

    def send(self, messages: Sequence[tuple[str, str]]) -> None:
        """See `Target`."""
        failed: list[str] = []

        def done(error: "KafkaError | None", _: Any) -> None:
            if error is not None:
                failed.append(error.str())

        for name, content in messages:
            self._producer.produce(self._topic, content.encode(), name, on_delivery=done)
        left = self._producer.flush(_PATIENCE + 1)
        if failed or left:
            raise SourceError(f"Kafka doesn't take messages: {failed[0] if failed else 'it does not answer'}.", _FIX)


class RedisTarget:
    """A stream of Redis; the field `data` has the message."""

    def __init__(self, url: str, topic: str) -> None:
        from bundlesmith.ingest.redis_streams import RedisStreams

        self._redis, self._topic = RedisStreams(url, [topic]), topic

    def send(self, messages: Sequence[tuple[str, str]]) -> None:
        """See `Target`."""
        self._redis.append(self._topic, [content for _, content in messages])


class NatsTarget:
    """A subject of NATS that a stream holds; the server drops what comes twice within the stream's window."""

    def __init__(self, url: str, topic: str) -> None:
        self._urls, self._topic = url.split(","), topic

    def send(self, messages: Sequence[tuple[str, str]]) -> None:
        """See `Target`."""
        from nats.errors import Error

        try:
            asyncio.run(asyncio.wait_for(self._send(messages), _PATIENCE))
        except (Error, OSError, TimeoutError) as error:
            said = str(error).removeprefix("nats: ").rstrip(".") or type(error).__name__
            raise SourceError(f"NATS doesn't take messages: {said}.", _FIX) from None

    async def _send(self, messages: Sequence[tuple[str, str]]) -> None:
        import nats

        options: dict[str, Any] = {"allow_reconnect": False, "connect_timeout": 5}
        client = await nats.connect(self._urls, name="bundlesmith", **options)
        try:
            stream = client.jetstream()
            for name, content in messages:
                await stream.publish(self._topic, content.encode(), headers={"Nats-Msg-Id": name})
        finally:
            await client.close()
