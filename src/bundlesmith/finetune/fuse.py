"""Which models train with the fused parts, and how: the forward passes of their attention, feed-forward and norms.

A decoder layer of these models is told to compute itself with `bundlesmith.finetune.fused`. Its parameters, their
names and what is saved stay as they are.
"""

from types import MethodType
from typing import TYPE_CHECKING, Any

from bundlesmith.finetune.attention import ATTENTION_NAME, attend

if TYPE_CHECKING:
    from torch import Tensor

    from bundlesmith.finetune.model import Model

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
FEED_FORWARD = ("gate_proj", "up_proj", "down_proj")


def fuse(model: "Model") -> str:
    """Let a model with LoRA, whose examples are attended apart (`attend_apart`), train with the fused parts on the CPU.

    Returns:
        why it doesn't, so that the model stays as it is, and is right, but slower; "" if it does.
    """
    from peft import PeftModel

    base: Any = model.get_base_model() if isinstance(model, PeftModel) else model
    if base.config._attn_implementation != ATTENTION_NAME:
        return f"a {base.config.model_type} doesn't attend to examples apart"
    if base.config.hidden_act != "silu":
        return f"its feed-forward parts use {base.config.hidden_act}"
    layers = base.model.layers
    for layer in layers:
        for part, names in ((layer.self_attn, ATTENTION), (layer.mlp, FEED_FORWARD)):
            for name in names:
                if reason := _unlike(getattr(part, name)):
                    return f"{name} {reason}"
    for layer in layers:
        layer.self_attn.forward = MethodType(_attention, layer.self_attn)
        layer.mlp.forward = MethodType(_feed_forward, layer.mlp)
    for name, module in base.model.named_modules():
        if name.endswith("norm"):
            module.forward = MethodType(_norm, module)
    return ""


def _unlike(layer: Any) -> str:
    """Why a layer isn't plain LoRA on frozen numbers in float32 or bfloat16 on the CPU; "" if it is."""
    import torch
    from peft.tuners.lora.layer import Linear

    from bundlesmith.finetune.fused import DTYPES

    if type(layer) is not Linear or type(layer.base_layer) is not torch.nn.Linear:
        return "has no LoRA, or one of another kind"
    (name, *others), weight = layer.active_adapters, layer.base_layer.weight
    if others or name in layer.lora_variant or layer.lora_B[name].bias is not None:
        return "has several adapters, or one that isn't plain"
    if type(layer.lora_dropout[name]) is not torch.nn.Identity:
        return "has dropout"
    if any(p.dtype not in DTYPES or p.device.type != "cpu" for p in layer.parameters()):
        return "isn't in float32 or bfloat16 on the CPU"
    return "is trained itself" if weight.requires_grad else ""


def _norm(self: Any, hidden_states: "Tensor") -> "Tensor":
    from bundlesmith.finetune.fused import normed

    return normed(hidden_states, self.weight, self.variance_epsilon)


def _through(x: "Tensor", *layers: Any) -> "tuple[Tensor, ...]":
    from bundlesmith.finetune.fused import Frozen, adapted

    name = layers[0].active_adapters[0]
    if any(layer.merged or layer.disable_adapters for layer in layers):
        return tuple(layer(x) for layer in layers)
    factors = [ab[name].weight for layer in layers for ab in (layer.lora_A, layer.lora_B)]
    frozen = [Frozen(layer.base_layer.weight, layer.base_layer.bias, layer.scaling[name]) for layer in layers]
    return adapted(x, frozen, factors)


def _feed_forward(self: Any, x: "Tensor") -> "Tensor":
    from bundlesmith.finetune.fused import gated

    return _through(gated(*_through(x, self.gate_proj, self.up_proj)), self.down_proj)[0]


def _attention(
    self: Any,
    hidden_states: "Tensor",
    position_embeddings: "tuple[Tensor, Tensor]",
    attention_mask: "Tensor | None" = None,
    past_key_values: Any = None,
    **kwargs: Any,
) -> "tuple[Tensor, Tensor | None]":
    """As transformers has it, but for kept keys, with which no training goes on."""
    from bundlesmith.finetune.fused import rotated

    if past_key_values is not None:
        found: tuple[Tensor, Tensor | None] = type(self).forward(
            self,
            hidden_states=hidden_states,
            position_embeddings=position_embeddings,
            attention_mask=attention_mask,
            past_key_values=past_key_values,
            **kwargs,
        )
        return found
    made = _through(hidden_states, self.q_proj, self.k_proj, self.v_proj)
    query, key, value = (each.view(*each.shape[:-1], -1, self.head_dim) for each in made)
    if hasattr(self, "q_norm"):
        query, key = self.q_norm(query), self.k_norm(key)
    query, key = (rotated(each, *position_embeddings) for each in (query, key))
    seen, weights = attend(
        self,
        query.transpose(1, 2),
        key.transpose(1, 2),
        value.transpose(1, 2),
        attention_mask,
        dropout=self.attention_dropout if self.training else 0.0,
        scaling=self.scaling,
        **kwargs,
    )
    return _through(seen.flatten(2), self.o_proj)[0], weights
