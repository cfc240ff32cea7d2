"""What one task adds to each figure: the values that figures, intervals and tests of significance are made of.

A task has *points* for each figure, and the figure is the mean of the points of all tasks: most have one point a task,
a share (of valid bundles, of matched intents) has one for each bundle or item. A task without points for a figure adds
nothing to it; a figure without points is 0. A task without an answer is a miss.

An item that the catalogue (or the session) doesn't have, or that repeats, is no hit and takes no place. A bundle of
less than 2 items is dropped. Formulas are in `bundlesmith.eval.metrics`.

complete: a ranking of 20 against the one item that was left out (*k* is 1, 10 or 20).
    R@k             1 if the item is among the first k (with one item wanted, recall, hit rate and, for k = 1, accuracy)
    precision@10, F1@10, NDCG@10, MRR@20
    valid           of each listed item: whether the catalogue has it and it isn't a repeat
    distinct, repeated    of each listed item: whether it is there for the first time, or again

generate: up to ten bundles, the best first, against the one that a person made.
    F1@1, precision@1, recall@1, jaccard@1, exact@1 (the same set), hit@1 (an item in common): of the first bundle
    category-F1@1   F1 of the category paths of the first bundle
    same-category@1, same-category true    of each pair of items of the first bundle, and of the one that a person made:
                    whether their category is the same; a recommender is as coherent as people where both are equal
    bestF1@10, exact@10, hit@10    the best of the ten bundles
    item-R@20, NDCG@20, MRR@20     of the first 20 different items in the order of the bundles
    valid, distinct, repeated      of each bundle; two with the same items are the same

sessions: the bundles found in a session against those that people marked, paired by
`bundlesmith.ranking.set_similarity.matched`.
    soft-P, soft-R, soft-F1    sum of the pairs' Jaccards by bundles found, marked, by the mean of both counts
    intent-F1, jaccard         of each pair: F1 of the intents' words, Jaccard of the items
    exact-P, exact-R           of each bundle found (marked): whether it was marked (found) item by item
    hit             1 if any bundle is exact
    MRR             1 / place of the first bundle found that is exact
    item-accuracy, item-P, item-R, item-F1    of the decision for each item of the session: is it in a bundle?
    valid, distinct, repeated                 of each bundle
"""

import re
from collections.abc import Container, Iterable, Sequence
from itertools import combinations
from typing import Any

from bundlesmith.eval import metrics
from bundlesmith.ranking.set_similarity import f1, jaccard, matched, words

Row = dict[str, Any]
Points = dict[str, list[float]]
"""Name of a figure -> the points of one task."""
CategoryPaths = dict[str, tuple[str, ...]]
"""Item of the catalogue -> its category path."""

RANKED, BUNDLES, SHOWN = 20, 10, 10
"""How many items of a ranking count, how many bundles, and how many items of a ranking a customer is taken to see."""

_TASK = re.compile(r"(.+?)(?:-\d+-complete-.*|-\d+-generate|-sessions)")


def session_of(task: str) -> str:
    """The session that a task was made from, by its id: `NAME-3-complete-7`, `NAME-3-generate`, `NAME-sessions`.

    A task with another id is taken to be the only one of its session.
    """
    match = _TASK.fullmatch(task)
    return match[1] if match else task


def mean(points: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(points) / len(points) if points else 0.0


def mean_figures(tasks: Iterable[Points]) -> dict[str, float]:
    """The mean of all points of each figure."""
    gathered: Points = {}
    for points in tasks:
        for name, found in points.items():
            gathered.setdefault(name, []).extend(found)
    return {name: mean(found) for name, found in gathered.items()}


def ranking_of(answer: Row, categories: Container[str]) -> list[str]:
    """The items of a ranking that take a place."""
    ranking = [str(item) for item in answer.get("ranking", [])[:RANKED]]
    return list(dict.fromkeys(item for item in ranking if item in categories))


def valid_bundles(answer: Row, allowed: Container[str], most: int | None = None) -> tuple[list[list[str]], list[int]]:
    """The bundles of 2 or more items that may count; and the places that they have in the answer."""
    cleaned = [_clean(bundle, allowed)[0] for bundle in answer.get("bundles", [])[:most]]
    places = [at for at, bundle in enumerate(cleaned) if len(bundle) >= 2]
    return [cleaned[at] for at in places], places


def _clean(bundle: Sequence[Any], allowed: Container[str]) -> tuple[list[str], bool]:
    """The bundle without unknown or repeated items; and whether it was valid as given."""
    kept = list(dict.fromkeys(str(item) for item in bundle if str(item) in allowed))
    return kept, len(kept) == len(bundle) and len(kept) >= 2


def complete_points(gold: Row, answer: Row, categories: CategoryPaths) -> Points:
    """The points of a `complete` task."""
    listed = [str(item) for item in answer.get("ranking", [])[:RANKED]]
    rank = metrics.rank_of(str(gold["target"]), ranking_of(answer, categories))
    first = _first(listed)
    return {
        "R@1": [metrics.recall_at(1, rank)],
        "R@10": [metrics.recall_at(10, rank)],
        "R@20": [metrics.recall_at(20, rank)],
        "NDCG@10": [metrics.ndcg_at(10, rank)],
        "MRR@20": [metrics.mrr_at(20, rank)],
        "valid": [float(new and item in categories) for new, item in zip(first, listed, strict=True)],
        "precision@10": [metrics.precision_at(10, rank)],
        "F1@10": [metrics.f1_at(10, rank)],
    } | _repeats(first)


def _first(values: Sequence[object]) -> list[bool]:
    """Of each value whether it is there for the first time."""
    return [value not in values[:at] for at, value in enumerate(values)]


def _repeats(first: Sequence[bool]) -> Points:
    return {"distinct": [float(new) for new in first], "repeated": [float(not new) for new in first]}


def generate_points(gold: Row, answer: Row, categories: CategoryPaths) -> Points:
    """The points of a `generate` task."""
    wanted = [str(item) for item in gold["bundle"]]
    given = answer.get("bundles", [])[:BUNDLES]
    kept, _ = valid_bundles(answer, categories, BUNDLES)
    return (
        {"valid": [float(_clean(bundle, categories)[1]) for bundle in given]}
        | _repeats(_first([frozenset(bundle) for bundle in given]))
        | _first_bundle(kept[0] if kept else [], wanted, categories)
        | _all_bundles(kept, wanted)
    )


def _first_bundle(first: list[str], wanted: list[str], categories: CategoryPaths) -> Points:
    named = [categories[item] for item in first]
    return {
        "F1@1": [f1(first, wanted)],
        "category-F1@1": [f1(named, [categories[item] for item in wanted])],
        "same-category@1": _same_category(first, categories),
        "same-category true": _same_category(wanted, categories),
        "precision@1": [metrics.precision(first, wanted)],
        "recall@1": [metrics.recall(first, wanted)],
        "jaccard@1": [jaccard(first, wanted)],
        "exact@1": [metrics.exact(first, wanted)],
        "hit@1": [float(bool(set(first) & set(wanted)))],
    }


def _same_category(bundle: list[str], categories: CategoryPaths) -> list[float]:
    return [float(categories[one] == categories[other]) for one, other in combinations(bundle, 2)]


def _all_bundles(kept: list[list[str]], wanted: list[str]) -> Points:
    seen = list(dict.fromkeys(item for bundle in kept for item in bundle))[:RANKED]
    return {
        "bestF1@10": [max((f1(bundle, wanted) for bundle in kept), default=0.0)],
        "exact@10": [max((metrics.exact(bundle, wanted) for bundle in kept), default=0.0)],
        "hit@10": [float(any(set(bundle) & set(wanted) for bundle in kept))],
        "item-R@20": [len(set(seen) & set(wanted)) / len(wanted)],
        "NDCG@20": [metrics.ndcg_of(RANKED, seen, wanted)],
        "MRR@20": [metrics.mrr_of(RANKED, seen, wanted)],
    }


def sessions_points(gold: Row, answer: Row, allowed: Sequence[str]) -> Points:
    """The points of a `sessions` task; *allowed* are the items of the session."""
    inside = set(allowed)
    kept, places = valid_bundles(answer, inside)
    wanted = [[str(item) for item in bundle] for bundle in gold["bundles"]]
    pairs = matched(kept, wanted)
    given, names = answer.get("bundles", []), answer.get("intents", [])
    said = [(names[places[at]] if places[at] < len(names) else "", gold["intents"][k]) for at, k, _ in pairs]
    return (
        _soft(sum(value for _, _, value in pairs), len(kept), len(wanted))
        | {
            "intent-F1": [f1(words(name), words(intent)) for name, intent in said],
            "jaccard": [value for _, _, value in pairs],
            "valid": [float(_clean(bundle, inside)[1]) for bundle in given],
        }
        | _repeats(_first([frozenset(map(str, bundle)) for bundle in given]))
        | _exact(pairs, len(kept), len(wanted))
        | _items(kept, wanted, allowed)
    )


def _soft(total: float, found: int, marked: int) -> Points:
    return {
        "soft-P": [total / found if found else 0.0],
        "soft-R": [total / marked],
        "soft-F1": [2 * total / (found + marked)],
    }


def _exact(pairs: list[tuple[int, int, float]], found: int, marked: int) -> Points:
    """The most alike are paired first, so an exact bundle is always in a pair."""
    places = [at for at, _, value in pairs if value == 1]
    exact = len(places)
    return {
        "exact-P": [1.0] * exact + [0.0] * (found - exact),
        "exact-R": [1.0] * exact + [0.0] * (marked - exact),
        "hit": [float(bool(places))],
        "MRR": [1 / (min(places) + 1) if places else 0.0],
    }


def _items(kept: list[list[str]], wanted: list[list[str]], allowed: Sequence[str]) -> Points:
    found, marked = ({item for bundle in bundles for item in bundle} for bundles in (kept, wanted))
    return {
        "item-accuracy": [metrics.accuracy(list(found), list(marked), allowed)],
        "item-P": [metrics.precision(list(found), list(marked))],
        "item-R": [metrics.recall(list(found), list(marked))],
        "item-F1": [f1(list(found), list(marked))],
    }
