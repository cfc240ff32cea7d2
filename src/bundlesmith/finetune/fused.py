"""The parts of a decoder layer with LoRA as few passes over memory, each with its own gradient.

What PyTorch does in several steps, each of which reads and writes all activations, is done in place here as far as it
can be; the mathematics is the same. Frozen weights get no gradient.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import Function, once_differentiable

Bounds = Sequence[tuple[int, int]]

DTYPES = (torch.float32, torch.bfloat16)
"""Of activations and frozen weights; adapters may be in float32 beside either."""


@dataclass(frozen=True, slots=True, eq=False)
class Frozen:
    """A layer that isn't trained itself: weight [O, I], bias [O] or None; and the scale of its adapter."""

    weight: Tensor
    bias: Tensor | None
    scale: float


def _applied(part: Any, *args: Any) -> Any:
    """The value of a part that has a gradient of its own."""
    return part.apply(*args)


def adapted(x: Tensor, frozen: Sequence[Frozen], factors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """What layers with LoRA make of the same input, whose products with the adapters' A are one product.

    Args:
        x: [..., I].
        factors: A [r, I] and B [O, r] of each layer in turn.

    Returns:
        for each layer x weight' + bias + scale · x A' B': [..., O].
    """
    made = _applied(_Adapted, x.reshape(-1, x.shape[-1]), frozen, *factors)
    return tuple(each.view(*x.shape[:-1], -1) for each in made)


class _Adapted(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, frozen: Sequence[Frozen], *factors: Tensor) -> tuple[Tensor, ...]:
        down, ups = torch.cat(factors[::2]).to(x.dtype), [up.to(x.dtype) for up in factors[1::2]]
        low = torch.mm(x, down.t())
        made = []
        for layer, up, part in zip(frozen, ups, _parts(low, ups), strict=True):
            whole = torch.nn.functional.linear(x, layer.weight, layer.bias)
            made.append(whole.addmm_(part.mul_(layer.scale), up.t()))
        ctx.save_for_backward(x, low, down, *ups)
        ctx.frozen = frozen
        return tuple(made)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Any, ...]:
        x, low, down, *ups = ctx.saved_tensors
        low_grad = torch.empty_like(low)
        for layer, grad, up, part in zip(ctx.frozen, grads, ups, _parts(low_grad, ups), strict=True):
            torch.mm(grad, up, out=part).mul_(layer.scale)
        x_grad = None
        if ctx.needs_input_grad[0]:
            x_grad = torch.mm(low_grad, down)
            for layer, grad in zip(ctx.frozen, grads, strict=True):
                x_grad.addmm_(grad, layer.weight)
        of_downs = _parts(torch.mm(low_grad.t(), x), ups, 0)
        of_ups = [torch.mm(part.t(), grad).t() for part, grad in zip(_parts(low, ups), grads, strict=True)]
        return (x_grad, None, *(each for pair in zip(of_downs, of_ups, strict=True) for each in pair))


def _parts(low: Tensor, ups: Sequence[Tensor], dim: int = 1) -> tuple[Tensor, ...]:
    """What of the product with all A belongs to each layer."""
    sizes: Any = [up.shape[1] for up in ups]
    return torch.split(low, sizes, dim)


def normed(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """RMSNorm with a frozen weight: x / sqrt(mean x² + eps) · weight; computed in float32 or better."""
    made: Tensor = _applied(_Normed, x, weight, eps)
    return made


class _Normed(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        square = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=_wide(x)).square_()
        scale = square.div_(x.shape[-1]).add_(eps).rsqrt_()
        ctx.save_for_backward(x, weight, scale)
        made: Tensor = x * scale
        return made.mul_(weight).to(x.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        x, weight, scale = ctx.saved_tensors
        slope = grad.to(_wide(grad)) * weight
        along = (slope * x).sum(-1, keepdim=True).mul_(scale.pow(3)).div_(x.shape[-1])
        return slope.mul_(scale).addcmul_(x.to(slope.dtype), along, value=-1).to(grad.dtype), None, None


def _wide(x: Tensor) -> torch.dtype:
    return torch.promote_types(x.dtype, torch.float32)


def gated(gate: Tensor, up: Tensor) -> Tensor:
    """silu(gate) · up, silu(x) being x · sigmoid(x).

    The backward pass writes over *up*: fresh memory for a gradient takes longer than the gradient.
    """
    made: Tensor = _applied(_Gated, gate, up)
    return made


class _Gated(Function):
    @staticmethod
    def forward(ctx: Any, gate: Tensor, up: Tensor) -> Tensor:
        ctx.save_for_backward(gate, up)
        made: Tensor = torch.nn.functional.silu(gate).mul_(up)
        return made

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        gate, up = ctx.saved_tensors
        gate_grad = up.mul_(grad)  # so a second backward pass would be refused
        torch.ops.aten.silu_backward.grad_input(gate_grad, gate, grad_input=gate_grad)
        return gate_grad, torch.nn.functional.silu(gate).mul_(grad)


def rotated(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions, the first half of each head's numbers turned against the second.

    Args:
        heads: [..., L, H, D].
        cos, sin: [..., L, D]; both halves of D are equal.
    """
    half = heads.shape[-1] // 2
    made: Tensor = _applied(_Rotated, heads, *(each[..., :half].unsqueeze(-2) for each in (cos, sin)))
    return made


class _Rotated(Function):
    @staticmethod
    def forward(ctx: Any, heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return _turned(heads, cos, sin, 1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        cos, sin = ctx.saved_tensors
        return _turned(grad, cos, sin, -1), None, None


def _turned(heads: Tensor, cos: Tensor, sin: Tensor, sense: int) -> Tensor:
    made = torch.empty(heads.shape, dtype=heads.dtype, device=heads.device)
    (first, second), (to_first, to_second) = heads.chunk(2, -1), made.chunk(2, -1)
    torch.mul(first, cos, out=to_first).addcmul_(second, sin, value=-sense)
    torch.mul(second, cos, out=to_second).addcmul_(first, sin, value=sense)
    return made


def attended(query: Tensor, key: Tensor, value: Tensor, bounds: Bounds, scale: float) -> Tensor:
    """Causal attention within each example of a row.

    Args:
        query: [H, L, D].
        key, value: [K, L, D]; each head of them serves H / K of the queries' heads.
        bounds: where each example begins and ends.
        scale: of the products of queries and keys.

    Returns:
        [L, H, D].
    """
    made: Tensor = _applied(_Attended, query, key, value, bounds, scale)
    return made


class _Attended(Function):
    """Queries stand by tokens, then by heads of one key, [K, L, H / K, D]: an example's need no copy."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, bounds: Bounds, scale: float) -> Tensor:
        queries = query.view(len(key), -1, *query.shape[1:]).transpose(1, 2).contiguous()
        made = torch.empty_like(queries)
        longest = max(end - begin for begin, end in bounds)
        later = torch.full((longest, longest), float("-inf"), dtype=query.dtype).triu_(1)
        later = later.repeat_interleave(queries.shape[2], 0)
        shares = []
        for begin, end in bounds:
            q, k, v = _of(queries, begin, end), key[:, begin:end], value[:, begin:end]
            hidden = later[: q.shape[1], : end - begin].expand(len(k), -1, -1)
            shares.append(torch.baddbmm(hidden, q, k.mT, alpha=scale).softmax(-1))
            torch.bmm(shares[-1], v, out=_of(made, begin, end))
        ctx.save_for_backward(queries, key, value, *shares)
        ctx.bounds, ctx.scale = bounds, scale
        return made.transpose(0, 1).flatten(1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        queries, key, value, *shares = ctx.saved_tensors
        grads = grad.view(len(grad), len(key), -1, grad.shape[2]).transpose(0, 1).contiguous()
        of_query = torch.empty_like(queries)
        of_key, of_value = torch.empty(2, key.shape[1], len(key), key.shape[2], dtype=grad.dtype).transpose(1, 2)
        for (begin, end), share in zip(ctx.bounds, shares, strict=True):
            q, g = _of(queries, begin, end), _of(grads, begin, end)
            of_value[:, begin:end] = torch.bmm(share.mT, g)
            scores = torch.bmm(g, value[:, begin:end].mT)
            scores = torch.ops.aten._softmax_backward_data(scores, share, -1, share.dtype).mul_(ctx.scale)
            torch.bmm(scores, key[:, begin:end], out=_of(of_query, begin, end))
            of_key[:, begin:end] = torch.bmm(scores.mT, q)
        return of_query.transpose(1, 2).flatten(0, 1), of_key, of_value, None, None


def _of(heads: Tensor, begin: int, end: int) -> Tensor:
    """An example's part of [K, L, G, D], without a copy: [K, n * G, D]."""
    return heads[:, begin:end].flatten(1, 2)


def surprise(scores: Tensor, targets: Tensor, shares: Tensor, allowed: Sequence[Tensor] | None) -> Tensor:
    """The sum of -log softmax(scores) at the targets, each times its share.

    Args:
        scores: [A, V]; they are taken over, and not to be read afterwards.
        targets, shares: [A].
        allowed: the rows in which some tokens alone can be, and row and token of each of those; None: any can be.
    """
    made: Tensor = _applied(_Surprise, scores, targets, shares, allowed)
    return made


class _Surprise(Function):
    @staticmethod
    def forward(ctx: Any, scores: Tensor, targets: Tensor, shares: Tensor, allowed: Sequence[Tensor] | None) -> Tensor:
        if allowed is not None:
            rows, *those = allowed
            kept = scores[*those]
            scores.index_fill_(0, rows, float("-inf"))[*those] = kept
        logs: Tensor = torch.ops.aten._log_softmax.out(scores, -1, False, out=scores)
        ctx.save_for_backward(logs, targets, shares)
        return logs.gather(1, targets[:, None])[:, 0].dot(shares).neg_()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        logs, targets, shares = ctx.saved_tensors
        chances = logs.exp_()  # so a second backward pass would be refused
        chances[torch.arange(len(targets)), targets] -= 1
        return chances.mul_((grad * shares)[:, None]), None, None, None
