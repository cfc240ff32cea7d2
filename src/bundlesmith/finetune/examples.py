"""From histories and bundles to training examples: prompt and answer as tokens, several kinds in one mix.

Knows nothing about packing or models. An epoch's examples follow from the data, the settings and the epoch's number.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bundlesmith.catalogue import Catalogue
from bundlesmith.events import Histories, distinct, load_histories
from bundlesmith.explanation import sentences
from bundlesmith.lexicon import Lexicon
from bundlesmith.prompting import Prompter
from bundlesmith.settings import Examples
from bundlesmith.spelling import words_of

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

FREE = -1


@dataclass(frozen=True, slots=True)
class Case:
    """One bundle of the data, with what was known before it. Items are rows of the catalogue.

    Attributes:
        history: the customer's items, oldest first, without the bundle's.
        session: all items of the session in which the bundle was found, in order; empty if not known.
        explanation: the data's own, or "".
    """

    history: tuple[int, ...]
    session: tuple[int, ...]
    bundle: tuple[int, ...]
    intent: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt and its answer.

    Attributes:
        kind: history, request, rest, session, explain or spell.
        prompt, answer: token ids.
        nodes: for each token of the answer the trie's node before it, or FREE where any token may stand.
    """

    kind: str
    prompt: list[int]
    answer: list[int]
    nodes: list[int]


def load_cases(data: Path, catalogue: Catalogue, split: str) -> list[Case]:
    """The bundles of one split; their histories are of the same split, so nothing leaks."""
    import polars as pl

    histories = load_histories(data / "events.parquet", catalogue, split)
    table = pl.read_parquet(data / "bundles.parquet").filter(pl.col("split") == split)
    return [_case(row, catalogue, histories) for row in table.iter_rows(named=True)]


def _case(row: dict[str, object], catalogue: Catalogue, histories: Histories) -> Case:
    items = row["items"]
    assert isinstance(items, list)
    bundle = tuple(catalogue.rows[item] for item in items)
    session = histories.sessions.get(str(row["session_id"]), [])
    start = session[0].time if session else row["timestamp"]
    earlier = [
        event
        for event in histories.users.get(str(row["user_id"]), [])
        if isinstance(start, int) and event.time < start
    ]
    history = [item for item in distinct(earlier + session) if item not in bundle]
    return Case(
        tuple(history), tuple(distinct(session)), bundle, str(row["intent"] or ""), str(row["explanation"] or "")
    )


class ExampleWriter:
    """Turns cases into examples of each kind."""

    def __init__(
        self,
        lexicon: Lexicon,
        catalogue: Catalogue,
        tokenizer: "PreTrainedTokenizerBase",
        chat: bool,
        settings: Examples,
    ) -> None:
        self.lexicon, self.catalogue, self.tokenizer, self.settings = lexicon, catalogue, tokenizer, settings
        self.prompter = Prompter(tokenizer, lexicon, catalogue, chat, settings.history_tokens)

    def epoch(self, cases: Sequence[Case], seed: int) -> list[Example]:
        """One epoch's examples, shuffled: the same for the same cases, settings and seed."""
        rng = random.Random(seed)
        examples = [example for case in cases for example in self.of_case(case, rng)]
        for row in range(len(self.catalogue)):
            examples += [self.spelling(row) for _ in range(_times(self.settings.mix.spell, rng))]
        rng.shuffle(examples)
        return examples

    def of_case(self, case: Case, rng: random.Random) -> Iterator[Example]:
        """The examples of one bundle, as many of each kind as the mix says."""
        mix = self.settings.mix
        kinds: list[tuple[Callable[[Case, random.Random], Example], float]] = []
        if case.history:
            kinds.append((self.history, mix.history))
        if case.intent:
            kinds += [(self.request, mix.request), (self.explain, mix.explain)]
        if len(case.session) > 2:
            kinds.append((self.session, mix.session))
        for write, times in kinds:
            yield from (write(case, rng) for _ in range(_times(times, rng)))
        yield from self.rests(case, rng, _times(mix.rest, rng))

    def history(self, case: Case, rng: random.Random) -> Example:
        """History to bundle."""
        return self._bundle("history", self.prompter.request(case.history), case, case.bundle, rng)

    def request(self, case: Case, rng: random.Random) -> Example:
        """Words, and mostly a history, to bundle."""
        prompt = self.prompter.request(self._history(case, rng), case.intent)
        return self._bundle("request", prompt, case, case.bundle, rng)

    def rests(self, case: Case, rng: random.Random, times: int) -> Iterator[Example]:
        """A part of the bundle to its rest: mostly one item is left out, each in turn, sometimes more."""
        left_out = rng.sample(case.bundle, len(case.bundle))
        for turn in range(min(times, len(case.bundle))):
            rest = [left_out[turn]]
            if len(case.bundle) > 2 and rng.random() < 0.25:
                others = [row for row in case.bundle if row not in rest]
                rest += rng.sample(others, rng.randint(1, len(others) - 1))
            given = rng.sample([row for row in case.bundle if row not in rest], len(case.bundle) - len(rest))
            words = "" if rng.random() < self.settings.blank_words else case.intent
            prompt = self.prompter.request(self._history(case, rng), words, given)
            yield self._bundle("rest", prompt, case, rest, rng)

    def session(self, case: Case, rng: random.Random) -> Example:
        """The items of one session to a bundle in it."""
        only = rng.sample(case.session, len(case.session))
        return self._bundle("session", self.prompter.request(only=only), case, case.bundle, rng)

    def explain(self, case: Case, rng: random.Random) -> Example:
        """A bundle to its intent and explanation."""
        shown = rng.sample(case.bundle, len(case.bundle))
        answer = self._talk(case, shown, rng)
        return Example("explain", self.prompter.explain(shown), answer, [FREE] * len(answer))

    def spelling(self, row: int) -> Example:
        """Title and category to spelling."""
        answer, nodes = self._items([row])
        return Example("spell", self.prompter.spell(row), answer, nodes)

    def _history(self, case: Case, rng: random.Random) -> Sequence[int]:
        return () if rng.random() < self.settings.blank_history else case.history

    def _bundle(
        self, kind: str, prompt: list[int], case: Case, rows: Sequence[int], rng: random.Random
    ) -> Example:
        """The answer's items in a random order: a set has none. Some answers go on to intent and explanation."""
        order = rng.sample(rows, len(rows))
        answer, nodes = self._items(order)
        if case.intent and rng.random() < self.settings.talk_share:
            given = [row for row in case.bundle if row not in rows]
            talk = self._talk(case, given + order, rng)
            answer, nodes = answer + talk, nodes + [FREE] * len(talk)
        return Example(kind, prompt, answer, nodes)

    def _items(self, rows: Sequence[int]) -> tuple[list[int], list[int]]:
        answer: list[int] = []
        nodes: list[int] = []
        for row in rows:
            tokens = self.lexicon.tokens[row]
            answer += [*tokens, self.lexicon.marks.separator]
            nodes += self.lexicon.trie.path(tokens)
        answer[-1] = self.lexicon.marks.line
        return answer, nodes

    def _talk(self, case: Case, rows: Sequence[int], rng: random.Random) -> list[int]:
        marks = self.lexicon.marks
        said = case.explanation or rng.choice(sentences(rows, self.catalogue, case.history))
        intent = " " + " ".join(words_of(case.intent)[:8])
        encoded = self.tokenizer([intent, f" {said}"], add_special_tokens=False)["input_ids"]
        return [*marks.intent, *encoded[0], marks.line, *marks.explanation, *encoded[1], marks.end]


def _times(expected: float, rng: random.Random) -> int:
    """A whole number with this expectation: 1.3 is 1, and in three of ten cases 2."""
    return int(expected) + (rng.random() < expected % 1)
