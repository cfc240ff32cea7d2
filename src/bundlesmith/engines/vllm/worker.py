"""vLLM's worker for a CPU, which writes all that is forced at once: where only one token may follow the one that was
sampled, and after it again, the model isn't asked, and reads them together in the next step.

    BUNDLESMITH_RUN=runs/demo vllm serve MODEL --logits-processors bundlesmith.engines.vllm.processors:V1 \\
        --worker-cls bundlesmith.engines.vllm.worker.Worker

To vLLM it looks as if several tokens had been sampled in a step, as it is with speculative decoding. A forced token has
the log-probability 0. Requests without rules are written as ever.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from vllm.v1.outputs import LogprobsLists
from vllm.v1.worker.cpu_model_runner import CPUModelRunner
from vllm.v1.worker.cpu_worker import CPUWorker

from bundlesmith.engines.vllm.processors import V1


class Runner(CPUModelRunner):
    """Runs the model."""

    def _to_list(self, sampled_token_ids: Any) -> list[list[int]]:
        """What was sampled in each place of the batch, and what is forced after it."""
        written: list[list[int]] = super()._to_list(sampled_token_ids)
        ours = next((p for p in self.input_batch.logitsprocs.all if isinstance(p, V1)), None)
        if ours is not None:
            for place, tokens in enumerate(written):
                room = self.max_model_len - int(self.input_batch.num_tokens_no_spec[place]) - 1
                tokens += ours.forced_after(place, tokens[0])[: max(room, 0)]
        return written

    def _bookkeeping_sync(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Also gives forced tokens their log-probabilities."""
        nans, number_of_nans, logprobs, written, *others = super()._bookkeeping_sync(*args, **kwargs)
        return (nans, number_of_nans, None if logprobs is None else spread(logprobs, written), written, *others)


class Worker(CPUWorker):
    """vLLM's own, with that runner."""

    def init_device(self) -> None:
        """Make the runner."""
        super().init_device()
        self.model_runner.__class__ = Runner  # vLLM's worker can't be told which to make


def spread(logprobs: LogprobsLists, written: Sequence[Sequence[int]]) -> LogprobsLists:
    """Log-probabilities of sampled tokens, one a place, as those of all that was written in each place."""
    counts = np.array([len(tokens) for tokens in written])
    ends = np.cumsum(counts)
    places = np.repeat(np.arange(len(counts)), counts)
    forced = np.ones(len(places), np.bool_)
    forced[(ends - counts)[counts > 0]] = False
    tokens, values, ranks = (each[places] for each in logprobs[:3])
    values[forced], ranks[forced] = -np.inf, 1
    tokens[forced, 0] = [token for some in written for token in some[1:]]
    values[forced, 0] = 0.0
    return LogprobsLists(tokens, values, ranks, [0, *ends.tolist()])
