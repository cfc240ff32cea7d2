from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bundlesmith.guide.evidence import Evidence
from bundlesmith.guide.wording import Wording, learnt_trees, load_trees, save_trees
from tests.guide.made import coloured_evidence

RED, GREEN = 0, 12


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return coloured_evidence()


@pytest.fixture(scope="module")
def wording(evidence: Evidence) -> Wording:
    return Wording(evidence, learnt_trees(evidence))


def test_a_bundle_is_called_what_people_call_such_bundles(wording: Wording) -> None:
    assert wording.intent([RED + 1, RED + 2], "", 0.0) == "red house"
    assert wording.intent([GREEN + 1, GREEN + 2, GREEN + 5], "", 0.0) == "green house"


def test_words_of_the_model_count_as_much_as_they_are_trusted(wording: Wording) -> None:
    assert "shiny" not in wording.intent([RED + 1, RED + 2], "shiny and red", 0.0)
    assert "shiny" in wording.intent([RED + 1, RED + 2], "shiny and red", 30.0).split()
    assert "and" not in wording.intent([RED + 1, RED + 2], "shiny and red", 30.0).split()


def test_without_intents_it_is_what_the_model_wrote(evidence: Evidence) -> None:
    unnamed = replace(evidence, intents=("",) * len(evidence.intents))
    assert learnt_trees(unnamed) is None
    assert Wording(unnamed, None).intent([RED, RED + 1], "A reading corner", 1.0) == "A reading corner"


def test_a_bundle_learns_nothing_from_its_own_session(evidence: Evidence) -> None:
    intents = ("secret", "secret", *evidence.intents[2:])
    table, goal = Wording(replace(evidence, intents=intents), None).examples()
    assert len(table) == len(goal)
    words = Wording(replace(evidence, intents=(*intents[:2], *[""] * (len(intents) - 2))), None)
    assert len(words.examples()[1]) == 0


def test_as_many_words_as_the_expected_f1_asks_for(wording: Wording) -> None:
    wording = Wording(wording.evidence, wording.trees)
    size = wording._size  # 5 words each: something COLOUR for the house
    assert size == 5
    # 2·.9/6 = .3, 2·1.5/7 = .43, 2·1.6/8 = .4
    assert wording._best(["mug", "pot", "cup", "the"], np.array([0.9, 0.6, 0.1, 1.0])) == ["mug", "pot"]


def test_trees_come_back_as_they_were_saved(wording: Wording, tmp_path: Path) -> None:
    save_trees(wording.trees, tmp_path / "words.txt")
    again = Wording(wording.evidence, load_trees(tmp_path / "words.txt"))
    assert again.intent([RED, RED + 3], "", 0.0) == wording.intent([RED, RED + 3], "", 0.0)
    save_trees(None, tmp_path / "none.txt")
    assert load_trees(tmp_path / "none.txt") is None
