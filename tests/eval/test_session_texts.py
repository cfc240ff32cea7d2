import pytest

from bundlesmith.eval.session_texts import session_texts
from tests.eval.sheets import sessions, sheet

pytestmark = pytest.mark.slow  # sentence embeddings


def test_intents_are_measured_against_those_of_the_bundles_that_they_are_paired_with() -> None:
    task = sessions("s", "abcd", {"ab": "two desks", "cd": ""}, ["d", "ab"], ["rake", "two desks"])
    task[2]["explanations"] = ["", "Oak desk and Pine desk go together."]
    found = session_texts(sheet(task))
    assert found["intent-ROUGE-L"] == 1 and found["intent-likeness"] == pytest.approx(1, abs=1e-5)
    assert found["item-coverage"] == 1 and found["faithfulness"] == 1 and found["words"] == 7


def test_answers_without_explanations_have_no_figures_of_them() -> None:
    found = session_texts(sheet(sessions("s", "abc", {"ab": "desks for work"}, ["ab"], ["work"])))
    assert found["intent-ROUGE-L"] == 2 * 1 / (1 + 3)
    assert found["USR"] is None and found["item-coverage"] is None


def test_nothing_found_is_0() -> None:
    assert session_texts(sheet(sessions("s", "abc", {"ab": "desks"}, [])))["intent-ROUGE-L"] == 0
