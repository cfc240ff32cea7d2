"""Sets by the ranker, within the rules of a request: each item is chosen in view of all before it.

The look-ahead of the decoder says what may come next, so a set that was begun can always be completed.
"""

import numpy as np

from bundlesmith.lookahead import Choice
from bundlesmith.ranking.features import Features, Table
from bundlesmith.ranking.ranker import Ranker
from bundlesmith.request import Request
from bundlesmith.shop import ShopView

APART = 3.0
"""What an item loses in a further answer if one before has its like."""
TWIN = 0.9
"""Texts nearer than this are of much the same item."""

LATEST = 3
"""Without words, a first item is ranked beside as many of the customer's latest items."""

Composed = tuple[tuple[int, ...], float]
"""Positions of a set's items, and the mean log-probability of those that were written."""


def compose(ranker: Ranker, view: ShopView, request: Request, start: Choice) -> list[Composed]:
    """Up to `request.n` sets with distinct items, the best first; a further one is drawn to other purposes."""
    found: list[Composed] = []
    features = ranker.features(view.catalogue)
    for _ in range(request.n):
        composed = _one(ranker, features, view, request, start, [positions for positions, _ in found])
        if set(composed[0]) not in [set(positions) for positions, _ in found]:
            found.append(composed)
    return found


def ranked(ranker: Ranker, view: ShopView, request: Request, choice: Choice, k: int) -> list[tuple[str, float]]:
    """The *k* best items that may come next, as (id, log-probability)."""
    scores = _log_chances(_scores(ranker, ranker.features(view.catalogue), view, request, choice))
    found: list[tuple[str, float]] = []
    for row in np.argsort(-scores, kind="stable").tolist():
        if len(found) == k:
            break
        position = _position(view, row)
        if position is not None and choice.may_take(position):
            found.append((view.catalogue.ids[row], float(scores[row])))
    return found


def _one(
    ranker: Ranker,
    features: Features,
    view: ShopView,
    request: Request,
    choice: Choice,
    before: list[tuple[int, ...]],
) -> Composed:
    vectors, score, begun = features.vectors, 0.0, len(choice.taken)
    away = _away(features, view, before, begun)
    enough = max(ranker.size(features, request.words), begun + 1)  # what is chosen already gets at least one item more
    while choice.may_go_on and not (choice.may_stop and len(choice.taken) >= enough):
        scores = _scores(ranker, features, view, request, choice)
        chances, scores = _log_chances(scores), scores - away
        taken = _rows(view, choice.taken)
        if taken:  # a second of the same kind comes only where nothing else may
            scores = scores - 100.0 * ((vectors @ vectors[taken].T).max(1) > ranker.alike)
        for row in np.argsort(-scores, kind="stable").tolist():
            position = _position(view, row)
            after = None if position is None else choice.after(position)
            if after is not None:
                choice, score = after, score + float(chances[row])
                break
        else:
            raise AssertionError("the look-ahead leaves a way on until a bundle may stop")
    return choice.taken, score / max(len(choice.taken) - begun, 1)


def _scores(ranker: Ranker, features: Features, view: ShopView, request: Request, choice: Choice) -> Table:
    chosen = _rows(view, choice.taken)
    if not chosen and not request.words.strip():  # what goes with what the customer did last
        chosen = view.catalogue.known(request.history)[-LATEST:]
    scores = ranker.scores(features, request.words, chosen)
    for item, weight in request.weights:
        scores[view.catalogue.row(item)] += weight
    return scores


def _away(features: Features, view: ShopView, before: list[tuple[int, ...]], begun: int) -> Table:
    """What each item loses for the answers before: what goes with them, and what they have."""
    lost: Table = np.zeros(len(features.kinds), np.float32)
    for positions in before:
        rows = _rows(view, positions[begun:])
        like = (features.vectors @ features.vectors[rows].T).max(1) > TWIN
        lost += np.maximum(0, features.lift(rows)) + APART * like
    return lost


def _rows(view: ShopView, positions: tuple[int, ...]) -> list[int]:
    return [view.catalogue.row(view.snapshot.item(position)) for position in positions]


def _position(view: ShopView, row: int) -> int | None:
    item = view.catalogue.ids[row]
    return view.snapshot.find(item) if view.snapshot.holds(item) else None


def _log_chances(scores: Table) -> Table:
    highest = scores.max()
    chances: Table = scores - highest - np.log(np.exp(scores - highest).sum())
    return chances
