from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import GenerationConfig, T5Config, T5ForConditionalGeneration

from bundlesmith.constraints.rules import Rules
from bundlesmith.decoding.decoder import parse_answer
from bundlesmith.engines.transformers_processor import SetLogitsProcessor
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request

REQUESTS = [
    Request(words="camping", rules=Rules(2, 3, budget=300)),
    Request(words="a gift", rules=Rules(3, 4, per_brand=1, slots=("Camping & Outdoor",))),
]


@pytest.fixture(params=["greedy", "sample", "beams"])
def config(request: pytest.FixtureRequest, recommender: Recommender) -> GenerationConfig:
    options: dict[str, dict[str, Any]] = {
        "greedy": {},
        "sample": {"do_sample": True, "num_return_sequences": 3},
        "beams": {"num_beams": 4, "num_return_sequences": 2, "renormalize_logits": True},
    }
    end = recommender.run.lexicon.marks.end
    return GenerationConfig(max_new_tokens=120, eos_token_id=end, pad_token_id=end, **options[request.param])


def check(output: torch.Tensor, start: int, recommender: Recommender) -> None:
    """Every row of `generate` is a whole answer to its request by the grammar."""
    each = len(output) // len(REQUESTS)
    end = recommender.run.lexicon.marks.end
    for place, row in enumerate(output[:, start:].tolist()):
        decoder = recommender.openings.decoder(REQUESTS[place // each], talk=False)
        answer = row[: row.index(end)] if end in row else row
        assert parse_answer(decoder.grammar, decoder.choice, answer).done


def test_a_decoder_only_model(recommender: Recommender, config: GenerationConfig) -> None:
    torch.manual_seed(0)
    prompts = [recommender.openings.prompt(request) for request in REQUESTS]
    longest, end = max(map(len, prompts)), recommender.run.lexicon.marks.end
    ids = torch.tensor([[end] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    constrain = SetLogitsProcessor([recommender.openings.decoder(r, talk=False) for r in REQUESTS], longest)
    model = recommender.engine.model  # type: ignore[attr-defined]
    output = model.generate(ids, attention_mask=mask, generation_config=config, logits_processor=[constrain])
    check(output, longest, recommender)


def test_an_encoder_decoder_model(recommender: Recommender, config: GenerationConfig, tmp_path: Path) -> None:
    torch.manual_seed(0)
    size = len(recommender.run.tokenizer)
    t5 = T5ForConditionalGeneration(
        T5Config(vocab_size=size, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, decoder_start_token_id=0)
    ).eval()
    config.decoder_start_token_id = 0
    ids = torch.tensor([recommender.openings.prompt(REQUESTS[0])[:20], recommender.openings.prompt(REQUESTS[1])[:20]])
    constrain = SetLogitsProcessor([recommender.openings.decoder(r, talk=False) for r in REQUESTS], start=1)
    check(t5.generate(ids, generation_config=config, logits_processor=[constrain]), 1, recommender)
