"""Predictors that know nothing of the request: a figure that one of them wins says little about a recommender.

    popular    complete: the most popular items of training. generate: ten bundles, each of the most popular items of
               one category, the most popular category first; as large as training bundles are (median). sessions: the
               whole session as one bundle, with the most common intent of training
    random     complete: 20 random items. generate: ten random bundles, as large. sessions: two random items

Items that the task names are left out, as any recommender leaves them out. Of a run, which keeps no bundles, a bundle
is taken to hold 3 items and to have no intent.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median_low

from bundlesmith.eval.groups import SplitData
from bundlesmith.eval.score import NamedFigures, Sheet
from bundlesmith.eval.tasks import Task
from bundlesmith.eval.values import BUNDLES, RANKED, Row

SIZE = 3
_NEAR = 0.9
"""A trivial predictor comes near if it gets that share of a figure, or, where less is better, if the figure is that
share of its own or more."""
LESS = ("gini", "calibration", "repeated")
"""What the names of figures begin with of which less is better."""
COUNT_FIGURES = ("tasks", "answered")
Predictor = Callable[[Task], Row]


def trivial_sheets(sheet: Sheet, past: SplitData, seed: int) -> dict[str, Sheet]:
    """The same tasks, answered by each trivial predictor."""
    size = median_low(len(bundle.items) for bundle in past.training_bundles) if past.training_bundles else SIZE
    answers: dict[str, Predictor] = {"popular": _popular(sheet, past, size), "random": _random(sheet, seed, size)}
    tasks = [sheet.tasks[row["id"]] for rows in sheet.gold.values() for row in rows]
    return {name: replace(sheet, answers={task.id: said(task) for task in tasks}) for name, said in answers.items()}


def _popular(sheet: Sheet, past: SplitData, size: int) -> Predictor:
    ranking = [item for item in past.counts if item in sheet.categories]
    ranking += [item for item in sheet.catalogue.ids if item not in past.counts]
    sold = Counter[tuple[str, ...]]()
    for item in ranking:
        sold[sheet.categories[item]] += past.counts.get(item, 0)
    shelves: dict[tuple[str, ...], list[str]] = {path: [] for path, _ in sold.most_common()}
    for item in ranking:
        shelves[sheet.categories[item]].append(item)
    intents = Counter(bundle.intent for bundle in past.training_bundles if bundle.intent)
    intent = intents.most_common(1)[0][0] if intents else ""

    def answer(task: Task) -> Row:
        if task.kind == "sessions":
            return {"bundles": [list(task.items)], "intents": [intent]}
        if task.kind == "complete":
            return {"ranking": _left(ranking, task, RANKED)}
        bundles = (_left(items, task, size) for items in shelves.values())
        return {"bundles": [bundle for bundle in bundles if len(bundle) >= 2][:BUNDLES]}

    return answer


def _left(items: Sequence[str], task: Task, most: int) -> list[str]:
    """The first *most* of *items* that the task doesn't name."""
    named = {*task.items, *task.history}
    found = (item for item in items if item not in named)
    return [item for item, _ in zip(found, range(most), strict=False)]


def _random(sheet: Sheet, seed: int, size: int) -> Predictor:
    ids = sheet.catalogue.ids

    def answer(task: Task) -> Row:
        draw = random.Random(f"{seed} {task.id}")
        if task.kind == "sessions":
            return {"bundles": [draw.sample(task.items, min(2, len(task.items)))]}
        if task.kind == "complete":
            return {"ranking": drawn(draw, task, RANKED)}
        return {"bundles": [drawn(draw, task, size) for _ in range(BUNDLES)]}

    def drawn(draw: random.Random, task: Task, most: int) -> list[str]:
        enough = min(len(ids), most + len(task.items) + len(task.history))
        return _left(draw.sample(ids, enough), task, most)

    return answer


def won(figures: NamedFigures, trivial: dict[str, NamedFigures]) -> dict[str, tuple[str, float]]:
    """The figures of one kind that a trivial predictor wins or comes near to, with the best predictor and its value.

    Args:
        figures: of the recommender.
        trivial: of each trivial predictor, by its name.
    """
    found: dict[str, tuple[str, float]] = {}
    for name, value in figures.items():
        less = name.startswith(LESS)
        values = [(other[name], who) for who, other in trivial.items() if name in other and name not in COUNT_FIGURES]
        if values:
            best, who = min(values) if less else max(values)
            if (_NEAR * best <= value) if less else (best >= _NEAR * value):
                found[name] = who, best
    return found
