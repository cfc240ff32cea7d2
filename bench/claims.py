"""How well `bundlesmith.claims` tells true texts from texts with a lie, by planted lies.

    python -m bench.claims DATA …        # folders that `prepare` wrote

Recall: the share of texts with a lie in which some claim doesn't hold. False alarms: the share of true texts of which
that is said. Precision: the share of texts with a lie among all that are said to have one. Each kind of claim is
counted by itself, too; what was missed is shown. `--unseen` takes wordings that the checker was not made for.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.planted import UNSEEN, WORDINGS, Planted, Wordings, planted, scenes
from bundlesmith.claims.book import Book
from bundlesmith.claims.read import read_claims

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
        of = [each for each in found if kind in (each.planted.kind, "all")]
        lies = Counter(bool(each.planted.lie) for each in of)
        table.add_row(kind, str(lies[True]), f"{recall(of):.1%}", str(lies[False]), f"{false_alarms(of):.1%}")
    screen.print(table)
    screen.print(f"precision {precision(found):.1%}")
    for each in found:
        if not each.right:
            said = f"missed [{each.planted.lie}]" if each.planted.lie else f"false alarm {list(each.wrong)}"
            screen.print(f"{each.planted.kind}: {said}: {each.planted.text}", markup=False, highlight=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", nargs="+", type=Path, help="folders that `bundlesmith prepare` wrote")
    parser.add_argument("--bundles", type=int, default=SCENES, help="about how many bundles texts are written")
    parser.add_argument("--unseen", action="store_true", help="wordings that the checker was not made for")
    given = parser.parse_args()
    for folder in given.data:
        show(
            folder.name, outcomes(folder, given.bundles, SEED, UNSEEN if given.unseen else WORDINGS), Console(width=200)
        )


if __name__ == "__main__":
    main()
