"""The parts that are measured beside the ranker, fold by fold; what was measured once is kept.

measure(Fold(domain, Path("build/folds/electronic"), 5, 0), "electronic", ["ranker", "smollm2-items"])
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from bench.folds.crossfit import Domain
from bench.folds.joint import Asked, Joint, asked_of, chosen_penalty, nats_of, of_categories, principal
from bench.folds.kept import kept
from bench.folds.questions import Question, folds_of, session_key
from bench.folds.readers import READERS, contexts
from bundlesmith.hashes import hash_texts
from bundlesmith.ranking.evidence import Numbers, Table
from bundlesmith.ranking.items import numbered

TOP, WIDTH = 10, 128
"""R@TOP; so many principal components of the items' vectors."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is put in product with the ranker.

    Attributes:
        reader: who reads the question; "" for nobody: the ranker alone, its power fitted.
        categories: whether it scores categories, not items: a plan of what kind of thing is missing.
    """

    reader: str
    categories: bool = False


PARTS = {
    "ranker": Part(""),
    "minilm-items": Part("minilm"),
    "minilm-categories": Part("minilm", True),
    "words-items": Part("words"),
    "words-categories": Part("words", True),
    "smollm2-items": Part("smollm2"),
    "smollm2-categories": Part("smollm2", True),
}


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One part on one fold of one domain.

    Attributes:
        domain, part: their names.
        sessions: [Q], what tells sessions from each other.
        kinds: [Q], "first", "complement" or "same category".
        nats, recall: [Q].
    """

    domain: str
    part: str
    sessions: Numbers
    kinds: Sequence[str]
    nats: Table
    recall: Table


@dataclass(frozen=True, eq=False)
class Fold:
    """One of the folds of a domain.

    Attributes:
        domain: items and bundles.
        folder: where what is worked out is kept.
        count, number: of the folds, and of this one.
        votes: whether the ranker knows of bundles.
    """

    domain: Domain
    folder: Path
    count: int
    number: int
    votes: bool = True

    @cached_property
    def held(self) -> list[int]:
        """The numbers of the bundles that are asked about."""
        return folds_of(self.domain.cases, self.count)[self.number]

    @cached_property
    def inner(self) -> list[list[int]]:
        """The other bundles in two halves by session."""
        others = sorted({*range(len(self.domain.cases))} - {*self.held})
        return folds_of(self.domain.cases, 2, others)

    @cached_property
    def asked(self) -> list[Question]:
        """What is asked about the held bundles."""
        return self.domain.questions(self.held)

    @cached_property
    def learnt_from(self) -> list[Question]:
        """What is asked about the others; those of the first half first."""
        return self.domain.questions([*self.inner[0], *self.inner[1]])

    @cached_property
    def base(self) -> Table:
        """The ranker's log-probabilities for `asked`."""
        first, second = self.inner
        return self.kept("asked", lambda: self.domain.scores(sorted(first + second), self.held, self.votes))

    @cached_property
    def learning_base(self) -> Table:
        """Those for `learnt_from`: of each half by a ranker that saw the other."""
        first, second = self.inner

        def made() -> Table:
            scores = self.domain.scores
            return np.concatenate([scores(second, first, self.votes), scores(first, second, self.votes)])

        return self.kept("learnt-from", made)

    def kept(self, name: str, make: Callable[[], Table]) -> Table:
        """A table of this fold that is worked out once."""
        way = "" if self.votes else "-without-votes"
        return kept(self.folder / f"{self.count}-{self.number}{way}" / f"{name}.npy", make)


def measure(fold: Fold, name: str, parts: Sequence[str]) -> Iterator[Measured]:
    """Learn and measure parts on a fold of the domain *name*."""
    numbers: dict[tuple[int, ...], int] = {}
    of_case = [
        numbers.setdefault(session_key(fold.domain.cases, at), len(numbers)) for at in range(len(fold.domain.cases))
    ]
    units = np.array([of_case[each.case] for each in fold.asked], np.int64)
    kinds = [_kind(each) for each in fold.asked]
    for part in parts:
        nats, recall = fold.kept(f"part-{part}", partial(lambda part: np.stack(_figures(fold, PARTS[part])), part))
        print(f"{name} {fold.number} {part}: {nats.mean():.3f} nats, R@{TOP} {recall.mean():.3f}", flush=True)
        yield Measured(name, part, units, kinds, nats, recall)


def _kind(question: Question) -> str:
    if not question.chosen:
        return "first"
    return "complement" if question.complement else "same category"


def _figures(fold: Fold, part: Part) -> tuple[Table, Table]:
    """Nats and recall of each question."""
    learn = asked_of(fold.learnt_from, fold.learning_base, _states(fold, part.reader, fold.learnt_from))
    asked = asked_of(fold.asked, fold.base, _states(fold, part.reader, fold.asked))
    items = principal(fold.domain.vectors, WIDTH)
    if part.categories:
        items = of_categories(items, numbered(fold.domain.catalogue.categories, {}))
    half = len(fold.domain.questions(fold.inner[0]))
    penalty = chosen_penalty(learn, items, np.arange(half, len(learn.base)))
    logs = Joint.learnt(learn, items, penalty).log_chances(asked)
    return nats_of(logs, asked), _recall(logs, asked)


def _states(fold: Fold, reader: str, questions: Sequence[Question]) -> Table:
    """What a reader makes of questions; of all questions of the domain at once, and kept."""
    if not reader:
        return np.zeros((len(questions), 0), np.float32)
    domain = fold.domain
    texts = contexts(domain, domain.questions(range(len(domain.cases))))
    path = fold.folder / "states" / f"{reader}-{hash_texts(*texts)[:12]}.npy"
    states = kept(path, lambda: READERS[reader](texts))
    place = dict(zip(texts, range(len(texts)), strict=True))
    return states[[place[text] for text in contexts(domain, questions)]]


def _recall(logs: Table, asked: Asked) -> Table:
    """The share of what is wanted that is among the TOP likeliest."""
    best = np.argpartition(-logs, TOP, axis=1)[:, :TOP]
    wanted = asked.targets.toarray()
    found: Table = np.take_along_axis(wanted, best, axis=1).sum(1)
    return found
