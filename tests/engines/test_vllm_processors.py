"""Both of vLLM's interfaces, driven as vLLM drives them, on CPU tensors and with a tiny run."""

import warnings
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.flat import Flat
from bundlesmith.recommender import Recommender

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM is not installed: it can't be had for this machine"),
]
VOCABULARY = 49152


@pytest.fixture(scope="module")
def processors(tiny_run: Path) -> Any:
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")  # vLLM's own
        patch.setenv("BUNDLESMITH_RUN", str(tiny_run))
        from bundlesmith.engines.vllm import processors

        processors.shops()
        yield processors


def params(ask: Ask | None) -> SimpleNamespace:
    return SimpleNamespace(extra_args=Flat(**ask.model_dump()).values if ask else None)


def update(size: int, removed: Any = (), added: Any = (), moved: Any = ()) -> Any:
    from vllm.v1.sample.logits_processor import BatchUpdate

    return BatchUpdate(size, removed, added, moved)


def open_tokens(logits: torch.Tensor) -> list[set[int]]:
    return [set(torch.isfinite(row).nonzero().flatten().tolist()) for row in logits]


def expected(recommender: Recommender, ask: Ask, written: list[int]) -> set[int]:
    decoder = recommender.openings.decoder(ask.request(recommender.run), talk=False)
    for token in written:
        decoder.advance(token)
    return set(decoder.allowed().tolist())


ALL = set(range(VOCABULARY))
SMALL, DEAR = Ask(size="2:2", budget=100), Ask(size="3:5", slots=["Tents"])


def test_v1_follows_requests_as_they_come_go_move_and_swap(processors: ModuleType, recommender: Recommender) -> None:
    from vllm.v1.sample.logits_processor import MoveDirectionality

    one = processors.V1(None, torch.device("cpu"), False)
    first = recommender.run.lexicon.tokens[30]
    written: list[int] = []
    one.update_state(update(3, added=[(0, params(SMALL), None, written), (1, params(None), None, []),
                                      (2, params(DEAR), None, [])]))  # fmt: skip
    start, dear = expected(recommender, SMALL, []), expected(recommender, DEAR, [])
    assert open_tokens(one.apply(torch.zeros(3, VOCABULARY))) == [start, ALL, dear]
    written.append(first[0])
    after = expected(recommender, SMALL, [first[0]])
    one.update_state(None)
    assert open_tokens(one.apply(torch.zeros(3, VOCABULARY)))[0] == after
    one.update_state(update(3, moved=[(0, 2, MoveDirectionality.SWAP)]))
    assert open_tokens(one.apply(torch.zeros(3, VOCABULARY))) == [dear, ALL, after]
    one.update_state(update(2, removed=[0], moved=[(2, 0, MoveDirectionality.UNIDIRECTIONAL)]))
    assert open_tokens(one.apply(torch.zeros(2, VOCABULARY))) == [after, ALL]


def test_v1_reads_a_request_that_comes_back_with_its_tokens(processors: ModuleType, recommender: Recommender) -> None:
    one = processors.V1(None, torch.device("cpu"), False)
    written = list(recommender.run.lexicon.tokens[30][:1])
    one.update_state(update(1, added=[(0, params(SMALL), None, written)]))
    assert open_tokens(one.apply(torch.zeros(1, VOCABULARY))) == [expected(recommender, SMALL, written)]


def test_a_wrong_rule_is_refused_at_admission(processors: ModuleType) -> None:
    for bad in (Ask(size="5:2"), Ask(exclude=["CAMP-9999"]), Ask(size="5:5", budget=1)):
        with pytest.raises(ValueError, match=r"5:2|CAMP-9999|No bundle fits"):
            processors.V1.validate_params(params(bad))
        with pytest.raises(ValueError, match=r"5:2|CAMP-9999|No bundle fits"):
            processors.V2.validate_params(params(bad))


def test_v2_reads_the_runners_own_tokens_whatever_the_order_of_rows(
    processors: ModuleType, recommender: Recommender
) -> None:
    """Slots 0 and 2 are ours, slot 1 isn't; prompts of three tokens; the rows come as slots 2, 1, 0."""
    first = recommender.run.lexicon.tokens[30][0]
    tokens = torch.zeros(4, 16, dtype=torch.int32)
    tokens[2, 3] = first
    states = SimpleNamespace(
        all_token_ids=SimpleNamespace(gpu=tokens),
        prompt_len=SimpleNamespace(np=np.full(4, 3)),
        total_len=SimpleNamespace(gpu=torch.tensor([3, 3, 4, 0])),
    )
    two = processors.V2(None, states)
    assert (
        two.add_request(0, params(DEAR)) and not two.add_request(1, params(None)) and two.add_request(2, params(SMALL))
    )
    context = SimpleNamespace(idx_mapping_np=np.array([2, 1, 0]))
    found = open_tokens(two.apply(torch.zeros(3, VOCABULARY), context))
    assert found == [expected(recommender, SMALL, [first]), ALL, expected(recommender, DEAR, [])]
    assert not two.add_request(2, params(None))
    assert open_tokens(two.apply(torch.zeros(3, VOCABULARY), context))[0] == ALL


def test_the_interfaces_are_those_that_vllm_loads(processors: ModuleType) -> None:
    from vllm.v1.sample.logits_processor import _load_logitsprocs_by_fqcns
    from vllm.v1.worker.gpu.sample.logits_processor.loader import _load_v2_logitsprocs_by_fqcns

    name = processors.__name__
    assert _load_logitsprocs_by_fqcns([f"{name}:V1"]) == [processors.V1]
    assert _load_v2_logitsprocs_by_fqcns([f"{name}:V2"]) == [processors.V2]
