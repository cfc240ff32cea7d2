"""Randomness that is the same on every engine: noise on the scores of what may come next, and then the best of them.

With Gumbel noise the best token is a sample of the softmax (Gumbel, 1954; Maddison et al., "A* Sampling", 2014). It is
drawn from a seed, the place in the answer and the order of the allowed tokens, so an engine that takes the best token
writes the same answer as any other: no engine's own generator has a say.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Noise:
    """What is added to scores.

    Attributes:
        temperature: that of the softmax of which the tokens are samples; 0: no noise, the likeliest token is written.
        seed: 0 or more; the same seed, the same answer.
    """

    temperature: float = 0.0
    seed: int = 0

    def at(self, place: int, size: int) -> NDArray[np.float64]:
        """The noise at the answer's token *place* (from 0) with *size* allowed tokens, in their order: [size]."""
        return self.temperature * np.random.default_rng((self.seed, place)).gumbel(size=size)


SILENCE = Noise()
