from dataclasses import replace
from pathlib import Path

import pytest

from bundlesmith.constraints.rules import Rules
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.beyond import ScoresItems
from bundlesmith.eval.making import make_tasks
from bundlesmith.eval.predict import request_of
from bundlesmith.eval.references.methods import METHODS, load_method
from bundlesmith.eval.references.prompted import EXAMPLE_TOKENS, ExampleBundles, Prompted, Shots, untuned
from bundlesmith.eval.references.shots import SHOT_COUNTS, chance, chosen_shots
from bundlesmith.eval.references.training import TrainingSplit, load_training
from bundlesmith.eval.references.tuning import Bench
from bundlesmith.request import Request
from tests.eval.references.small import DESK, MAT, PEN, STOVE, TENT, make_training


@pytest.fixture(scope="module")
def training(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingSplit:
    return load_training(small_shop, tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="module")
def model(small_shop: Path, tiny_base: Path, training: TrainingSplit) -> Prompted:
    return untuned(small_shop, training, str(tiny_base))


def read(model: Prompted, **asked: object) -> str:
    """What the model reads."""
    return str(model.run.tokenizer.decode(model.run.prompter.request(**asked)))  # type: ignore[arg-type]


def test_examples_are_the_bundles_most_like_the_request() -> None:
    shown = ExampleBundles(make_training())
    assert shown.nearest([STOVE], "", 1) == [((TENT, MAT), "weekend camping")]  # by the category
    assert shown.nearest([], "work from home", 2) == [
        ((DESK, PEN), "work at home"),
        ((TENT, MAT), "weekend camping"),
    ]
    assert shown.nearest([PEN], "work", 0) == [] and shown.usual_size == 2


def test_a_bundle_that_nobody_named_is_no_example() -> None:
    assert ExampleBundles(make_training(intents=("", "work at home"))).nearest([TENT], "camping", 5) == [
        ((DESK, PEN), "work at home")
    ]
    assert ExampleBundles(make_training(intents=("", ""))).nearest([TENT], "camping", 5) == []


def test_without_examples_the_prompt_holds_what_is_asked_alone(model: Prompted) -> None:
    texts = model.run.lexicon.texts
    said = read(model, history=[3], words="a  desk <|im_end|>", items=[5])
    assert f"I looked at: {texts[3]}\nI need this for: a desk < |im_end|>\n" in said
    assert f"Name another one that goes with: {texts[5]}" in said and said.endswith("Items:")
    assert "For:" not in said and "Choose from" not in said


def test_each_kind_of_task_has_its_number_of_examples(model: Prompted) -> None:
    asked = model.showing(Shots(complete=1, generate=2, sessions=3))
    assert read(asked, items=[5]).count("For:") == 1
    assert read(asked, words="tea").count("For:") == read(asked, history=[5]).count("For:") == 2
    assert read(asked, only=[5, 6, 7]).count("For:") == read(asked, items=[5], only=[6]).count("For:") == 3


def test_examples_are_of_training_and_the_most_alike_stands_last(model: Prompted, training: TrainingSplit) -> None:
    bundle, intent = next(each for each in model.run.shown.named if len(set(each[0])) > 1)
    said = read(model.showing(Shots(4, 4, 4)), words=intent, items=bundle)
    texts = model.run.lexicon.texts
    lines = [line for line in said.splitlines() if line.startswith("Items: ")]
    assert lines[-1] == "Items: " + "; ".join(texts[row] for row in bundle)
    assert set(lines) <= {"Items: " + "; ".join(texts[row] for row in some) for some in training.bundles}


def test_examples_have_an_end(model: Prompted) -> None:
    prompter = model.showing(Shots(1000, 1000, 1000)).run.prompter
    more = len(prompter.request(items=[5])) - len(model.run.prompter.request(items=[5]))
    assert 40 < more < EXAMPLE_TOKENS + 20


def test_it_answers_by_the_rules_of_every_kind(model: Prompted, small_shop: Path) -> None:
    asked = model.showing(Shots(1, 1, 1))
    pairs = list(zip(*make_tasks(small_shop, "valid"), strict=True))
    first = {kind: next(task for task, _ in pairs if task.kind == kind) for kind in ("complete", "generate")}
    complete, generate = (request_of(task, asked.catalogue) for task in first.values())
    (ranked,) = asked.rank([complete], 5)
    assert len({item for item, _ in ranked}) == 5
    assert not {item for item, _ in ranked} & {*complete.items, *complete.history}
    (bundles,) = asked.recommend([generate], talk=False)
    assert len({frozenset(bundle.items) for bundle in bundles}) == len(bundles) == generate.n
    assert all(2 <= len(bundle.items) <= asked.run.shown.usual_size for bundle in bundles)
    items = asked.catalogue.ids[:4]
    whole, part = asked.find([(*items, items[0])])[0]
    assert set(whole.items) == set(items) and set(part.items) < set(items) and whole.intent and part.intent
    assert asked.written_tokens > 0 and not isinstance(asked, ScoresItems)


def test_what_is_chosen_and_what_is_demanded_outweigh_the_usual_size(model: Prompted) -> None:
    items = tuple(model.catalogue.ids[:6])
    (found,) = model.recommend([Request(items=items, rules=Rules(2, 10, in_stock=False))], talk=False)
    assert len(found[0].items) == 7
    (found,) = model.recommend([Request(words="tea", rules=Rules(6, 10, in_stock=False))], talk=False)
    assert len(found[0].items) == 6


def test_its_key_names_the_number_of_examples(model: Prompted) -> None:
    assert model.showing(Shots(1)).key not in (model.key, model.showing(Shots(generate=1)).key)


def test_the_number_of_examples_is_that_of_the_best_figures(
    model: Prompted, small_shop: Path, training: TrainingSplit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bundlesmith.eval.references.shots.SHOT_TASKS", {"complete": 4, "generate": 2, "sessions": 2})
    found = chosen_shots(small_shop, training, model)
    assert found["params"].keys() == found["valid"].keys() == {"complete", "generate", "sessions"}
    for kind, values in found["valid"].items():
        assert values[SHOT_COUNTS.index(found["params"][kind])] == max(values)


def test_a_chance_is_that_of_the_wanted_items_together(model: Prompted, small_shop: Path) -> None:
    pairs = [(task, gold) for task, gold in zip(*make_tasks(small_shop, "valid"), strict=True)]
    (task, gold), *_ = [pair for pair in pairs if pair[0].kind == "generate"]
    both = chance(model, [(task, gold)])
    each = [chance(model, [(task, {"bundle": [item]})]) for item in gold["bundle"]]
    assert max(each) < both < 0  # of other 50, but more than any of them


def test_what_was_chosen_is_used_again(model: Prompted, small_shop: Path, tiny_base: Path) -> None:
    work = model.run.folder.parent  # where the shop is spelt already
    asked: list[str] = []

    def choose(bench: Bench) -> dict[str, object]:
        asked.append(bench.base)
        return {"params": {"complete": 2, "generate": 0, "sessions": 1}, "valid": {}}

    method = replace(METHODS["lm-few-shot"], choose=choose)
    first, again = (Bench(small_shop, work, {"m": method}, str(tiny_base)).load("m") for _ in range(2))
    assert asked == [str(tiny_base)] and first.key == again.key
    assert isinstance(first, Prompted) and first.run.shots == Shots(2, 0, 1)


def test_a_base_is_for_methods_that_ask_one(small_shop: Path, tmp_path: Path) -> None:
    with pytest.raises(BundlesmithError, match='"tfidf" asks no language model') as error:
        load_method("tfidf", small_shop, tmp_path, "some/model")
    assert "lm-zero-shot, lm-few-shot" in str(error.value)


def test_a_base_that_nobody_can_talk_to_is_refused(small_shop: Path, tiny_t5_base: Path, tmp_path: Path) -> None:
    model = load_method("lm-zero-shot", small_shop, tmp_path, str(tiny_t5_base))
    with pytest.raises(BundlesmithError, match="no chat template"):
        model.rank([Request(words="tea")], 2)
