import numpy as np
import pytest
import torch

from bundlesmith.constraints.rules import Rules
from bundlesmith.decoding.beams import log_softmax
from bundlesmith.decoding.engine import FinishedAnswer, GenerationRequest
from bundlesmith.engines.transformers_engine import TransformersEngine
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request

WORDS = ["camping", "a set for the kitchen and something to read", "x"]


def draft(recommender: Recommender, words: str, rules: Rules) -> GenerationRequest:
    request = Request(words=words, rules=rules)
    return GenerationRequest(recommender.openings.prompt(request), recommender.openings.decoder(request, talk=False))


def replayed(engine: TransformersEngine, start: GenerationRequest, written: FinishedAnswer) -> float:
    """The log-probability of an answer by one plain forward pass, without cache, beams or batch."""
    with torch.inference_mode():
        logits = engine.model(torch.tensor([[*start.prompt, *written.tokens]])).logits[0].numpy()
    decoder, total = start.decoder.copy(), 0.0
    for place, token in enumerate(written.tokens, len(start.prompt) - 1):
        allowed = decoder.allowed()
        total += log_softmax(logits[place, allowed])[int(np.flatnonzero(allowed == token)[0])]
        decoder.advance(token)
    return total


def test_scores_are_those_of_a_plain_forward_pass(recommender: Recommender) -> None:
    engine = recommender.engine
    assert isinstance(engine, TransformersEngine)
    generations = [draft(recommender, words, Rules(2, 4, budget=300)) for words in WORDS]
    for start, answers in zip(generations, engine.write(generations, 5, 5), strict=True):
        assert len(answers) == 5
        for written in answers:
            assert written.logprob == pytest.approx(replayed(engine, start, written), abs=1e-3)


def test_a_batch_writes_what_each_draft_alone_would(recommender: Recommender) -> None:
    generations = [draft(recommender, words, Rules(1, 3)) for words in WORDS]
    together = recommender.engine.write(generations, 4, 3)
    alone = [recommender.engine.write([one], 4, 3)[0] for one in generations]
    assert [[w.tokens for w in found] for found in together] == [[w.tokens for w in found] for found in alone]


def test_the_base_models_own_generation_settings_change_nothing(recommender: Recommender) -> None:
    request = [Request(words="camping", n=3)]
    before = recommender.recommend(request, talk=False)
    config = recommender.engine.model.generation_config  # type: ignore[attr-defined]
    config.update(top_k=1, temperature=9.0, max_new_tokens=1)
    assert recommender.recommend(request, talk=False) == before
