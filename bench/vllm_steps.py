"""How much of a step of vLLM's engine our logits processor takes, measured inside the engine.

Needs the engine in this process (`VLLM_ENABLE_V1_MULTIPROCESSING=0`, which `make bench-vllm` sets). Used by
`bench.vllm_throughput`.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bundlesmith.engines.vllm.processors import V1

if TYPE_CHECKING:
    import torch
    from vllm import LLM


@dataclass(slots=True)
class Step:
    """One step: how long it took, how long we took in it, the rows of its batch, and whether a request came in."""

    seconds: float = 0.0
    ours: float = 0.0
    rows: int = 0
    fresh: bool = False


class Watched(V1):
    """Our processor, which notes what it does in the step that runs."""

    step: ClassVar[Step] = Step()

    def update_state(self, batch_update: Any) -> None:
        begun = time.perf_counter()
        super().update_state(batch_update)
        Watched.step.ours += time.perf_counter() - begun
        Watched.step.fresh |= batch_update is not None and bool(batch_update.added)

    def apply(self, logits: "torch.Tensor") -> "torch.Tensor":
        begun = time.perf_counter()
        super().apply(logits)
        Watched.step.ours += time.perf_counter() - begun
        Watched.step.rows = len(logits)
        return logits


def watch(llm: "LLM", prompts: Sequence[Any], params: Sequence[Any]) -> list[Step]:
    """Every step of the engine while it answers."""
    steps, run = [], llm.llm_engine.step

    def timed() -> Any:
        Watched.step = Step()
        begun = time.perf_counter()
        outputs = run()
        Watched.step.seconds = time.perf_counter() - begun
        steps.append(Watched.step)
        return outputs

    llm.llm_engine.step = timed
    llm.generate(prompts, params, use_tqdm=False)
    llm.llm_engine.step = run
    return steps


def share_rows(steps: Sequence[Step], batch: int) -> list[dict[str, Any]]:
    """The share of full decode steps (no request came in), at the median; and of all steps together."""
    decode = [step for step in steps if step.rows == batch and not step.fresh]
    assert decode, "No full decode step was seen: is the engine in this process?"
    return [
        {
            "": f"our share of a decode step, median of {len(decode)}",
            "%": 100 * statistics.median(step.ours / step.seconds for step in decode),
            "ours µs": 1e6 * statistics.median(step.ours for step in decode),
            "step ms": 1e3 * statistics.median(step.seconds for step in decode),
            "batch": batch,
        },
        {
            "": f"our share of all {len(steps)} steps, beginnings of requests included",
            "%": 100 * sum(step.ours for step in steps) / sum(step.seconds for step in steps),
            "batch": batch,
        },
    ]
