"""Checks that nothing of the tasks was in training; they run before anything is answered or scored.

A leak fails the evaluation. With `--allow-leaks` it goes on with all tasks, so that its figures are still those of the
tasks' scorer, and the leaks are said aloud and kept in `scores.json`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.groups import SplitData, held
from bundlesmith.eval.score import Sheet
from bundlesmith.eval.values import Row
from bundlesmith.files import read_json

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Leak:
    """One way in which training and tasks overlap.

    Attributes:
        what: what overlaps, with examples.
        fix: how to mend it.
        count: how many sessions, tasks or bundles do.
    """

    what: str
    fix: str
    count: int


def find_leaks(sheet: Sheet, past: SplitData) -> list[Leak]:
    """All leaks, none of them if the list is empty."""
    found = (_split_sessions(past), _trained_sessions(sheet, past), _known_bundles(sheet, past))
    return [leak for leak in found if leak is not None]


def other_data(run: Path | None, data: Path | None) -> list[Leak]:
    """A run that learnt from other data than those that are checked, which may have split otherwise."""
    if run is None or data is None:
        return []
    learnt, given = read_json(run / "run.json").get("data"), read_json(data / "data.json").get("hash")
    what = f'The run "{run}" learnt from other data ({learnt}) than "{data}" ({given}).'
    return [Leak(what, "Name the data that it was fine-tuned on.", 1)] if learnt != given else []


def unchecked(sheet: Sheet, past: SplitData) -> list[str]:
    """What could not be checked, one sentence each."""
    lost = [row["id"] for row in _rows(sheet) if past.session(row["id"], held(sheet, row)) is None]
    said = []
    if lost:
        said.append(f"{len(lost)} tasks are of no session of the data ({_some(lost)}): not checked to be in training.")
    if past.bundles is None:
        said.append("A run keeps no bundles: name --data to check that none of the tasks' was in training.")
    return said


def refuse(leaks: Sequence[Leak]) -> None:
    """Fail with all that leaks.

    Raises:
        BundlesmithError: if anything does.
    """
    if leaks:
        told = " ".join(f"{leak.what} {leak.fix}" for leak in leaks)
        raise BundlesmithError(f"Training leaks into the tasks: {told}", "Or score as it is, with --allow-leaks.")


def _rows(sheet: Sheet) -> list[Row]:
    return [row for rows in sheet.gold.values() for row in rows]


def _some(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _split_sessions(past: SplitData) -> Leak | None:
    names = sorted(name for name, session in past.sessions.items() if len(session.splits) > 1)
    what = f"{len(names)} sessions are in two splits ({_some(names)})."
    return Leak(what, "Give all rows of a session the same split, and prepare again.", len(names)) if names else None


def _trained_sessions(sheet: Sheet, past: SplitData) -> Leak | None:
    """Tasks whose session has training events."""
    found = []
    for row in _rows(sheet):
        session = past.session(row["id"], held(sheet, row))
        if session is not None and "train" in past.sessions[session].splits:
            found.append(row["id"])
    what = f"{len(found)} tasks are of sessions that are in the training events ({_some(found)})."
    return Leak(what, "Make tasks of sessions of the test split only.", len(found)) if found else None


def _known_bundles(sheet: Sheet, past: SplitData) -> Leak | None:
    """Tasks that use a bundle of which the training split, or two splits, have the same set of items."""
    split_of: dict[frozenset[str], set[str]] = {}
    for bundle in past.bundles or ():
        split_of.setdefault(frozenset(bundle.items), set()).add(bundle.split)
    found = [row["id"] for row in _rows(sheet) if any(_shared(split_of, b) for b in _bundles(sheet, row))]
    what = f"{len(found)} tasks use bundles that training, or two splits, have item by item ({_some(found)})."
    fix = "Prepare with --folds, which keeps identical bundles together, or drop these tasks."
    return Leak(what, fix, len(found)) if found else None


def _shared(split_of: dict[frozenset[str], set[str]], bundle: frozenset[str]) -> bool:
    splits = split_of.get(bundle, set())
    return len(splits) > 1 or "train" in splits


def _bundles(sheet: Sheet, row: Row) -> list[frozenset[str]]:
    """The bundles that a task is made of; of a `complete` task what is given and what is left out."""
    known = sheet.categories
    if row["kind"] == "complete":
        given = [[*sheet.tasks[row["id"]].items, row["target"]]]
    else:
        given = row["bundles"] if row["kind"] == "sessions" else [row["bundle"]]
    return [frozenset(str(item) for item in bundle if str(item) in known) for bundle in given]
