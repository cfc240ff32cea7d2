"""The fused parts have the values and gradients of the plain ones, in float64."""

import pytest
import torch
from torch.autograd import gradcheck
from torch.nn import functional

from bundlesmith.finetune.fused import Frozen, adapted, attended, gated, normed, rotated, surprise


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    made = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return made.requires_grad_()


def test_adapted() -> None:
    frozen = [Frozen(numbers(5, 4).detach(), numbers(5).detach(), 2.0), Frozen(numbers(3, 4).detach(), None, 0.5)]
    factors = [numbers(2, 4, seed=1), numbers(5, 2, seed=2), numbers(1, 4, seed=3), numbers(3, 1, seed=4)]
    x = numbers(2, 3, 4, seed=5)
    found = adapted(x, frozen, factors)
    for layer, a, b, each in zip(frozen, factors[::2], factors[1::2], found, strict=True):
        wanted = functional.linear(x, layer.weight, layer.bias) + layer.scale * (x @ a.T @ b.T)
        assert torch.allclose(each, wanted)
    assert gradcheck(lambda x, *factors: adapted(x, frozen, factors), (x, *factors))


def test_normed() -> None:
    x, weight = numbers(2, 3, 4), numbers(4, seed=1).detach()
    assert torch.allclose(normed(x, weight, 1e-3), functional.rms_norm(x, (4,), weight, 1e-3))
    assert gradcheck(lambda x: normed(x, weight, 1e-3), (x,))


def test_gated() -> None:
    gate, up, slope = numbers(3, 4), numbers(3, 4, seed=1), numbers(3, 4, seed=2).detach()
    found, wanted = gated(gate, up * 1), functional.silu(gate) * up
    assert torch.allclose(found, wanted)
    both = [torch.autograd.grad(made, (gate, up), slope, retain_graph=True) for made in (found, wanted)]
    assert all(torch.allclose(*each) for each in zip(*both, strict=True))
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        found.backward(slope)


def test_rotated() -> None:
    heads, angles = numbers(1, 5, 3, 4), torch.arange(10.0, dtype=torch.float64).view(1, 5, 2)
    cos, sin = angles.cos().repeat(1, 1, 2), angles.sin().repeat(1, 1, 2)
    complex_heads = (
        torch.complex(heads[..., :2], heads[..., 2:]) * torch.polar(torch.ones_like(angles), angles)[:, :, None]
    )
    assert torch.allclose(rotated(heads, cos, sin), torch.cat([complex_heads.real, complex_heads.imag], -1))
    assert gradcheck(lambda heads: rotated(heads, cos, sin), (heads,))


def test_attended() -> None:
    query, key, value = numbers(4, 7, 3), numbers(2, 7, 3, seed=1), numbers(2, 7, 3, seed=2)
    bounds = [(0, 2), (2, 3), (3, 7)]
    found = attended(query, key, value, bounds, 0.3)
    for begin, end in bounds:
        parts = (heads[None, :, begin:end] for heads in (query, key, value))
        wanted = functional.scaled_dot_product_attention(*parts, is_causal=True, scale=0.3, enable_gqa=True)
        assert torch.allclose(found[begin:end], wanted[0].transpose(0, 1))
    assert gradcheck(lambda *heads: attended(*heads, bounds, 0.3), (query, key, value))


@pytest.mark.parametrize("some_closed", [False, True])
def test_surprise(some_closed: bool) -> None:
    scores, targets = numbers(3, 5), torch.tensor([4, 0, 2])
    closed = torch.zeros(3, 5, dtype=torch.bool)
    if some_closed:
        closed[0, [0, 2, 3]] = closed[2, [0, 1, 4]] = True
    each = functional.cross_entropy(scores.masked_fill(closed, float("-inf")), targets, reduction="none")
    shares = torch.tensor([0.5, 0.2, 0.3], dtype=torch.float64)
    allowed = [torch.tensor([0, 2]), torch.tensor([0, 0, 2, 2]), torch.tensor([4, 1, 2, 3])]
    found, wanted = surprise(scores * 1, targets, shares, allowed if some_closed else None), (each * shares).sum()
    assert torch.allclose(found, wanted)
    gradients = [torch.autograd.grad(3 * loss, scores, retain_graph=True)[0] for loss in (found, wanted)]
    assert torch.allclose(*gradients)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        found.backward()
