"""Streams of Redis (5.0 or newer), read by their ids: no consumer group is needed, for the store knows the positions.

An entry has one field with JSON in it, by default `data`; without such a field its fields are the message.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.source import BatchSize, Place, SourceError, StreamMessage

_PATIENCE = 10.0
"""Seconds that a server has to answer."""


class RedisStreams:
    """A server's streams; see `bundlesmith.ingest.source.Broker`.

    Args:
        url: `redis://USER:PASSWORD@HOST:PORT/NUMBER`, or `rediss://` for TLS.
        topics: the names of streams.
        group: not used: Redis counts no lag from a position.
        field: the field that holds JSON.

    Raises:
        BundlesmithError: if the URL can't be read; it isn't repeated, for it may hold a password.
    """

    start = "0-0"

    def __init__(self, url: str, topics: Sequence[str], group: str = "", field: str = "data") -> None:
        self._topics, self._field, self._size = topics, field.encode(), BatchSize()
        self.missing: dict[str, str] = {}
        try:
            self._redis: Any = Redis.from_url(url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE)
        except (ValueError, RedisError):
            raise BundlesmithError(
                "The URL of the Redis server can't be read.", 'Write "redis://HOST:6379/0".'
            ) from None
        values = self._redis.connection_pool.connection_kwargs
        self.name = values.get("path") or f"{values.get('host', 'localhost')}:{values.get('port', 6379)}"

    def places(self) -> list[Place]:
        """See `Broker`."""
        with self._told(), self._redis.pipeline(transaction=False) as pipe:
            for topic in self._topics:
                pipe.exists(topic)
            there = pipe.execute()
        self.missing = {topic: "" for topic, found in zip(self._topics, there, strict=True) if not found}
        return [Place(topic) for topic in self._topics]  # one that isn't there can be read all the same

    def read(self, positions: Mapping[Place, str], most: int, wait: float) -> dict[Place, list[StreamMessage]]:
        """See `Broker`."""
        if not positions:
            return {}
        asked = {place.topic: position for place, position in positions.items()}
        with self._told():
            found = self._redis.xread(
                asked, count=self._size.of(most), block=max(1, int(min(wait, _PATIENCE / 2) * 1000))
            )
        pairs = found.items() if isinstance(found, dict) else found or ()
        read = {Place(name.decode()): [self._message(*each) for each in _flat(entries)] for name, entries in pairs}
        self._size.read(read)
        return read

    def ended(self, place: Place, position: str) -> bool:
        """See `Broker`: what there is, is read at once."""
        return True

    def stored(self, place: Place, position: str) -> None:
        """See `Broker`."""

    def is_position(self, text: str) -> bool:
        """See `Broker`."""
        return re.fullmatch(r"[0-9]+-[0-9]+", text) is not None and max(_number(text)) < 2**64

    def lost(self, place: Place, position: str) -> str:
        """See `Broker`."""
        about = self._about(place)
        if about is None:
            return ""
        last, read = _number(about["last-generated-id"]), _number(position)
        if read > last:
            what = (
                f'The stream "{place.topic}" ends at {about["last-generated-id"].decode()}, and was read to {position}.'
            )
            raise BundlesmithError(what, "It was made anew: read it from its beginning with --since start.")
        if read == last or (about["first-entry"] and _number(about["first-entry"][0]) <= read):
            return ""  # while the entry at the position is there, none after it was trimmed
        return f'Of "{place.topic}", entries after {position} may have been trimmed before they were read.'

    def behind(self, place: Place, position: str) -> float:
        """See `Broker`."""
        about = self._about(place)
        if about is None or about["length"] == 0:
            return 0.0
        last, read = _number(about["last-generated-id"]), _number(position)
        if read == (0, 0):
            read = _number(about["first-entry"][0])
        return max(0.0, (last[0] - read[0]) / 1000)

    def at(self, place: Place, seconds: int) -> str:
        """See `Broker`."""
        about = self._about(place)
        if about is None or seconds <= 0:
            return self.start
        last: str = about["last-generated-id"].decode()
        before = f"{seconds * 1000 - 1}-{2**64 - 1}"
        return min(before, last, key=_number)

    def append(self, topic: str, contents: Sequence[str]) -> None:
        """Append messages, all or none.

        Raises:
            SourceError: if the server can't be used now.
        """
        with self._told(), self._redis.pipeline() as pipe:
            for content in contents:
                pipe.xadd(topic, {self._field: content})
            pipe.execute()

    def close(self) -> None:
        """See `Broker`."""
        self._redis.close()

    def _about(self, place: Place) -> dict[str, Any] | None:
        with self._told():
            if not self._redis.exists(place.topic):
                return None
            found = self._redis.xinfo_stream(place.topic)
        return {name.decode() if isinstance(name, bytes) else name: value for name, value in found.items()}

    def _message(self, position: bytes, fields: Mapping[bytes, bytes] | None) -> StreamMessage:
        fields = fields or {}
        content = fields.get(self._field)
        if content is None:
            texts = {_text(name): _text(value) for name, value in fields.items()}
            content = json.dumps(texts, ensure_ascii=False).encode("utf-8", "backslashreplace")
        return StreamMessage(position.decode(), content, _number(position)[0] // 1000)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            said = (str(error).splitlines() or [""])[0].rstrip(".") or type(error).__name__
            fix = "See that it runs, and that user and password are right."
            raise SourceError(f"Redis at {self.name} can't be used: {said}.", fix) from None


def _flat(entries: Any) -> Any:
    """Entries, which newer clients put into one more list."""
    return entries[0] if len(entries) == 1 and isinstance(entries[0], list) else entries


def _number(position: bytes | str) -> tuple[int, int]:
    text = position.decode() if isinstance(position, bytes) else position
    high, _, low = text.partition("-")
    return int(high), int(low or 0)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
