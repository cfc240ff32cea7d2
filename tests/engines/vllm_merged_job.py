"""Runs in a process of its own: vLLM with a merged folder as its model; what it thinks comes next, and what it writes.

    BUNDLESMITH_RUN=RUN python -m tests.engines.vllm_merged_job MODEL ASKED.json OUT.json

ASKED.json holds `prompts`, each read for the log-probabilities of every next token, and `requests`, pairs of a prompt
and the flat values of its rules, each answered.
"""

import json
import sys
from pathlib import Path


def main(model: str, asked_file: str, out: str) -> None:
    from vllm import LLM, SamplingParams

    asked = json.loads(Path(asked_file).read_text())
    llm = LLM(
        model=model,
        dtype="float32",
        enforce_eager=True,
        max_model_len=512,
        max_logprobs=-1,
        gpu_memory_utilization=0.4,  # of the memory, on a CPU
        logits_processors=["bundlesmith.engines.vllm.processors:V1"],
        seed=0,
    )
    prompts = [{"prompt_token_ids": prompt} for prompt in asked["prompts"]]
    read = llm.generate(prompts, SamplingParams(max_tokens=1, logprobs=-1), use_tqdm=False)
    logprobs = [{token: found.logprob for token, found in one.outputs[0].logprobs[0].items()} for one in read]
    prompts = [{"prompt_token_ids": prompt} for prompt, _ in asked["requests"]]
    params = [SamplingParams(max_tokens=100, temperature=1.0, extra_args=flat) for _, flat in asked["requests"]]
    answers = [list(one.outputs[0].token_ids) for one in llm.generate(prompts, params, use_tqdm=False)]
    Path(out).write_text(json.dumps({"logprobs": logprobs, "answers": answers}))


if __name__ == "__main__":
    main(*sys.argv[1:])
