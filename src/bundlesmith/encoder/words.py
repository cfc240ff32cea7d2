"""How what people say is read: by the encoder that was taught situations, and by a larger one as it comes.

    embed_words(["nobody has slept since tuesday"])

Side by side they find what was meant far oftener than either does alone. The larger one, all-mpnet-base-v2, knows more
of the world and takes six times as long, so it reads requests and what sets are called, and never a catalogue.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bundlesmith.encoder.adapter import shopping_encoder
from bundlesmith.encoder.embedding import MPNET, embed


def words_encoder() -> str:
    """Names both: vectors of other encoders don't compare."""
    return f"{shopping_encoder().name} {MPNET}"


def embed_words(texts: Sequence[str]) -> NDArray[np.float32]:
    """Embed texts by both encoders; see `embed`.

    Returns:
        float32 [N, 384 + 768], of length 1: the numbers of `shopping_encoder`, then those of all-mpnet-base-v2, so a
        cosine is the mean of theirs.

    Raises:
        BundlesmithError: if one of them can't be loaded.
    """
    both = embed(texts, str(shopping_encoder())), embed(texts, MPNET)
    vectors: NDArray[np.float32] = np.concatenate(both, 1) / np.sqrt(np.float32(2))
    return vectors
