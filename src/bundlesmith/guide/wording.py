"""The intent of a bundle in a few words: those that overlap most, as expected, with what people would write.

Each word has a chance, learnt by boosted trees from training bundles: by what was written for bundles like it, and by
titles and categories. Knows nothing about models that write: words that one wrote come in as words.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.guide.evidence import Evidence, Table
from bundlesmith.overlap import words

VOTES = ((5, 0.0), (20, 10.0), (60, 20.0))
"""So many of the nearest bundles vote for their words, each with exp(-heat (the nearest's cosine - its own))."""
OFTEN = 0.6
"""A word that stands in this share of a bundle's titles may be in its intent."""
MOST = 6
"""Words of an intent."""
ROUNDS = 150
TREES = {"objective": "binary", "num_leaves": 12, "learning_rate": 0.06, "min_data_in_leaf": 40, "seed": 0}
STEADY = {"num_threads": 1, "deterministic": True, "force_col_wise": True, "verbose": -1}
"""So that the same data give the same trees."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Words that an intent may have, and the features of each: [words, 12]."""

    words: list[str]
    features: NDArray[np.float64]


class Wording:
    """Words for bundles, after the intents of a training split.

    Args:
        evidence: with these intents, and vectors that saw no bundle.
        trees: the chances of words, as `learnt_trees` finds them; None if no intent has a word.
    """

    def __init__(self, evidence: Evidence, trees: Any) -> None:
        self.evidence, self.trees = evidence, trees
        self.named = [at for at, intent in enumerate(evidence.intents) if words(intent)]
        self.said = [words(evidence.intents[at]) for at in self.named]

    def intent(self, bundle: Sequence[int], written: str, trust: float) -> str:
        """The words with the highest expected F1, in the order that people would likeliest give them.

        Expected F1 of a set: 2 (sum of its words' chances) / (its size + the usual number of words), as if the number
        of wanted words were known. (Jansche, ACL 2007, has the exact sum.)

        Args:
            bundle: rows of its items.
            written: what a model calls it; what is returned if no training bundle has an intent.
            trust: what is added to the log-odds of the words in it.
        """
        if self.trees is None:
            return written
        own = [word for word in dict.fromkeys(words(written)) if word not in _little_words()] if trust else []
        found = self._candidates(bundle, self._likeness(bundle), own)
        odds = self.trees.predict(found.features, raw_score=True) + trust * np.isin(found.words, own)
        return " ".join(self._ordered(self._best(found.words, 1 / (1 + np.exp(-odds)))))

    def examples(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """For each candidate word of each training bundle its features, and whether people wrote it.

        What was written for bundles of the same session has no vote.
        """
        tables, goals = [], []
        sessions = [self.evidence.sessions[at] or (-1, at) for at in self.named]
        for place, at in enumerate(self.named):
            bundle, likeness = self.evidence.bundles[at], self._likeness(self.evidence.bundles[at])
            likeness[[session == sessions[place] for session in sessions]] = -np.inf
            found = self._candidates(bundle, likeness, ())
            tables.append(found.features)
            goals.append(np.isin(found.words, self.said[place]))
        return np.concatenate(tables), np.concatenate(goals)

    @cached_property
    def _profiles(self) -> Table:
        return np.stack([self._profile(self.evidence.bundles[at]) for at in self.named])

    @cached_property
    def _usual(self) -> Counter[str]:
        """In how many intents each word stands."""
        return Counter(word for said in self.said for word in set(said))

    @cached_property
    def _size(self) -> float:
        return float(np.mean([len(set(said)) for said in self.said]))

    @cached_property
    def _next(self) -> Counter[tuple[str, str]]:
        """How often a word follows another; "" is before the first and after the last."""
        return Counter(pair for said in self.said for pair in pairwise(["", *said, ""]))

    def _profile(self, bundle: Sequence[int]) -> Table:
        mean = self.evidence.vectors.text[list(bundle)].mean(0)
        profile: Table = mean / max(float(np.linalg.norm(mean)), 1e-9)
        return profile

    def _likeness(self, bundle: Sequence[int]) -> Table:
        likeness: Table = self._profiles @ self._profile(bundle)
        return likeness

    def _candidates(self, bundle: Sequence[int], likeness: Table, own: Sequence[str]) -> Candidates:
        order = np.argsort(-likeness, kind="stable")[: VOTES[-1][0]]
        nearest = [at for at in order.tolist() if likeness[at] > -np.inf]
        votes = [self._votes(nearest[:most], likeness, heat) for most, heat in VOTES]
        titles, paths = (_shares(texts) for texts in self._texts(bundle))
        often = {word for word, share in titles.items() if share >= OFTEN and len(bundle) > 1 and self._usual[word] > 1}
        found = sorted({word for vote in votes for word in vote} | often | set(own))
        top = max(float(likeness[nearest[0]]), 0.0) if nearest else 0.0
        here = [(titles.get(word, 0.0), paths.get(word, 0.0)) for word in found]
        rows = [self._features(word, votes, *each, len(bundle), top) for word, each in zip(found, here, strict=True)]
        return Candidates(found, np.array(rows, np.float64).reshape(len(found), len(VOTES) + 9))

    def _texts(self, bundle: Sequence[int]) -> tuple[list[str], list[str]]:
        catalogue = self.evidence.catalogue
        return [catalogue.titles[row] for row in bundle], [" ".join(catalogue.categories[row]) for row in bundle]

    def _votes(self, nearest: Sequence[int], likeness: Table, heat: float) -> dict[str, float]:
        votes: dict[str, float] = {}
        if nearest:
            say = np.exp(heat * (likeness[list(nearest)] - likeness[nearest[0]]))
            for at, share in zip(nearest, (say / say.sum()).tolist(), strict=True):
                votes |= {word: votes.get(word, 0.0) + share for word in set(self.said[at])}
        return votes

    def _features(
        self, word: str, votes: Sequence[Mapping[str, float]], title: float, path: float, size: int, top: float
    ) -> list[float]:
        usual = (self._usual[word] + 0.5) / (len(self.named) + 1)
        found = [_odds(vote.get(word, 0.0)) for vote in votes]
        here = [path, title, float(path == 1), float(title == 1)]
        return [*found, _odds(usual), *here, math.log(size), math.log(size) * path, len(word) / 10, top]

    def _best(self, found: Sequence[str], chances: NDArray[np.float64]) -> list[str]:
        """The likeliest words, as many as the expected F1 asks for; little words say nothing of a bundle."""
        order = [at for at in np.argsort(-chances, kind="stable").tolist() if found[at] not in _little_words()][:MOST]
        if not order:
            return []
        sizes = np.arange(1, len(order) + 1)
        expected = 2 * np.cumsum(chances[order]) / (sizes + self._size)
        return [found[at] for at in order[: int(np.argmax(expected)) + 1]]

    def _ordered(self, chosen: Sequence[str]) -> list[str]:
        """The likeliest order, by how often people wrote one word after the other."""
        return list(max(permutations(chosen), key=lambda order: sum(map(self._follows, pairwise(["", *order, ""])))))

    def _follows(self, pair: tuple[str, str]) -> float:
        return math.log(self._next[pair] + 0.1) - math.log((self._usual[pair[0]] if pair[0] else len(self.said)) + 1)


def learnt_trees(evidence: Evidence) -> Any:
    """LightGBM's trees for the words of the training intents; None if no intent has a word."""
    import lightgbm

    wording = Wording(evidence, None)
    if not wording.named:
        return None
    table, goal = wording.examples()
    return lightgbm.train(TREES | STEADY, lightgbm.Dataset(table, goal.astype(np.float32)), ROUNDS)


def save_trees(trees: Any, file: Path) -> None:
    """Write trees as LightGBM's text, nothing if there are none."""
    if trees is not None:
        trees.save_model(str(file))


def load_trees(file: Path) -> Any:
    """The trees that `save_trees` wrote, or None."""
    import lightgbm

    return lightgbm.Booster(model_file=str(file)) if file.exists() else None


def _little_words() -> frozenset[str]:
    """Words as "and" and "for"."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # type: ignore[import-untyped]

    return ENGLISH_STOP_WORDS  # type: ignore[no-any-return]


def _shares(texts: Sequence[str]) -> dict[str, float]:
    """The share of texts that each word stands in."""
    counts = Counter(word for text in texts for word in set(words(text)))
    return {word: count / len(texts) for word, count in counts.items()}


def _odds(share: float) -> float:
    return math.log((share + 1e-3) / (1 - share + 1e-3))
