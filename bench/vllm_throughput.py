"""What constraints cost inside vLLM: the same prompts and lengths with and without them, in one run, turn by turn.

    make bench-vllm

Free requests write as many tokens as the constrained ones did, whatever they are. The last rows say how much of the
engine's steps our processor takes (see `bench.vllm_steps`).
"""

import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from bench.table import publish
from bench.vllm_steps import share_rows, watch
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.flat import Flat
from bundlesmith.run import load_run

ROUNDS = 5
REQUESTS = 64


def asks(catalogue: Any, n: int) -> list[Ask]:
    """Requests with budget, stock, two slots and exclusions."""
    rng = random.Random(3)
    departments = sorted({path[0] for path in catalogue.categories})
    return [
        Ask(
            words=rng.choice(["camping for two", "a present", "coffee at home", "everything for a new desk"]),
            size="3:5",
            budget=900,
            slots=rng.sample(departments, 2),
            exclude=rng.sample(catalogue.ids, 20),
        )
        for _ in range(n)
    ]


def main(run_folder: str, model: str, batch: int) -> None:
    from vllm import LLM, SamplingParams

    run = load_run(Path(run_folder))
    asked = asks(run.catalogue, REQUESTS)
    prompts = [{"prompt_token_ids": run.prompter.request(words=ask.words)} for ask in asked]
    llm = LLM(
        model=model,
        dtype="float32",
        enforce_eager=True,
        max_model_len=512,
        max_num_seqs=batch,
        gpu_memory_utilization=0.4,
        enable_prefix_caching=False,
        logits_processors=["bench.vllm_steps:Watched"],
        disable_log_stats=True,
    )
    rates: dict[str, list[float]] = {"constrained": [], "free": []}
    constrained = [
        SamplingParams(temperature=0.0, max_tokens=200, extra_args=Flat(**ask.model_dump()).values) for ask in asked
    ]
    lengths = [len(each.outputs[0].token_ids) for each in llm.generate(prompts, constrained, use_tqdm=False)]
    free = [SamplingParams(temperature=0.0, max_tokens=length, ignore_eos=True) for length in lengths]
    for _ in range(ROUNDS):
        for name, params in (("constrained", constrained), ("free", free)):
            start = time.perf_counter()
            found = llm.generate(prompts, params, use_tqdm=False)
            seconds = time.perf_counter() - start
            rates[name].append(sum(len(each.outputs[0].token_ids) for each in found) / seconds)
    ratios = [ours / theirs for ours, theirs in zip(rates["constrained"], rates["free"], strict=True)]
    rows = [
        {"": name, "tokens/s": statistics.median(values), "batch": batch, "requests": REQUESTS}
        for name, values in rates.items()
    ]
    rows.append({"": f"ratio, median of {ROUNDS} turns ({min(ratios):.3f} to {max(ratios):.3f})",
                 "tokens/s": statistics.median(ratios), "batch": batch, "requests": REQUESTS})  # fmt: skip
    rows += share_rows(watch(llm, prompts, constrained), batch)
    publish("vllm", rows)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
