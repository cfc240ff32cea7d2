"""Sets by the ranker, within the rules of a request: drafts are written item by item, and the best of them chosen.

A draft begins with one of the likeliest items, and goes on with the best in view of all before it that the look-ahead
of the decoder allows, so it can always be completed. What might be wanted is drawn from the same chances, and those
drafts are the answer that overlap most with it (`bundlesmith.ranking.minimum_risk`).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.lookahead import Choice
from bundlesmith.pipeline.asked_items import AskedItems
from bundlesmith.pipeline.misfits import Misfits
from bundlesmith.pipeline.scorer import SHORTLIST, Scorer, best_rows, log_chances, open_ones, positions_of, rows_at
from bundlesmith.ranking.evidence import Numbers, Table
from bundlesmith.ranking.features import TWIN, Shortlist
from bundlesmith.ranking.minimum_risk import ItemSet, choose_sets
from bundlesmith.ranking.ranker import Ranker
from bundlesmith.request import Request
from bundlesmith.shop.live_shop import ShopView

OF_A_KIND = 32
"""No more of one category are among them, so that there is something to go with it;"""
OF_A_KIND_LATER = 8
"""and among those that are looked up where the rules leave none of them."""
LEADERS = 8
"""So many of the likeliest items begin a draft, or twice as many as answers are asked for;"""
MORE_LEADERS = 4
"""and up to so many times as many, while these drafts come to fewer sets than that;"""
DRAFTED = 240
"""but once so many items were written, which only large sets come to, one set more than answers is enough."""
DEAR = 1.0
"""What an item loses, in nats, for each time that it costs its share of the money once more: that of the budget that is
left for each further item of a set of the usual size. Else a dear first item leaves room for nothing that suits."""
_MANY = 8
"""If a draft has more items than these, what goes with each of the shortlist is worked out for all at once."""
DRAWN, SEED = 400, 0
"""So many sets that might be wanted are drawn."""
OF_AN_ASKED = 16
"""So many of each thing that the words name are among them, too."""
ASKED_BY_NAME = 10 * TWIN
"""What an item gains that is one of a thing that the words name, until there is one of them: who asks for a hammer and
a screwdriver gets both, though they are twins."""
SMALLEST_SET = 3
"""A draft has as many items where the rules allow it: two things are a thin answer."""

Composed = tuple[tuple[int, ...], float]
"""Positions of a set's items, and the mean log-probability of those that were written."""


class Composer:
    """Composes the sets of one request.

    Args:
        ranker, view, request, start: whose, and where they begin.
        check: is called at each item, and may raise an error that ends it.

    Attributes:
        asked_items: what its words name.
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
        self.asked_items = AskedItems.find(request, view, self.scorer.features)
        self.scorer.look(start, [row for rows in self.asked_items.rows for row in rows.tolist()])
        self._begun = rows_at(view, start.taken)
        scores, kinds = self.scorer.scores(self._begun), self.scorer.features.kinds
        best = dict(best_rows(view, start, self.scorer.rows, scores, SHORTLIST, kinds, OF_A_KIND))
        for rows in self.asked_items.rows:
            some = np.searchsorted(self.scorer.rows, rows)
            best |= best_rows(view, start, rows, scores[some], OF_AN_ASKED)
        self.rows = np.array(sorted(best, key=lambda row: -best[row]), np.int64)
        self._asked = [(set(rows.tolist()), np.isin(self.rows, rows)) for rows in self.asked_items.rows]
        run, terms = view.run, self.scorer.features.terms
        singles, one_audience = run.typed_sets.one_of_a_name, run.typed_sets.one_audience
        self._misfits = Misfits(view.catalogue, run.roles, singles, one_audience, terms, self.rows, request.words)
        self._rivals = self._misfits.rivals(self._begun)
        self._shortlist, self._positions = Shortlist(self.scorer.asked, self.rows), positions_of(view, self.rows)
        self._later = self._later_positions = np.zeros(0, np.int64)  # rows that were looked up on the way, ascending
        self._later_shortlist = self._shortlist
        self._rests: dict[frozenset[int], Composed] = {}  # how drafts went on, by what they had taken
        self._steps = 0  # so many items of drafts were written
        self._others = (TWIN * self._misfits.unwanted).astype(np.float32)
        self._known = {
            frozenset(self._begun): np.array([best[row] for row in self.rows.tolist()], np.float32) - self._others
        }
        sizes, repeats, chances = ranker.sizes(self.scorer.asked)
        share = chances.astype(np.float64)
        self._least = max(request.rules.min_items, len(self._begun) + 1)
        most = max(self._least, request.rules.max_items)
        self._sizes = np.clip(sizes, self._least, most), share / share.sum()
        self._usual = max(
            _median(sizes, chances), len(self._begun) + max(1, len(self._unmet(self._begun))), SMALLEST_SET
        )
        self._repeats = _median(repeats, chances)
        self._size = min(max(self._usual, self._least), most)
        self._budget = request.rules.budget
        self._prices = self._costs(self.rows.tolist() if self._budget is not None else [])
        scores = self._known[frozenset(self._begun)]
        self._leaders = np.argsort(self._losses(self._begun) - scores, kind="stable").tolist()

    def sets(self) -> list[Composed]:
        """The best drafts, `request.n` of them or as many as there are, the best first; no two have the same items."""
        wanted = self._wanted()  # first: what it works out for many items at once, drafts use
        drafts = list({frozenset(positions): (positions, score) for positions, score in self._drafts()}.values())
        if len(drafts) < 2:
            return drafts
        rows = [tuple(rows_at(self._view, positions[len(self._begun) :])) for positions, _ in drafts]
        chosen = choose_sets(rows, wanted, self.scorer.features.kinds, self._n)
        return [drafts[at] for at in chosen]

    def _drafts(self) -> Iterator[Composed]:
        """Sets that begin with each of the likeliest items, and go on with the best.

        A set ends at the usual size, or one item before it if the best is one more of a category than such sets have;
        so it never ends with less than SMALLEST_SET.
        """
        if max(self._usual, self._least) - len(self._begun) > _MANY:
            self._shortlist.work_out(self.rows.tolist())
        apart = set[frozenset[int]]()
        leaders = max(LEADERS, 2 * self._n)
        for number, leader in enumerate(self._leaders[: MORE_LEADERS * leaders]):
            if (len(apart) > self._n and self._steps >= DRAFTED) or (len(apart) >= self._n and number >= leaders):
                break
            taken, score = self._draft(leader)
            apart.add(frozenset(taken))
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
            self._steps += 1
            scores = self._after(taken).astype(np.float64)
            scores[np.isin(self.rows, taken)] = -np.inf
            after, gained = self._next(choice, taken, log_chances(scores), first)
            ends = choice.may_stop and len(choice.taken) >= max(self._usual - 1, SMALLEST_SET)
            if first is None and ends and not self._unmet(taken) and self._repeated(after) > self._repeats:
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
            losses = self._shortlist.losses(taken, self._weights) + self._losses(taken)
            order = np.argsort(losses - chances, kind="stable")
            best = next(iter(order[may_come[order]].tolist()), None)
        possible = chances[np.isfinite(chances)]
        gained = float(chances[best]) if best is not None else float(possible.min()) if len(possible) else 0.0
        position = self._later_best(choice, taken) if best is None else int(self._positions[best])
        after = choice.after(position)
        assert after is not None, "the look-ahead leaves a way on until a bundle may stop"
        return after, gained

    def _losses(self, taken: list[int]) -> NDArray[Any]:
        """What the shortlist's items lose beside rows, in nats: for not fitting them, and for being dear."""
        losses: NDArray[Any] = TWIN * (self._rivals | self._misfits.variants(taken))
        for named in self._unmet(taken):
            losses[named] -= ASKED_BY_NAME
        if self._budget is None:
            return losses
        left = self._budget - float(self._costs(taken).sum())
        share = max(left, 0.01) / max(self._size - len(taken), 1)
        return losses + DEAR * np.maximum(self._prices / share - 1, 0)

    def _unmet(self, taken: Sequence[int]) -> list[NDArray[np.bool_]]:
        """For each thing that the words name and that rows have none of: which of the shortlist are one."""
        return [mask for rows, mask in self._asked if mask.any() and rows.isdisjoint(taken)]

    def _costs(self, rows: Sequence[int]) -> NDArray[np.float64]:
        return np.array([self._view.catalogue.price(row) or 0.0 for row in rows], np.float64)

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
        best = best_rows(self._view, choice, scorer.rows, scores, SHORTLIST, kinds, OF_A_KIND_LATER)
        self._later = np.union1d(self._later, np.array([row for row, _ in best], np.int64))
        self._later_positions = positions_of(self._view, self._later)
        self._later_shortlist = Shortlist(scorer.asked, self._later)

    def _wanted(self) -> list[ItemSet]:
        """What might be wanted besides what was begun: a first item, a size, the rest from what follows the first."""
        random = np.random.default_rng(SEED)
        chances = np.exp(log_chances(self._after(self._begun)).astype(np.float64))
        first = random.choice(self.rows, DRAWN, p=chances / chances.sum()).tolist()
        self._shortlist.work_out(first)
        following = {row: self._following(row) for row in dict.fromkeys(first)}
        found = []
        for row in first:
            rest = int(random.choice(self._sizes[0], p=self._sizes[1])) - len(self._begun) - 1
            rest = min(rest, int((following[row] > 0).sum()))
            drawn = random.choice(self.rows, rest, replace=False, p=following[row]).tolist() if rest > 0 else []
            found.append((row, *drawn))
        return found

    def _following(self, row: int) -> NDArray[np.float64]:
        """The chance of each of the shortlist to come after one more row; all 0 if nothing is left."""
        self._check()
        taken = [*self._begun, row]
        chances: NDArray[np.float64] = np.exp(log_chances(self._after(taken)).astype(np.float64))
        chances[np.isin(self.rows, taken)] = 0
        return chances / max(float(chances.sum()), 1e-300)

    def _after(self, taken: list[int]) -> Table:
        """The scores of the shortlist beside rows."""
        if (known := self._known.get(frozenset(taken))) is None:
            known = self._known[frozenset(taken)] = self.scorer.beside(self._shortlist, taken) - self._others
        return known


def _median(values: Numbers, chances: Table) -> int:
    order = np.argsort(values, kind="stable")
    below = np.cumsum(chances[order])
    return int(values[order[int(np.searchsorted(below, below[-1] / 2))]])
