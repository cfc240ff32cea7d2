"""Pairs of a true bundle and a worse one, written in answer to the same prompt.

An epoch's pairs follow from the cases, the settings and the epoch's number.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bundlesmith.data.cases import Case
from bundlesmith.finetune.examples import Example, ExampleWriter
from bundlesmith.settings import Corruptions

TRIES = 8
"""Items that are drawn before a way to corrupt a bundle is given up."""


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """Two answers to one prompt: a true bundle's items, and those of a bundle that nobody chose.

    Attributes:
        corruption: how the second was made; a name in `Corruptions`.
    """

    corruption: str
    chosen: Example
    rejected: Example


@dataclass(frozen=True, slots=True)
class PairPrompt:
    """A prompt for a case, and the items that answer it, in the order in which they are written.

    Attributes:
        given: items of the bundle that the prompt names already.
        only: the items that may be written; empty if all may.
    """

    kind: str
    prompt: list[int]
    given: tuple[int, ...]
    written: tuple[int, ...]
    only: frozenset[int]


class PairWriter:
    """Turns the cases of one split into pairs.

    Args:
        writer: how prompts and items are written; its mix says how often each kind of prompt is chosen.
        corruptions: how often each way to corrupt a bundle is chosen.
        cases: all of the split: a bundle that is true for any of them is never the worse one of a pair.
    """

    def __init__(self, writer: ExampleWriter, corruptions: Corruptions, cases: Iterable[Case]) -> None:
        self.writer = writer
        self.weights = {name: weight for name, weight in corruptions.model_dump().items() if weight}
        self.bought: list[int] = []
        self.together: dict[tuple[int, ...], list[int]] = defaultdict(list)
        self.alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self.true: set[frozenset[int]] = set()
        for case in cases:
            self.true.add(frozenset(case.bundle))
            self.bought += case.bundle
            if case.session:
                self.together[case.session] += case.bundle
        for row in range(len(writer.catalogue)):
            self.alike[writer.catalogue.categories[row]].append(row)

    def epoch(self, cases: Iterable[Case], times: int, seed: int) -> list[PreferencePair]:
        """Up to *times* pairs of each case, shuffled; a case that the mix has no prompt for gives none."""
        rng = random.Random(seed)
        drawn = [self.of_case(case, rng) for case in cases for _ in range(times)]
        pairs = [pair for pair in drawn if pair is not None]
        rng.shuffle(pairs)
        return pairs

    def of_case(self, case: Case, rng: random.Random) -> PreferencePair | None:
        """A pair of one case; None if there is no prompt for it, or every worse bundle that was drawn is true too."""
        asked = self._asked(case, rng)
        if asked is None:
            return None
        left = dict(self.weights)
        while left:
            corruption = rng.choices(list(left), list(left.values()))[0]
            wrong = self._cut(asked, rng) if corruption == "cut" else self._exchanged(corruption, case, asked, rng)
            if wrong is not None:
                return PreferencePair(corruption, self._answer(asked, asked.written), self._answer(asked, wrong))
            del left[corruption]
        return None

    def _asked(self, case: Case, rng: random.Random) -> PairPrompt | None:
        """One of the prompts that the case allows, by the mix; the bundle in a random order."""
        mix, settings, prompter = self.writer.settings.mix, self.writer.settings, self.writer.prompter
        weights = {
            "history": mix.history if case.history else 0,
            "request": mix.request if case.intent else 0,
            "rest": mix.rest,
            "session": mix.session if len(case.session) > len(case.bundle) else 0,
        }
        if not any(weights.values()):
            return None
        kind = rng.choices(list(weights), list(weights.values()))[0]
        order = tuple(rng.sample(case.bundle, len(case.bundle)))
        if kind == "session":
            only = rng.sample(case.session, len(case.session))
            return PairPrompt(kind, prompter.request(only=only), (), order, frozenset(only))
        blank = kind != "history" and rng.random() < settings.blank_history
        wordless = kind == "history" or (kind == "rest" and rng.random() < settings.blank_words)
        given = order[:-1] if kind == "rest" else ()
        prompt = prompter.request(() if blank else case.history, "" if wordless else case.intent, given)
        return PairPrompt(kind, prompt, given, order[len(given) :], frozenset())

    def _answer(self, asked: PairPrompt, rows: Sequence[int]) -> Example:
        return Example(asked.kind, asked.prompt, *self.writer.items(rows))

    def _cut(self, asked: PairPrompt, rng: random.Random) -> tuple[int, ...] | None:
        """The bundle without one of its items, where 2 or more are left."""
        if len(asked.written) < 3:
            return None
        gone = rng.choice(asked.written)
        rest = tuple(row for row in asked.written if row != gone)
        return None if frozenset(rest) in self.true else rest

    def _exchanged(self, corruption: str, case: Case, asked: PairPrompt, rng: random.Random) -> tuple[int, ...] | None:
        """The bundle with one of its items exchanged, the others in their places."""
        for _ in range(TRIES):
            gone = rng.choice(asked.written)
            come = self._drawn(corruption, gone, case, asked, rng)
            if come is None or come in case.bundle or (asked.only and come not in asked.only):
                continue
            rows = tuple(come if row == gone else row for row in asked.written)
            if frozenset(asked.given + rows) not in self.true:
                return rows
        return None

    def _drawn(self, corruption: str, gone: int, case: Case, asked: PairPrompt, rng: random.Random) -> int | None:
        """An item to stand where *gone* stood; it may be unfit."""
        catalogue = self.writer.catalogue
        if corruption == "random" and not asked.only:
            return rng.randrange(len(catalogue))
        pool: Sequence[int] = {
            "random": sorted(asked.only),
            "category": self.alike[path] if (path := catalogue.categories[gone]) else [],
            "popular": self.bought,
            "session": self.together.get(case.session, []),
        }[corruption]
        return rng.choice(pool) if pool else None
