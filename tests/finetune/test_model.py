"""Models that are loaded at the same time are whole."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bundlesmith.encoder.embedding import MINILM, load_encoder
from bundlesmith.finetune.model import placed, tuned_model
from bundlesmith.run import load_run


@pytest.mark.slow
def test_models_that_are_loaded_at_once_keep_their_tied_weights(tiny_run: Path) -> None:
    run = load_run(tiny_run)

    def tied(_: int) -> bool:
        model: Any = tuned_model(run.folder, run.settings, run.tokenizer)
        return bool(model.get_input_embeddings().weight is model.get_output_embeddings().weight)

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(tied, range(8)))


@pytest.mark.slow
def test_an_encoder_is_loaded_meanwhile_and_both_have_their_weights(tiny_run: Path) -> None:
    run = load_run(tiny_run)
    with ThreadPoolExecutor(2) as threads:
        for _ in range(3):
            encoders = threads.submit(lambda: [load_encoder(MINILM) for _ in range(3)])
            placed(tuned_model(run.folder, run.settings, run.tokenizer))
            encoders.result()
