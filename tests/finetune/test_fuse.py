"""Models with fused parts are the models that they were."""

from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import GemmaConfig, LlamaConfig, MistralConfig, PreTrainedConfig

from bundlesmith.finetune.attention import attend_apart
from bundlesmith.finetune.fuse import fuse
from tests.finetune.test_attention import KINDS, POSITIONS, model_of

IDS = torch.arange(len(POSITIONS))[None] * 3 % 50
WHOLE = {"sliding_window": None}


def adapted_model(kind: type[PreTrainedConfig], lora: dict[str, Any], **more: Any) -> PeftModel:
    """A model in which nothing is 0, attended apart."""
    model = model_of(kind, **more)
    attend_apart(model)
    config = LoraConfig(**{"r": 3, "lora_alpha": 5, "target_modules": "all-linear", "task_type": "CAUSAL_LM", **lora})
    adapted = get_peft_model(model, config)
    torch.manual_seed(1)
    for parameter in adapted.parameters():
        parameter.data += torch.randn_like(parameter) * 0.1
    return adapted


def scores_and_gradients(model: PeftModel) -> list[torch.Tensor]:
    scores = model(input_ids=IDS, position_ids=torch.tensor([POSITIONS]), use_cache=False).logits
    model.zero_grad()
    scores.logsumexp(-1).sum().backward()
    return [scores.detach(), *(p.grad.clone() for p in model.parameters() if p.requires_grad)]


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_scores_and_all_gradients_stay(kind: type[PreTrainedConfig], checkpointing: bool) -> None:
    model = adapted_model(kind, {}, **(WHOLE if kind is MistralConfig else {})).train()
    plain, names = scores_and_gradients(model), list(model.state_dict())
    assert fuse(model) == ""
    if checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
        model.enable_input_require_grads()
    fused = scores_and_gradients(model)
    assert names == list(model.state_dict())
    assert len(plain) == 1 + 2 * 2 * 7  # A and B of seven products in two layers
    for found, wanted in zip(fused, plain, strict=True):
        assert torch.allclose(found, wanted, atol=1e-5, rtol=1e-4)
    assert {type(node).__name__ for node in _graph(model)} >= {"_AdaptedBackward", "_NormedBackward", "_GatedBackward"}


def _graph(model: PeftModel) -> list[Any]:
    """The steps of the gradient of a fused model's scores, of the last layer if activations are computed twice."""
    seen, left = [], [model.base_model.model.model(input_ids=IDS, position_ids=torch.tensor([POSITIONS]))[0].grad_fn]
    while left:
        node = left.pop()
        if node is not None and node not in seen:
            seen.append(node)
            left += [before for before, _ in node.next_functions]
    return seen


def test_without_its_adapter_and_merged_a_model_is_its_base() -> None:
    model = adapted_model(LlamaConfig, {}).eval()
    ids = {"input_ids": IDS, "position_ids": torch.tensor([POSITIONS]), "use_cache": False}
    with torch.no_grad():
        tuned = model(**ids).logits
        with model.disable_adapter():
            plain = model(**ids).logits
        assert fuse(model) == ""
        with model.disable_adapter():
            assert torch.allclose(model(**ids).logits, plain, atol=1e-6)
        model.merge_adapter()
        assert torch.allclose(model(**ids).logits, tuned, atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "lora", "more", "reason"),
    [
        (GemmaConfig, {}, {}, "gemma doesn't attend"),
        (MistralConfig, {}, {"sliding_window": 8}, "mistral doesn't attend"),
        (LlamaConfig, {}, {"hidden_act": "gelu"}, "use gelu"),
        (LlamaConfig, {"lora_dropout": 0.1}, {}, "q_proj has dropout"),
        (LlamaConfig, {"use_dora": True}, {}, "one that isn't plain"),
        (LlamaConfig, {"target_modules": ["q_proj", "v_proj"]}, {}, "k_proj has no LoRA"),
    ],
)
def test_others_stay_as_they_are_and_say_why(
    kind: type[PreTrainedConfig], lora: dict[str, Any], more: dict[str, Any], reason: str
) -> None:
    model = adapted_model(kind, lora, **more)
    assert reason in fuse(model)
    assert not any("forward" in vars(module) for module in model.get_base_model().model.layers.modules())


def test_in_bfloat16_it_is_as_near_to_float32_as_the_plain_steps_are() -> None:
    exact = scores_and_gradients(adapted_model(LlamaConfig, {}).train())
    model = adapted_model(LlamaConfig, {}).train()
    for name, parameter in model.named_parameters():
        if "lora_" not in name:
            parameter.data = parameter.data.bfloat16()
    plain = _distances(scores_and_gradients(model), exact)
    assert fuse(model) == ""
    fused = _distances(scores_and_gradients(model), exact)
    assert {p.dtype for p in model.parameters() if p.requires_grad} == {torch.float32}
    assert 0 < max(fused) < 0.1 and sum(fused) < 1.25 * sum(plain)


def _distances(found: list[torch.Tensor], wanted: list[torch.Tensor]) -> list[float]:
    """|found - wanted| / |wanted| of each."""
    return [float((a - b).norm() / b.norm()) for a, b in zip(found, wanted, strict=True)]


def test_in_float16_it_stays_as_it_is() -> None:
    assert "isn't in float32 or bfloat16" in fuse(adapted_model(LlamaConfig, {}).half())
