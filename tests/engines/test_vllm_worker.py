"""Our worker in vLLM, its parts on CPU tensors; the whole is in `test_vllm_writers.py`."""

import warnings
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM is not installed: it can't be had for this machine"),
]


@pytest.fixture(scope="module")
def worker() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # vLLM's own
        from bundlesmith.engines.vllm import worker
    return worker


def test_log_probabilities_are_spread_over_what_was_written(worker: ModuleType) -> None:
    """Place 0 wrote a token and two forced ones, place 1 nothing, place 2 one token; one more candidate each."""
    from vllm.v1.outputs import LogprobsLists

    sampled = LogprobsLists(
        np.array([[7, 1], [8, 2], [9, 3]]), np.array([[-0.5, -1.0], [-0.6, -1.1], [-0.7, -1.2]]), np.array([2, 3, 4])
    )
    found = worker.spread(sampled, [[7, 50, 51], [], [9]])
    first, second, third = (found.slice_request(place, size) for place, size in enumerate((3, 0, 1)))
    assert first.logprob_token_ids[:, 0].tolist() == [7, 50, 51]
    assert first.logprobs[:, 0].tolist() == [-0.5, 0, 0] and first.logprobs[1:, 1].tolist() == [-np.inf, -np.inf]
    assert first.sampled_token_ranks.tolist() == [2, 1, 1] and not len(second.logprobs)
    assert third.logprob_token_ids.tolist() == [[9, 3]] and third.logprobs.tolist() == [[-0.7, -1.2]]
    assert sampled.logprobs[0].tolist() == [-0.5, -1.0]


def test_it_is_a_worker_of_vllm(worker: ModuleType) -> None:
    from vllm.utils.import_utils import resolve_obj_by_qualname
    from vllm.v1.worker.cpu_model_runner import CPUModelRunner
    from vllm.v1.worker.worker_base import WorkerBase

    from bundlesmith.engines.vllm.command import WORKER

    assert resolve_obj_by_qualname(WORKER) is worker.Worker and issubclass(worker.Worker, WorkerBase)
    for method in ("_to_list", "_bookkeeping_sync"):
        assert getattr(CPUModelRunner, method) is not getattr(worker.Runner, method)
