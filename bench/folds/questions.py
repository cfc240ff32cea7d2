"""What is asked on folds: for each bundle a session left out, its items one by one, with and without the others known.

folds_of(cases, 5)                 which bundles are asked for in each fold; a session is never parted
questions_of(cases, asked)         what is asked of them
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bundlesmith.data.cases import Case, load_cases
from bundlesmith.data.catalogue import Catalogue

_SEED = 5


@dataclass(frozen=True, slots=True)
class Question:
    """Which item is wanted, by the words of a bundle and others of its items.

    Attributes:
        case: the number of the bundle.
        chosen: the rows that are known; none if the first item is asked for.
        wanted: the rows that are right; of several each counts alike.
        complement: whether what is wanted is of another category than everything chosen.
    """

    case: int
    chosen: tuple[int, ...]
    wanted: tuple[int, ...]
    complement: bool


def known_cases(data: Path, catalogue: Catalogue) -> list[Case]:
    """The bundles of at least two items of all splits but test, which stays unread."""
    splits = (load_cases(data, catalogue, split) for split in ("train", "valid"))
    return [case for split in splits for case in split if len(case.bundle) > 1]


def folds_of(cases: Sequence[Case], count: int, among: Sequence[int] | None = None) -> list[list[int]]:
    """The numbers of the cases in *count* parts, each session in one: drawn by a fixed seed.

    Args:
        cases: all of them.
        count: of the parts.
        among: the numbers that are parted; None: all.
    """
    numbers = range(len(cases)) if among is None else among
    sessions = sorted({session_key(cases, at) for at in numbers})
    random.Random(_SEED).shuffle(sessions)
    place = {session: at % count for at, session in enumerate(sessions)}
    parts: list[list[int]] = [[] for _ in range(count)]
    for at in numbers:
        parts[place[session_key(cases, at)]].append(at)
    return parts


def session_key(cases: Sequence[Case], at: int) -> tuple[int, ...]:
    """What tells a session from others; people who marked the same one saw the same items."""
    return cases[at].session or (-1, at)


def questions_of(cases: Sequence[Case], asked: Sequence[int], catalogue: Catalogue) -> Iterator[Question]:
    """For each of these bundles: the first item, by words; then each item beside all others."""
    for at in asked:
        bundle = cases[at].bundle
        if cases[at].intent.strip():
            yield Question(at, (), bundle, False)
        for place, row in enumerate(bundle):
            chosen = bundle[:place] + bundle[place + 1 :]
            kinds = {catalogue.categories[other] for other in chosen}
            yield Question(at, chosen, (row,), catalogue.categories[row] not in kinds)
