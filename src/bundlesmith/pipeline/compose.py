"""Sets by the ranker, within the rules of a request: drafts are written item by item, and the best of them chosen.

A draft begins with one of the likeliest items, and goes on with the best in view of all before it that the look-ahead
of the decoder allows, so it can always be completed. What might be wanted is drawn from the same chances, and those
drafts are the answer that overlap most with it (`bundlesmith.ranking.minimum_risk`).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.lookahead import Choice
from bundlesmith.ranking.candidates import candidates
from bundlesmith.ranking.evidence import Numbers, Table
from bundlesmith.ranking.features import Shortlist
from bundlesmith.ranking.minimum_risk import ItemSet, choose_sets
from bundlesmith.ranking.ranker import Ranker
from bundlesmith.request import Request
from bundlesmith.shop.live_shop import ShopView

SHORTLIST = 256
"""So many of the likeliest items may be written; any other only where the rules leave none of these."""
OF_A_KIND = 32
"""No more of one category are among them, so that there is something to go with it;"""
OF_A_KIND_LATER = 8
"""and among those that are looked up where the rules leave none of them."""
LEADERS = 8
"""So many of the likeliest items begin a draft, or twice as many as answers are asked for."""
DRAWN, SEED = 200, 0
"""So many sets that might be wanted are drawn."""
SMALLEST_SET = 3
"""No draft ends before its usual size with less items: two things are a thin answer."""
_AT_ONCE = 512
"""So many items are asked about at a time."""
_LATEST = 3
"""Without words, a first item is ranked beside as many of the customer's latest items."""

Composed = tuple[tuple[int, ...], float]
"""Positions of a set's items, and the mean log-probability of those that were written."""


def ranked_items(ranker: Ranker, view: ShopView, request: Request, choice: Choice, k: int) -> list[tuple[str, float]]:
    """The *k* best items that may come next, as (id, log-probability)."""
    taken = rows_at(view, choice.taken)
    scorer = Scorer(ranker, view, request)
    scorer.look(choice)
    scores = _log_chances(scorer.scores(taken))
    best = _open_rows(view, choice, scorer.rows, scores, k)
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


class Composer:
    """Composes the sets of one request.

    Args:
        ranker, view, request, start: whose, and where they begin.
        check: is called at each item, and may raise an error that ends it.

    Attributes:
        scorer: scores the items for it.
        rows: the shortlist, the best first.
    """

    def __init__(
        self,
        ranker: Ranker,
        view: ShopView,
        request: Request,
        start: Choice,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._check = check
        self._view, self._n, self._start, self._weights = view, request.n, start, ranker.weights
        self.scorer = Scorer(ranker, view, request)
        self.scorer.look(start)
        self._begun = rows_at(view, start.taken)
        scores, kinds = self.scorer.scores(self._begun), self.scorer.features.kinds
        best = _open_rows(view, start, self.scorer.rows, scores, SHORTLIST, kinds, OF_A_KIND)
        self.rows = np.array([row for row, _ in best], np.int64)
        self._shortlist, self._positions = Shortlist(self.scorer.asked, self.rows), positions_of(view, self.rows)
        self._later = self._later_positions = np.zeros(0, np.int64)  # rows that were looked up on the way, ascending
        self._later_shortlist = self._shortlist
        self._rests: dict[frozenset[int], Composed] = {}  # how drafts went on, by what they had taken
        self._known = {frozenset(self._begun): np.array([score for _, score in best], np.float32)}
        sizes, repeats, chances = ranker.sizes(self.scorer.asked)
        share = chances.astype(np.float64)
        least = max(request.rules.min_items, len(self._begun) + 1)
        self._sizes = np.clip(sizes, least, max(least, request.rules.max_items)), share / share.sum()
        self._usual = max(_median(sizes, chances), len(self._begun) + 1)
        self._repeats = _median(repeats, chances)

    def sets(self) -> list[Composed]:
        """The best drafts, `request.n` of them or as many as there are, the best first; no two have the same items."""
        drafts = list({frozenset(positions): (positions, score) for positions, score in self._drafts()}.values())
        if len(drafts) < 2:
            return drafts
        rows = [tuple(rows_at(self._view, positions[len(self._begun) :])) for positions, _ in drafts]
        chosen = choose_sets(rows, self._wanted(), self.scorer.features.kinds, self._n)
        return [drafts[at] for at in chosen]

    def _drafts(self) -> Iterator[Composed]:
        """Sets that begin with each of the likeliest items, and go on with the best.

        A set ends at the usual size, or one item before it if the best is one more of a category than such sets have;
        so it never ends with less than SMALLEST_SET.
        """
        for leader in range(min(max(LEADERS, 2 * self._n), len(self.rows))):
            taken, score = self._draft(leader)
            yield taken, score / (len(taken) - len(self._begun))

    def _draft(self, leader: int) -> Composed:
        """One of them, with the sum of its log-probabilities.

        What follows depends on which items are taken, and not on their order: where an earlier draft had the same, this
        one goes on as that did.
        """
        choice, steps = self._start, list[tuple[Choice, float]]()
        rest: Composed = (), 0.0
        while choice.may_go_on and not (choice.may_stop and len(choice.taken) >= self._usual):
            self._check()
            first = leader if choice is self._start else None
            if first is None and (known := self._rests.get(frozenset(choice.taken))):
                rest = known
                break
            taken = rows_at(self._view, choice.taken)
            scores = self._after(taken).astype(np.float64)
            scores[np.isin(self.rows, taken)] = -np.inf
            after, gained = self._next(choice, taken, _log_chances(scores), first)
            ends = choice.may_stop and len(choice.taken) >= max(self._usual - 1, SMALLEST_SET)
            if first is None and ends and self._repeated(after) > self._repeats:
                break
            steps.append((choice, gained))
            choice = after
        whole, score = (*choice.taken, *rest[0]), rest[1]
        for before, gained in reversed(steps):
            score += gained
            self._rests[frozenset(before.taken)] = whole[len(before.taken) :], score
        return whole, score

    def _repeated(self, choice: Choice) -> int:
        """How many of the items taken after those chosen before are of a category that is there already."""
        kinds = self.scorer.features.kinds[rows_at(self._view, choice.taken)].tolist()
        return len(set(kinds[: len(self._begun)])) + len(kinds) - len(self._begun) - len(set(kinds))

    def _next(
        self, choice: Choice, taken: list[int], chances: NDArray[Any], leader: int | None
    ) -> tuple[Choice, float]:
        """One item more, the best of the shortlist that may come, else of all; and its log-probability."""
        may_come = open_ones(choice, self._positions)
        if leader is not None:
            best = leader if may_come[leader] else None
        else:
            order = np.argsort(self._shortlist.losses(taken, self._weights) - chances, kind="stable")
            best = next(iter(order[may_come[order]].tolist()), None)
        possible = chances[np.isfinite(chances)]
        gained = float(chances[best]) if best is not None else float(possible.min()) if len(possible) else 0.0
        position = self._later_best(choice, taken) if best is None else int(self._positions[best])
        after = choice.after(position)
        assert after is not None, "the look-ahead leaves a way on until a bundle may stop"
        return after, gained

    def _later_best(self, choice: Choice, taken: list[int]) -> int:
        """The position of the best item that may come, where none of the shortlist may.

        Where none of those may either that were looked up before, more are looked up: so that is done a few times a
        request, and not at each step of each draft.
        """
        if not (may_come := open_ones(choice, self._later_positions)).any():
            self._look_up(choice, taken)
            may_come = open_ones(choice, self._later_positions)
        scores = np.where(may_come, self.scorer.beside(self._later_shortlist, taken), -np.inf)
        return int(self._later_positions[int(np.argmax(scores))])

    def _look_up(self, choice: Choice, taken: list[int]) -> None:
        """Have the best items of all that may come at hand, of each category some."""
        scorer = self.scorer
        scorer.look(choice, np.union1d(self.rows, self._later).tolist())
        scores, kinds = scorer.scores(taken), scorer.features.kinds
        best = _open_rows(self._view, choice, scorer.rows, scores, SHORTLIST, kinds, OF_A_KIND_LATER)
        self._later = np.union1d(self._later, np.array([row for row, _ in best], np.int64))
        self._later_positions = positions_of(self._view, self._later)
        self._later_shortlist = Shortlist(scorer.asked, self._later)

    def _wanted(self) -> list[ItemSet]:
        """What might be wanted besides what was begun: a first item, a size, the rest from what follows the first."""
        random, following = np.random.default_rng(SEED), dict[int, NDArray[np.float64]]()
        first = np.exp(_log_chances(self._after(self._begun)).astype(np.float64))
        found = []
        for row in random.choice(self.rows, DRAWN, p=first / first.sum()).tolist():
            if row not in following:
                self._check()
                following[row] = self._following(row)
            rest = int(random.choice(self._sizes[0], p=self._sizes[1])) - len(self._begun) - 1
            rest = min(rest, int((following[row] > 0).sum()))
            drawn = random.choice(self.rows, rest, replace=False, p=following[row]).tolist() if rest > 0 else []
            found.append((row, *drawn))
        return found

    def _following(self, row: int) -> NDArray[np.float64]:
        """The chance of each of the shortlist to come after one more row; all 0 if nothing is left."""
        taken = [*self._begun, row]
        chances: NDArray[np.float64] = np.exp(_log_chances(self._after(taken)).astype(np.float64))
        chances[np.isin(self.rows, taken)] = 0
        return chances / max(float(chances.sum()), 1e-300)

    def _after(self, taken: list[int]) -> Table:
        """The scores of the shortlist beside rows."""
        if (known := self._known.get(frozenset(taken))) is None:
            known = self._known[frozenset(taken)] = self.scorer.beside(self._shortlist, taken)
        return known


def _median(values: Numbers, chances: Table) -> int:
    order = np.argsort(values, kind="stable")
    below = np.cumsum(chances[order])
    return int(values[order[int(np.searchsorted(below, below[-1] / 2))]])


def _open_rows(
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


def _log_chances(scores: NDArray[Any]) -> NDArray[Any]:
    highest = scores.max()
    chances: NDArray[Any] = scores - highest - np.log(np.exp(scores - highest).sum())
    return chances
