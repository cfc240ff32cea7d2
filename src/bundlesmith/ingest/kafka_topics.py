"""Topics of Kafka, or of anything that speaks its protocol, read from offsets that the store knows.

No partition is asked of the broker: each reader takes those that the store gives it. Offsets are committed to the
broker for tools that show lag, and never read.
"""

import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import parse_qsl, unquote, urlsplit

from confluent_kafka import (
    OFFSET_BEGINNING,
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka import Message as Record

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.source import Place, SourceError, StreamMessage, Waiting

_PATIENCE = 10.0
"""Seconds that a broker has to answer."""
_AHEAD = {"queued.max.messages.kbytes": 4096, "queued.min.messages": 5000}
"""So much is fetched ahead of what is being stored, at most."""
LOG = logging.getLogger(__name__)


class KafkaTopics:
    """A cluster's topics; see `bundlesmith.ingest.source.Broker`.

    Args:
        url: see `kafka_options`.
        topics: their names.
        group: the name under which offsets are committed.
        field: not used.

    Raises:
        BundlesmithError: if the URL can't be read; a password in it isn't repeated.
    """

    start = "-1"

    def __init__(self, url: str, topics: Sequence[str], group: str = "bundlesmith", field: str = "") -> None:
        self._topics, self._waiting = topics, Waiting()
        self._positions: dict[Place, str] = {}  # of the last message that was handed out
        self._gone: dict[Place, str] = {}  # positions after which messages were deleted unread
        self._ends: dict[Place, int] = {}  # where there was nothing more
        self.missing: dict[str, str] = {}
        options = kafka_options(url)
        self.name = str(options["bootstrap.servers"])
        options |= {"group.id": group, "enable.auto.commit": False, "auto.offset.reset": "error"}
        options |= {"enable.partition.eof": True}
        options |= {**_AHEAD, "fetch.wait.max.ms": 100}
        try:
            self._consumer = Consumer(options, logger=LOG)
        except KafkaException as error:
            raise BundlesmithError(
                f"Kafka can't be used so: {_said(error.args[0])}.", "See the URL's options."
            ) from None

    def places(self) -> list[Place]:
        """See `Broker`."""
        with self._told():
            found = [self._consumer.list_topics(topic, _PATIENCE).topics[topic] for topic in self._topics]
        missing = {topic: about for topic, about in zip(self._topics, found, strict=True) if not about.partitions}
        self.missing = {topic: _said(about.error) if about.error else "" for topic, about in missing.items()}
        return [
            Place(topic, str(part))
            for topic, about in zip(self._topics, found, strict=True)
            for part in about.partitions
        ]

    def read(self, positions: Mapping[Place, str], most: int, wait: float) -> dict[Place, list[StreamMessage]]:
        """See `Broker`."""
        found: dict[Place, list[StreamMessage]] = {}
        with self._told():
            if self._positions != positions:
                self._consumer.assign([self._next(place, position) for place, position in positions.items()])
                self._positions, self._ends = dict(positions), {}
            records = self._consumer.consume(1, wait)
            records += self._consumer.consume(most - 1, 0.02) if records else []
        for record in records:
            place = Place(str(record.topic()), str(record.partition()))
            if (error := record.error()) is not None and error.code() == KafkaError._PARTITION_EOF:
                self._ends[place] = record.offset() or 0
            elif error is not None:
                self._failed(place, error)
            elif place in positions:
                self._ends.pop(place, None)
                found.setdefault(place, []).append(_message(record))
        if records and not self._positions:
            return found or self.read(positions, most, wait)  # from where there is something
        self._positions |= {place: messages[-1].position for place, messages in found.items()}
        self._waiting.read(positions, found, len(records) < most)
        return found

    def ended(self, place: Place, position: str) -> bool:
        """See `Broker`: offsets don't say it, for some are of marks of transactions, which nobody reads."""
        return place in self._ends

    def stored(self, place: Place, position: str) -> None:
        """See `Broker`."""
        with suppress(KafkaException):
            self._consumer.commit(offsets=[_after(place, position)], asynchronous=True)

    def is_position(self, text: str) -> bool:
        """See `Broker`."""
        return text == self.start or (re.fullmatch("[0-9]+", text) is not None and int(text) < 2**63 - 1)

    def lost(self, place: Place, position: str) -> str:
        """See `Broker`; a topic that was made anew is only noticed by `read`."""
        with self._told():
            low, _ = self._consumer.get_watermark_offsets(_after(place, self.start), _PATIENCE)
        if int(position) + 1 >= low:
            return ""
        self._gone[place] = position
        return f'Of "{place.topic}/{place.partition}", messages {int(position) + 1} to {low - 1} were deleted unread.'

    def behind(self, place: Place, position: str) -> float:
        """See `Broker`."""
        _, high = self._consumer.get_watermark_offsets(_after(place, self.start), cached=True)
        read = max(int(position) + 1, self._ends.get(place, 0))
        return self._waiting.behind(place, high < 0 or read < high)  # below 0: not fetched yet

    def at(self, place: Place, seconds: int) -> str:
        """See `Broker`."""
        if seconds <= 0:
            return self.start
        asked = TopicPartition(place.topic, int(place.partition), seconds * 1000)
        with self._told():
            (found,) = self._consumer.offsets_for_times([asked], _PATIENCE)
            if found.offset < 0:  # all are older
                found.offset = self._consumer.get_watermark_offsets(asked, _PATIENCE)[1]
        return str(found.offset - 1)

    def close(self) -> None:
        """See `Broker`."""
        self._consumer.close()

    def _next(self, place: Place, position: str) -> TopicPartition:
        return _after(place, self.start if self._gone.get(place) == position else position)

    def _failed(self, place: Place, error: KafkaError) -> None:
        position, self._positions = self._positions.get(place, self.start), {}  # all are assigned anew
        if error.code() != KafkaError._AUTO_OFFSET_RESET:
            raise SourceError(f"Kafka at {self.name} can't be read: {_said(error)}.", "See its log.")
        if not (said := self.lost(place, position)):
            what = f'The topic "{place.topic}/{place.partition}" ends before {position}, to which it was read.'
            raise BundlesmithError(what, "It was made anew: read it from its beginning with --since start.")
        LOG.warning(said)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except KafkaException as error:
            fix = "See that it runs, and that user and password are right."
            raise SourceError(f"Kafka at {self.name} can't be used: {_said(error.args[0])}.", fix) from None


def kafka_options(url: str) -> dict[str, str | int | bool]:
    """What librdkafka has to know, from `kafka://USER:PASSWORD@HOST:PORT,HOST:PORT?OPTION=VALUE`.

    With a user it is SASL's PLAIN over TLS, unless options say otherwise: `security.protocol`, `sasl.mechanism` …
    """
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    options: dict[str, str | int | bool] = {"bootstrap.servers": hosts, "client.id": "bundlesmith"}
    if login:
        user, _, password = login.partition(":")
        options |= {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN"}
        options |= {"sasl.username": unquote(user), "sasl.password": unquote(password)}
    return options | dict(parse_qsl(parts.query))


def _after(place: Place, position: str) -> TopicPartition:
    offset = OFFSET_BEGINNING if position == KafkaTopics.start else int(position) + 1
    return TopicPartition(place.topic, int(place.partition), offset)


def _message(record: Record) -> StreamMessage:
    kind, milliseconds = record.timestamp()
    seconds = int(time.time()) if kind == TIMESTAMP_NOT_AVAILABLE else milliseconds // 1000
    return StreamMessage(str(record.offset()), record.value() or b"", seconds)


def _said(error: KafkaError) -> str:
    return error.str().rstrip(".")
