"""How well `bundlesmith.explain.claims` tells true texts from texts with a lie, by planted lies.

    python -m bench.claims DATA …        # folders that `prepare` wrote

Recall: the share of texts with a lie in which some claim doesn't hold. False alarms: the share of true texts of which
that is said. Precision: the share of texts with a lie among all that are said to have one. Each kind of claim is
counted by itself, too; what was missed is shown. `--wordings NAME` takes one set alone.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.planted import SETS, WORDINGS, Planted, Wordings, planted, scenes
from bench.table import publish
from bundlesmith.explain.claims.book import Book
from bundlesmith.explain.claims.read import read_claims

SCENES, SEED = 120, 7


@dataclass(frozen=True, slots=True)
class Outcome:
    """A text, and which of its words were said to be wrong."""

    planted: Planted
    wrong: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether a lie was found, or a true text left alone."""
        return bool(self.wrong) == bool(self.planted.lie)


def outcomes(data: Path, most: int = SCENES, seed: int = SEED, wordings: Wordings = WORDINGS) -> list[Outcome]:
    """Plant lies into texts about *most* bundles of prepared data, and check them all."""
    rng = random.Random(seed)
    found, book = scenes(data, most, rng), None
    checked = []
    for facts in found:
        book = book or Book(facts.catalogue)  # type: ignore[arg-type]
        for text in planted(facts, rng, wordings):
            wrong = [each.claim.text for each in read_claims(text.text, facts, book) if not each.holds]
            checked.append(Outcome(text, tuple(wrong)))
    return checked


def share(found: Iterable[bool]) -> float:
    """The share of True; 0 of none."""
    values = list(found)
    return sum(values) / len(values) if values else 0.0


def recall(found: Sequence[Outcome]) -> float:
    """The share of lies that were found."""
    return share(bool(each.wrong) for each in found if each.planted.lie)


def false_alarms(found: Sequence[Outcome]) -> float:
    """The share of true texts that were said to have a lie."""
    return share(bool(each.wrong) for each in found if not each.planted.lie)


def precision(found: Sequence[Outcome]) -> float:
    """The share of texts with a lie among those that were said to have one."""
    return share(bool(each.planted.lie) for each in found if each.wrong)


def show(name: str, found: Sequence[Outcome], screen: Console) -> None:
    """Print the figures of each kind, and what went wrong."""
    table = Table("kind", "lies", "found", "true texts", "false alarms", title=f"Claims about {name}")
    for kind in [*dict.fromkeys(each.planted.kind for each in found), "all"]:
        of = [each for each in found if kind == each.planted.kind or (kind == "all" and is_worded(each))]
        lies = Counter(bool(each.planted.lie) for each in of)
        table.add_row(kind, str(lies[True]), f"{recall(of):.1%}", str(lies[False]), f"{false_alarms(of):.1%}")
    screen.print(table)
    wrong: dict[tuple[str, str], list[Outcome]] = {}
    for each in found:
        if not each.right:
            wrong.setdefault((each.planted.kind, each.planted.wording), []).append(each)
    for (kind, wording), some in sorted(wrong.items(), key=lambda pair: -len(pair[1])):
        first = some[0]
        said = f"missed [{first.planted.lie}]" if first.planted.lie else f"false alarm {list(first.wrong)}"
        line = f"{len(some)} of {kind} «{wording}»: {said}: {first.planted.text}"
        screen.print(line, markup=False, highlight=False, soft_wrap=True)


def is_worded(outcome: Outcome) -> bool:
    """Whether a text is of the wordings; the package's own true texts are counted by themselves."""
    return outcome.planted.kind not in ("template", "reason")


def figures(data: str, wordings: str, found: Sequence[Outcome]) -> dict[str, Any]:
    """One row of the summary: of the texts with wordings, and false alarms about the package's own."""
    worded = [each for each in found if is_worded(each)]
    lies = sum(bool(each.planted.lie) for each in worded)
    return {
        "data": data,
        "wordings": wordings,
        "lies": lies,
        "recall": recall(worded),
        "true texts": len(worded) - lies,
        "false alarms": false_alarms(worded),
        "precision": precision(worded),
        "false alarms, own texts": false_alarms([each for each in found if not is_worded(each)]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", nargs="+", type=Path, help="folders that `bundlesmith prepare` wrote")
    parser.add_argument("--bundles", type=int, default=SCENES, help="about how many bundles texts are written")
    parser.add_argument("--wordings", nargs="+", choices=SETS, default=list(SETS), help="sets of wordings")
    given = parser.parse_args()
    rows, screen = [], Console(width=200)
    for folder in given.data:
        for name in given.wordings:
            found = outcomes(folder, given.bundles, SEED, SETS[name])
            show(f"{folder.name}, {name} wordings", found, screen)
            rows.append(figures(folder.name, name, found))
    publish("claims", rows)


if __name__ == "__main__":
    main()
