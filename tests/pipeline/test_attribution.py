"""Attributions by the tiny model: they are the differences that they claim to be."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bundlesmith.constraints.rules import Rules
from bundlesmith.pipeline.attribution import Likelihood, RequestPart, attribute, parts_of, without
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request

WORDS = "camping for two"


@pytest.fixture(scope="module")
def request_(recommender: Recommender) -> Request:
    ids = recommender.catalogue.ids
    return Request(tuple(ids[at] for at in (3, 500, 900)), WORDS, rules=Rules(2, 3, budget=300.0))


def test_parts_are_left_out_one_by_one(recommender: Recommender, request_: Request) -> None:
    parts = parts_of(request_, recommender.openings)
    assert [(part.kind, part.place) for part in parts] == [
        *(("history", at) for at in range(3)),
        *(("word", at) for at in range(3)),
        *(("rule", name) for name in ("size", "budget", "in_stock")),
    ]
    assert without(request_, [parts[1]]).history == (request_.history[0], request_.history[2])
    assert without(request_, [parts[4]]).words == "camping two"
    assert without(request_, [parts[6], parts[7]]).rules == Rules(1, 5)


@pytest.mark.parametrize(
    ("words", "gone", "left"), [("露营 双人", 1, "露 双人"), ("a  b", 0, "b"), ("a  b", 1, "a"), ("买帐篷", 0, "帐篷")]
)
def test_a_word_is_left_out_in_both_languages(words: str, gone: int, left: str) -> None:
    assert without(Request(words=words), [RequestPart("word", gone, "")]).words == left


def test_of_many_words_some_are_a_part_together(recommender: Recommender) -> None:
    words = " ".join(f"word{at}" for at in range(150)) + " 露营"
    request = Request(recommender.catalogue.ids[:90], words, rules=Rules(2, 3))
    parts = parts_of(request, recommender.openings)
    some = [part for part in parts if part.kind == "word"]
    assert len(parts) == 96 and 16 < len(some) <= 32
    assert " ".join(part.text for part in some) == words
    assert without(request, [some[1]]).words == words.replace(f"{some[1].text} ", "")
    assert without(request, [some[-1], some[0]]).words == " ".join(part.text for part in some[1:-1])


def test_one_of_two_slots_is_left_out() -> None:
    request = Request(rules=Rules(slots=("Tents", "Stoves")))
    assert without(request, [RequestPart("rule", "slots 0", "")]).rules.slots == ("Stoves",)


def test_the_whole_is_what_the_engine_says_of_the_bundle(recommender: Recommender, request_: Request) -> None:
    bundle = recommender.recommend([request_], talk=False)[0][0]
    found = Likelihood(recommender.openings, request_, bundle.items, recommender.engine.reads).of([request_])
    assert found.sum() == pytest.approx(bundle.score * len(bundle.items), abs=1e-3)


def test_a_weight_is_the_whole_less_what_is_left_without_the_part(recommender: Recommender, request_: Request) -> None:
    bundle = recommender.recommend([request_], talk=False)[0][0]
    reads, openings = recommender.engine.reads, recommender.openings
    weighed = attribute(openings, request_, Likelihood(openings, request_, bundle.items, reads))
    assert [each.weight for each in weighed] == sorted((each.weight for each in weighed), reverse=True)
    for each in (weighed[0], weighed[-1]):
        alone = Likelihood(openings, request_, bundle.items, reads).of([request_]).sum()
        rest = Likelihood(openings, request_, bundle.items, reads).of([without(request_, [each.part])]).sum()
        assert each.weight == pytest.approx(float(alone - rest), abs=1e-3)
        assert sum(each.by_item) == pytest.approx(each.weight) and len(each.by_item) == len(bundle.items)
    assert weighed[0].weight > 0


@pytest.mark.slow
def test_shapley_values_add_up_to_all_less_nothing(recommender: Recommender, request_: Request) -> None:
    asked = replace(request_, history=request_.history[:1], words="camping")
    bundle = recommender.recommend([asked], talk=False)[0][0]
    reads, openings = recommender.engine.reads, recommender.openings
    weighed = attribute(openings, asked, Likelihood(openings, asked, bundle.items, reads), permutations=2)
    parts = [each.part for each in weighed]
    whole, nothing = Likelihood(openings, asked, bundle.items, reads).of([asked, without(asked, parts)]).sum(1)
    assert sum(each.weight for each in weighed) == pytest.approx(float(whole - nothing), abs=1e-3)


def test_chosen_items_are_no_part_of_what_is_weighed(recommender: Recommender) -> None:
    ids = recommender.catalogue.ids
    asked = Request(words="camping", items=(ids[7],), rules=Rules(2, 2))
    bundle = recommender.recommend([asked], talk=False)[0][0]
    weighed = recommender.attribute(asked, bundle.items)
    assert all(len(each.by_item) == 1 for each in weighed)


@pytest.mark.parametrize("kind", ["tiny_base", "tiny_t5_base"])
def test_prompts_read_together_are_read_as_each_alone(kind: str, request: pytest.FixtureRequest) -> None:
    from bundlesmith.base import load_model
    from bundlesmith.decoding.likelihood import logits_before

    folder: Path = request.getfixturevalue(kind)
    model = load_model(str(folder)).eval()
    prompts, answer = [[5, 9, 11, 3], [7], [8, 2]], [7, 8, 6]
    together = logits_before(model, prompts, answer)
    assert together.shape[:2] == (3, 3)
    for prompt, logits in zip(prompts, together, strict=True):
        np.testing.assert_allclose(logits, logits_before(model, [prompt], answer)[0], atol=1e-3)
