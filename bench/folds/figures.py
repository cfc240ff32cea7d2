"""The table of parts: figures pooled over domains, with intervals and p."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bench.folds.parts import Measured
from bundlesmith.eval.statistics import holm, intervals, paired_p
from bundlesmith.ranking.evidence import Numbers

BESIDE, COMPLEMENTS, FIRST = ("complement", "same category"), ("complement",), ("first",)
ENDPOINTS = (("all", BESIDE), ("complements", COMPLEMENTS), ("first items", FIRST))


def table(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """A row for each endpoint, figure and part: of the domains, pooled, and how that differs from the ranker."""
    parts = list(dict.fromkeys(each.part for each in measured))
    rows = [_row(measured, part, of, kinds, figure)
            for of, kinds in ENDPOINTS for figure in ("nats", "recall") for part in parts]  # fmt: skip
    tested = [row for row in rows if row["p"] is not None]
    for row, value in zip(tested, holm([row["p"] for row in tested]), strict=True):
        row["Holm"] = value
    return rows


def _row(measured: Sequence[Measured], part: str, of: str, kinds: Sequence[str], figure: str) -> dict[str, Any]:
    own = _pooled(measured, part, kinds, figure)
    row: dict[str, Any] = {"items": of, "figure": "R@10" if figure == "recall" else "nats", "part": part}
    for domain in dict.fromkeys(each.domain for each in measured):
        values, _ = _pooled([each for each in measured if each.domain == domain], part, kinds, figure)
        row[domain] = float(values.mean())
    row |= {"pooled": float(own[0].mean()), "difference": None, "low": None, "high": None, "p": None, "Holm": None}
    if part != "ranker" and any(each.part == "ranker" for each in measured):
        before, units = _pooled(measured, "ranker", kinds, figure)
        row |= _compared(own[0], before, units)
    return row


def _pooled(measured: Sequence[Measured], part: str, kinds: Sequence[str], figure: str) -> tuple[Any, Numbers]:
    """The values of one part, and of each the session, over all domains."""
    values, units, names = [], [], list(dict.fromkeys(each.domain for each in measured))
    for each in measured:
        if each.part == part:
            some = np.isin(each.kinds, kinds)
            values.append(getattr(each, figure)[some])
            units.append(each.sessions[some] * len(names) + names.index(each.domain))
    return np.concatenate(values), np.concatenate(units)


def _compared(own: Any, before: Any, units: Numbers) -> dict[str, float | None]:
    """The mean difference, its 95 % interval (None for one session) and p, both by session."""
    own, before = own.astype(float), before.astype(float)
    _, place = np.unique(units, return_inverse=True)
    x, y = (np.bincount(place, each) / len(each) for each in (own, before))
    of_tasks = [{"difference": [value]} for value in (own - before).tolist()]
    low, high = intervals(of_tasks, [str(unit) for unit in place.tolist()]).get("difference", (None, None))
    return {"difference": float((x - y).sum()), "low": low, "high": high, "p": paired_p(x, y)}
