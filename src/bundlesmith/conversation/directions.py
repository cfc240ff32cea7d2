"""Whether a wish points anywhere in the shop, and where it could.

Both are told by the chances that the ranker gives to the shop's items, and by how near the words are to what sets were
asked for.

    if not confident(view, wish): suggest(purposes(view, wish))
"""

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.encoder.gloss import has_chinese, in_chinese, in_english
from bundlesmith.encoder.situations import situations
from bundlesmith.ranking.candidates import FEW
from bundlesmith.ranking.evidence import whole
from bundlesmith.ranking.features import Features
from bundlesmith.ranking.ranker import Ranker
from bundlesmith.shop.live_shop import ShopView
from bundlesmith.understanding.text import fold, split_words
from bundlesmith.understanding.words import CatalogueWords

_NEAR = 0.66
"""Words so near to those of a set that somebody asked for are a wish of its kind."""
SCATTERED, SURE = 0.6, 0.36
"""A wish points somewhere if its nearness less SCATTERED times the entropy of the departments of its chances, as a
share of the largest, is SURE at least: nine of ten everyday requests do, and one of five like "gift ideas"."""
CLEAR = 0.6
"""What SURE is for a wish of which no word says much."""
MET = 0.15
"""Directions are situations of which the shop surely meets such a share of the needs."""
UNMET, APART = 0.14, 0.4
"""A wish is for what the shop doesn't sell if less than this of the nearest purposes' needs is met, and its chances are
more scattered than this."""
_LIKEST, _SHARP = 8, 20.0
"""So many of the nearest purposes are looked at, each weighing exp(SHARP (its nearness - the nearest's))."""
OWN_PURPOSE = 0.1
"""How much nearer a direction is that the shop's own customers gave."""
LEADING = 0.2
LIKELY = 0.01
"""A department with a smaller share of the chances has nothing to do with a wish."""
OFFERED = 3
CONSIDERED = 400
"""So many of the nearest sets may name directions."""
LONGEST_KIND = 3
_BESIDE = frozenset(
    {"for", "with", "to", "of", "in", "at", "from", "on", "who", "that", "which", "and"}
    | {"the", "my", "our", "your", "his", "her"}
)
"""What follows one of these words is not what is wanted itself."""
_DONE = frozenset({"like", "as", "a", "an", "with", "on", "the", "my", "our", "your", "his", "her", "some"})
"""What follows a word that says what is done."""
EVERYWHERE = 3
"""A kind of item that stands in so many departments tells nothing ("set")."""


def confident(view: ShopView, wish: str, words: CatalogueWords, vague: bool = False) -> bool:
    """Whether a wish points somewhere: it names what the shop sells, or the ranker knows where to look.

    Args:
        vague: whether none of its words says much ("a kids' birthday"): then the ranker must know well.
    """
    ranker = view.run.ranker
    if ranker is None:
        return True
    verb = _is_done(wish, words)
    if not (verb or vague) and names_goods(wish, words):
        return True
    near, scattered = _nearness(view, ranker, wish), _scattered(view, ranker, wish)
    if wish and _is_unsold(view, ranker, near, scattered):
        return False
    highest = float(near.max(initial=0))
    return highest >= _NEAR if verb else highest - SCATTERED * scattered >= (CLEAR if vague else SURE)


def unsold(view: ShopView, wish: str) -> bool:
    """Whether it is clear what a wish is for, and the shop hardly sells anything for that."""
    ranker = view.run.ranker
    if ranker is None or not wish:
        return False
    return _is_unsold(view, ranker, _nearness(view, ranker, wish), _scattered(view, ranker, wish))


def _is_unsold(view: ShopView, ranker: Ranker, near: NDArray[Any], scattered: float) -> bool:
    clear = near.max(initial=0) >= _NEAR and scattered > APART
    return clear and _sold(view, ranker, near) < UNMET


def _sold(view: ShopView, ranker: Ranker, near: NDArray[Any]) -> float:
    """How much of what the nearest purposes need the shop sells."""
    met = np.concatenate([np.ones(len(ranker.bundles.names), np.float32), _met(view, ranker)])
    likest = np.argsort(-near, kind="stable")[:_LIKEST]
    weights = np.exp(_SHARP * (near[likest] - near[likest[0]]))
    return float((met[likest] * weights).sum() / weights.sum())


def _is_done(wish: str, words: CatalogueWords) -> bool:
    """Whether a kind of item with which a wish begins is something that is done ("paint like they do")."""
    texts = [word.text for word in split_words(fold(wish))[:2]]
    return len(texts) > 1 and texts[0] in words.kinds and texts[1] in _DONE


def names_goods(wish: str, words: CatalogueWords) -> bool:
    """Whether a word of a wish is a category, a brand, or a kind of item of few departments."""
    texts = [word.text for word in split_words(fold(in_english(wish)))]
    for length in (1, 2):
        for at in range(len(texts) - length + 1):
            name = " ".join(texts[at : at + length])
            if name in words.brands or (name in words.categories and words.categories[name].things):
                return True
            tops = {(words.catalogue.categories[row] or ("",))[0] for row in words.kinds.get(name, ())}
            if 0 < len(tops) < EVERYWHERE and len(name) > EVERYWHERE:
                return True
    return False


def named_kind(wish: str, words: CatalogueWords) -> tuple[int, ...]:
    """The rows of the kind of item that a wish is about: it stands at its beginning ("a laptop stand for my desk")."""
    texts = [word.text for word in split_words(fold(wish).replace("looking for", "looking"))]
    begins = next((at for at, text in enumerate(texts) if text in _BESIDE), len(texts))
    for length in range(min(begins, LONGEST_KIND), 0, -1):
        for at in range(begins - length, -1, -1):
            name = " ".join(texts[at : at + length])
            if (rows := words.kinds.get(name)) and (length > 1 or names_goods(name, words)):
                return rows
    return ()


def purposes(view: ShopView, wish: str = "", language: str = "en", most: int = OFFERED) -> list[str]:
    """What the shop's sets are asked for that are nearest to a wish, each of another department.

    In Chinese, a purpose whose name isn't is said by its department, if that has a Chinese name (see
    `bundlesmith.encoder.gloss`).
    """
    ranker = view.run.ranker
    if ranker is None:
        return []
    near, own = _nearness(view, ranker, wish), len(ranker.bundles.names)
    names = (*ranker.bundles.names, *(each.name for each in situations()))
    near[:own] += OWN_PURPOSE
    near[own:][_met(view, ranker) < MET] = 0
    tops = _departments(view, ranker)
    found: dict[int, str] = {}
    for at in np.argsort(-near, kind="stable")[:CONSIDERED].tolist():
        if len(found) == most:
            break
        name, top = names[at], int(tops[at])
        fresh = top not in found and name not in found.values()
        if name and top >= 0 and fresh and near[at] > 0 and len(name) <= 60:
            found[top] = name
    if language == "zh":
        return [_in_chinese(view, ranker, top, name) for top, name in found.items()]
    return list(found.values())


def _in_chinese(view: ShopView, ranker: Ranker, department: int, name: str) -> str:
    if has_chinese(name):
        return name
    row = int(np.flatnonzero(ranker.features(view.catalogue).departments == department)[0])
    return in_chinese((view.catalogue.categories[row] or ("",))[0]) or name


def likely_departments(view: ShopView, wish: str) -> frozenset[int]:
    """The departments that hold at least a share `LIKELY` of a wish's chances; none without a ranker."""
    ranker = view.run.ranker
    if ranker is None:
        return frozenset()
    return frozenset(np.flatnonzero(_shares(view, ranker, wish) >= LIKELY).tolist())


def likeliest_department(view: ShopView, wish: str) -> int:
    """The department that holds most of a wish's chances; -1 without a ranker."""
    ranker = view.run.ranker
    return -1 if ranker is None else int(_shares(view, ranker, wish).argmax())


def leading_departments(view: ShopView, wish: str) -> frozenset[str]:
    """The names of the departments that a wish is about: with at least a share `LEADING` of its chances."""
    ranker = view.run.ranker
    if ranker is None:
        return frozenset()
    shares, tops = _shares(view, ranker, wish), ranker.features(view.catalogue).departments
    rows = (int(np.flatnonzero(tops == top)[0]) for top in np.flatnonzero(shares >= LEADING))
    return frozenset((view.catalogue.categories[row] or ("",))[0] for row in rows)


def leading_department(view: ShopView, wish: str) -> str:
    """The name of the department that holds most of a wish's chances; "" without a ranker."""
    ranker = view.run.ranker
    if ranker is None:
        return ""
    top = likeliest_department(view, wish)
    row = int(np.flatnonzero(ranker.features(view.catalogue).departments == top)[0])
    return (view.catalogue.categories[row] or ("",))[0]


def of_departments(view: ShopView, items: Sequence[str], departments: frozenset[int]) -> list[str]:
    """Those items that are of these departments."""
    ranker, catalogue = view.run.ranker, view.catalogue
    tops = ranker.features(catalogue).departments if ranker else np.zeros(len(catalogue), np.int64)
    return [item for item in items if int(tops[catalogue.row(item)]) in departments]


def _nearness(view: ShopView, ranker: Ranker, wish: str) -> NDArray[Any]:
    """How near a wish is to each of the shop's bundles, and to each situation.

    Without a wish: how often a bundle has such a name.
    """
    features, said = ranker.features(view.catalogue), ranker.words(wish)
    if said is None:
        often = Counter(ranker.bundles.names)
        named = np.array([often[name] if name else 0 for name in ranker.bundles.names], np.float32)
        met = np.zeros(len(situations()), np.float32) if named.any() else _met(view, ranker)
        return np.concatenate([named, met])
    return np.concatenate([features.bundles.words @ said.read, features.situations.words @ said.read])


def _shares(view: ShopView, ranker: Ranker, wish: str) -> NDArray[Any]:
    """The share that each department has of the chances of what the ranker would begin with."""
    features = ranker.features(view.catalogue)
    asked, weights = ranker.asked(features, wish), ranker.weights.opening
    scores = (asked.opening @ weights if len(features.kinds) <= FEW else asked.coarse(weights)).astype(np.float64)
    chances = np.exp(scores - scores.max())
    return np.asarray(np.bincount(features.departments, chances / chances.sum()), np.float64)


def _scattered(view: ShopView, ranker: Ranker, wish: str) -> float:
    """The entropy of the departments of what the ranker would begin with, as a share of the largest possible."""
    shares = _shares(view, ranker, wish)
    shares = shares[shares > 0]
    if len(shares) < 2:
        return 0.0
    return float(-(shares * np.log(shares)).sum() / math.log(len(shares)))


def _met(view: ShopView, ranker: Ranker) -> NDArray[np.float32]:
    return _of_shop(ranker.features(view.catalogue))[0]


def _departments(view: ShopView, ranker: Ranker) -> NDArray[np.int64]:
    return _of_shop(ranker.features(view.catalogue))[1]


@lru_cache(maxsize=4)
def _of_shop(features: Features) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """How surely the shop meets the needs of each situation; a department of each bundle and situation, or -1."""
    known, tops = features.situations, features.departments
    sold = np.asarray(whole(known.near[0]).sum(0), np.float32).ravel()
    met = (known.sets @ sold) / np.maximum(np.asarray(known.sets.sum(1)).ravel(), 1e-9)
    at = (np.ones(len(tops), np.float32), (np.arange(len(tops)), tops))
    of_top = sparse.csr_matrix(at, shape=(len(tops), int(tops.max(initial=0)) + 1))
    found = []
    for evidence in (features.bundles, known):
        shares = (evidence.sets @ (whole(evidence.near[0]).T @ of_top)).toarray()
        found.append(np.where(shares.sum(1) > 0, shares.argmax(1), -1) if len(shares) else np.zeros(0, np.int64))
    return met.astype(np.float32), np.concatenate(found).astype(np.int64)
