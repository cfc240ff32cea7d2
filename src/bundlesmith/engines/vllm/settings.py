"""How vLLM is to run; what it can't know by itself on a machine without a GPU."""

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class VllmSettings:
    """How vLLM is to run. The defaults are for a CPU; `on_gpu` are those for GPUs.

    Attributes:
        processor: "V1" for vLLM's V1 model runner (the CPU), "V2" for its V2 model runner (GPUs).
        leaps: whether forced tokens are written at once, see `bundlesmith.engines.vllm.worker`; on a CPU alone.
        dtype: of the weights, a name in vLLM; on CPUs without bfloat16 only "float32" is fast.
        eager: whether nothing is compiled: a start is quick, and a decode step on a GPU slower.
        context: the most tokens of a prompt and its answer.
        places: how many answers are written at once.
        queue: how many answers may be waiting or written; more are refused.
        cache_gib: memory for keys and values, in GiB; 0: as much as vLLM finds.
        block: how many tokens are remembered together: the beginnings that prompts share are found in steps of it.
        lora: whether runs of one base are its adapters, loaded by name; else there is one run, merged with its base.
        adapters: the most adapters that take part in one step; more are swapped in turn.
        rank: the largest rank of an adapter.
        cores: which cores of a CPU the engine takes, as "0-1"; "": all that it may.
        drain: how many seconds answers under way have when vLLM itself is told to end.
    """

    processor: Literal["V1", "V2"] = "V1"
    leaps: bool = True
    dtype: str = "float32"
    eager: bool = True
    context: int = 2048
    places: int = 16
    queue: int = 256
    cache_gib: int = 1
    block: int = 32
    lora: bool = False
    adapters: int = 4
    rank: int = 64
    cores: str = ""
    drain: int = 30

    def on_gpu(self) -> "VllmSettings":
        """The same for GPUs: weights as they are stored, steps compiled, and all memory that vLLM finds."""
        return replace(self, leaps=False, dtype="auto", eager=False, cache_gib=0)
