"""Runs in a process of its own: the real vLLM engine on random requests, with and without rules, in mixed batches.

    python -m tests.engines.vllm_job RUN MODEL N OUT.json

Writes what was asked and what came back; the test checks it.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.flat import Flat
from bundlesmith.pipeline.opening import Openings
from bundlesmith.run import load_run
from bundlesmith.shop.live_shop import LiveShop

WORDS = ["camping for two", "coffee", "a present for a cyclist, with everything that one needs on a long way", ""]


def random_ask(catalogue: Catalogue, rng: random.Random) -> Ask:
    """A request with random rules, which may be too strict for any bundle."""
    least = rng.randint(1, 4)
    some = rng.sample(catalogue.ids, 12)
    return Ask(
        words=rng.choice(WORDS),
        size=f"{least}:{least + rng.randint(0, 2)}",
        budget=rng.choice([None, None, 60.0 * least, 400.0 * least]),
        items=some[:1] if least > 1 and rng.random() < 0.2 else [],
        exclude=some[1:4] if rng.random() < 0.5 else [],
        only=sorted(set(rng.sample(catalogue.ids, 300)) | set(some)) if rng.random() < 0.2 else [],
        slots=rng.sample(sorted({path[0] for path in catalogue.categories}), 1)
        if least > 1 and rng.random() < 0.3
        else [],
        per_brand=rng.choice([None, None, 1, 2]),
        per_category=rng.choice([None, None, None, 1]),
        max_price=rng.choice([None, None, 300.0]),
        in_stock=rng.random() < 0.8,
    )


def met_ask(openings: Openings, rng: random.Random) -> Ask:
    """A random request that some bundle meets: vLLM would refuse any other with a 400."""
    while True:
        ask = random_ask(openings.shop.run.catalogue, rng)
        try:
            openings.decoder(ask.request(openings.shop), talk=False)
        except BundlesmithError:
            continue
        return ask


def sampling(ask: Ask | None, talk: bool, rng: random.Random) -> Any:
    """Greedy or hot, one answer or two; greedy is one alone.

    Without a seed of its own: on the CPU vLLM's engine dies of one if a prompt is read in chunks.
    """
    from vllm import SamplingParams

    temperature = rng.choice([0.0, 1.0, 1.5]) if ask else 1.0
    return SamplingParams(
        n=1 if temperature == 0.0 else rng.choice([1, 1, 2]),
        temperature=temperature,
        max_tokens=300 if ask else 20,
        extra_args=Flat(**ask.model_dump(), talk=talk).values if ask else None,
    )


def main(run_folder: str, model: str, n: str, out: str) -> None:
    import torch
    from vllm import LLM

    # bfloat16 is faster where the CPU multiplies it itself, elsewhere three times as slow; rules hold for any scores.
    dtype = "bfloat16" if torch.cpu.get_capabilities().get("avx512_bf16") else "float32"
    run, rng = load_run(Path(run_folder)), random.Random(5)
    openings = Openings(LiveShop(run).view())
    asks = [met_ask(openings, rng) if rng.random() < 0.9 else None for _ in range(int(n))]
    talks = [ask is not None and rng.random() < 0.1 for ask in asks]
    llm = LLM(
        model=model,
        dtype=dtype,
        enforce_eager=True,
        max_model_len=512,
        max_num_seqs=24,
        gpu_memory_utilization=0.4,  # of the memory, on a CPU
        max_num_batched_tokens=512,  # prompts are read in chunks
        num_gpu_blocks_override=28,  # too few for 24 requests at their longest: some are preempted
        logits_processors=["bundlesmith.engines.vllm.processors:V1"],
        seed=0,
    )
    prompts = [{"prompt_token_ids": run.prompter.request(words=ask.words if ask else "hello")} for ask in asks]
    params = [sampling(ask, talk, rng) for ask, talk in zip(asks, talks, strict=True)]
    found = llm.generate(prompts, params, use_tqdm=False)
    rows: list[dict[str, Any]] = [
        {
            "ask": ask.model_dump() if ask else None,
            "talk": talk,
            "greedy": one.temperature == 0.0,
            "n": one.n,
            "answers": [list(answer.token_ids) for answer in each.outputs],
        }
        for ask, talk, one, each in zip(asks, talks, params, found, strict=True)
    ]
    Path(out).write_text(json.dumps(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
