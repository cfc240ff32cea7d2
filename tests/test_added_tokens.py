"""How the rows of the tokens that a semantic spelling adds begin: by hand, on tokens of one letter."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerBase, T5Tokenizer

from bundlesmith.decoding.lexicon import build_lexicon
from bundlesmith.finetune.model import start_added_tokens

from .shops import make_catalogue

WIDTH = 8
BASE = 109  # <pad> </s> <unk> ▁ a b c ▁a ▁b, and 100 sentinels


@pytest.fixture
def tokenizer() -> PreTrainedTokenizerBase:
    marks = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    letters = [("a", -3.0), ("b", -3.0), ("c", -3.0), ("▁a", -3.0), ("▁b", -3.0)]
    return T5Tokenizer(vocab=[*marks, *letters])


def small_model(tied: bool) -> LlamaForCausalLM:
    torch.manual_seed(0)
    sizes = {"hidden_size": WIDTH, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    return LlamaForCausalLM(LlamaConfig(vocab_size=BASE + 4, tie_word_embeddings=tied, **sizes))


@pytest.mark.parametrize("tied", [False, True])
def test_a_new_token_begins_as_the_mean_of_the_titles_that_it_spells(
    tokenizer: PreTrainedTokenizerBase, tied: bool
) -> None:
    catalogue = make_catalogue([{"title": "abc"}, {"title": "b"}, {"title": "aa"}])
    lexicon = build_lexicon(catalogue, ["ab", "ab"], tokenizer, "title")
    assert len(tokenizer) == BASE
    tokenizer.add_tokens(["<a_0>", "<a_1>", "<b_0>", "<b_1>"])
    # The items are spelt <a_0><b_0>, <a_0><b_1> and <a_0>; <a_1> spells none.
    a_0, _, b_0, b_1 = range(BASE, BASE + 4)
    lexicon = replace(lexicon, tokens=((a_0, b_0), (a_0, b_1), (a_0,)))
    model = small_model(tied)
    inside, outside = model.get_input_embeddings().weight, model.get_output_embeddings().weight
    before = [weight.detach().clone() for weight in (inside, outside)]
    start_added_tokens(model, lexicon, catalogue, tokenizer, BASE)
    assert (inside is outside) == tied
    for old, weight in zip(before, (inside, outside), strict=True):
        piece = dict(zip(["a", "b", "c", "_a", "_b"], old[4:9].numpy(), strict=True))
        titles = [(piece["_a"] + piece["b"] + piece["c"]) / 3, piece["_b"], (piece["_a"] + piece["a"]) / 2]
        mean = np.mean(titles, axis=0)
        expected = np.array([mean, mean, titles[0], titles[1]])  # <a_0> spells all three, <a_1> none
        np.testing.assert_allclose(weight[BASE:].detach().numpy(), expected, atol=1e-6)
        assert torch.equal(weight[:BASE], old[:BASE])
