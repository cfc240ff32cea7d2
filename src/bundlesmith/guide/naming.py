"""The intent that agrees most with others. Knows nothing about where intents come from."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bundlesmith.overlap import f1, words


def agreed(intents: Sequence[str], say: Sequence[float] | NDArray[np.floating]) -> str:
    """The intent whose words overlap most with all intents, each counting by its *say*: the least expected loss."""
    said = [words(intent) for intent in intents]
    votes = [sum(float(weight) * f1(own, other) for weight, other in zip(say, said, strict=True)) for own in said]
    return intents[int(np.argmax(votes))]
