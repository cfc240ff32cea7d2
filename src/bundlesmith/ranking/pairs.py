"""How likely two items of a session stand in one bundle, learnt from training sessions whose bundles people marked.

A logistic regression on how alike the two are, by vectors that saw no bundle, and on how often such categories were
marked together.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bundlesmith.encoder.embedding import text_of
from bundlesmith.ranking.evidence import Numbers, Table
from bundlesmith.ranking.items import CategoryPath
from bundlesmith.ranking.tally import MarkTally

FOLDS = 10
"""What is known of categories while the weights are learnt comes from the other folds of the sessions."""
UNSURE = 1e-9
"""Shares nearer to 0 or 1 than this count as so far from it."""
LEVELS = (1, 2, 3)
"""Levels of a category path that are counted, besides all of it."""
FEATURES = (
    *("title", "text", "category", "log size"),
    *("nearest other title", "mean other title", "nearest other text", "mean other text"),
    *("marked together", "one category", "one third level", "marked less", "marked more"),
)

Rows = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """What is known of the n items of a session, in its order.

    Attributes:
        paths: their category paths.
        title, text, category: float32 [n, D], of length 1: the title alone, the title with the path, and the last
            levels of the path, by the encoder that tells like items.
    """

    paths: tuple[CategoryPath, ...]
    title: Table
    text: Table
    category: Table


Describe = Callable[[Rows], Described]
"""What is known of the items at some rows of a catalogue."""


def described(
    titles: Sequence[str], paths: Sequence[CategoryPath], read: Callable[[Sequence[str]], Table]
) -> Described:
    """What is known of some items; *read* embeds texts by the encoder that tells like items."""
    texts = [text_of(title, path) for title, path in zip(titles, paths, strict=True)]
    return Described(tuple(paths), read(titles), read(texts), read([last_levels(path) for path in paths]))


def last_levels(path: CategoryPath) -> str:
    """The last three levels of a category path, to be embedded."""
    return " ".join(path[-3:]) or "-"


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

    pairs: MarkTally = field(default_factory=MarkTally)
    items: MarkTally = field(default_factory=MarkTally)

    def add(self, session: Marked, paths: Sequence[CategoryPath]) -> None:
        """Count all items of a session and all pairs of them."""
        for row in session.rows:
            self.items.add(_levels(paths[row]), any(row in bundle for bundle in session.bundles))
        for a, b in combinations(session.rows, 2):
            self.pairs.add(_both(paths[a], paths[b]), session.together(a, b))


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """The chances of all pairs of a session's items.

    Attributes:
        tallies: what was marked in the training sessions.
        weights: one a feature, in the order of `FEATURES`, and the constant: [14].
    """

    tallies: Tallies
    weights: NDArray[np.float64]

    def chances(self, items: Described) -> Table:
        """How likely each two of *items* stand in one bundle: [n, n], 1 on the diagonal."""
        found = np.eye(len(items.paths), dtype=np.float32)
        if len(items.paths) > 1:
            logits = pair_features(items, self.tallies) @ self.weights[:-1] + self.weights[-1]
            upper = np.triu_indices(len(items.paths), 1)
            found[upper] = 1 / (1 + np.exp(-logits))
            found.T[upper] = found[upper]
        return found


def learnt_pairs(sessions: Sequence[Marked], paths: Sequence[CategoryPath], describe: Describe) -> Pairs | None:
    """The weights that make the marked pairs of training sessions likeliest, with sklearn's L2 penalty of 1.

    Args:
        sessions: what people marked.
        paths: the category path of each row of the catalogue.
        describe: what is known of the items at some rows.

    Returns:
        None if there are not both pairs that were marked together and pairs that weren't.
    """
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

    if len({session.together(a, b) for session in sessions for a, b in combinations(session.rows, 2)}) < 2:
        return None
    table, goal = _examples(sessions, paths, describe)
    scaler = StandardScaler().fit(table)
    model = LogisticRegression(max_iter=1000).fit(scaler.transform(table), goal)
    slopes = model.coef_[0] / scaler.scale_
    weights = np.array([*slopes, model.intercept_[0] - slopes @ scaler.mean_])
    return Pairs(tallied(sessions, paths), weights)


def marked_sessions(sessions: Sequence[Rows], bundles: Sequence[Rows]) -> list[Marked]:
    """The sessions of two or more items in which bundles were found, each once; the first of *sessions* is that of the
    first of *bundles*, and so on.
    """
    found: dict[Rows, list[Rows]] = {}
    for session, bundle in zip(sessions, bundles, strict=True):
        if len(session) > 1:
            found.setdefault(session, []).append(bundle)
    return [Marked(rows, tuple(bundles)) for rows, bundles in found.items()]


def pair_features(items: Described, tallies: Tallies) -> NDArray[np.float64]:
    """The features of each two items, in the order of `itertools.combinations`: [pairs, 13]."""
    title, text, category = (table @ table.T for table in (items.title, items.text, items.category))
    size = len(items.paths)
    one, other = np.triu_indices(size, 1)
    number: dict[CategoryPath, int] = {}
    path = np.array([number.setdefault(path, len(number)) for path in items.paths], np.int64)
    wider: dict[CategoryPath, int] = {}
    third = np.array([wider.setdefault(path[:3], len(wider)) for path in items.paths], np.int64)
    alone = np.array([_logit(tallies.items.chance(_levels(path))) for path in items.paths])
    codes, place = np.unique(np.sort(np.stack([path[one], path[other]]), 0), axis=1, return_inverse=True)
    paths = list(number)
    together = np.array([_logit(tallies.pairs.chance(_both(paths[a], paths[b]))) for a, b in codes.T.tolist()])
    columns = [
        *(title[one, other], text[one, other], category[one, other], np.full(len(one), math.log(max(size, 1)))),
        *(value for table in (title, text) for value in _around(table, one, other)),
        *(together[place.ravel()] if len(one) else one, path[one] == path[other], third[one] == third[other]),
        *np.sort(np.stack([alone[one], alone[other]]), 0),
    ]
    return np.stack(columns, 1).astype(np.float64)


def _examples(
    sessions: Sequence[Marked], paths: Sequence[CategoryPath], describe: Describe
) -> tuple[NDArray[np.float64], list[bool]]:
    tables, goal = [np.zeros((0, len(FEATURES)))], []
    for fold in range(FOLDS):
        rest = tallied((each for at, each in enumerate(sessions) if at % FOLDS != fold), paths)
        for session in sessions[fold::FOLDS]:
            tables.append(pair_features(describe(session.rows), rest))
            goal += [session.together(a, b) for a, b in combinations(session.rows, 2)]
    return np.concatenate(tables), goal


def tallied(sessions: Iterable[Marked], paths: Sequence[CategoryPath]) -> Tallies:
    """What was marked in some sessions."""
    tallies = Tallies()
    for session in sessions:
        tallies.add(session, paths)
    return tallies


def _levels(path: CategoryPath) -> list[tuple[int, CategoryPath]]:
    """Keys of a category, the widest first."""
    return [*((level, path[:level]) for level in LEVELS), (0, path)]


def _both(a: CategoryPath, b: CategoryPath) -> list[tuple[int, tuple[CategoryPath, ...]]]:
    """Keys of two categories, the widest first; their order makes no difference."""
    levels = zip(_levels(a), _levels(b), strict=True)
    return [(level, tuple(sorted((first, second)))) for (level, first), (_, second) in levels]


def _around(alike: Table, one: Numbers, other: Numbers) -> tuple[Table, Table]:
    """How alike the items of each pair are to the others: to the nearest, and on average; 0 without others."""
    if len(alike) < 3:
        return np.zeros(len(one), np.float32), np.zeros(len(one), np.float32)
    apart = alike.astype(np.float64)
    np.fill_diagonal(apart, 0)
    sums = apart.sum(1)
    mean = (sums[one] + sums[other] - 2 * apart[one, other]) / (2 * (len(alike) - 2))
    np.fill_diagonal(apart, -np.inf)
    nearest = apart.argmax(1)
    first = apart.max(1)
    apart[np.arange(len(alike)), nearest] = -np.inf
    second = apart.max(1)
    without = (np.where(nearest[a] == b, second[a], first[a]) for a, b in ((one, other), (other, one)))
    return np.maximum(*without), mean


def _logit(chance: float) -> float:
    """The log odds; a share of thousands that were all marked rounds to 1, and is taken for a little less."""
    share = min(max(chance, UNSURE), 1 - UNSURE)
    return math.log(share / (1 - share))
