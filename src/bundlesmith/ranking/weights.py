"""The weights of a ranker: learnt for a shop, or those that the package ships for shops that have little to learn from.

`python -m bundlesmith.finetune.default_ranker` learns the latter on the sample shop, and writes `weights.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from bundlesmith.files import read_json
from bundlesmith.ranking.evidence import Table

SHIPPED = Path(__file__).with_suffix(".json")
Shop = Literal["catalogue", "baskets", "bundles"]
"""What a shop has: a catalogue alone; also what was bought together; also what those sets are for."""


@dataclass(frozen=True, slots=True, eq=False)
class RankerWeights:
    """What a ranker weighs its features by.

    Attributes:
        opening, going_on: a weight a feature, where nothing is chosen and beside chosen items.
        alike, same_need: items whose texts, or the needs that they meet, are nearer hardly ever stand in one bundle.
        repeat: what an item loses in a draft that has one of its category already, in nats.
        size: how many items a bundle has, where no bundle tells.
    """

    opening: Table
    going_on: Table
    alike: float
    same_need: float
    repeat: float
    size: int

    @classmethod
    def of(cls, made: Mapping[str, Any]) -> Self:
        """Read from JSON values."""
        opening, going_on = (np.array(made[name], np.float32) for name in ("opening", "going_on"))
        return cls(
            opening, going_on, float(made["alike"]), float(made["same_need"]), float(made["repeat"]), int(made["size"])
        )

    @property
    def values(self) -> dict[str, Any]:
        """As JSON values."""
        opening, going_on = ([round(weight, 4) for weight in each.tolist()] for each in (self.opening, self.going_on))
        bars = {"alike": self.alike, "same_need": self.same_need, "repeat": self.repeat}
        return {"opening": opening, "going_on": going_on, **bars, "size": self.size}


def shipped_weights(shop: Shop) -> RankerWeights:
    """Those that the package ships for shops of a kind."""
    return RankerWeights.of(read_json(SHIPPED)[shop])
