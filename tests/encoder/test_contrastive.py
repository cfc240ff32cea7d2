from pathlib import Path

import pytest

from bundlesmith.encoder.contrastive import fit_pairs, minilm
from bundlesmith.errors import DivergedError


@pytest.mark.slow
def test_an_encoder_that_diverges_is_an_error(tmp_path: Path) -> None:
    pairs = [(f"a tent for {number}", f"a stove of {number} flames") for number in range(8)]
    with pytest.raises(DivergedError, match=r"learning rate of 1e\+38"):
        fit_pairs(minilm(16), pairs, batch=4, learning_rate=1e38, work=tmp_path)
