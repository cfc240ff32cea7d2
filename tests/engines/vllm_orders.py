"""What every engine is asked to write, and what a plain loop over the transformers model writes to them."""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.noise import SILENCE, Noise
from bundlesmith.decoding.steering import ConstrainedRow
from bundlesmith.decoding.writer import Token, Writer
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.opening import Openings
from bundlesmith.shop.live_shop import ShopView

ASKS = [
    (Ask(words="camping for two", size="2:4", budget=300), True, SILENCE),
    (Ask(words="coffee", size="3"), False, SILENCE),
    (Ask(size="2:5", in_stock=False), True, Noise(1.0, 5)),
    (
        Ask(words="a present for a cyclist, with everything that one needs on a long way", size="2"),
        False,
        Noise(0.7, 6),
    ),
    (Ask(words="coffee", size="2:3"), True, Noise(1.5, 7)),
    (Ask(size="4", per_category=1), False, Noise(1.0, 2**31)),
]
LONG = Ask(size="60", in_stock=False), True, SILENCE
"""An answer that takes a while."""
LONGISH = Ask(size="20", in_stock=False), True, SILENCE


def generation(
    view: ShopView, ask: Ask, talk: bool, noise: Noise = SILENCE, model: str = "demo", version: int | None = None
) -> GenerationRequest:
    return Openings(view, model, version).generation(ask.request(view), talk, noise)


def generations(view: ShopView, model: str = "demo", version: int | None = None) -> list[GenerationRequest]:
    return [generation(view, *asked, model=model, version=version) for asked in ASKS]


async def tokens(writer: Writer, one: GenerationRequest) -> list[Token]:
    return [token async for token in writer.write(one)]


async def together(writer: Writer, some: Sequence[GenerationRequest]) -> list[list[Token]]:
    return list(await asyncio.gather(*(tokens(writer, one) for one in some)))


@torch.inference_mode()
def plainly(model: Any, one: GenerationRequest) -> list[Token]:
    """The model reads all tokens anew at each step, and the best of what may come next is written."""
    written: list[int] = []
    found: list[Token] = []
    row = ConstrainedRow(one.decoder, written, one.noise)
    while not row.done:
        allowed, bias = row.allowed()
        logits = model(torch.tensor([[*one.prompt, *written]])).logits[0, -1]
        best = int(allowed[np.argmax(logits.numpy()[allowed] + (0 if bias is None else bias))])
        found.append(Token(best, float(torch.log_softmax(logits, -1)[best])))
        written.append(best)
    return found
