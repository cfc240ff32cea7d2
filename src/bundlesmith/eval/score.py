"""Scores of answers to tasks, a set of figures for each kind of task.

A task without an answer is a miss. An item that the catalogue doesn't have, or that repeats, is no hit and lowers
"valid"; a bundle of fewer than 2 items is dropped and lowers "valid" too.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bundlesmith.catalogue import open_catalogue
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.metrics import f1, matched, mrr_at, ndcg_at, rank_of, recall_at, words
from bundlesmith.eval.tasks import KINDS, read_tasks
from bundlesmith.files import read_lines

Row = dict[str, Any]
Figures = dict[str, float]


def score_files(folder: Path, tasks_file: Path, gold_file: Path, answers_file: Path) -> dict[str, Figures]:
    """Score a file of answers.

    Args:
        folder: a run or prepared data, whose catalogue is scored against.
        tasks_file, gold_file, answers_file: one JSON object a line.

    Returns:
        kind of task -> name of a figure -> value.
    """
    catalogue = open_catalogue(folder)
    categories = dict(zip(catalogue.ids, catalogue.categories, strict=True))
    allowed = {task.id: set(task.items) for task in read_tasks(tasks_file) if task.kind == "sessions"}
    answers = {row["id"]: row for row in _rows(answers_file, "id")}
    gold = _rows(gold_file, "id", "kind")
    scored: dict[str, Callable[[list[Row]], Figures]] = {
        "complete": lambda rows: complete(rows, answers, categories),
        "generate": lambda rows: generate(rows, answers, categories),
        "sessions": lambda rows: sessions(rows, answers, allowed),
    }
    _check_sessions(gold, allowed, tasks_file)
    by_kind = {kind: [row for row in gold if row["kind"] == kind] for kind in KINDS}
    return {kind: scored[kind](rows) for kind, rows in by_kind.items() if rows}


def _rows(path: Path, *keys: str) -> list[Row]:
    return [_row(line, f"{path}:{at}", keys) for at, line in enumerate(read_lines(path), 1) if line.strip()]


def _row(line: str, where: str, keys: Sequence[str]) -> Row:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BundlesmithError(f"{where} is not JSON: {error}.", "Mend that line.") from error
    if not isinstance(row, dict) or not set(keys) <= row.keys():
        raise BundlesmithError(f"{where} is not a JSON object with {' and '.join(keys)}.", "Mend that line.")
    return row


def _check_sessions(gold: Sequence[Row], allowed: dict[str, set[str]], tasks_file: Path) -> None:
    for row in gold:
        if row["kind"] == "sessions" and row["id"] not in allowed:
            raise BundlesmithError(f'"{tasks_file}" has no session "{row["id"]}".', "Give the tasks of this gold file.")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _count(gold: Sequence[Row], answers: dict[str, Row]) -> Figures:
    return {"tasks": len(gold), "answered": sum(row["id"] in answers for row in gold)}


def complete(gold: Sequence[Row], answers: dict[str, Row], categories: dict[str, tuple[str, ...]]) -> Figures:
    """Figures of rankings of 20: R, NDCG and MRR of the item left out, and the share of the catalogue in the tens."""
    ranks, shown, valid, listed = [], set[str](), 0, 0
    for row in gold:
        ranking = [str(item) for item in answers.get(row["id"], {}).get("ranking", [])[:20]]
        kept = list(dict.fromkeys(item for item in ranking if item in categories))
        listed, valid = listed + len(ranking), valid + len(kept)
        shown.update(kept[:10])
        ranks.append(rank_of(str(row["target"]), kept))
    return _count(gold, answers) | {
        "R@1": _mean([recall_at(1, rank) for rank in ranks]),
        "R@10": _mean([recall_at(10, rank) for rank in ranks]),
        "R@20": _mean([recall_at(20, rank) for rank in ranks]),
        "NDCG@10": _mean([ndcg_at(10, rank) for rank in ranks]),
        "MRR@20": _mean([mrr_at(20, rank) for rank in ranks]),
        "coverage@10": len(shown) / len(categories),
        "valid": valid / max(listed, 1),
    }


def _clean(bundle: Sequence[Any], allowed: Any) -> tuple[list[str], bool]:
    """The bundle without unknown or repeated items; and whether it was valid as given."""
    kept = list(dict.fromkeys(str(item) for item in bundle if str(item) in allowed))
    return kept, len(kept) == len(bundle) and len(kept) >= 2


def generate(gold: Sequence[Row], answers: dict[str, Row], categories: dict[str, tuple[str, ...]]) -> Figures:
    """Figures of ten bundles, the best first, against the one that a person made."""
    values: dict[str, list[float]] = {"F1@1": [], "bestF1@10": [], "item-R@20": [], "category-F1@1": []}
    given, valid, distinct = 0, 0, 0
    for row in gold:
        bundles = answers.get(row["id"], {}).get("bundles", [])[:10]
        checked = [_clean(bundle, categories) for bundle in bundles]
        kept = [bundle for bundle, _ in checked if len(bundle) >= 2]
        for name, value in _generated(kept, [str(item) for item in row["bundle"]], categories).items():
            values[name].append(value)
        given, valid = given + len(bundles), valid + sum(ok for _, ok in checked)
        distinct += len({frozenset(bundle) for bundle in bundles})
    shares = {"distinct": distinct / max(given, 1), "valid": valid / max(given, 1)}
    return _count(gold, answers) | {name: _mean(found) for name, found in values.items()} | shares


def _generated(kept: list[list[str]], wanted: list[str], categories: dict[str, tuple[str, ...]]) -> Figures:
    scores = [f1(bundle, wanted) for bundle in kept] or [0.0]
    named = [categories[item] for item in kept[0]] if kept else []
    seen = list(dict.fromkeys(item for bundle in kept for item in bundle))[:20]
    return {
        "F1@1": scores[0],
        "bestF1@10": max(scores),
        "item-R@20": len(set(seen) & set(wanted)) / len(wanted),
        "category-F1@1": f1(named, [categories[item] for item in wanted]),
    }


def sessions(gold: Sequence[Row], answers: dict[str, Row], allowed: dict[str, set[str]]) -> Figures:
    """Figures of the bundles found in sessions: soft precision, recall and F1 over matched Jaccards, and intents."""
    precision, recall, both, intent, given, valid = [], [], [], [], 0, 0
    for row in gold:
        answer = answers.get(row["id"], {})
        checked = [_clean(bundle, allowed[row["id"]]) for bundle in answer.get("bundles", [])]
        places = [at for at, (bundle, _) in enumerate(checked) if len(bundle) >= 2]
        wanted = [[str(item) for item in bundle] for bundle in row["bundles"]]
        pairs = matched([checked[at][0] for at in places], wanted)
        total, names = 0.0, answer.get("intents", [])
        for at, k, value in pairs:
            total += value
            name = names[places[at]] if places[at] < len(names) else ""
            intent.append(f1(words(name), words(row["intents"][k])))
        precision.append(total / len(places) if places else 0.0)
        recall.append(total / len(wanted))
        both.append(2 * total / (len(places) + len(wanted)))
        given, valid = given + len(checked), valid + sum(ok for _, ok in checked)
    figures = {"soft-P": _mean(precision), "soft-R": _mean(recall), "soft-F1": _mean(both), "intent-F1": _mean(intent)}
    return _count(gold, answers) | figures | {"valid": valid / max(given, 1)}
