"""The service behind every door (HTTP, chat, MCP): models, a queue, a cache, a store and what is counted.

    service = Service(settings, store, {"demo": LiveRun(...)}, default="demo")
    answer = await service.answer(Wish(ask), tell)

Knows nothing about HTTP.
"""

import asyncio
import gc
import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from bundlesmith.claims.language import language_for
from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.files import hash_texts
from bundlesmith.lookahead import NoBundleError
from bundlesmith.request import Recommendation, Request
from bundlesmith.serve.admission import Gate
from bundlesmith.serve.answer import Answer, Clock, new_answer, new_id, with_attributions
from bundlesmith.serve.ask import Ask
from bundlesmith.serve.attributed import attributed
from bundlesmith.serve.cache import Cache
from bundlesmith.serve.checked import Good, checked
from bundlesmith.serve.engines import Engines
from bundlesmith.serve.kept import keeps
from bundlesmith.serve.lag import watch_loop
from bundlesmith.serve.live_run import Begun, LiveRun, Opened
from bundlesmith.serve.measures import STATES, Measures
from bundlesmith.serve.offer import Offer
from bundlesmith.serve.recent import Asked, Recent
from bundlesmith.serve.relaxing import relaxations, sold
from bundlesmith.serve.remembering import Remembering, shown_of
from bundlesmith.serve.retention import Retention, tidy
from bundlesmith.serve.sides import side_of
from bundlesmith.serve.talk.offers import relaxed_values
from bundlesmith.serve.talk.replies import replies
from bundlesmith.serve.tracing import span
from bundlesmith.serve.writer import EngineGoneError, State, Writer, clear, searcher
from bundlesmith.serve.writing import Manner, Step

if TYPE_CHECKING:
    from bundlesmith.serve.store import Store

T = TypeVar("T")
Told = Callable[[Step, Begun], None]


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """How a service behaves.

    Attributes:
        places: how many bundles are written at a time.
        waiting: how many requests may wait for a place.
        deadline: within so many seconds a request is answered, or refused.
        cached: how many answers are kept.
        grace: how many seconds answers under way have when the service stops.
        retention: for how long what is kept of customers.
    """

    places: int = 8
    waiting: int = 32
    deadline: float = 60.0
    cached: int = 1000
    grace: float = 30.0
    retention: Retention = field(default_factory=Retention)


class DeadlineError(BundlesmithError):
    """The answer would have come too late."""


class NoModelError(BundlesmithError):
    """There is no such model."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the service.

    Attributes:
        ask, manner: see there.
        model: a model's name, or an experiment's; "" for the experiment that runs, or else the default.
        variant: the side of an experiment, once it is known.
        shown: whether a customer sees the answer; only such answers are remembered.
        explain: whether each bundle is attributed to the request, see `bundlesmith.serve.attribution`.
    """

    ask: Ask
    manner: Manner = field(default_factory=Manner)
    model: str = ""
    variant: str | None = None
    explain: bool = False
    shown: bool = True


class Service:
    """All of it.

    Attributes:
        settings, store: as given.
        runs: the models, by name; replaced, not changed, when one comes or goes.
        default: the name of the model that answers if none is named.
        engines: what writes for a model that comes.
        gate, cache, measures, recent, offer: its parts.
        under_way: how many answers each model is writing.
        beside: what else is begun when the service starts, and cancelled when it stops.
    """

    def __init__(
        self, settings: ServiceSettings, store: "Store", runs: dict[str, LiveRun], default: str, engines: Engines
    ) -> None:
        self.settings, self.store, self.runs, self.default, self.engines = settings, store, runs, default, engines
        self.gate = Gate(settings.places, settings.waiting)
        self.cache: Cache[Answer] = Cache(settings.cached)
        self.measures, self.recent = Measures(), Recent()
        self.stopping = False
        self.offer = Offer(self)
        self.under_way: Counter[str] = Counter()
        self._threads = ThreadPoolExecutor(settings.places, "opening")
        self._remembering = Remembering(store.shown.add)
        self.beside: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._besides: list[asyncio.Task[None]] = []

    @property
    def writers(self) -> list[Writer]:
        """All engines, each once."""
        return list({id(run.writer): run.writer for run in self.runs.values()}.values())

    async def start(self) -> None:
        """Start all engines; returns when they are ready."""
        own = (tidy(self.store, self.settings.retention), watch_loop(self.measures.lag.observe))
        self._besides += map(asyncio.create_task, [*own, *(begin() for begin in self.beside)])
        preparing = (asyncio.to_thread(run.prepare) for run in self.runs.values())
        await asyncio.gather(*(writer.start() for writer in self.writers), *preparing)
        gc.freeze()  # what is loaded stays: no search for garbage looks through it, holding everybody up

    async def stop(self) -> None:
        """Finish what is under way, and end all engines."""
        self.stopping = True
        while self._besides:
            self._besides.pop().cancel()
        await asyncio.gather(*(writer.stop(self.settings.grace) for writer in self.writers))
        await self._remembering.close(self.settings.grace)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def run(self, model: str) -> LiveRun:
        """A model by its name; "": the default.

        Raises:
            NoModelError: if there is no such model.
        """
        name = model or self.default
        if name not in self.runs:
            raise NoModelError(f'There is no model "{name}".', nearest(name, list(self.runs)))
        return self.runs[name]

    @property
    def ready(self) -> bool:
        """Whether all engines are ready, and it isn't about to stop."""
        return not self.stopping and all(writer.state is State.READY for writer in self.writers)

    async def answer(self, wish: Wish, tell: Told | None = None) -> Answer:
        """Answer, within the deadline.

        Args:
            wish: what is asked.
            tell: is called with each step as it comes; not for an answer that was given before.

        Raises:
            BusyError: if there is no place in time.
            DeadlineError: if it isn't answered in time.
            EngineGoneError: if the engine isn't there.
            NoBundleError: if no bundle fits the rules; it says what would.
            BundlesmithError: if the wish makes no sense.
        """
        clock = Clock()
        wish = await asyncio.to_thread(self.sided, wish)
        try:
            return await self._answer(wish, clock, tell)
        except BundlesmithError as error:
            model = wish.model or self.default
            self.recent.add(Asked(model, clock.seconds, wanted=wish.ask.n, error=type(error).__name__))
            raise

    def sided(self, wish: Wish) -> Wish:
        """A wish with the model that answers it: where an experiment runs, that of the customer's side.

        It blocks for a moment. One who isn't known can't be on a side for good: the experiment's A answers them, and
        they aren't counted.

        Raises:
            NoModelError: if there is no such model or experiment, or the experiment is over.
            StoreError: if the store can't be used.
        """
        if wish.model in self.runs:
            return wish
        found = self.store.experiments.running() if len(self.runs) > 1 else None  # it takes two
        if found is None or wish.model not in ("", found.name) or not {found.a, found.b} <= set(self.runs):
            return replace(wish, model=self.run(wish.model).name)
        if wish.ask.user is None:
            return replace(wish, model=found.a)
        side = side_of(found.name, wish.ask.user, found.percent)
        return replace(wish, model=found.a if side == "A" else found.b, variant=found.variant(side))

    async def _answer(self, wish: Wish, clock: Clock, tell: Told | None) -> Answer:
        run = self.run(wish.model)
        with span("open"):
            opened, key = await asyncio.to_thread(_opened, run, wish)
        found = self.cache.get(key)
        self.measures.cache.labels(found=str(found is not None).lower()).inc()
        if found is not None:
            again = await self._again(run, found, wish)
            self.recent.add(Asked(run.name, clock.seconds, 0.0, len(again.bundles), wish.ask.n, cached=True))
            return again
        answer = await self._written(run, opened, wish, clock, tell)
        self.cache.put(key, answer)
        return answer

    async def _written(self, run: LiveRun, opened: Opened, wish: Wish, clock: Clock, tell: Told | None) -> Answer:
        def told(step: Step) -> None:
            clock.see(step)
            if tell is not None:
                tell(step, begun)

        async with self.inside(run, wish.ask.n, clock):
            try:
                with span("rank"):
                    begun = await self.opening(run.begun, wish.ask, wish.manner, opened)
            except NoBundleError as error:
                error.relaxations = await self.opening(_relaxed, opened, wish.ask, error)
                raise
            with span("decode"):
                if wish.manner.search and begun.writing.composed is None:
                    await begun.writing.search(searcher(run.writer, run.name, run.run.folder))
                written = await begun.writing.run(run.writer, told)
            with span("explain"):
                good = await self.checked(run, begun, written)
                found = [each.bundle for each in good]
                reasons = await attributed(run, begun, found, self.opening) if wish.explain else None
        answer = await asyncio.to_thread(new_answer, run, begun, good, clock)
        if reasons is not None:
            answer = with_attributions(answer, *reasons)
        self._count(answer, clock)
        kept = sum(keeps(bundle.items, begun.writing.request, begun.view.catalogue) for bundle in found)
        self.recent.add(Asked(run.name, clock.seconds, clock.first_item, len(found), wish.ask.n, kept))
        await self._show(run, answer, wish)
        return answer

    async def opening(self, begin: Callable[..., T], *args: Any) -> T:
        """Open what is asked, rank, or attribute in one of the threads that are there for it: as many as places."""
        try:
            work = self._threads.submit(begin, *args)
        except RuntimeError:
            raise EngineGoneError("The service is stopping.", "Ask again when it is back.") from None
        try:
            return await asyncio.wrap_future(work)
        except asyncio.CancelledError:
            if not work.done():  # a thread can't be stopped: its place is taken until it ends
                self.gate.keep(work)
            raise

    @asynccontextmanager
    async def inside(self, run: LiveRun, places: int, clock: Clock) -> AsyncGenerator[None]:
        """A place on an engine, as long as the context is open: within the deadline of what *clock* measures.

        Raises:
            BusyError: if there is no place in time.
            DeadlineError: if it is open too long.
            EngineGoneError: if that is what goes wrong in it; it says whether to wait for the engine.
            NoModelError: if the model was taken away.
        """
        seconds = self.settings.deadline - clock.seconds
        try:
            async with asyncio.timeout(seconds), self.gate.place(places, seconds), self._counted(run):
                yield
        except TimeoutError:
            late = f"The answer took longer than {self.settings.deadline:g} s."
            raise DeadlineError(late, "Ask for less, or again.") from None
        except EngineGoneError as error:
            raise clear(error, run.writer) from error.__cause__

    @asynccontextmanager
    async def _counted(self, run: LiveRun) -> AsyncGenerator[None]:
        """While an answer is written, its model isn't taken away."""
        if self.runs.get(run.name) is not run:
            raise NoModelError(f'The model "{run.name}" was taken away.', nearest(run.name, list(self.runs)))
        self.under_way[run.name] += 1
        try:
            yield
        finally:
            self.under_way[run.name] -= 1

    async def checked(self, run: LiveRun, begun: Begun, found: list[Recommendation]) -> list[Good]:
        """The bundles with what can be said of them, each counted."""
        if not begun.writing.manner.talk:
            return [Good(bundle, (), "held") for bundle in found]
        good = [await checked(run, begun, bundle) for bundle in found]
        for each in good:
            self.measures.explanations.labels(model=run.name, outcome=each.outcome).inc()
        return good

    async def _again(self, run: LiveRun, found: Answer, wish: Wish) -> Answer:
        """An answer that was given before, with ids of its own."""
        bundles = [{**bundle, "id": new_id()} for bundle in found.bundles]
        timing = dict.fromkeys(found.timing, 0.0)
        answer = replace(found, id=new_id(), bundles=bundles, timing=timing, tokens=0, cached=True)
        await self._show(run, answer, wish)
        return answer

    async def _show(self, run: LiveRun, answer: Answer, wish: Wish) -> None:
        """Remember what was shown, so that feedback on it can be told apart by model."""
        if wish.shown:
            key, asked = str(run.run.made["key"]), wish.ask.model_dump(exclude_defaults=True)
            shown = shown_of(answer.bundles, answer.model, key, wish.variant, wish.ask.user, asked)
            with span("store"):
                await self._remembering.add(shown)

    def _count(self, answer: Answer, clock: Clock) -> None:
        measures, model = self.measures, answer.model
        measures.bundles.labels(model=model).inc(len(answer.bundles))
        measures.tokens.labels(model=model).inc(answer.tokens)
        measures.first_item.labels(model=model).observe(clock.first_item)
        measures.bundle.labels(model=model).observe(clock.bundle)
        measures.whole.labels(model=model).observe(clock.seconds)

    def metrics(self) -> bytes:
        """All that is counted, as Prometheus reads it."""
        self.measures.queue.set(self.gate.waiting)
        self.measures.inside.set(self.gate.inside)
        self.measures.lost.set(self._remembering.lost)
        for name, run in self.runs.items():
            for state in STATES:
                self.measures.engine.labels(model=name, state=state).set(run.writer.state == state)
        return self.measures.text()


def _opened(run: LiveRun, wish: Wish) -> tuple[Opened, str]:
    """What is asked of the shop as it is now, and the key of its answer."""
    opened = run.open(wish.ask)
    return opened, _key(run, opened, wish)


def _relaxed(opened: Opened, ask: Ask, error: NoBundleError) -> tuple[Any, ...]:
    """What would fit instead, as JSON values."""

    def opener(other: Ask) -> Request:
        return sold(other.request(opened.view, opened.past), opened.view)

    found = relaxations(ask, error.conflict, opener, opened.view)
    return tuple(relaxed_values(found, ask, opened.view, replies(language_for(opened.request))))


def _key(run: LiveRun, opened: Opened, wish: Wish) -> str:
    """All that an answer depends on: the run, its shop, the customer's past, and what is asked."""
    parts = (
        run.name,
        run.key,
        opened.version,
        asdict(opened.past),
        wish.ask.model_dump(),
        asdict(wish.manner),
        wish.explain,
    )
    return hash_texts(json.dumps(parts, sort_keys=True))
