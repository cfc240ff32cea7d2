"""What is counted while serving, in Prometheus' format."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bundlesmith.serve.answer import Answer, Clock

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60)
LAGS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)
STATES = ("loading", "ready", "gone")


class ServiceMetrics:
    """The counters of one service.

    Attributes:
        requests: HTTP requests, by route and status.
        errors: answers that failed, by kind.
        bundles: bundles written, by model.
        tokens: tokens written, by model.
        explanations: intents and explanations that were checked, by model and outcome: all claims held; or they were
            replaced by the plain template.
        first_item, bundle, whole: seconds from a request to its first item, to the last item of its first bundle, and
            to the end of its answer.
        lost: bundles that were shown and couldn't be stored, so that no feedback on them is taken.
        queue, inside: how many wait, and how much of the places is taken.
        cache: looks into the cache of answers, by whether they found one.
        lag: seconds by which the event loop was late, looked at fifty times a second.
        engine: 1 for the state that a model's engine is in, 0 for the others.
    """

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.requests = Counter("bundlesmith_requests", "HTTP requests", ["route", "status"], registry=registry)
        self.errors = Counter("bundlesmith_errors", "Answers that failed", ["kind"], registry=registry)
        self.bundles = Counter("bundlesmith_bundles", "Bundles written", ["model"], registry=registry)
        self.tokens = Counter("bundlesmith_tokens", "Tokens written", ["model"], registry=registry)
        self.explanations = Counter(
            "bundlesmith_explanations", "Explanations that were checked", ["model", "outcome"], registry=registry
        )
        self.first_item = _histogram("first_item", "Seconds to the first item", registry)
        self.bundle = _histogram("bundle", "Seconds to the last item of the first bundle", registry)
        self.whole = _histogram("answer", "Seconds to the end of the answer", registry)
        self.lost = Gauge("bundlesmith_shown_lost", "Bundles shown that are not in the store", registry=registry)
        self.lag = Histogram("bundlesmith_loop_lag_seconds", "Lateness of the loop", buckets=LAGS, registry=registry)
        self.queue = Gauge("bundlesmith_queue", "Requests that wait", registry=registry)
        self.inside = Gauge("bundlesmith_places_taken", "Places that are taken", registry=registry)
        self.cache = Counter("bundlesmith_cache", "Looks into the cache of answers", ["found"], registry=registry)
        self.engine = Gauge("bundlesmith_engine", "State of the engine", ["model", "state"], registry=registry)

    def count(self, answer: Answer, clock: Clock) -> None:
        """Count an answer, and the time that it took."""
        model = answer.model
        self.bundles.labels(model=model).inc(len(answer.bundles))
        self.tokens.labels(model=model).inc(answer.tokens)
        self.first_item.labels(model=model).observe(clock.first_item)
        self.bundle.labels(model=model).observe(clock.bundle)
        self.whole.labels(model=model).observe(clock.seconds)

    def text(self) -> bytes:
        """All of them, as Prometheus reads them."""
        return generate_latest(self.registry)


def _histogram(name: str, what: str, registry: CollectorRegistry) -> Histogram:
    return Histogram(f"bundlesmith_{name}_seconds", what, ["model"], buckets=_SECONDS, registry=registry)
