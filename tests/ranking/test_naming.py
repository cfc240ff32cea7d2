"""Names of sets of four items with unlike texts, told apart by what other sets were called."""

import numpy as np
from scipy import sparse

from bundlesmith.ranking.evidence import Evidence
from bundlesmith.ranking.features import Features
from bundlesmith.ranking.layers import LayeredRows
from bundlesmith.ranking.likeness import WordVectors
from bundlesmith.ranking.naming import Names, make_names
from bundlesmith.ranking.terms import Terms
from tests.ranking.made import bundle_evidence

EYE = np.eye(4, dtype=np.float32)
KINDS = np.array([0, 0, 1, 2])
TEXTS = ("tea for two", "", "a camping weekend", "camping for two", "a desk")


def names(texts: tuple[str, ...] = TEXTS) -> Names:
    """Of two bundles, {0, 1} and {2, 3}, and of three situations: {2, 3} twice, and {3}."""
    own = bundle_evidence(((0, 1), (2, 3)), np.zeros((2, 4), np.float32), EYE, KINDS)
    needs = sparse.csr_matrix(np.array([[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]], np.float32))
    situations = Evidence(needs, (sparse.csr_matrix(EYE),), KINDS, EYE[:3], (1e-3,))
    features = Features(LayeredRows(EYE), LayeredRows(EYE), Terms.of([""] * len(EYE)), KINDS, KINDS, own, situations)
    return make_names(features, texts, np.eye(5, 4, dtype=np.float32))


def test_a_set_is_called_as_the_sets_like_it_are() -> None:
    assert names().best(EYE[:2], None, 1) == ["tea for two"]
    assert names().best(EYE[2:], None, 1) == ["a camping weekend"]


def test_names_are_distinct_and_no_more_than_are_wanted() -> None:
    found = names().best(EYE[2:], None, 10)
    assert len(found) == len(set(found)) == 4 and "" not in found
    assert len(names().best(EYE[2:], None, 2)) == 2


def test_words_draw_names_near() -> None:
    asked = WordVectors(EYE[0], EYE[3])  # where the vector of "camping for two" is
    assert names().best(EYE[2:], asked, 1) == ["camping for two"]


def test_without_any_name_there_is_none() -> None:
    assert names(("", " ", "-", "", "…")).best(EYE[:2], None, 3) == []


def test_a_name_has_no_word_that_the_items_and_most_like_names_lack():
    found = names().best(EYE[:2], None, 10, lambda word: 0.0)
    assert "a camping weekend" not in found  # of another set
    assert "a camping weekend" in names().best(EYE[:2], None, 10)
