import json
from pathlib import Path
from typing import Any

import pytest

from bundlesmith.cli.predict import ANSWER
from bundlesmith.eval.predict import Cost, predict
from bundlesmith.recommender import Recommender
from tests.eval.sheets import score_files

Rows = list[dict[str, Any]]


@pytest.fixture
def tasks(recommender: Recommender) -> Rows:
    ids = recommender.run.catalogue.ids
    complete = [
        {"id": f"c{n}", "kind": "complete", "history": ids[:n], "items": ids[40 : 41 + n], "intent": None}
        for n in range(4)
    ]
    generate = [{"id": f"g{n}", "kind": "generate", "history": ids[:n], "request": "camping"} for n in range(2)]
    sessions = [{"id": f"s{n}", "kind": "sessions", "items": ids[n : 6 + n]} for n in range(3)]
    odd = [
        {"id": "unknown", "kind": "complete", "history": ["?"], "items": ["??"], "intent": "camping"},
        {"id": "short", "kind": "sessions", "items": [ids[0], "?"]},
    ]
    return [*sessions, *generate, *complete, *odd]


def write(path: Path, rows: Rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_three_kinds_are_answered_validly_and_in_order(
    recommender: Recommender, tasks: Rows, tmp_path: Path
) -> None:
    out = tmp_path / "answers.jsonl"
    unknown = predict(recommender, write(tmp_path / "tasks.jsonl", tasks), out)
    answers = read(out)
    assert unknown == 3 and [row["id"] for row in answers] == [task["id"] for task in tasks]
    rows = recommender.run.catalogue.rows
    for task, answer in zip(tasks, answers, strict=True):
        if task["kind"] == "complete":
            ranking = answer["ranking"]
            assert len(set(ranking)) == 20 and set(ranking) <= rows.keys()
            assert not set(ranking) & {*task["history"], *task["items"]}
        elif task["kind"] == "generate":
            assert len({frozenset(b) for b in answer["bundles"]}) == 10
            assert all(2 <= len(set(b)) == len(b) and set(b) <= rows.keys() for b in answer["bundles"])
        else:
            assert len(answer["intents"]) == len(answer["bundles"]) >= (task["id"] != "short")
            assert all(2 <= len(set(b)) == len(b) and set(b) <= set(task["items"]) for b in answer["bundles"])
    assert not (tmp_path / ".answers.jsonl.part").exists()
    assert all(ANSWER.match(line) for line in out.read_bytes().splitlines())


def test_an_interrupted_prediction_goes_on_where_it_was(recommender: Recommender, tasks: Rows, tmp_path: Path) -> None:
    file, out, part = (
        write(tmp_path / "tasks.jsonl", tasks),
        tmp_path / "answers.jsonl",
        tmp_path / ".answers.jsonl.part",
    )
    predict(recommender, file, out)
    whole = out.read_text()
    known = {"id": "s0", "bundles": [["kept"]], "intents": [""]}
    key = recommender.run.made["key"] + _hash(file)
    part.write_text(json.dumps({"key": key}) + "\n" + json.dumps(known) + "\n" + '{"id": "s1", "bun')
    predict(recommender, file, out)
    assert read(out)[0] == known
    assert out.read_text().splitlines()[1:] == whole.splitlines()[1:]


def test_the_part_of_another_run_is_not_taken(recommender: Recommender, tasks: Rows, tmp_path: Path) -> None:
    part = tmp_path / ".answers.jsonl.part"
    part.write_text('{"key": "other"}\n{"id": "s0", "bundles": [["kept"]], "intents": [""]}\n')
    predict(recommender, write(tmp_path / "tasks.jsonl", tasks[:3]), tmp_path / "answers.jsonl")
    assert read(tmp_path / "answers.jsonl")[0]["bundles"] != [["kept"]]


def test_all_predictions_are_valid_in_the_scores(
    recommender: Recommender, tiny_run: Path, tasks: Rows, tmp_path: Path
) -> None:
    ids = recommender.run.catalogue.ids
    gold = [
        {"id": "c0", "kind": "complete", "target": ids[50]},
        {"id": "g0", "kind": "generate", "bundle": ids[20:23]},
        {"id": "s0", "kind": "sessions", "bundles": [ids[:2]], "intents": ["camping"]},
    ]
    file = write(tmp_path / "tasks.jsonl", [task for task in tasks if task["id"] in ("c0", "g0", "s0")])
    predict(recommender, file, tmp_path / "answers.jsonl")
    scores = score_files(tiny_run, file, write(tmp_path / "gold.jsonl", gold), tmp_path / "answers.jsonl")
    assert [figures["valid"] for figures in scores.values()] == [1.0, 1.0, 1.0]


def _hash(path: Path) -> str:
    from bundlesmith.hashes import hash_files

    return hash_files(path)


def test_what_answers_took_is_counted_over_interruptions(recommender: Recommender, tasks: Rows, tmp_path: Path) -> None:
    file, out = write(tmp_path / "tasks.jsonl", tasks[:3]), tmp_path / "answers.jsonl"
    cost = Cost()
    predict(Counting(recommender), file, out, cost)
    assert cost.seconds.keys() == {"sessions"} and 0 < cost.seconds["sessions"] < 600 and cost.tokens == 30
    key = recommender.key + _hash(file)
    part = [{"key": key}, {"spent": ["sessions", 1000.0, 5]}, {"spent": ["complete", 1.0, None]}]
    write(tmp_path / ".answers.jsonl.part", part)
    again = Cost()
    predict(Counting(recommender), file, out, again)
    assert again.tokens == 35 and 1000 < again.seconds["sessions"] < 1600 and again.seconds["complete"] == 1.0


def test_tokens_that_are_not_counted_are_not_known(recommender: Recommender, tasks: Rows, tmp_path: Path) -> None:
    cost = Cost()
    predict(Uncounted(recommender), write(tmp_path / "tasks.jsonl", tasks[:1]), tmp_path / "answers.jsonl", cost)
    assert cost.tokens is None


class Uncounted:
    """A run whose tokens nobody counts."""

    def __init__(self, recommender: Recommender) -> None:
        self.key, self.catalogue = recommender.key, recommender.catalogue
        self.recommend, self.rank, self.find = recommender.recommend, recommender.rank, self._find
        self._asked = recommender.find

    def _find(self, sessions: Any) -> Any:
        return self._asked(sessions)


class Counting(Uncounted):
    """A run that says it wrote ten tokens a session."""

    written_tokens = 7

    def _find(self, sessions: Any) -> Any:
        self.written_tokens += 10 * len(sessions)
        return self._asked(sessions)
