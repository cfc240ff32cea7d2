"""`bundlesmith ingest`: from the URL of a broker to a loop that ends when it is told to."""

import logging
import os
import signal
import socket
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bundlesmith.cli.serve import LOCAL_STORE, STORES
from bundlesmith.errors import BundlesmithError, need

if TYPE_CHECKING:
    from bundlesmith.ingest.consume import Tally
    from bundlesmith.ingest.measures import Measures
    from bundlesmith.ingest.source import Source

_EVERY = 10.0
"""Seconds after which it is said how far it is."""
_LOG = logging.getLogger(__name__)


def ingest(
    stream: Annotated[str, typer.Option("--from", envvar="BUNDLESMITH_STREAM", help="`redis://HOST:6379/0`.")],
    store: Annotated[str, typer.Option(envvar="BUNDLESMITH_STORE", help=STORES)] = LOCAL_STORE,
    config: Annotated[
        Path | None, typer.Option(help="A YAML file: topics, group, fields; see docs/streams.md.")
    ] = None,
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="`topics=[visits]` …")] = None,
    since: Annotated[str, typer.Option(help="Read again from a time (ISO, UTC), or from `start`, first.")] = "",
    metrics: Annotated[int, typer.Option(help="A port of this machine for `/metrics`; 0: none.")] = 0,
    once: Annotated[bool, typer.Option("--once", help="End where nothing is left to be read.")] = False,
) -> None:
    """Read events from a stream into a service's store, each exactly once, until it is stopped.

    Example: `bundlesmith ingest --from redis://localhost:6379/0 --store sqlite:///bundlesmith.db "topics=[visits]"`
    """
    need("sqlalchemy", "bundlesmith ingest", "ingest")
    from bundlesmith.ingest.config import Ingest, open_source
    from bundlesmith.ingest.consume import consume
    from bundlesmith.ingest.ledger import Ledger
    from bundlesmith.ingest.measures import Measures
    from bundlesmith.serve.store import open_store
    from bundlesmith.settings import load_config

    logging.basicConfig(format="%(message)s")
    logging.getLogger("bundlesmith").setLevel(logging.INFO)
    settings = load_config(Ingest, config, overrides or [])
    opened, source = open_store(store), open_source(stream, settings)
    ledger = Ledger(opened, settings.group, f"{socket.gethostname()}:{os.getpid()}:{time.time_ns()}", settings.lease)
    try:
        places = source.places()
        if since:
            seconds = 0 if since == "start" else _seconds(since)
            ledger.rewind({place: source.at(place, seconds) for place in places})
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        measures = Measures()
        with measures.served(metrics):
            said = _Said(source, measures)
            tally = consume(source, ledger, settings.fields, stop, settings.lease / 3, once, said, measures.stored)
        ledger.release()
    finally:
        source.close()
        opened.close()
    typer.echo(_words(tally))


def _seconds(since: str) -> int:
    try:
        at = datetime.fromisoformat(since)
    except ValueError as error:
        raise BundlesmithError(
            f'--since is "{since}".', 'Write "start", or a time such as 2025-03-01T12:00.'
        ) from error
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


class _Said:
    """Measures every second how far it is, and says it every ten."""

    def __init__(self, source: "Source", measures: "Measures") -> None:
        self.source, self.measures, self.measured, self.said = source, measures, 0.0, time.monotonic()

    def __call__(self, tally: "Tally") -> None:
        now = time.monotonic()
        if now - self.measured < 1:
            return
        self.measured = now
        behind = {place: self.source.behind(place, at) for place, at in tally.held.items()}
        self.measures.behind.clear()  # places that another has taken
        for place, seconds in behind.items():
            self.measures.behind.labels(place.topic, place.partition).set(seconds)
        if now - self.said >= _EVERY:
            self.said = now
            _LOG.info("%s; %.1f s behind.", _words(tally).rstrip("."), max(behind.values(), default=0.0))


def _words(tally: "Tally") -> str:
    counts = f"{tally.new:,} new events, {tally.known:,} known ones, {tally.forgotten:,} of forgotten customers"
    return f"{counts}, {tally.dead:,} dead letters."
