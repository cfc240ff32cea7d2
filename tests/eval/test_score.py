import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.score import Sheet, scores
from bundlesmith.eval.tasks import Task
from tests.eval.sheets import score_files
from tests.shops import make_catalogue, write_prepared

CATALOGUE = make_catalogue(
    [{"id": "1", "category": ("A",)}, {"id": "2", "category": ("A",)}, {"id": "3", "category": ("B",)}, {"id": "4"}]
)


def figures_of(kind, gold, answer, items=()):
    """Figures of one task, unanswered if *answer* is None."""
    answers = {"t": {"id": "t"} | answer} if answer is not None else {}
    tasks = {"t": Task("t", kind, (), items, "")}
    return scores(Sheet(tasks, {kind: [{"id": "t", "kind": kind} | gold]}, answers, CATALOGUE))[kind]


def ranked(target, *rankings):
    """Figures of one task, with the first of *rankings* as its answer, if there is one."""
    return figures_of("complete", {"target": target}, {"ranking": rankings[0]} if rankings else None)


def test_a_target_in_third_place():
    figures = ranked(3, [2, 1, 3])
    assert figures["R@1"] == 0 and figures["R@10"] == 1 and figures["R@20"] == 1
    assert figures["NDCG@10"] == 0.5 and figures["MRR@20"] == 1 / 3
    assert figures["coverage@10"] == 3 / 4 and figures["valid"] == 1


def test_unknown_and_repeated_items_take_no_place_and_lower_valid():
    figures = ranked(3, [9, 1, 1, 3])
    assert figures["MRR@20"] == 1 / 2 and figures["valid"] == 2 / 4


def test_items_after_the_twentieth_do_not_count():
    assert ranked(3, [9] * 20 + [3])["R@20"] == 0


def test_a_task_without_an_answer_is_a_miss():
    figures = ranked(3)
    assert (figures["tasks"], figures["answered"], figures["R@20"], figures["valid"]) == (1, 0, 0, 0)


def written(wanted, *bundles):
    return figures_of("generate", {"bundle": wanted}, {"bundles": list(bundles)})


def test_the_first_bundle_and_the_best_one():
    figures = written([1, 2], [1, 3], [1, 2])
    assert figures["F1@1"] == 0.5 and figures["bestF1@10"] == 1 and figures["item-R@20"] == 1
    assert figures["category-F1@1"] == 2 / 3  # A and B against A
    assert figures["distinct"] == 1 and figures["valid"] == 1


def test_a_bundle_of_one_item_is_dropped_and_lowers_valid():
    figures = written([1, 2], [1], [1, 2, 3])
    assert figures["F1@1"] == 2 * 2 / 5 and figures["valid"] == 1 / 2


def test_an_unknown_item_lowers_valid_but_not_the_rest_of_its_bundle():
    figures = written([1, 2], [1, 9, 2])
    assert figures["F1@1"] == 1 and figures["valid"] == 0


def test_bundles_in_another_order_are_not_distinct():
    assert written([1, 2], [1, 2], [2, 1])["distinct"] == 1 / 2


def test_bundles_after_the_tenth_do_not_count():
    assert written([1, 2], *[[3, 4]] * 10, [1, 2])["bestF1@10"] == 0


def found(answer):
    gold = {"bundles": [[1, 2], [3, 4]], "intents": ["Desk work", "party"]}
    return figures_of("sessions", gold, answer, ("1", "2", "3", "4", "5"))


def test_one_of_two_bundles_found_exactly():
    figures = found({"bundles": [[2, 1]], "intents": ["desk"]})
    assert figures["soft-P"] == 1 and figures["soft-R"] == 1 / 2 and figures["soft-F1"] == 2 / 3
    assert figures["intent-F1"] == 2 / 3  # one word of one, one of two


def test_a_bundle_found_in_part():
    assert found({"bundles": [[1, 2, 5], [3, 4]]})["soft-F1"] == 2 * (2 / 3 + 1) / 4


def test_an_intent_belongs_to_its_bundle_even_if_one_before_is_dropped():
    figures = found({"bundles": [[1], [3, 4]], "intents": ["desk", "party"]})
    assert figures["intent-F1"] == 1 and figures["valid"] == 1 / 2


def test_an_intent_that_is_missing_shares_nothing():
    assert found({"bundles": [[1, 2]]})["intent-F1"] == 0


def test_an_item_from_outside_the_session_lowers_valid():
    assert found({"bundles": [[1, 2, 8]]})["valid"] == 0


def test_a_session_without_an_answer_finds_nothing():
    figures = found(None)
    assert (figures["answered"], figures["soft-P"], figures["soft-F1"], figures["valid"]) == (0, 0, 0, 0)


@pytest.fixture
def lines(tmp_path):
    def write(name, rows):
        path = tmp_path / name
        texts = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
        return path

    return write


def scored(tmp_path, lines, tasks, gold, answers):
    folder = write_prepared(tmp_path / "data", [{"item_id": "1", "title": "A"}, {"item_id": "2", "title": "B"}])
    return score_files(folder, lines("tasks.jsonl", tasks), lines("gold.jsonl", gold), lines("answers.jsonl", answers))


TASK = {"id": "s", "kind": "sessions", "items": [1, 2]}
GOLD = {"id": "s", "kind": "sessions", "bundles": [[1, 2]], "intents": ["x"]}


def test_a_kind_without_gold_is_left_out(tmp_path, lines):
    assert scored(tmp_path, lines, [TASK], [GOLD], [{"id": "s", "bundles": [[1, 2]]}]).keys() == {"sessions"}


@pytest.mark.parametrize(
    ("gold", "answers", "message"),
    [
        ([GOLD], ["{"], "answers.jsonl:1 is not JSON"),
        ([GOLD], ["", "[1]"], "answers.jsonl:2 is not a JSON object with id"),
        ([GOLD], [{"bundles": []}], "answers.jsonl:1 is not a JSON object with id"),
        ([{"id": "s"}], [], "gold.jsonl:1 is not a JSON object with id and kind"),
        ([], [], 'gold.jsonl" holds no true answer'),
        ([GOLD | {"bundles": []}], [], 'The true answer of "s" has no bundles'),
        ([GOLD | {"bundles": [[1, 2], []]}], [], "an empty bundle or one without an intent"),
        ([GOLD | {"intents": ["x", "y"]}], [], "an empty bundle or one without an intent"),
        ([GOLD | {"id": "z"}], [], 'tasks.jsonl" has no sessions task "z"'),
        ([{"id": "s", "kind": "complete", "target": 1}], [], 'tasks.jsonl" has no complete task "s"'),
    ],
)
def test_a_bad_line_is_an_error_that_names_it(tmp_path, lines, gold, answers, message):
    with pytest.raises(BundlesmithError, match=message):
        scored(tmp_path, lines, [TASK], gold, answers)


def test_a_true_bundle_with_an_unknown_item_is_an_error(tmp_path, lines):
    task, gold = {"id": "g", "kind": "generate"}, {"id": "g", "kind": "generate", "bundle": [1, 7]}
    with pytest.raises(BundlesmithError, match='The true answer of "g" holds "7"'):
        scored(tmp_path, lines, [task], [gold], [])


BUNDLEREC = Path(os.environ.get("BUNDLEREC_DIR", Path(__file__).parents[3] / "shared" / "bundlerec"))
PATHS = ["Home", "Home,Desks", "Home,Lamps", "Garden", None]
INTENTS = ["Work at home", "a desk for Two", "Home: USB-C desk 2", "", "party at HOME"]


class Chance:
    """Random tasks, gold and answers in the formats of BundleRec, with everything that may go wrong in an answer."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.items = [
            {"item": 3 * n + 1, "title": f"Item {n}", "category": self.random.choice(PATHS)} for n in range(40)
        ]
        self.known = [item["item"] for item in self.items]

    def some(self, least, most, of=None):
        return self.random.sample(of or self.known, self.random.randint(least, most))

    def messy(self, items, most):
        """Items with some that are unknown or repeat; may be empty."""
        drawn = [self.random.choice(items if self.random.random() < 0.9 else [0, 2, 5]) for _ in range(most)]
        return drawn[: self.random.randint(0, most)]

    def tasks(self):
        for n in range(23):
            yield {"id": f"c{n}", "kind": "complete", "history": self.some(0, 3), "items": self.some(1, 2)}
            yield {"id": f"g{n}", "kind": "generate", "history": self.some(0, 3), "request": "a desk"}
            yield {"id": f"s{n}", "kind": "sessions", "items": self.some(6, 12)}

    def gold(self, task):
        row = {"id": task["id"], "kind": task["kind"]}
        if task["kind"] == "complete":
            return row | {"target": self.random.choice(self.known)}
        if task["kind"] == "generate":
            return row | {"bundle": self.some(2, 5)}
        bundles = [self.some(2, 4, task["items"]) for _ in range(self.random.randint(1, 3))]
        return row | {"bundles": bundles, "intents": [self.random.choice([*INTENTS, None]) for _ in bundles]}

    def answer(self, task, gold):
        if task["kind"] == "complete":
            ranking = self.messy(self.known, 30)
            if self.random.random() < 0.6:
                ranking.insert(self.random.randint(0, len(ranking)), gold["target"])
            return {"id": task["id"], "ranking": ranking}
        wanted = gold["bundles"] if task["kind"] == "sessions" else [gold["bundle"]]
        pool = task["items"] if task["kind"] == "sessions" else self.known
        near = [*self.random.choice(wanted), *self.some(1, 2, pool)]
        bundles = [self.messy(self.random.choice([near, pool]), 6) for _ in range(self.random.randint(0, 12))]
        answer = {"id": task["id"], "bundles": bundles}
        intents = [self.random.choice([*INTENTS, None]) for _ in self.messy(pool, 14)]
        return answer | ({"intents": intents} if self.random.random() < 0.8 else {})


@pytest.mark.skipif(not (BUNDLEREC / "score.py").exists(), reason="BUNDLEREC_DIR names no folder with score.py")
@pytest.mark.parametrize("seed", range(12))
def test_all_figures_equal_those_of_the_scorer_of_bundlerec(tmp_path, lines, seed):
    chance = Chance(seed)
    tasks = list(chance.tasks())
    gold = [chance.gold(task) for task in tasks]
    answers = [chance.answer(task, row) for task, row in zip(tasks, gold, strict=True) if chance.random.random() < 0.9]
    chance.random.shuffle(answers)
    untitled = {"item": 5, "title": None, "category": "Home"}
    files = [
        lines(f"{name}.jsonl", rows)
        for name, rows in (
            ("items", [*chance.items, untitled]),
            ("gold", gold),
            ("answers", [*answers, {"id": "other", "ranking": [1]}]),
            ("tasks", tasks),
        )
    ]
    command = [sys.executable, BUNDLEREC / "score.py", *files[:3]]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    theirs = {kind: figures for line in said.splitlines() for kind, figures in json.loads(line).items()}
    prepared = [
        {"item_id": str(item["item"]), "title": item["title"], "category": (item["category"] or "").split(",")}
        for item in chance.items
    ]
    folder = write_prepared(tmp_path / "data", prepared, integer_ids=True)
    ours = score_files(folder, files[3], files[1], files[2])
    assert ours == theirs
    assert all(figure > 0 for figures in ours.values() for name, figure in figures.items() if name != "R@1")
