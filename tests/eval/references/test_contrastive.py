from pathlib import Path

import pytest

from bundlesmith.encoder.embedding import embed, item_texts
from bundlesmith.eval.references.contrastive import BundledTexts, Tuning, bundle_pairs, tuned_encoder
from tests.eval.references.small import ITEMS
from tests.shops import make_catalogue


def test_pairs_are_of_one_bundle_or_of_an_intent_and_its_item() -> None:
    together = BundledTexts(item_texts(make_catalogue(ITEMS)), [(0, 1, 2), (3, 4)], ("camping", ""))
    pairs = bundle_pairs(together, 2)
    assert len(pairs) == 2 * (3 + 2 + 1) and pairs == bundle_pairs(together, 2)
    groups = [{"Green tent. Camping", "Gas stove. Camping", "Green mat. Camping", "camping"},
                {"Blue pen. Office", "Oak desk. Office"}]  # fmt: skip
    assert all(a != b and any({a, b} <= some for some in groups) for a, b in pairs)


@pytest.mark.slow
def test_the_tuned_encoder_is_made_once_and_moves_items_of_bundles_together(tmp_path: Path) -> None:
    texts = item_texts(make_catalogue(ITEMS))
    together = BundledTexts(texts, [(0, 3), (1, 4)] * 20, ("",) * 40)
    tuning = Tuning(epochs=1, batch=4, learning_rate=1e-4)
    folder = tuned_encoder(together, tuning, tmp_path)
    made = (folder / "model.safetensors").stat().st_mtime_ns
    assert (
        tuned_encoder(together, tuning, tmp_path) == folder
        and (folder / "model.safetensors").stat().st_mtime_ns == made
    )
    before, after = (vectors @ vectors.T for vectors in (embed(texts), embed(texts, str(folder))))
    assert after[0, 3] - after[0, 4] > before[0, 3] - before[0, 4] + 0.1
