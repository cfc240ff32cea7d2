"""Terms of titles, by figures worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundlesmith.ranking.terms import Terms, counts, of_places, terms_of

TITLES = ["Dinosaur Paper Cups", "Space paper cup", "Tent"]
RARE, COMMON = np.log(4 / 1.5) / np.log(4), np.log(4 / 2.5) / np.log(4)
"""What a term of one title of three tells, and one of two."""


def test_words_lose_their_endings_and_chinese_is_read_by_pairs() -> None:
    assert terms_of("Dinosaurs, 28 x 1.40!") == {"dinosaur", "28", "x", "1", "40"}
    assert terms_of("想吃番茄 x") == {"想吃", "吃番", "番茄", "x"} and terms_of("茶") == {"茶"}
    assert terms_of("Türklinke") == terms_of("türklinke") and not terms_of(" -- ")


def test_titles_are_as_like_as_the_rare_terms_that_they_share() -> None:
    dinosaurs, space, tent = Terms.of(TITLES).beside([0])[0]
    shared, length = 2 * COMMON**2, RARE**2 + 2 * COMMON**2
    assert (dinosaurs, space, tent) == pytest.approx((1, shared / length, 0), abs=1e-6)


def test_some_titles_are_compared_as_all_are() -> None:
    terms = Terms.of(TITLES)
    some = terms.beside([1, 0], terms.rows[[2, 1]])
    assert np.array(some) == pytest.approx(np.array(terms.beside([1, 0]))[:, [2, 1]])


def test_a_title_is_named_by_what_it_shares_with_the_words_the_more_the_more_seldom_that_is_said() -> None:
    terms = Terms.of(TITLES)
    dinosaurs, space, tent = terms.named("a party with dinosaurs, and cups")
    assert dinosaurs > space > tent == 0
    rare, common = terms.named("zyzzyva")[0], Terms.of(["the tent", "the zyzzyva", "x"]).named("the zyzzyva")
    assert rare == 0 and common[1] > 5 * common[0] > 0
    assert not terms.named("").any()


def test_titles_have_words_if_they_have_all_their_terms() -> None:
    terms = Terms.of(TITLES)
    assert terms.having("cup").tolist() == [True, True, False]
    assert terms.having("paper dinosaurs").tolist() == [True, False, False]
    assert not terms.having("lamp").any() and terms.put([3], ["Lamp"]).having("lamps").tolist()[3]


def test_titles_that_come_and_change_count_as_those_do_that_were_there() -> None:
    terms = Terms.of(TITLES)
    later = terms.put([3, 2], ["Dinosaur tent", "Lamp"])
    assert later.named("dinosaur")[[0, 3]].all() and not later.named("tent")[2] and terms.named("tent")[2]
    assert later.beside([3])[0][0] > 0 and len(terms.named("tent")) == 3


@given(st.lists(st.text(max_size=30), min_size=1, max_size=8))
def test_any_titles_are_read_and_kept(titles: list[str]) -> None:
    found = counts(titles)
    back = Terms.of_counts(of_places(found.indices, found.indptr))
    for row, title in enumerate(titles):
        itself = back.beside([row])[0][row]
        assert itself == pytest.approx(1 if terms_of(title) else 0, abs=1e-5)
        assert np.isfinite(back.named(title)).all()
