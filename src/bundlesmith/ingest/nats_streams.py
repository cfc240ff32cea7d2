"""Streams of NATS JetStream (2.2 or newer), read from sequence numbers that the store knows.

Each stream is read by a durable consumer that is made anew wherever the store's position isn't what it delivers next:
so the store decides, and `nats consumer info STREAM GROUP` shows lag all the same.
"""

import asyncio
import re
import threading
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, DeliverPolicy
from nats.js.errors import NotFoundError

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.source import BatchSize, Place, SourceError, StreamMessage, Waiting

NATS_PATIENCE = 3.0
"""Seconds that a server has to answer."""
_LONGEST = 30.0
"""Seconds after which a call is given up, whatever it waits for."""
_DAY = 86_400.0
_LATEST = 9_000_000_000
"""The server counts nanoseconds in 64 bits: until 2262."""
_T = TypeVar("_T")


@dataclass(slots=True)
class _Reader:
    """A consumer: the last message that it brought, by the stream's count and its own; and what is being fetched."""

    subscription: JetStreamContext.PullSubscription
    position: int
    delivered: int = 0
    last: Msg | None = None
    fetching: "asyncio.Task[list[Msg]] | None" = None


class NatsStreams:
    """A server's streams; see `bundlesmith.ingest.source.Broker`.

    Args:
        url: `nats://USER:PASSWORD@HOST:4222`, several with commas between them; `tls://` for TLS.
        topics: the names of streams, whose messages stay when they were read (retention "limits").
        group: the name of the durable consumer.
        field: not used.

    Raises:
        BundlesmithError: if the group can't be a consumer's name.
    """

    start = "0"

    def __init__(self, url: str, topics: Sequence[str], group: str = "bundlesmith", field: str = "") -> None:
        if any(not character.isprintable() or character in " .*>/\\" for character in group):
            raise BundlesmithError(f"The group \"{group}\" can't be a consumer's name.", "Leave out spaces and .*>/\\.")
        self._urls, self._topics, self._group = url.split(","), topics, group
        self.name = ",".join(one.rpartition("@")[2].rpartition("/")[2] for one in self._urls)
        self._client: Client | None = None
        self._said = ""
        self._readers: dict[Place, _Reader] = {}
        self._waiting, self._size = Waiting(), BatchSize()
        self.missing: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="nats", daemon=True)
        self._thread.start()

    def places(self) -> list[Place]:
        """See `Broker`."""
        there = [topic for topic in self._topics if self._told(self._state(topic)) is not None]
        self.missing = {topic: "" for topic in self._topics if topic not in there}
        return [Place(topic) for topic in there]

    def read(self, positions: Mapping[Place, str], most: int, wait: float) -> dict[Place, list[StreamMessage]]:
        """See `Broker`."""
        found = self._told(self._read(positions, most, wait))
        self._waiting.read(positions, found, not found)
        self._size.read(found)
        return found

    def ended(self, place: Place, position: str) -> bool:
        """See `Broker`."""
        reader = self._readers.get(place)
        return reader is not None and not self._told(self._unread(place, reader, position))

    def stored(self, place: Place, position: str) -> None:
        """See `Broker`."""
        reader = self._readers.get(place)
        last = None if reader is None else reader.last
        if last is not None and str(last.metadata.sequence.stream) == position:
            with suppress(SourceError):
                self._told(last.ack())  # of all up to it

    def is_position(self, text: str) -> bool:
        """See `Broker`."""
        return re.fullmatch("[0-9]+", text) is not None and int(text) < 2**64 - 1

    def lost(self, place: Place, position: str) -> str:
        """See `Broker`."""
        state = self._told(self._state(place.topic))
        if state is None or state.first_seq <= int(position) + 1 <= state.last_seq + 1:
            return ""
        if int(position) > state.last_seq:
            what = f'The stream "{place.topic}" ends at {state.last_seq}, and was read to {position}.'
            raise BundlesmithError(what, "It was made anew: read it from its beginning with --since start.")
        return f'Of "{place.topic}", messages {int(position) + 1} to {state.first_seq - 1} were deleted unread.'

    def behind(self, place: Place, position: str) -> float:
        """See `Broker`."""
        reader = self._readers.get(place)
        return 0.0 if reader is None else self._waiting.behind(place, self._told(self._unread(place, reader, position)))

    def at(self, place: Place, seconds: int) -> str:
        """See `Broker`."""
        return self.start if seconds <= 0 else str(self._told(self._before(place.topic, seconds)))

    def close(self) -> None:
        """See `Broker`."""
        if self._client is not None:
            with suppress(SourceError):
                self._told(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stream(self) -> JetStreamContext:
        """The server, to which the client connects again by itself."""
        if self._client is None or self._client.is_closed:
            options: dict[str, Any] = {
                "connect_timeout": NATS_PATIENCE,
                "max_reconnect_attempts": -1,
                "error_cb": self._note,
            }
            connecting = nats.connect(self._urls, name="bundlesmith", reconnect_time_wait=0.2, **options)
            self._client = await asyncio.wait_for(connecting, NATS_PATIENCE)
        return self._client.jetstream(timeout=NATS_PATIENCE)

    async def _state(self, topic: str) -> Any:
        try:
            return (await (await self._stream()).stream_info(topic)).state
        except NotFoundError:
            return None

    async def _read(self, positions: Mapping[Place, str], most: int, wait: float) -> dict[Place, list[StreamMessage]]:
        for place in [place for place, reader in self._readers.items() if positions.get(place) != str(reader.position)]:
            await self._drop(place)
        new = [place for place in positions if place not in self._readers]
        opening = [self._open(place.topic, int(positions[place])) for place in new]  # at once: leases are short
        opened = await asyncio.gather(*opening, return_exceptions=True)
        self._readers |= {place: each for place, each in zip(new, opened, strict=True) if isinstance(each, _Reader)}
        for each in opened:
            if isinstance(each, BaseException):
                raise each
        self._fetch(most, wait)
        tasks = {reader.fetching: place for place, reader in self._readers.items() if reader.fetching}
        done, _ = await asyncio.wait(tasks, timeout=wait + 1, return_when=asyncio.FIRST_COMPLETED)
        found = {tasks[task]: await self._fetched(tasks[task]) for task in done}
        if any(found.values()):
            self._fetch(most, wait)  # one batch ahead, while this one is stored
        return {place: messages for place, messages in found.items() if messages}

    def _fetch(self, most: int, wait: float) -> None:
        for reader in self._readers.values():
            if reader.fetching is None and reader.position >= 0:
                reader.fetching = asyncio.create_task(reader.subscription.fetch(self._size.of(most), wait))

    async def _open(self, topic: str, position: int) -> _Reader:
        stream, name = await self._stream(), self._group
        with suppress(NotFoundError):
            await stream.delete_consumer(topic, name)
        begin: dict[str, Any] = {"deliver_policy": DeliverPolicy.BY_START_SEQUENCE, "opt_start_seq": position + 1}
        # what isn't acknowledged isn't sent again: the store's position decides
        begin |= {"ack_policy": AckPolicy.ALL, "ack_wait": _DAY, "max_ack_pending": -1}
        await stream.add_consumer(topic, durable_name=name, **begin)
        return _Reader(await stream.pull_subscribe_bind(name, topic), position)

    async def _fetched(self, place: Place) -> list[StreamMessage]:
        reader, found = self._readers[place], []
        task, reader.fetching = reader.fetching, None
        assert task is not None
        try:
            messages = task.result()
        except TimeoutError:
            return []  # there are none
        except Error:
            await self._drop(place)  # its consumer is gone, or the server
            raise
        for message in messages:
            about = message.metadata
            at = about.sequence
            if at.consumer != reader.delivered + 1 or at.stream <= reader.position:
                reader.position = -1  # some went elsewhere: begin anew from the store's position
                break
            reader.delivered, reader.position, reader.last = at.consumer, at.stream, message
            found.append(StreamMessage(str(at.stream), message.data, int(about.timestamp.timestamp())))
        return found

    async def _drop(self, place: Place) -> None:
        reader = self._readers.pop(place)
        if reader.fetching is not None:
            reader.fetching.cancel()
            await asyncio.gather(reader.fetching, return_exceptions=True)
        with suppress(Error):
            await reader.subscription.unsubscribe()

    async def _unread(self, place: Place, reader: _Reader, position: str) -> bool:
        about = await (await self._stream()).consumer_info(place.topic, self._group)
        under_way = about.delivered is not None and about.delivered.stream_seq > int(position)
        return bool(about.num_pending) or under_way or str(reader.position) != position

    async def _before(self, topic: str, seconds: int) -> int:
        """The message before a time: a consumer that begins there says it."""
        begin: dict[str, Any] = {"ack_policy": AckPolicy.NONE, "inactive_threshold": 1.0}
        when = datetime.fromtimestamp(min(seconds, _LATEST), UTC)
        begin |= {"deliver_policy": DeliverPolicy.BY_START_TIME, "opt_start_time": when}
        about = await (await self._stream()).add_consumer(topic, **begin)
        assert about.delivered is not None
        return about.delivered.stream_seq

    async def _leave(self) -> None:
        for place in list(self._readers):
            await self._drop(place)
        if self._client is not None:
            await self._client.close()

    async def _note(self, error: Exception) -> None:
        self._said = str(error) or type(error).__name__  # what a call that waits in vain doesn't say

    def _told(self, work: Coroutine[Any, Any, _T]) -> _T:
        try:
            return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, _LONGEST), self._loop).result()
        except (Error, OSError, TimeoutError, ValueError) as error:
            said = ((str(error) or self._said).splitlines() or [""])[0].removeprefix("nats: ").rstrip(".")
            said = said or type(error).__name__
            fix = "See that it runs with JetStream (-js), and that user and password are right."
            raise SourceError(f"NATS at {self.name} can't be used: {said}.", fix) from None
