"""The service behind every door (HTTP, chat, MCP): models, a queue, a cache, a store and what is counted.

service = Service(settings, store, {"demo": LiveRun(...)}, default="demo")
answer = await service.answer(ask, Manner(seed=3), tell)
"""

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from bundlesmith.constraints.lookahead import NoBundleError
from bundlesmith.decoding.writer import EngineGoneError, EngineState, Writer, clear, searcher
from bundlesmith.engines.engines import Engines
from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.satisfied import keeps
from bundlesmith.pipeline.writing import Manner, Writing, WritingStep
from bundlesmith.recommendation import Recommendation
from bundlesmith.serve.admission import Gate, while_awaited
from bundlesmith.serve.answer import Answer, Clock, new_answer, with_attributions
from bundlesmith.serve.attributed import attributed
from bundlesmith.serve.cache import Cache
from bundlesmith.serve.checked import Good, checked_bundle
from bundlesmith.serve.event_loop_lag import watch_loop
from bundlesmith.serve.live_run import LiveRun, Opened
from bundlesmith.serve.measures import STATES, ServiceMetrics
from bundlesmith.serve.offer import ModelRegistry
from bundlesmith.serve.recent import Recent, TimedRequest
from bundlesmith.serve.retention import Retention, tidy
from bundlesmith.serve.shown_bundles import Remembering, shown_of
from bundlesmith.serve.tracing import span
from bundlesmith.serve.variants import Side, side_of
from bundlesmith.shop.live_shop import ShopView

if TYPE_CHECKING:
    from bundlesmith.store import Store

_T = TypeVar("_T")
_ITEMS = 20
"""As many items an answer has that is kept, at the mean: an answer may have a thousand."""
StepListener = Callable[[WritingStep, ShopView], None]
"""Is called with each step of an answer, and the shop that it comes from."""


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """How a service behaves.

    Attributes:
        places: how many bundles are written at a time.
        waiting: how many requests may wait for a place.
        deadline: within so many seconds a request is answered, or refused.
        cached: how many answers are kept: fewer, if they are of more than `_ITEMS` items each.
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


class Service:
    """All of it.

    Attributes:
        settings, store: as given.
        runs: the models, by name; replaced, not changed, when one comes or goes.
        default: the name of the model that answers if none is named.
        engines: what writes for a model that comes.
        gate, cache, measures, recent, offer: its parts.
        hearing, reading: who is understood now, and whose request is read; and who waits for that.
        under_way: how many answers each model is writing.
        beside: what else is begun when the service starts, and cancelled when it stops.
    """

    def __init__(
        self, settings: ServiceSettings, store: "Store", runs: dict[str, LiveRun], default: str, engines: Engines
    ) -> None:
        self.settings, self.store, self.runs, self.default, self.engines = settings, store, runs, default, engines
        self.gate, self.hearing, self.reading = (Gate(settings.places, settings.waiting) for _ in range(3))
        self.cache: Cache[Answer] = Cache(settings.cached, lambda answer: answer.size, _ITEMS * settings.cached)
        self.measures, self.recent = ServiceMetrics(), Recent()
        self.stopping = False
        self.offer = ModelRegistry(self)
        self.under_way: Counter[str] = Counter()
        names = ("opening", "hearing", "reading")
        self._threads, self._hearers, self._readers = (ThreadPoolExecutor(settings.places, name) for name in names)
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
        for threads in (self._threads, self._hearers, self._readers):
            threads.shutdown(wait=False, cancel_futures=True)

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
        return not self.stopping and all(writer.state is EngineState.READY for writer in self.writers)

    async def answer(self, ask: Ask, manner: Manner, tell: StepListener | None = None) -> Answer:
        """Answer, within the deadline.

        Args:
            ask: what is asked.
            manner: how, and of whom.
            tell: is called with each step as it comes; not for an answer that was given before.

        Raises:
            BusyError: if there is no place in time.
            DeadlineError: if it isn't answered in time.
            EngineGoneError: if the engine isn't there.
            NoBundleError: if no bundle fits the rules; it says what would.
            BundlesmithError: if the request makes no sense.
        """
        clock, model = Clock(), manner.model or self.default
        try:
            side = await self.read(self.sided, manner.model, ask.user)
            model = side.model
            return await self._answer(ask, manner, side, clock, tell)
        except BundlesmithError as error:
            self.recent.add(TimedRequest(model, clock.seconds, wanted=ask.n, error=type(error).__name__))
            raise

    def sided(self, model: str, user: str | None) -> Side:
        """Who answers what is asked of a model: where an experiment runs, the model of the customer's side.

        It blocks for a moment. One who isn't known can't be on a side for good: the experiment's A answers them, and
        they aren't counted.

        Args:
            model: a model's name, or an experiment's; "": see `Manner`.
            user: the customer, if they are known.

        Raises:
            NoModelError: if there is no such model or experiment, or the experiment is over.
            StoreError: if the store can't be used.
        """
        if model in self.runs:
            return Side(model)
        found = self.store.experiments.running() if len(self.runs) > 1 else None  # it takes two
        if found is None or model not in ("", found.name) or not {found.a, found.b} <= set(self.runs):
            return Side(self.run(model).name)
        if user is None:
            return Side(found.a)
        side = side_of(found.name, user, found.percent)
        return Side(found.a if side == "A" else found.b, found.variant(side))

    async def _answer(self, ask: Ask, manner: Manner, side: Side, clock: Clock, tell: StepListener | None) -> Answer:
        run = self.run(side.model)
        with span("open"):
            opened, key = await self.read(run.open_keyed, ask, manner)
        found = self.cache.get(key)
        self.measures.cache.labels(found=str(found is not None).lower()).inc()
        if found is not None:
            answer = found.again()
            self.recent.add(TimedRequest(run.name, clock.seconds, 0.0, len(answer.bundles), ask.n, cached=True))
        else:
            answer = await self._written(run, opened, ask, manner, clock, tell)
            self.cache.put(key, answer)
        if manner.shown:  # so that feedback on it can be told apart by model
            key, asked = str(run.run.made["key"]), ask.model_dump(exclude_defaults=True)
            shown = shown_of(answer.bundles, answer.model, key, side.variant, ask.user, asked)
            with span("store"):
                await self._remembering.add(shown)
        return answer

    async def _written(
        self, run: LiveRun, opened: Opened, ask: Ask, manner: Manner, clock: Clock, tell: StepListener | None
    ) -> Answer:
        def told(step: WritingStep) -> None:
            clock.see(step)
            if tell is not None:
                tell(step, opened.openings.shop)

        async with self.inside(run, ask.n, clock):
            with while_awaited() as check:
                try:
                    with span("rank"):
                        writing = await self.opening(Writing, opened.openings, opened.request, manner, check)
                except NoBundleError as error:
                    error.relaxations = await self.opening(opened.relaxed, ask, error, check)
                    raise
            with span("decode"):
                if manner.search and writing.composed is None:
                    await writing.search(searcher(run.writer, run.name, run.run.folder))
                written = await writing.run(run.writer, told)
            with span("explain"):
                good = await self.checked(run, writing, written)
                found = [each.bundle for each in good]
                reasons = await attributed(run, writing, found, self.opening) if manner.explain else None
            answer = await self.opening(new_answer, run, writing, good, clock)
        if reasons is not None:
            answer = with_attributions(answer, *reasons)
        self.measures.count(answer, clock)
        kept = sum(keeps(bundle.items, opened.request, opened.openings.shop.catalogue) for bundle in found)
        self.recent.add(TimedRequest(run.name, clock.seconds, clock.first_item, len(found), ask.n, kept))
        return answer

    async def opening(self, begin: Callable[..., _T], *args: Any) -> _T:
        """Open what is asked, rank, or attribute in one of the threads that are there for it: as many as places."""
        return await self.gate.run_in(self._threads, begin, *args)

    async def heard(self, understand: Callable[..., _T], *args: Any) -> _T:
        """Understand what is said in one of the threads that are there for it, as many as places, and in time.

        Raises:
            BusyError: if too many wait for that.
            DeadlineError: if it isn't understood within the deadline.
        """
        return await self._in_time(self.hearing, self._hearers, "Say it more shortly.", understand, *args)

    async def read(self, begin: Callable[..., _T], *args: Any) -> _T:
        """Find out who answers, or read what is asked of the shop and the store: likewise, in threads for that.

        Raises:
            BusyError: if too many wait for that.
            DeadlineError: if it isn't read within the deadline.
        """
        return await self._in_time(self.reading, self._readers, "Ask for less, or again.", begin, *args)

    async def _in_time(self, gate: Gate, threads: Executor, fix: str, work: Callable[..., _T], *args: Any) -> _T:
        seconds = self.settings.deadline
        try:
            async with asyncio.timeout(seconds), gate.place(1, seconds):
                return await gate.run_in(threads, work, *args)
        except TimeoutError:
            raise DeadlineError(f"The answer took longer than {seconds:g} s.", fix) from None

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

    async def checked(self, run: LiveRun, writing: Writing, found: list[Recommendation]) -> list[Good]:
        """The bundles with what can be said of them, each counted."""
        if not writing.manner.talk:
            return [Good(bundle, "held") for bundle in found]
        good = [await self.opening(checked_bundle, run.run, writing, bundle) for bundle in found]
        for each in good:
            self.measures.explanations.labels(model=run.name, outcome=each.outcome).inc()
        return good

    def metrics(self) -> bytes:
        """All that is counted, as Prometheus reads it."""
        self.measures.queue.set(self.gate.waiting)
        self.measures.inside.set(self.gate.inside)
        self.measures.lost.set(self._remembering.lost)
        for name, run in self.runs.items():
            for state in STATES:
                self.measures.engine.labels(model=name, state=state).set(run.writer.state == state)
        return self.measures.text()
