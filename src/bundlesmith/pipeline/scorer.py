"""The ranker's scores of a shop's items for one request, as the shop is now, and which of them may come next."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.lookahead import Choice
from bundlesmith.ranking.candidates import candidates
from bundlesmith.ranking.evidence import Numbers, Table
from bundlesmith.ranking.features import Shortlist
from bundlesmith.ranking.ranker import Ranker
from bundlesmith.request import Request
from bundlesmith.shop.live_shop import ShopView

SHORTLIST = 256
"""So many of the likeliest items may be written; any other only where the rules leave none of these."""
_AT_ONCE = 512
"""So many items are asked about at a time."""
_LATEST = 3
"""Without words, a first item is ranked beside as many of the customer's latest items."""


def ranked_items(ranker: Ranker, view: ShopView, request: Request, choice: Choice, k: int) -> list[tuple[str, float]]:
    """The *k* best items that may come next, as (id, log-probability)."""
    taken = rows_at(view, choice.taken)
    scorer = Scorer(ranker, view, request)
    scorer.look(choice)
    scores = log_chances(scorer.scores(taken))
    best = best_rows(view, choice, scorer.rows, scores, k)
    return [(view.catalogue.ids[row], float(score)) for row, score in best]


class Scorer:
    """The ranker's scores of a shop's items for one request.

    Args:
        ranker, view, request: whose.

    Attributes:
        asked: what is asked of them.
        latest: rows that are ranked beside where nothing is chosen.
        rows: those that are scored, ascending.
        opening: their features, whatever is chosen.
        first, then: their scores where nothing is chosen, and their part in those beside chosen rows.
    """

    def __init__(self, ranker: Ranker, view: ShopView, request: Request) -> None:
        self.weights, self.features = ranker.weights, ranker.features(view.catalogue)
        self.asked = ranker.asked(self.features, request.words)
        self.latest = latest_of(view, request)
        self._view, self._boosts = view, [(view.catalogue.row(item), weight) for item, weight in request.weights]
        self._known: tuple[list[int], Numbers] | None = None
        self.rows: Numbers = np.zeros(0, np.int64)

    def look(self, choice: Choice, more: Sequence[int] = ()) -> None:
        """Score the items that may come next where a bundle stands now, and some *more*."""
        rows = self.candidates(choice)
        self.score(rows if len(rows) == len(self.features.kinds) else np.union1d(rows, np.array(more, np.int64)))

    def candidates(self, choice: Choice) -> Numbers:
        """All items, or of a large shop those that may come next where a bundle stands."""
        chosen, size = rows_at(self._view, choice.taken) or self.latest, len(self.features.kinds)
        if self._known is None or self._known[0] != chosen:
            self._known = chosen, candidates(self.asked, self.weights, chosen)
        rows = self._known[1]
        if len(rows) < size:
            if not _enough(self._view, choice, rows):
                rows = candidates(self.asked, self.weights, chosen, _open_mask(self._view, choice, size))
            rows = np.union1d(rows, np.array([row for row, _ in self._boosts], np.int64))
        return rows

    def score(self, rows: Numbers) -> None:
        """Score these items; those that have weights of their own are among them."""
        if len(rows) and np.array_equal(rows, self.rows):
            return
        self.rows, self.opening = rows, self.asked.at(None if len(rows) == len(self.features.kinds) else rows)
        self.first = self.opening @ self.weights.opening
        self.then = self.opening @ self.weights.going_on[: self.features.of_opening]
        for row, weight in self._boosts:
            for scores in (self.first, self.then):
                scores[np.searchsorted(rows, row)] += weight
        self._beside: Shortlist | None = None

    def scores(self, chosen: list[int]) -> Table:
        """Of `rows`, beside chosen rows; exp(score) is in proportion to the chance to be next."""
        chosen = chosen or self.latest
        if not chosen:
            return self.first
        if self._beside is None:
            self._beside = Shortlist(self.asked, None if len(self.rows) == len(self.features.kinds) else self.rows)
        return self.beside(self._beside, chosen)

    def beside(self, shortlist: Shortlist, chosen: list[int]) -> Table:
        """The same of a shortlist of `rows`, beside one chosen row or more."""
        weights = self.weights.going_on[self.features.of_opening :]
        scores: Table = self.then[np.searchsorted(self.rows, shortlist.rows)] + shortlist(chosen) @ weights
        return scores


def best_rows(
    view: ShopView,
    choice: Choice,
    rows: Numbers,
    scores: Table,
    most: int,
    kinds: Numbers | None = None,
    of_a_kind: int = 0,
) -> list[tuple[int, float]]:
    """The *most* best of some rows that may come next, with their scores; with *kinds*, so many of a category."""
    found: list[tuple[int, float]] = []
    of_kind: Counter[int] = Counter()
    order = np.argsort(-scores, kind="stable")
    for start in range(0, len(order), _AT_ONCE):
        places = order[start : start + _AT_ONCE]
        for at in places[open_ones(choice, positions_of(view, rows[places]))].tolist():
            row = int(rows[at])
            if kinds is not None:
                of_kind[kind := int(kinds[row])] += 1
                if of_kind[kind] > of_a_kind:
                    continue
            found.append((row, float(scores[at])))
            if len(found) == most:
                return found
    return found


def open_ones(choice: Choice, positions: Numbers) -> NDArray[np.bool_]:
    """Which of some positions may come next; -1 may not."""
    found = np.zeros(len(positions), np.bool_)
    (some,) = np.nonzero(positions >= 0)
    low = positions[some].astype(np.int32)
    found[some] = choice.holds(low, low + 1)
    return found


def _enough(view: ShopView, choice: Choice, rows: Numbers) -> bool:
    """Whether a shortlist's worth of some rows may come next; a few of them tell."""
    some = rows[:: max(1, len(rows) // SHORTLIST)]
    return 4 * int(open_ones(choice, positions_of(view, some)).sum()) >= len(some)


def _open_mask(view: ShopView, choice: Choice, size: int) -> NDArray[np.bool_]:
    """[size], which rows may come next."""
    found = np.zeros(size, np.bool_)
    found[view.snapshot.rows(np.flatnonzero(choice.is_open()).astype(np.int32), view.catalogue.row)] = True
    return found


def latest_of(view: ShopView, request: Request) -> list[int]:
    """The rows that a first item is ranked beside: without words, the customer's latest items."""
    return [] if request.words.strip() else view.catalogue.known(request.history)[-_LATEST:]


def rows_at(view: ShopView, positions: tuple[int, ...]) -> list[int]:
    """The rows of the items at some positions of the decoder."""
    return [view.catalogue.row(view.snapshot.item(position)) for position in positions]


def positions_of(view: ShopView, rows: Numbers) -> Numbers:
    """The positions of some rows' items; -1 for what isn't on sale."""
    ids, snapshot = view.catalogue.ids, view.snapshot
    names = (ids[row] for row in rows.tolist())
    return np.array([snapshot.find(name) if snapshot.holds(name) else -1 for name in names], np.int64)


def log_chances(scores: NDArray[Any]) -> NDArray[Any]:
    """The logarithms of the chances that scores are in proportion to, by exp; they add up to 1."""
    highest = scores.max()
    chances: NDArray[Any] = scores - highest - np.log(np.exp(scores - highest).sum())
    return chances
