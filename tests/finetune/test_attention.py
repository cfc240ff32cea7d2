import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    GemmaConfig,
    LlamaConfig,
    MistralConfig,
    PreTrainedConfig,
    Qwen2Config,
    Qwen3Config,
)

from bundlesmith.finetune import attention
from bundlesmith.finetune.attention import ATTENTION_NAME, attend_apart

SIZES = {
    "vocab_size": 50,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
}
KINDS = (LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config)
POSITIONS = [*range(5), *range(1), *range(7), *range(4)]


def model_of(kind: type[PreTrainedConfig], **more: object) -> torch.nn.Module:
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(kind(**SIZES, **more)).eval()


def scores_and_gradient(model: torch.nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.arange(len(POSITIONS))[None] * 3 % 50
    scores = model(input_ids=ids, position_ids=torch.tensor([POSITIONS]), use_cache=False).logits
    model.zero_grad()
    scores.logsumexp(-1).sum().backward()
    return scores.detach(), model.model.layers[0].self_attn.k_proj.weight.grad.clone()


@pytest.mark.parametrize("longest", [6, 7], ids=["as rows", "one by one"])
@pytest.mark.parametrize("kind", KINDS)
def test_examples_apart_have_the_scores_and_gradients_of_masked_ones(
    kind: type[PreTrainedConfig], longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "_LONGEST", longest)
    model = model_of(kind, **({"sliding_window": None} if kind is MistralConfig else {}))
    masked = scores_and_gradient(model)
    assert attend_apart(model) and model.config._attn_implementation == ATTENTION_NAME
    for found, wanted in zip(scores_and_gradient(model), masked, strict=True):
        assert torch.allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("model", [model_of(GemmaConfig), model_of(MistralConfig, sliding_window=8)])
def test_other_kinds_keep_their_attention(model: torch.nn.Module) -> None:
    assert not attend_apart(model) and model.config._attn_implementation == "sdpa"


def test_writing_on_with_kept_keys_is_refused() -> None:
    model = model_of(LlamaConfig)
    attend_apart(model)
    with pytest.raises(ValueError, match="one whole row"):
        model.generate(torch.tensor([[1, 2, 3]]), max_new_tokens=3, do_sample=False)
