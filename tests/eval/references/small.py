"""A training split of six items, small enough to work everything out by hand."""

from collections.abc import Sequence
from pathlib import Path

from bundlesmith.eval.references.training import TrainingSplit
from tests.shops import make_catalogue

ITEMS = [
    {"id": "tent", "title": "Green tent", "category": ("Camping",), "price": 100.0},
    {"id": "stove", "title": "Gas stove", "category": ("Camping",), "price": 40.0},
    {"id": "mat", "title": "Green mat", "category": ("Camping",), "price": 20.0, "stock": 0},
    {"id": "pen", "title": "Blue pen", "category": ("Office",), "price": 2.0},
    {"id": "desk", "title": "Oak desk", "category": ("Office",), "price": 90.0},
    {"id": "lamp", "title": "Desk lamp", "category": ("Office",), "price": None},
]
TENT, STOVE, MAT, PEN, DESK, LAMP = range(6)


def make_training(
    sessions: Sequence[Sequence[int]] = ((TENT, STOVE), (TENT, STOVE, MAT), (PEN, DESK)),
    bundles: Sequence[Sequence[int]] = ((TENT, MAT), (DESK, PEN)),
    intents: Sequence[str] = ("weekend camping", "work at home"),
    work: Path = Path("nowhere"),
) -> TrainingSplit:
    return TrainingSplit(
        make_catalogue(ITEMS), "0", work, tuple(map(tuple, sessions)), tuple(map(tuple, bundles)), tuple(intents)
    )
