"""One evaluation: all figures of a sheet of answers, and the folder that holds them.

    RESULT/  answers.jsonl    the answers, as `predict` writes them
             values.parquet   one row a task and figure, of figures that single tasks have: kind, task, metric, value
                              (the mean of its points; null if it has none), weight (how many points), session, and
                              the groups new_user, unseen, long_tail
             scores.json      method, key, hashes of tasks and catalogue; kinds (figures), intervals, groups, trivial,
                              cost, training, leaks

`bundlesmith.eval.report_read` reads such folders.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from bundlesmith.eval.beyond import Beyond, whole_figures, with_pairwise
from bundlesmith.eval.groups import GROUPS, SplitData, groups_of_tasks
from bundlesmith.eval.leaks import Leak
from bundlesmith.eval.predict import Cost
from bundlesmith.eval.score import NamedFigures, Sheet, scores
from bundlesmith.eval.session_texts import session_texts
from bundlesmith.eval.statistics import EVAL_SEED, intervals
from bundlesmith.eval.trivial import trivial_sheets, won
from bundlesmith.eval.values import Points, mean, mean_figures, session_of
from bundlesmith.files import write_json

PAIRWISE = "pairwise"
AllPoints = dict[str, list[Points]]
_VALUES: dict[str, Any] = {
    "kind": pl.String,
    "task": pl.String,
    "metric": pl.String,
    "value": pl.Float64,
    "weight": pl.Int64,
    "session": pl.String,
    **dict.fromkeys(GROUPS, pl.Boolean),
}


@dataclass(frozen=True, slots=True)
class About:
    """Whose answers they are, and what they took.

    Attributes:
        method: what a report calls it.
        key: names all that the answers depend on.
        tasks, data: hashes of the files of tasks and of the catalogue.
        cost: what answering took; None if it was not measured.
        training: what training took, in seconds, and its valid losses by step.
        leaks: what leaks from training into the tasks, if that was allowed.
    """

    method: str
    key: str
    tasks: str
    data: str
    cost: Cost | None = None
    training: tuple[float | None, tuple[tuple[int, float], ...]] = (None, ())
    leaks: tuple[Leak, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of a sheet.

    Attributes:
        kinds: kind -> name of a figure -> value; `pairwise` is None if the recommender doesn't score named items.
        points: kind -> the points of its tasks, in the order of the gold.
        groups: the groups of each task.
        of_groups: group -> kind -> figures, over the tasks that are in it.
        trivial: kind -> figure -> the trivial predictor that wins it or comes near, and its value.
    """

    kinds: dict[str, dict[str, float | None]]
    points: AllPoints
    groups: dict[str, dict[str, bool | None]]
    of_groups: dict[str, dict[str, NamedFigures]]
    trivial: dict[str, dict[str, tuple[str, float]]] = field(default_factory=dict)


def evaluate_sheet(sheet: Sheet, past: SplitData, pairs: dict[str, float] | None, seed: int = EVAL_SEED) -> Evaluation:
    """Work out all figures.

    Args:
        sheet: tasks, true answers, answers.
        past: what training holds.
        pairs: `beyond.pairwise` of each `complete` task, if the recommender scores named items.
        seed: of the random predictor.
    """
    beyond = Beyond(sheet.catalogue, past)
    points = all_points(sheet, beyond)
    plain = all_figures(sheet, points)
    others = {
        name: all_figures(other, all_points(other, beyond)) for name, other in trivial_sheets(sheet, past, seed).items()
    }
    if pairs is not None:
        with_pairwise(sheet, points, pairs)
    kinds: dict[str, dict[str, float | None]] = {kind: dict(found) for kind, found in plain.items()}
    if "complete" in kinds:
        kinds["complete"][PAIRWISE] = None if pairs is None else mean(list(pairs.values()))
    if "sessions" in kinds:
        kinds["sessions"] |= session_texts(sheet)
    groups = groups_of_tasks(sheet, past)
    trivial = {
        kind: won(found, {name: of_kind[kind] for name, of_kind in others.items()}) for kind, found in plain.items()
    }
    return Evaluation(kinds, points, groups, _of_groups(sheet, points, groups), trivial)


def all_points(sheet: Sheet, beyond: Beyond) -> AllPoints:
    """The points of accuracy and those beyond it, together."""
    more = beyond.points(sheet)
    return {
        kind: [one | other for one, other in zip(found, more[kind], strict=True)]
        for kind, found in sheet.points().items()
    }


def all_figures(sheet: Sheet, points: AllPoints) -> dict[str, NamedFigures]:
    """The figures of BundleRec's scorer first, then the others."""
    first, last = scores(sheet, points), whole_figures(sheet)
    return {kind: first[kind] | mean_figures(points[kind]) | last.get(kind, {}) for kind in sheet.gold}


def _of_groups(
    sheet: Sheet, points: AllPoints, groups: dict[str, dict[str, bool | None]]
) -> dict[str, dict[str, NamedFigures]]:
    found: dict[str, dict[str, NamedFigures]] = {}
    for group in GROUPS:
        found[group] = {}
        for kind, rows in sheet.gold.items():
            inside = [at for row, at in zip(rows, points[kind], strict=True) if groups[row["id"]][group]]
            if inside:
                found[group][kind] = {"tasks": len(inside)} | mean_figures(inside)
    return found


def write_result(out: Path, sheet: Sheet, found: Evaluation, about: About) -> None:
    """Write `values.parquet` and `scores.json` into *out*, beside the answers."""
    out.mkdir(parents=True, exist_ok=True)
    values(sheet, found).write_parquet(out / "values.parquet")
    write_json(out / "scores.json", as_values(sheet, found, about))


def values(sheet: Sheet, found: Evaluation) -> pl.DataFrame:
    """The rows of `values.parquet`."""
    rows = [
        {
            "kind": kind,
            "task": row["id"],
            "metric": metric,
            "value": mean(points) if points else None,
            "weight": len(points),
            "session": session_of(row["id"]),
            **found.groups[row["id"]],
        }
        for kind, gold in sheet.gold.items()
        for row, of_task in zip(gold, found.points[kind], strict=True)
        for metric, points in of_task.items()
    ]
    return pl.DataFrame(rows, schema=_VALUES)


def as_values(sheet: Sheet, found: Evaluation, about: About) -> dict[str, Any]:
    """What `scores.json` holds."""
    spans = {
        kind: intervals(found.points[kind], [session_of(row["id"]) for row in rows])
        for kind, rows in sheet.gold.items()
    }
    return {
        "method": about.method,
        "key": about.key,
        "tasks": about.tasks,
        "data": about.data,
        "kinds": found.kinds,
        "intervals": {kind: {name: list(span) for name, span in each.items()} for kind, each in spans.items()},
        "groups": found.of_groups,
        "trivial": {kind: {name: value for name, (_, value) in won.items()} for kind, won in found.trivial.items()},
        "trivial_methods": {kind: {name: who for name, (who, _) in won.items()} for kind, won in found.trivial.items()},
        "cost": _cost(about.cost, len(sheet.tasks)),
        "training": {"seconds": about.training[0], "curve": [list(point) for point in about.training[1]]},
        "leaks": [asdict(leak) for leak in about.leaks],
    }


def _cost(cost: Cost | None, tasks: int) -> dict[str, Any]:
    if cost is None:
        return {"seconds": None, "seconds_per_task": None, "tokens_per_task": None, "kinds": {}}
    seconds = sum(cost.seconds.values())
    return {
        "seconds": seconds,
        "seconds_per_task": seconds / tasks,
        "tokens_per_task": None if cost.tokens is None else cost.tokens / tasks,
        "kinds": cost.seconds,
    }
