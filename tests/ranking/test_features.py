"""Features of four items in three categories of two departments, worked out by hand."""

import numpy as np
import pytest
from scipy import sparse

from bundlesmith.ranking.beside import Beside, SetsOf
from bundlesmith.ranking.evidence import Evidence
from bundlesmith.ranking.features import OF_WORDS, POOLED, STEPS, Features, RequestFeatures, Shortlist
from bundlesmith.ranking.layers import LayeredRows
from bundlesmith.ranking.likeness import WordVectors
from bundlesmith.ranking.terms import Terms
from tests.ranking.made import bundle_evidence

EYE = np.eye(4, dtype=np.float32)
FIRST = WordVectors(EYE[0], EYE[2], "dinosaur")
TERMS = Terms.of(["Dinosaur cups", "Space cups", "Dinosaur plates", "Tent"])
KINDS, DEPARTMENTS = np.array([0, 0, 1, 2]), np.array([0, 0, 0, 1])
NEEDS = sparse.csr_matrix(np.array([[1, 1], [0, 1]], np.float32))
MET = sparse.csr_matrix(np.array([[0.5, 0], [0, 0.5], [0, 0.5], [0.5, 0]], np.float32))
NEEDED = Evidence(NEEDS, (MET,), KINDS, EYE[:2], (1e-3,))


@pytest.fixture
def features() -> Features:
    """Unlike texts; two bundles; two situations, of which one has both needs, one the second; 0 and 3 meet the first,
    1 and 2 the second.
    """
    own = bundle_evidence(((0, 1), (2, 3)), np.zeros((2, 4), np.float32), EYE, KINDS)
    return Features(LayeredRows(EYE), LayeredRows(EYE), TERMS, KINDS, DEPARTMENTS, own, NEEDED)


def test_as_many_features_as_it_says(features: Features) -> None:
    assert RequestFeatures(features, None).opening.shape == (4, features.of_opening)
    assert RequestFeatures(features, None).going_on([2]).shape == (4, features.of_going_on)
    assert RequestFeatures(features, FIRST).going_on([2, 1]).shape == (4, features.of_going_on)


def test_likeness_to_words_is_the_items_and_pooled_its_categorys_and_departments(features: Features) -> None:
    high, low = 3**0.5, -((1 / 3) ** 0.5)
    item, plain, kind, department = RequestFeatures(features, FIRST).opening[:, :4].T
    assert item == pytest.approx([high, low, low, low]) and plain == pytest.approx([low, low, high, low])

    def pooled(*values: float) -> float:
        return float(np.log(np.mean(np.exp(POOLED * np.array(values)))) / POOLED)

    assert kind == pytest.approx([pooled(high, low)] * 2 + [low, low], abs=1e-5)
    assert department == pytest.approx([pooled(high, low, low)] * 3 + [low], abs=1e-5)
    assert not RequestFeatures(features, None).opening[:, :OF_WORDS].any()


def test_titles_are_compared_with_the_words_and_with_those_of_chosen_items(features: Features) -> None:
    named = RequestFeatures(features, FIRST).opening[:, OF_WORDS - 1]
    assert named == pytest.approx(TERMS.named("dinosaur")) and named[[0, 2]].all() and not named[[1, 3]].any()
    mean, nearest = Shortlist(RequestFeatures(features, FIRST), None)([0, 3])[:, -5 - len(STEPS) : -3 - len(STEPS)].T
    like = TERMS.beside([0])[0]
    assert like[1] == pytest.approx(like[2]) and mean[:3] == pytest.approx(like[:3] / 2)
    assert nearest == pytest.approx([*like[:3], 1])


def test_usage_counts_the_bundles_that_are_kept(features: Features) -> None:
    usage = RequestFeatures(features, None, np.array([1, 0], np.float32)).opening[:, -1]
    assert usage == pytest.approx(np.log([2, 2, 1, 1]))


def test_beside_a_chosen_item_the_last_ones_tell_the_same_need_category_and_department(features: Features) -> None:
    need, kind, department = RequestFeatures(features, None).going_on([0])[:, -3:].T
    assert need.tolist() == [1, 0, 0, 1] and kind.tolist() == [1, 1, 0, 0] and department.tolist() == [1, 1, 1, 0]
    steps = RequestFeatures(features, None).going_on([0])[:, -3 - len(STEPS) : -3]
    assert steps[0].all() and not steps[1:].any()


def lift(evidence: Evidence, chosen: list[int]) -> np.ndarray:
    return np.asarray(Beside(None, SetsOf(evidence, np.ones(len(evidence.words), np.float32)))(chosen)[0])


def test_lift_is_of_the_bundles_and_of_the_situations(features: Features) -> None:
    assert lift(features.bundles, [3]).argmax() == 2
    assert lift(features.bundles, [0])[1] > 0 > lift(features.bundles, [0])[2]
    without = bundle_evidence((), np.zeros((0, 4), np.float32), EYE, KINDS)
    young = Features(LayeredRows(EYE), LayeredRows(EYE), TERMS, KINDS, DEPARTMENTS, without, NEEDED)
    assert lift(young.situations, [0])[3] > lift(young.situations, [0])[1]
    assert RequestFeatures(young, FIRST).going_on([1]).shape == (4, young.of_going_on)


def test_a_shortlist_has_the_features_that_all_items_have(features: Features) -> None:
    asked, rows = RequestFeatures(features, WordVectors(EYE[1], EYE[3])), np.array([3, 0, 2])
    whole = asked.going_on([1, 2])
    assert Shortlist(asked, rows)([1, 2]) == pytest.approx(whole[rows, features.of_opening :])
