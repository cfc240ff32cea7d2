"""Our constraint inside vLLM: logits processors for both of its interfaces, over one shared adapter.

    BUNDLESMITH_RUN=runs/demo vllm serve MODEL --logits-processors bundlesmith.engines.vllm.processors:V1

`V1` is for the V1 model runner (the CPU, and wherever there is no Triton), `V2` for the V2 model runner (GPUs by
default from vLLM 0.33). The two refuse each other, so none is registered as an entry point: name the one that fits.
Rules come with each request, as flat values (see `bundlesmith.pipeline.flat`); a request without them is not touched. A
bad value is refused when the request is admitted, with a 400 in HTTP.

`V2` was written against vLLM's source and is tested through the shared adapter and on CPU tensors; it has not run on a
GPU.
"""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from vllm.v1.sample.logits_processor import BatchUpdate, MoveDirectionality
from vllm.v1.sample.logits_processor import LogitsProcessor as V1Interface
from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor as V2Interface

from bundlesmith.decoding.noise import Noise
from bundlesmith.decoding.steering import ConstrainedRow, close_others
from bundlesmith.engines.vllm.shops import Shops, shops_of_environment
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.flat import read_flat
from bundlesmith.pipeline.opening import Openings

if TYPE_CHECKING:
    import torch
    from vllm import SamplingParams

CONFIG = "bundlesmith"
"""Where vLLM's `additional_config` may name the runs and the store, in place of the environment."""
_held: list[Shops] = []


def hold(shops: Shops) -> None:
    """Let this process serve these shops from now on."""
    _held[:] = [shops]


def shops() -> Shops:
    """The shops that this process serves: those of the environment, if it was told of no others."""
    if not _held:
        hold(shops_of_environment())
    return _held[0]


def _prepare(vllm_config: Any) -> None:
    """Open the shops: what is wrong with them is loud at the start, not at the first request."""
    said = ((vllm_config and vllm_config.additional_config) or {}).get(CONFIG)
    if said:
        hold(Shops({name: Path(folder) for name, folder in said["runs"].items()}, said["store"]))
    shops()


def row_for(params: "SamplingParams", written: Sequence[int]) -> ConstrainedRow | None:
    """The row of an answer of which *written* will hold the tokens; None if the request has no rules.

    Raises:
        ValueError: if its rules are wrong or can't be met; vLLM makes it a 400.
    """
    try:
        flat = read_flat(params.extra_args)
        if flat is None:
            return None
        view = shops().view(flat)
        decoder = Openings(view).decoder(flat.request(view), bool(flat.talk))
        return ConstrainedRow(decoder, written, Noise(flat.noise, flat.seed))
    except BundlesmithError as error:
        raise ValueError(str(error)) from error


class Ended:
    """An answer that can't be written any more: it may only end."""

    power = 1.0

    def allowed(self) -> tuple[NDArray[np.int64], None]:
        """See `bundlesmith.decoding.steering.ConstrainedRow.allowed`."""
        return np.array([shops().end]), None


def row_or_end(params: "SamplingParams", written: Sequence[int]) -> ConstrainedRow | Ended | None:
    """The row of a request that was admitted before; ended if its shop has gone on too far since. Never raises what
    would end the engine, and all other answers with it.
    """
    try:
        return row_for(params, written)
    except ValueError as error:
        logging.getLogger(__name__).error("An answer that was admitted is ended: %s", error)
        return Ended()


class V1(V1Interface):
    """For the V1 model runner: state by place in the batch, moved as vLLM moves its requests."""

    @classmethod
    def validate_params(cls, sampling_params: "SamplingParams") -> None:
        """Refuse wrong rules when a request is admitted."""
        row_for(sampling_params, ())

    def __init__(self, vllm_config: Any, device: "torch.device", is_pin_memory: bool) -> None:
        _prepare(vllm_config)
        self._rows: dict[int, ConstrainedRow | Ended] = {}

    def is_argmax_invariant(self) -> bool:
        """Whether greedy sampling would be the same without it: no."""
        return False

    def update_state(self, batch_update: BatchUpdate | None) -> None:
        """Follow the batch: requests that left, came (again, after a preemption) and moved, in this order."""
        if batch_update is None:
            return
        for place in batch_update.removed:
            self._rows.pop(place, None)
        for place, params, _, written in batch_update.added:
            self._rows.pop(place, None)
            if (row := row_or_end(params, written)) is not None:
                self._rows[place] = row
        for first, second, direction in batch_update.moved:
            self._move(first, second, direction == MoveDirectionality.SWAP)

    def forced_after(self, place: int, token: int) -> list[int]:
        """The tokens that must follow once *token* is written in a place of the batch."""
        row = self._rows.get(place)
        return row.forced_after(token) if isinstance(row, ConstrainedRow) else []

    def _move(self, first: int, second: int, swap: bool) -> None:
        moved, other = self._rows.pop(first, None), self._rows.pop(second, None)
        if moved is not None:
            self._rows[second] = moved
        if swap and other is not None:
            self._rows[first] = other

    def apply(self, logits: "torch.Tensor") -> "torch.Tensor":
        """Close what may not come next."""
        _apply(logits, ((place, row) for place, row in self._rows.items() if place < len(logits)))
        return logits


class V2(V2Interface):
    """For the V2 model runner: state by request slot, tokens read from the runner's own history."""

    @classmethod
    def validate_params(cls, sampling_params: "SamplingParams") -> None:
        """Refuse wrong rules when a request is admitted."""
        row_for(sampling_params, ())

    def __init__(self, vllm_config: Any, req_states: Any) -> None:
        _prepare(vllm_config)
        self._states = req_states
        self._rows: dict[int, tuple[ConstrainedRow | Ended, list[int]]] = {}

    def add_request(self, req_idx: int, sampling_params: "SamplingParams") -> bool:
        """Begin an answer in a slot, whoever was there before."""
        self._rows.pop(req_idx, None)
        written: list[int] = []
        if (row := row_or_end(sampling_params, written)) is None:
            return False
        self._rows[req_idx] = row, written
        return True

    def apply(self, logits: "torch.Tensor", ctx: Any) -> "torch.Tensor":
        """Close what may not come next; the rows of the batch are in a new order at each step."""
        slots = [(place, slot) for place, slot in enumerate(ctx.idx_mapping_np.tolist()) if slot in self._rows]
        totals = self._states.total_len.gpu[[slot for _, slot in slots]].tolist()
        for (_, slot), total in zip(slots, totals, strict=True):
            start = int(self._states.prompt_len.np[slot])
            self._rows[slot][1][:] = self._states.all_token_ids.gpu[slot, start:total].tolist()
        _apply(logits, ((place, self._rows[slot][0]) for place, slot in slots))
        return logits


def _apply(logits: "torch.Tensor", rows: Iterable[tuple[int, ConstrainedRow | Ended]]) -> None:
    places, found, powers = [], [], []
    for place, row in rows:
        places.append(place)
        found.append(row.allowed())
        powers.append(row.power)
    close_others(logits, places, [tokens for tokens, _ in found], [bias for _, bias in found], powers)
