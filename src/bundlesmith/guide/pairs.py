"""How likely two items of a session stand in one bundle, learnt from training sessions whose bundles people marked.

A logistic regression on how alike the two are, by vectors that saw no bundle, and on how often such categories were
marked together. Knows nothing about how sessions are parted.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bundlesmith.guide.evidence import Evidence, Table
from bundlesmith.guide.tally import Tally

FOLDS = 10
"""What is known of categories while the weights are learnt comes from the other folds of the sessions."""
LEVELS = (1, 2, 3)
"""Levels of a category path that are counted, besides all of it."""
FEATURES = (
    *("title", "text", "category", "log size"),
    *("nearest other title", "mean other title", "nearest other text", "mean other text"),
    *("marked together", "one category", "one third level", "marked less", "marked more"),
)

Rows = tuple[int, ...]
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """A session's items and the bundles that were marked in it, all as rows."""

    rows: Rows
    bundles: tuple[Rows, ...]

    def together(self, a: int, b: int) -> bool:
        """Whether two of its items stand in one bundle."""
        return any(a in bundle and b in bundle for bundle in self.bundles)


@dataclass(slots=True)
class Tallies:
    """How often categories were marked: of two items together, and of one item at all."""

    pairs: Tally = field(default_factory=Tally)
    items: Tally = field(default_factory=Tally)

    def add(self, session: Marked, paths: Sequence[Path]) -> None:
        """Count all items of a session and all pairs of them."""
        for row in session.rows:
            self.items.add(_levels(paths[row]), any(row in bundle for bundle in session.bundles))
        for a, b in combinations(session.rows, 2):
            self.pairs.add(_both(paths[a], paths[b]), session.together(a, b))


class Pairs:
    """The chances of all pairs of a session's items.

    Args:
        evidence: what is known of items; its bundles' sessions are counted.
        weights: one a feature, in the order of `FEATURES`, and the constant: [14].
    """

    def __init__(self, evidence: Evidence, weights: NDArray[np.float64]) -> None:
        self.evidence, self.weights = evidence, weights
        self._tallies = _tallied(marked_sessions(evidence), evidence.catalogue.categories)

    def chances(self, rows: Sequence[int]) -> Table:
        """How likely each two of *rows* stand in one bundle: [len(rows), len(rows)], 1 on the diagonal."""
        found = np.eye(len(rows), dtype=np.float32)
        if len(rows) > 1:
            logits = pair_features(self.evidence, self._tallies, rows) @ self.weights[:-1] + self.weights[-1]
            upper = np.triu_indices(len(rows), 1)
            found[upper] = 1 / (1 + np.exp(-logits))
            found.T[upper] = found[upper]
        return found


def learnt_pairs(evidence: Evidence) -> Pairs | None:
    """The weights that make the marked pairs of the training sessions likeliest, with sklearn's L2 penalty of 1.

    Returns:
        None if there are not both pairs that were marked together and pairs that weren't.
    """
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

    table, goal = _examples(evidence)
    if len(set(goal)) < 2:
        return None
    scaler = StandardScaler().fit(table)
    model = LogisticRegression(max_iter=1000).fit(scaler.transform(table), goal)
    slopes = model.coef_[0] / scaler.scale_
    return Pairs(evidence, np.array([*slopes, model.intercept_[0] - slopes @ scaler.mean_]))


def marked_sessions(evidence: Evidence) -> list[Marked]:
    """The sessions of two or more items in which training bundles were found, each once."""
    found: dict[Rows, list[Rows]] = {}
    for session, bundle in zip(evidence.sessions, evidence.bundles, strict=True):
        if len(session) > 1:
            found.setdefault(session, []).append(bundle)
    return [Marked(rows, tuple(bundles)) for rows, bundles in found.items()]


def pair_features(evidence: Evidence, tallies: Tallies, rows: Sequence[int]) -> NDArray[np.float64]:
    """The features of each two of *rows*, in the order of `itertools.combinations`: [pairs, 13]."""
    vectors, own = evidence.vectors, list(rows)
    title, text = (table[own] @ table[own].T for table in (vectors.title, vectors.text))
    of_category = vectors.category[evidence.category[own]]
    category = of_category @ of_category.T
    paths = [evidence.catalogue.categories[row] for row in own]
    alone = [_logit(tallies.items.chance(_levels(path))) for path in paths]
    found = []
    for i, j in combinations(range(len(own)), 2):
        others = [at for at in range(len(own)) if at not in (i, j)]
        a, b = paths[i], paths[j]
        alike = [title[i, j], text[i, j], category[i, j], math.log(len(own))]
        around = [value for table in (title, text) for value in _around(table, i, j, others)]
        counted = [_logit(tallies.pairs.chance(_both(a, b))), float(a == b), float(a[:3] == b[:3])]
        found.append([*alike, *around, *counted, *sorted((alone[i], alone[j]))])
    return np.array(found, np.float64).reshape(-1, len(FEATURES))


def _examples(evidence: Evidence) -> tuple[NDArray[np.float64], list[bool]]:
    sessions, paths = marked_sessions(evidence), evidence.catalogue.categories
    tables, goal = [np.zeros((0, len(FEATURES)))], []
    for fold in range(FOLDS):
        rest = _tallied((each for at, each in enumerate(sessions) if at % FOLDS != fold), paths)
        for session in sessions[fold::FOLDS]:
            tables.append(pair_features(evidence, rest, session.rows))
            goal += [session.together(a, b) for a, b in combinations(session.rows, 2)]
    return np.concatenate(tables), goal


def _tallied(sessions: Iterable[Marked], paths: Sequence[Path]) -> Tallies:
    tallies = Tallies()
    for session in sessions:
        tallies.add(session, paths)
    return tallies


def _levels(path: Path) -> list[tuple[int, Path]]:
    """Keys of a category, the widest first."""
    return [*((level, path[:level]) for level in LEVELS), (0, path)]


def _both(a: Path, b: Path) -> list[tuple[int, tuple[Path, ...]]]:
    """Keys of two categories, the widest first; their order makes no difference."""
    levels = zip(_levels(a), _levels(b), strict=True)
    return [(level, tuple(sorted((first, second)))) for (level, first), (_, second) in levels]


def _around(alike: Table, i: int, j: int, others: Sequence[int]) -> tuple[float, float]:
    """How alike two items are to the others of the session: to the nearest, and on average; 0 without others."""
    if not others:
        return 0.0, 0.0
    found = alike[np.ix_([i, j], others)]
    return float(found.max()), float(found.mean())


def _logit(chance: float) -> float:
    return math.log(chance / (1 - chance))
