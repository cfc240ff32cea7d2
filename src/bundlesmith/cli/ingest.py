"""`bundlesmith ingest`: from the URL of a broker to a loop that ends when it is told to."""

import logging
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bundlesmith.cli.serve import LOCAL_STORE, STORES, folders
from bundlesmith.errors import BundlesmithError, need

if TYPE_CHECKING:
    from bundlesmith.shop.followed_shop import FollowedShop
    from bundlesmith.store import Store

_BROKERS = "`kafka://HOST:9092`, `nats://HOST:4222` or `redis://HOST:6379/0`; or `url` in the YAML file."


def ingest(
    stream: Annotated[str, typer.Option("--from", envvar="BUNDLESMITH_STREAM", help=_BROKERS)] = "",
    store: Annotated[str, typer.Option(envvar="BUNDLESMITH_STORE", help=STORES)] = LOCAL_STORE,
    config: Annotated[
        Path | None, typer.Option(help="A YAML file: topics, group, fields; see docs/streams.md.")
    ] = None,
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="`topics=[visits]` …")] = None,
    run: Annotated[list[str] | None, typer.Option(help="NAME=FOLDER of a run whose items are read.")] = None,
    since: Annotated[
        str,
        typer.Option(help="Read again first: from a time (ISO, UTC), from `start`, or after `TOPIC/PART@POSITION`."),
    ] = "",
    metrics: Annotated[int, typer.Option(help="A port of this machine for `/metrics`; 0: none.")] = 0,
    once: Annotated[bool, typer.Option("--once", help="End where nothing is left to be read.")] = False,
) -> None:
    """Read events and items from streams into a service's store, each exactly once, until it is stopped.

    Example: `bundlesmith ingest --from redis://localhost:6379/0 --store sqlite:///bundlesmith.db "topics=[visits]"`
    """
    need("sqlalchemy", "bundlesmith ingest", "ingest")
    from bundlesmith.ingest.config import Ingest
    from bundlesmith.ingest.measures import IngestMetrics
    from bundlesmith.ingest.running import Ingestion, tally_words
    from bundlesmith.settings import load_config
    from bundlesmith.store import open_store

    logging.basicConfig(format="%(message)s")
    logging.getLogger("bundlesmith").setLevel(logging.INFO)
    settings, measures, opened = load_config(Ingest, config, overrides or []), IngestMetrics(), open_store(store)
    try:
        shops = {name: _shop(name, folder, opened) for name, folder in folders(run or []).items()}
        ingestion = Ingestion(stream or settings.url, settings, opened, lambda: shops, measures)
        try:
            ingestion.source.places()  # a broker that isn't there at first is an error; later it is waited for
            if since:
                name, after, position = since.rpartition("@")
                if after:
                    ingestion.rewind_after(name, position)
                else:
                    ingestion.rewind(0 if since == "start" else _seconds(since))
            stop = threading.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stop.set())
            with measures.served(metrics):
                tally = ingestion.run(stop, once)
        finally:
            ingestion.close()
    finally:
        opened.close()
    typer.echo(tally_words(tally))


def _shop(name: str, folder: Path, store: "Store") -> "FollowedShop":
    from bundlesmith.run import load_run
    from bundlesmith.shop.followed_shop import FollowedShop
    from bundlesmith.shop.live_shop import LiveShop

    return FollowedShop(LiveShop(load_run(folder)), store.changes, name)


def _seconds(since: str) -> int:
    try:
        at = datetime.fromisoformat(since)
    except ValueError as error:
        raise BundlesmithError(
            f'--since is "{since}".', 'Write "start", a time such as 2025-03-01T12:00, or "TOPIC/PART@POSITION".'
        ) from error
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
