"""One request on an engine that serves: its bundles are written side by side, and told of as they come.

If the run has a ranker, it chose the items when the request was opened, and the engine writes the words alone. Else
the items may be searched for with beams, or the engine writes them, too: the first bundle is the likeliest, the others
are drawn with noise, and a set that another of the bundles has is drawn again.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from bundlesmith.decoding.decoder import AnswerPart, Decoder
from bundlesmith.decoding.detokenizer import IncrementalDetokenizer
from bundlesmith.decoding.engine import FinishedAnswer, GenerationRequest
from bundlesmith.decoding.noise import Noise
from bundlesmith.decoding.writer import Searcher, Writer
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.opening import Openings
from bundlesmith.pipeline.searching import beams_for, best_first, items_of, per_item
from bundlesmith.recommendation import Recommendation
from bundlesmith.request import Request

SPREAD = 0.7
"""The least temperature of all bundles but the first."""
DRAWS = 4
"""How often a bundle is drawn until none of the others has its items."""
_AT_ONCE = 8
"""So many tokens are read in one step of the event loop."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a request is answered, and by whom.

    Attributes:
        temperature: of the first bundle; 0: the likeliest.
        seed: the same seed, the same bundles.
        talk: whether an intent and an explanation follow the items.
        search: whether the items, where no ranker chooses them, are the likeliest by beam search; none is drawn then.
        explain: whether each bundle is attributed to the request, see `bundlesmith.pipeline.attribution`.
        model: a model's name, or an experiment's; "" for the experiment that runs, or else the default.
        shown: whether a customer sees the answer; only such answers are remembered.
    """

    temperature: float = 0.0
    seed: int = 0
    talk: bool = True
    search: bool = False
    explain: bool = False
    model: str = ""
    shown: bool = True


@dataclass(frozen=True, slots=True)
class ItemStep:
    """An item of a bundle is decided."""

    bundle: int
    item: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """All items of a bundle are decided."""

    bundle: int
    items: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class WordsStep:
    """More words of a bundle's intent or explanation."""

    bundle: int
    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Complete:
    """A bundle is complete; its score is the mean, over written items, of the log-probability by the model alone."""

    bundle: int
    found: Recommendation


WritingStep = ItemStep | Chosen | WordsStep | Complete


class Writing:
    """A request under way.

    Args:
        openings: the shop as it was when the request came.
        request: what is asked.
        manner: how it is answered.
        check: is called between the steps of what is done at once, and may raise an error that ends it.

    Raises:
        BundlesmithError: if no bundle fits the rules, or the request is too long.
    """

    def __init__(
        self, openings: Openings, request: Request, manner: Manner, check: Callable[[], None] = lambda: None
    ) -> None:
        self.openings, self.request, self.manner = openings, request, manner
        openings.prompt(request)  # what is too long is an error now, before anything is told
        self.composed = openings.composed(request, manner.talk, check)
        self.tokens = 0
        self._found: list[FinishedAnswer] = []  # what beams have written of each bundle that they composed
        self._sets: list[asyncio.Future[frozenset[int]]] = []  # the items of each bundle, once they are decided
        self._whole = None if self.composed is not None else openings.generation(request, manner.talk)

    async def search(self, searcher: Searcher) -> None:
        """Choose the items with beams, where no ranker has chosen them; `run` has the words written then.

        Raises:
            EngineGoneError: if the engine isn't ready, or fails.
        """
        self._whole = await asyncio.to_thread(self.openings.generation, self.request, False)
        most = self.request.n
        (found,) = await searcher.search([self._whole], beams_for(most), most)
        best = best_first(found, self.request)
        self.tokens += sum(len(written.tokens) for written in best)
        self._found = best
        self.composed = [
            Recommendation(items_of(self.openings, written), per_item(written, self.request)) for written in best
        ]

    async def run(self, writer: Writer, tell: Callable[[WritingStep], None]) -> list[Recommendation]:
        """Write all bundles.

        Args:
            writer: the engine.
            tell: is called with each step. Of the first bundle each item is told of; of others only when it is sure
                that no other has the same.

        Returns:
            up to `request.n` bundles with distinct sets of items, the first first.

        Raises:
            EngineGoneError: if the engine isn't ready, or dies.
        """
        work = self._work(writer, tell)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(each) for each in work]
        except* BundlesmithError as group_error:
            raise _first(group_error) from None
        return [found for task in tasks if (found := task.result()) is not None]

    def _work(
        self, writer: Writer, tell: Callable[[WritingStep], None]
    ) -> list[Coroutine[Any, Any, Recommendation | None]]:
        """What each bundle takes."""
        if self.composed is not None:
            return [self._talk_of(writer, number, bundle, tell) for number, bundle in enumerate(self.composed)]
        self._sets = [asyncio.get_running_loop().create_future() for _ in range(self.request.n)]
        return [self._bundle(writer, number, tell) for number in range(self.request.n)]

    async def _talk_of(
        self, writer: Writer, number: int, bundle: Recommendation, tell: Callable[[WritingStep], None]
    ) -> Recommendation:
        """What the engine says of a bundle that the ranker chose, or beams found."""
        for item in bundle.items[len(self.request.items) :]:
            tell(ItemStep(number, item))
        tell(Chosen(number, bundle.items, bundle.score))
        if not self.manner.talk:
            tell(Complete(number, bundle))
            return bundle
        noise = Noise(self.manner.temperature, self.manner.seed * 1000 + number)
        generation = await asyncio.to_thread(self._words, number, bundle, noise)
        answer = _Answer(self, number, tell, generation.decoder, bundle)
        async with aclosing(writer.write(generation)) as tokens:
            async for token in tokens:
                await self._count()
                answer.read(token.token, token.logprob)
        return answer.found()

    def _words(self, number: int, bundle: Recommendation, noise: Noise) -> GenerationRequest:
        """What is to be said of a bundle whose items are decided; if beams have written it, in the same answer."""
        openings, request = self.openings, self.request
        if self._found and self._whole:
            generation = replace(openings.words_after(request, self._whole, self._found[number]), noise=noise)
        else:
            generation = openings.words_of(request, bundle, noise)
        if talk := generation.decoder.grammar.talk:
            find = openings.shop.snapshot.find
            talk(tuple(find(item) for item in bundle.items))  # made here, it isn't made in the event loop
        return generation

    async def _bundle(self, writer: Writer, number: int, tell: Callable[[WritingStep], None]) -> Recommendation | None:
        """One bundle; None if all its draws are other bundles."""
        for draw in range(DRAWS if number else 1):
            found = await self._draw(writer, number, self._noise(number, draw), tell)
            if found is not None:
                return found
        self._sets[number].set_result(frozenset())
        return None

    def _noise(self, number: int, draw: int) -> Noise:
        warmth = max(self.manner.temperature, SPREAD) if number else self.manner.temperature
        return Noise(warmth, self.manner.seed * 1000 + number * DRAWS + draw)

    async def _draw(
        self, writer: Writer, number: int, noise: Noise, tell: Callable[[WritingStep], None]
    ) -> Recommendation | None:
        assert self._whole is not None, "without a ranker the engine writes the items"
        generation = replace(self._whole, noise=noise)
        answer = _Answer(self, number, tell, generation.decoder)
        async with aclosing(writer.write(generation)) as tokens:
            async for token in tokens:
                await self._count()
                if answer.read(token.token, token.logprob):
                    if not await self._is_new(number, frozenset(answer.decoder.taken)):
                        return None
                    answer.tell_chosen()
        return answer.found()

    async def _count(self) -> None:
        """One more token: many that come at once aren't read in one step of the event loop."""
        self.tokens += 1
        if self.tokens % _AT_ONCE == 0:
            await asyncio.sleep(0)

    async def _is_new(self, number: int, items: frozenset[int]) -> bool:
        """Whether no bundle before this one has these items.

        It waits for those before: whose items were decided first must not matter, or the same seed gave others.
        """
        before = [await asyncio.shield(found) for found in self._sets[:number]]
        if items in before:
            return False
        self._sets[number].set_result(items)
        return True


class _Answer:
    """One bundle as it is written.

    Args:
        writing, number, tell: of which request it is which bundle, and who is told of it.
        decoder: where it begins.
        chosen: the bundle, if its items were chosen before, and told of.
    """

    def __init__(
        self,
        writing: Writing,
        number: int,
        tell: Callable[[WritingStep], None],
        decoder: Decoder,
        chosen: Recommendation | None = None,
    ) -> None:
        self.writing, self.number, self.tell, self.chosen = writing, number, tell, chosen
        self.decoder = decoder.copy()
        self.logprob = 0.0
        tokenizer: Any = writing.openings.shop.run.tokenizer
        self._said = {part: IncrementalDetokenizer(tokenizer.decode) for part in ("intent", "explanation")}

    def read(self, token: int, logprob: float) -> bool:
        """Read a token; True if it was the one after which all items are decided."""
        decoder = self.decoder
        part, before = decoder.part, len(decoder.taken)
        if (
            part is AnswerPart.ITEMS and len(decoder.allowed()) > 1
        ):  # an engine needn't know what it was forced to write
            self.logprob += logprob
        decoder.advance(token)
        if part is AnswerPart.ITEMS:
            if self.number == 0 and self.chosen is None:
                self._tell_items(before)
            return decoder.part is not AnswerPart.ITEMS
        self._say("intent", decoder.intent)
        self._say("explanation", decoder.text)
        return False

    def _tell_items(self, before: int) -> None:
        for item in self._items()[before:]:
            self.tell(ItemStep(self.number, item))

    def tell_chosen(self) -> None:
        """Tell that all items are decided, and of each that hasn't been told of."""
        if self.number:
            self._tell_items(len(self.writing.request.items))
        self.tell(Chosen(self.number, self._items(), self._score()))

    def _say(self, part: str, tokens: tuple[int, ...]) -> None:
        if text := self._said[part].more(tokens):
            self.tell(WordsStep(self.number, part, text))

    def found(self) -> Recommendation:
        """The complete bundle."""
        text, told = self.writing.openings.text, self.chosen.told if self.chosen else None
        intent, explanation = text(self.decoder.intent), text(self.decoder.text)
        found = Recommendation(self._items(), self._score(), intent, explanation, told)
        self.tell(Complete(self.number, found))
        return found

    def _items(self) -> tuple[str, ...]:
        return tuple(self.writing.openings.item(position) for position in self.decoder.taken)

    def _score(self) -> float:
        if self.chosen is not None:
            return self.chosen.score
        return self.logprob / max(len(self.decoder.taken) - len(self.writing.request.items), 1)


def _first(group: BaseExceptionGroup[BundlesmithError]) -> BundlesmithError:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
