from pathlib import Path

import pytest
import torch

from bundlesmith.serve.likelihood import mean_log_probabilities


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tiny_base", "tiny_t5_base"])
def test_likelihoods_are_those_of_each_answer_read_alone(kind: str, request: pytest.FixtureRequest) -> None:
    from bundlesmith.base import load_model

    folder: Path = request.getfixturevalue(kind)
    model = load_model(str(folder)).eval()
    prompt, answers = [5, 9, 11], [[7], [7, 8, 6], [12, 3]]
    found = mean_log_probabilities(model, prompt, answers)
    for answer, value in zip(answers, found, strict=True):
        if model.config.is_encoder_decoder:
            labels = {"input_ids": torch.tensor([prompt]), "labels": torch.tensor([answer])}
        else:
            labels = {"input_ids": torch.tensor([prompt + answer]), "labels": torch.tensor([[-100] * 3 + answer])}
        with torch.inference_mode():
            assert value == pytest.approx(-float(model(**labels).loss), abs=1e-4)
    assert mean_log_probabilities(model, prompt, []) == []
