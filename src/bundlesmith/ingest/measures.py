"""What an ingest counts, in Prometheus' format."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from bundlesmith.errors import BundlesmithError
from bundlesmith.ingest.ledger import BatchOutcome

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class IngestMetrics:
    """The counters of one process; with a *registry* that of a service, beside its own.

    Attributes:
        running: whether anything is read.
        events: messages that were events, by outcome: "new", "known", or "forgotten".
        items: items that were changed.
        dead: messages that can't be used.
        batch: seconds in which a batch was stored.
        behind: seconds for which messages of a topic have been waiting.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = self.registry = registry or CollectorRegistry()
        self.running = Gauge("bundlesmith_ingest_running", "Whether streams are read", registry=registry)
        self.events = Counter("bundlesmith_ingest_events", "Events by outcome", ["outcome"], registry=registry)
        self.items = Counter("bundlesmith_ingest_items", "Items that were changed", registry=registry)
        self.dead = Counter("bundlesmith_ingest_dead_letters", "Messages that can't be used", registry=registry)
        self.batch = Histogram(
            "bundlesmith_ingest_batch_seconds", "Seconds to store a batch", buckets=SECONDS, registry=registry
        )
        self.behind = Gauge("bundlesmith_ingest_behind_seconds", "Seconds behind", ["topic", "part"], registry=registry)

    def stored(self, written: BatchOutcome, seconds: float) -> None:
        """Count a batch."""
        for outcome in ("new", "known", "forgotten"):
            self.events.labels(outcome).inc(getattr(written, outcome))
        self.items.inc(written.items)
        self.dead.inc(written.dead)
        self.batch.observe(seconds)

    @contextmanager
    def served(self, port: int) -> Iterator[None]:
        """Within this they are at http://localhost:PORT/metrics; 0: nowhere.

        Raises:
            BundlesmithError: if the port is taken.
        """
        if not port:
            yield
            return
        try:
            server, thread = start_http_server(port, "127.0.0.1", self.registry)
        except OSError as error:
            raise BundlesmithError(f"The port {port} can't be used: {error.strerror}.", "Give another one.") from error
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
