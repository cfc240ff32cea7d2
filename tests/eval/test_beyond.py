import math
from collections.abc import Sequence

import pytest

from bundlesmith.eval.beyond import (
    NEGATIVES,
    Beyond,
    ScoresItems,
    above,
    divergence,
    gini,
    negatives,
    pairwise,
    recommended,
    whole_figures,
)
from bundlesmith.eval.groups import SplitData
from bundlesmith.request import Request
from tests.eval.sheets import LETTERS, complete, generate, sessions, sheet
from tests.shops import make_catalogue

PAST = SplitData({"a": 5, "b": 2, "c": 1}, frozenset("abc"), frozenset(), {}, None)
"""8 events; of three training items the most popular fifth is one: a."""


def points(given):
    ((found,),) = Beyond(LETTERS, PAST).points(sheet(given)).values()
    return found


def test_novelty_is_the_self_information_in_training():
    # (c + 1) / (8 + 6 items)
    found = points(complete("t", "c", "adb"))["novelty@10"]
    assert found == [-math.log2(6 / 14), -math.log2(1 / 14), -math.log2(3 / 14)]


def test_items_outside_the_most_popular_fifth():
    assert points(complete("t", "c", "ad?db"))["tail@10"] == [0, 1, 1]  # a; d, b (unknown and repeated ones are out)


def test_only_the_first_ten_of_a_ranking_are_seen():
    catalogue = make_catalogue([{"id": f"i{n}"} for n in range(15)])
    given = complete("t", "i0", None)
    row = sheet((given[0], given[1], {"ranking": list(catalogue.ids)}), catalogue=catalogue)
    assert recommended(row, row.gold["complete"][0]) == list(catalogue.ids[:10])


def test_what_is_recommended_has_the_categories_of_the_history():
    # History: one desk, one lamp; recommended: desk, lamp: the same shares.
    assert points(complete("t", "c", "bc", history="ac"))["calibration@10"] == [pytest.approx(0)]


def test_calibration_is_the_divergence_of_categories():
    # p: desks 1/2, lamps 1/2; q: desks 1. q is mixed with 1 % of p.
    found = points(generate("t", "ab", ["ab"], history="ac"))["calibration@1"]
    desks, lamps = 0.99 * 1 + 0.01 / 2, 0.01 / 2
    assert found == [pytest.approx(0.5 * math.log(0.5 / desks) + 0.5 * math.log(0.5 / lamps))]


def test_without_a_history_or_an_answer_there_is_no_calibration():
    assert points(generate("t", "ab", ["ab"]))["calibration@1"] == []
    assert points(generate("t", "ab", [], history="a")) == {
        "novelty@1": [],
        "tail@1": [],
        "calibration@1": [],
        "diversity@1": [],
    }


def test_a_divergence_of_the_same_shares_is_zero_and_of_none_shared_is_finite():
    assert divergence("aab", "baabaa") == pytest.approx(0) and divergence("a", "b") == pytest.approx(math.log(100))


def test_diversity_of_the_same_and_of_different_texts():
    catalogue = make_catalogue(
        [{"id": i, "title": t} for i, t in zip("abcd", ["red pen"] * 2 + ["oak", "box"], strict=True)]
    )
    beyond = Beyond(catalogue, PAST)
    assert beyond.diversity("ab") == pytest.approx(0) and beyond.diversity("cd") == 1
    # Pairs: ab alike, ac and bc not: 1 - (1 + 0 + 0) / 3.
    assert beyond.diversity("abc") == pytest.approx(2 / 3)


def test_each_bundle_of_a_session_has_a_diversity():
    found = points(sessions("t", "abcd", {"ab": ""}, ["cd", "c", "ab"]))["diversity"]
    assert len(found) == 2 and found[0] == 1 and 0 < found[1] < 1


@pytest.mark.parametrize(
    ("counts", "value"),
    [([2, 2, 2], 0.0), ([0, 0, 0, 8], 3 / 4), ([1, 3], 1 / 4), ([0, 0], 0.0)],  # 1 and 3: (-1 + 3) / (2 * 4)
)
def test_gini(counts, value):
    assert gini(counts) == value


def test_figures_of_all_tasks_together():
    found = whole_figures(
        sheet(
            complete("c", "a", "ab"),
            complete("d", "a", "ac"),
            generate("g", "ab", ["ad", "ef"]),
            generate("h", "cd", ["ab"]),
        )
    )
    assert found["complete"]["coverage@10"] == 3 / 6
    # 0 0 0 1 1 2 of six: (1 * 1 + 3 * 1 + 5 * 2) / (6 * 4)
    assert found["complete"]["gini@10"] == 14 / 24
    assert found["generate"]["coverage@1"] == 3 / 6  # a b d
    # Desks, lamps, garden are true; desks and garden are shown.
    assert found["generate"]["category-coverage@1"] == 2 / 3


class ByPlace:
    """Scores an item by its row; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Request, Sequence[str]]] = []

    def score(self, requests: Sequence[Request], items: Sequence[Sequence[str]]) -> list[list[float]]:
        self.asked += list(zip(requests, items, strict=True))
        return [[float(LETTERS.row(item)) for item in some] for some in items]


def test_the_true_item_against_the_others():
    # Against a, b, c and e: d is better than three.
    scorer = ByPlace()
    assert isinstance(scorer, ScoresItems)
    assert pairwise(scorer, sheet(complete("t", "d", None, items="f")), 7) == {"t": 3 / 4}
    request, named = scorer.asked[0]
    assert request.items == ("f",) and named[0] == "d" and sorted(named[1:]) == ["a", "b", "c", "e"]


def test_a_true_item_that_is_not_in_the_catalogue_beats_nothing():
    assert pairwise(ByPlace(), sheet(complete("t", "?", None), complete("u", "f", None)), 7) == {"t": 0.0, "u": 1.0}


def test_equal_scores_count_half():
    assert above(1.0, [1.0, 0.0, 2.0, 1.0]) == (1 + 2 / 2) / 4 and above(1.0, []) == 0


def test_negatives_depend_on_the_seed_and_the_task_alone():
    catalogue = make_catalogue([{"id": f"i{n}"} for n in range(200)])
    given = [sheet((complete(name, "i1", None)), catalogue=catalogue) for name in "tu"]
    one, other = (negatives(each, each.gold["complete"][0], 7) for each in given)
    assert len(set(one)) == NEGATIVES and "i1" not in one and one != other
    assert (
        one
        == negatives(given[0], given[0].gold["complete"][0], 7)
        != negatives(given[0], given[0].gold["complete"][0], 8)
    )
