"""Both encoders of words, for real."""

import numpy as np
import pytest

from bundlesmith.encoder.adapter import shopping_encoder
from bundlesmith.encoder.embedding import MPNET, embed
from bundlesmith.encoder.words import embed_words

pytestmark = pytest.mark.slow


def test_a_cosine_is_the_mean_of_those_of_both_encoders() -> None:
    texts = ["last august I peeled like an onion", "sun care set", "wood care set"]
    each = [embed(texts, encoder) for encoder in (str(shopping_encoder()), MPNET)]
    vectors = embed_words(texts)
    assert np.allclose(vectors @ vectors.T, np.mean([one @ one.T for one in each], axis=0), atol=1e-6)
    assert vectors.dtype == np.float32 and np.allclose(np.linalg.norm(vectors, axis=1), 1)
