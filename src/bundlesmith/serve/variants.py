"""Which side of an experiment a customer is on: always the same, in every process, without anything being kept."""

import hashlib
from dataclasses import dataclass
from typing import Literal

Variant = Literal["A", "B"]


@dataclass(frozen=True, slots=True)
class Side:
    """Who answers a request: a model, and the side of an experiment that it is on, if one runs."""

    model: str
    variant: str | None = None


def side_of(experiment: str, user: str, percent: int) -> Variant:
    """The side of a customer.

    Args:
        experiment: its name; in another experiment the same customers are divided anew.
        user: their id.
        percent: how many of a hundred are on side B. When it grows, nobody who was on B goes to A.
    """
    digest = hashlib.sha256(f"{len(experiment)}:{experiment}{user}".encode()).digest()
    return "B" if int.from_bytes(digest[:8]) < percent * 2**64 // 100 else "A"
