"""The log-probabilities of bundles by the ranker, under variants of their request: what attributions are made of.

    RankedChances(ranker, view, choice_of, [bundle.items]).of([request, without(request, [part])])

A chance is that among the SHORTLIST likeliest that may come next, and the item itself, which has to be one of them.
What variants have in common is worked out once: what goes with an item for all of them, scores for those of the same
words, what may come next for those of the same rules. So all of it takes time in proportion to the items.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.lookahead import Choice
from bundlesmith.constraints.rules import Rules
from bundlesmith.constraints.view import Flags
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.scorer import SHORTLIST, Scorer, latest_of, positions_of
from bundlesmith.ranking.evidence import Numbers, Table
from bundlesmith.ranking.features import Shortlist
from bundlesmith.ranking.ranker import Ranker
from bundlesmith.request import Request
from bundlesmith.shop.live_shop import ShopView

LogProbs = NDArray[np.float64]
Wish = tuple[str, tuple[int, ...], tuple[tuple[str, float], ...]]
"""All of a request that scores depend on: the words, the latest rows where these count, weights."""
RequestVariant = tuple[Wish, Rules]
"""All of a request that chances depend on."""
_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRows:
    """The rows that are scored for some variants of a request, with what tells their scores.

    Attributes:
        rows: ascending.
        positions: theirs; -1 for what isn't on sale.
        asked: scores and shortlist by wish.
        starts: where a bundle begins, by rules.
        rivals: which of the rows count for each variant; None: all.
    """

    rows: Numbers
    positions: Numbers
    asked: dict[Wish, tuple[Scorer, Shortlist]]
    starts: dict[Rules, Choice]
    rivals: dict[RequestVariant, Flags | None]


class RankedChances:
    """The log-probabilities of the items of some bundles that answer one request.

    Args:
        ranker: what chose them.
        view: the shop.
        choice_of: where a bundle begins for a request.
        bundles: the items of each, those chosen in the request first.
        check: is called again and again, and may raise an error that ends it.
    """

    def __init__(
        self,
        ranker: Ranker,
        view: ShopView,
        choice_of: Callable[[Request], Choice],
        bundles: Sequence[Sequence[str]],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._ranker, self._view, self._choice_of, self._check = ranker, view, choice_of, check
        self._bundles = [[view.catalogue.row(item) for item in items] for items in bundles]
        self._known: tuple[list[Request], list[LogProbs]] = [], []

    def of(self, requests: Sequence[Request]) -> list[LogProbs]:
        """For each bundle the log-probability of each written item under each request: [requests, written items].

        Args:
            requests: variants of one request, which have the same chosen items.

        Raises:
            BundlesmithError: if a bundle isn't one that a request allows.
        """
        if self._known[0] != list(requests):
            variants = [(self._wish_of(request), request.rules) for request in requests]
            scored = self._scored(requests, variants)
            begun = len(requests[0].items)
            found = [self._of_bundle(scored, rows[:begun], rows[begun:], variants) for rows in self._bundles]
            self._known = list(requests), found
        return self._known[1]

    def _wish_of(self, request: Request) -> Wish:
        return request.words, tuple(latest_of(self._view, request)), request.weights

    def _scored(self, requests: Sequence[Request], variants: Sequence[RequestVariant]) -> ScoredRows:
        """All that no bundle changes."""
        scorers, starts, candidates = dict[Wish, Scorer](), dict[Rules, Choice](), dict[RequestVariant, Numbers]()
        for request, (wish, rules) in zip(requests, variants, strict=True):
            self._check()
            if rules not in starts:
                starts[rules] = self._choice_of(request)
            if wish not in scorers:
                scorers[wish] = Scorer(self._ranker, self._view, request)
            if (wish, rules) not in candidates:
                candidates[wish, rules] = scorers[wish].candidates(starts[rules])
        size = len(self._ranker.features(self._view.catalogue).kinds)
        whole = all(len(some) == size for some in candidates.values())
        rows = np.arange(size) if whole else np.unique(np.concatenate([*candidates.values(), *self._bundles]))
        asked = dict[Wish, tuple[Scorer, Shortlist]]()
        like: Shortlist | None = None
        for wish, scorer in scorers.items():
            self._check()
            scorer.score(rows)
            like = Shortlist(scorer.asked, None if whole else rows, like)
            asked[wish] = scorer, like
        positions = positions_of(self._view, rows)
        rivals = {variant: None if whole else np.isin(rows, some) for variant, some in candidates.items()}
        return ScoredRows(rows, positions, asked, starts, rivals)

    def _of_bundle(
        self, scored: ScoredRows, begun: list[int], rows: list[int], variants: Sequence[RequestVariant]
    ) -> LogProbs:
        places, distinct = np.searchsorted(scored.rows, rows), dict.fromkeys(variants)
        whatever = list[Table]()

        def scores_of(wish: Wish) -> Table:
            return self._scores(*scored.asked[wish], begun, rows, whatever)

        def open_of(rules: Rules) -> Flags:
            return self._open(scored.starts[rules], scored, places)

        scores = _UntilLast(scores_of, (wish for wish, _ in distinct))
        may_come = _UntilLast(open_of, (rules for _, rules in distinct))
        found = dict[RequestVariant, LogProbs]()
        for wish, rules in distinct:
            among = may_come(rules)
            if (rivals := scored.rivals[wish, rules]) is not None:
                rivals = rivals.copy()
                rivals[places] = True
                among = among & rivals
            found[wish, rules] = _log_chances(scores(wish), among, places)
        return np.array([found[variant] for variant in variants], np.float64).reshape(len(variants), len(rows))

    def _scores(
        self, scorer: Scorer, shortlist: Shortlist, begun: list[int], rows: list[int], whatever: list[Table]
    ) -> Table:
        """[steps, rows]: scores at each step of a bundle; *whatever* is their part that no words change, once known."""
        self._check()
        weights = scorer.weights.going_on[scorer.features.of_opening :]
        first = list[Table]()
        if not begun:
            latest = scorer.latest
            first = [scorer.then + shortlist(latest) @ weights if latest else scorer.first]
            begun, rows = rows[:1], rows[1:]
        for step in range(len(whatever), len(rows)):
            self._check()
            whatever.append(shortlist.whatever_words([*begun, *rows[:step]]) @ weights)
        if not rows:
            return np.stack(first)
        then = scorer.then + np.stack(whatever) + shortlist.by_words_of_each(begun, rows, weights)
        return np.concatenate([[each] for each in first] + [then])

    def _open(self, choice: Choice, scored: ScoredRows, places: Numbers) -> Flags:
        """[steps, rows]: which rows may come at each step of a bundle.

        Raises:
            BundlesmithError: if one of its items may not.
        """
        on_sale = np.flatnonzero(scored.positions >= 0)
        low = scored.positions[on_sale].astype(np.int32)
        found = np.zeros((len(places), len(scored.rows)), np.bool_)
        for step, place in enumerate(places.tolist()):
            self._check()
            found[step, on_sale] = choice.holds(low, low + 1)
            after = choice.after(int(scored.positions[place])) if found[step, place] else None
            if after is None:
                item = self._view.catalogue.ids[int(scored.rows[place])]
                what = f'"{item}" can\'t come next in a bundle of this request.'
                raise BundlesmithError(what, "Ask about a bundle that answers the request.")
            choice = after
        return found


class _UntilLast(Generic[_K, _V]):
    """Makes values by key, keeps each as long as it will be asked for again, and no longer."""

    def __init__(self, make: Callable[[_K], _V], keys: Iterable[_K]) -> None:
        self._make, self._left, self._known = make, Counter(keys), dict[_K, _V]()

    def __call__(self, key: _K) -> _V:
        value = self._known.pop(key) if key in self._known else self._make(key)
        self._left[key] -= 1
        if self._left[key]:
            self._known[key] = value
        return value


def _log_chances(scores: Table, may_come: Flags, places: Numbers) -> LogProbs:
    """Of the row at each step's place: among the likeliest others that may come, SHORTLIST of them with itself."""
    found = np.zeros(len(places))
    for step, place in enumerate(places.tolist()):
        others = may_come[step].copy()
        others[place] = False
        own, rivals = scores[step, place], scores[step][others]
        before = int((rivals > own).sum()) + int((scores[step, :place][others[:place]] == own).sum())
        most = SHORTLIST - 1 if before < SHORTLIST else SHORTLIST
        if len(rivals) > most:
            rivals = np.partition(rivals, len(rivals) - most)[-most:]
        found[step] = -_log_sum(np.append(rivals, own).astype(np.float64) - own)
    return found


def _log_sum(values: NDArray[Any]) -> float:
    highest = float(values.max())
    return highest + float(np.log(np.exp(values - highest).sum()))
