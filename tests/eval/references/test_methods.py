import json
from pathlib import Path

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.making import write_tasks
from bundlesmith.eval.predict import predict
from bundlesmith.eval.references import content
from bundlesmith.eval.references.collaborative import popularity
from bundlesmith.eval.references.methods import FUSED, METHODS, load_method
from bundlesmith.eval.references.scorer import PartWeights
from bundlesmith.eval.references.training import load_training
from bundlesmith.eval.references.trial import ValidTasks
from bundlesmith.eval.references.tuning import Bench, Method, grid
from tests.eval.sheets import score_files


def test_training_is_the_train_split_alone(shop: Path, tmp_path: Path) -> None:
    import polars as pl

    training = load_training(shop, tmp_path)
    bundles = pl.read_parquet(shop / "bundles.parquet").filter(pl.col("split") == "train")
    ids = training.catalogue.ids
    assert [[ids[row] for row in bundle] for bundle in training.bundles] == bundles["items"].to_list()
    events = pl.read_parquet(shop / "events.parquet").filter(pl.col("split") == "train")
    assert sum(map(len, training.sessions)) == len(events)


def test_a_package_that_is_missing_is_named(shop: Path, tmp_path: Path) -> None:
    methods = {"m": Method("", "", lambda bench: None, package="no_such_package")}
    with pytest.raises(BundlesmithError, match="no_such_package is not installed") as error:
        Bench(shop, tmp_path, methods).load("m")
    assert "extra references" in str(error.value)


@pytest.mark.slow
def test_what_was_chosen_is_kept_and_used_again(small_shop: Path, tmp_path: Path) -> None:
    weights = (PartWeights(0.0, 0.0), PartWeights(0.5, 0.1))
    method = Method("TF-IDF", "", lambda bench, **chosen: content.tfidf(bench.training, **chosen),
                    grid(words=(1,), sublinear=(False, True)), weights)  # fmt: skip
    first = Bench(small_shop, tmp_path, {"m": method}).load("m")
    kept = tmp_path / "m.json"
    chosen = json.loads(kept.read_text())
    assert chosen["params"]["words"] == 1 and chosen["mix"]["words"] in (0.0, 0.5) and chosen["valid"]["ranking"] > 0
    assert Bench(small_shop, tmp_path, {"m": method}).load("m").key == first.key

    chosen["habits"]["size"] = 9  # a hand that edits what was chosen is obeyed, under another key
    kept.write_text(json.dumps(chosen))
    edited = Bench(small_shop, tmp_path, {"m": method}).load("m")
    assert edited.habits.size == 9 and edited.key != first.key
    chosen["key"] = "of other data"
    kept.write_text(json.dumps(chosen))
    assert Bench(small_shop, tmp_path, {"m": method}).load("m").key == first.key


@pytest.mark.slow
def test_the_best_candidate_is_taken(small_shop: Path, tmp_path: Path) -> None:
    training = load_training(small_shop, tmp_path)
    trial = ValidTasks(small_shop, training)
    scorer = content.tfidf(training, 1, True)
    assert trial.ranking(scorer) > trial.ranking(popularity(training)) > 0
    known = {"good": scorer, "bad": popularity(training)}
    methods = {"m": Method("", "", lambda bench, which: known[which], ({"which": "bad"}, {"which": "good"}))}
    assert Bench(small_shop, tmp_path, methods).load("m").scorer.vectors is scorer.vectors


def test_an_unknown_method_is_named(small_shop: Path, tmp_path: Path) -> None:
    with pytest.raises(BundlesmithError, match=r'no method "tf-idf"\. Did you mean "tfidf"'):
        load_method("tf-idf", small_shop, tmp_path)


def test_every_method_says_what_it_is() -> None:
    assert all(method.title and method.line.endswith(".") for method in METHODS.values())
    assert set(FUSED) <= METHODS.keys() and len({method.title for method in METHODS.values()}) == len(METHODS)


@pytest.mark.slow
def test_a_method_answers_real_tasks_the_same_way_twice(small_shop: Path, tmp_path: Path) -> None:
    count = write_tasks(small_shop, "test", tmp_path / "tasks")
    tasks, gold = tmp_path / "tasks" / "tasks.jsonl", tmp_path / "tasks" / "gold.jsonl"
    for out in ("a", "b"):
        predict(load_method("als", small_shop, tmp_path / f"work-{out}"), tasks, tmp_path / f"{out}.jsonl")
    assert (tmp_path / "a.jsonl").read_text() == (tmp_path / "b.jsonl").read_text()
    figures = score_files(small_shop, tasks, gold, tmp_path / "a.jsonl")
    assert sum(found["answered"] for found in figures.values()) == count
    assert all(found["valid"] == 1 for found in figures.values()) and figures["complete"]["R@20"] > 0
