import numpy as np
import pytest

from bundlesmith.guide.evidence import HISTORY, ITEMS, PRIOR, UNSEEN, WORDS, Evidence, Vectors, category_texts
from bundlesmith.guide.guide import Guide, Query, Weights, features
from bundlesmith.guide.wording import Wording

from tests.eval.references.small import DESK, ITEMS as SHOP, LAMP, MAT, PEN, STOVE, TENT  # isort: skip
from tests.shops import make_catalogue

OUTDOORS, INDOORS = [1.0, 0.0], [0.0, 1.0]
OF_ITEMS = np.array([OUTDOORS, OUTDOORS, [0.6, 0.8], INDOORS, INDOORS, INDOORS], np.float32)


def read(texts: object) -> np.ndarray:
    assert isinstance(texts, list)
    return np.array([OUTDOORS if "camp" in text else INDOORS for text in texts], np.float32)


@pytest.fixture
def evidence() -> Evidence:
    vectors = Vectors(OF_ITEMS, OF_ITEMS, np.array([OUTDOORS, INDOORS], np.float32), OF_ITEMS)
    bundles = ((TENT, STOVE), (PEN, LAMP), (TENT, LAMP))
    return Evidence(make_catalogue(SHOP), bundles, ("camping", "work", ""), ((),) * 3, vectors, read, read)


def column(table: np.ndarray, names: tuple[str, ...], name: str) -> list[float]:
    found: list[float] = table[:, names.index(name)].tolist()
    return found


def test_words_speak_for_what_is_like_them(evidence: Evidence) -> None:
    table = evidence.of_words("camp")
    assert table.shape == (6, len(WORDS))
    for name in ("title", "text", "tuned"):
        assert column(table, WORDS, name) == pytest.approx([1, 1, 0.6, 0, 0, 0])
    assert column(table, WORDS, "category") == [1, 1, 1, 0, 0, 0]
    assert not evidence.of_words("  ").any()


def test_training_bundles_vote_for_their_categories(evidence: Evidence) -> None:
    # Shares of say: "camping" e^0 = 1 for Camping; "work" e^-20 and the one without an intent e^-20 each.
    least = np.exp(-20)
    total = 1 + 3 * least
    found = column(evidence.of_words("camp"), WORDS, "votes sharp")
    assert found[TENT] == pytest.approx(np.log((1 + least) / total + UNSEEN), abs=1e-5)
    assert found[PEN] == pytest.approx(np.log(2 * least / total + UNSEEN), abs=1e-5)


def test_terms_count_what_is_written(evidence: Evidence) -> None:
    found = column(evidence.of_words("a green desk"), WORDS, "terms")
    assert found[TENT] > 0 and found[DESK] > 0 and found[PEN] == 0 == found[STOVE]


def test_chosen_items_speak_for_the_nearest_and_on_average(evidence: Evidence) -> None:
    table = evidence.of_items([TENT, PEN])
    assert table.shape == (6, len(ITEMS))
    assert column(table, ITEMS, "nearest title") == pytest.approx([1, 1, 0.8, 1, 1, 1])
    assert column(table, ITEMS, "mean title") == pytest.approx([0.5, 0.5, 0.7, 0.5, 0.5, 0.5])
    assert column(table, ITEMS, "same category") == [1] * 6
    assert column(evidence.of_items([TENT]), ITEMS, "same category") == [1, 1, 1, 0, 0, 0]


def test_what_stood_beside_items_like_these_votes(evidence: Evidence) -> None:
    # Beside items of the tent's kind stood: a stove (beside the tent), a tent (beside the stove), a lamp.
    found = column(evidence.of_items([TENT]), ITEMS, "votes")
    near, far = 3 * 1.0, 3 * np.exp(-12)
    assert found[TENT] == pytest.approx(np.log((2 + far / 3) / (near + far) + UNSEEN), abs=1e-4)
    assert found[PEN] == pytest.approx(np.log((1 + 2 * far / 3) / (near + far) + UNSEEN), abs=1e-4)


def test_a_history_speaks_and_none_is_silent(evidence: Evidence) -> None:
    table = evidence.of_history([LAMP])
    assert table.shape == (6, len(HISTORY)) and not evidence.of_history([]).any()
    assert column(table, HISTORY, "nearest title") == pytest.approx([0, 0, 0.8, 1, 1, 1])


def test_the_prior_is_of_categories(evidence: Evidence) -> None:
    size, held = evidence.prior.T
    assert size.tolist() == pytest.approx([np.log(3)] * 6)
    assert held.tolist() == pytest.approx([np.log(2.3 / 3)] * 6)
    assert evidence.prior.shape == (6, len(PRIOR)) and category_texts(evidence.catalogue) == ["Camping", "Office"]


def test_scores_are_weighted_sums_and_after_each_is_what_scores_would_be(evidence: Evidence) -> None:
    opening, items = len(PRIOR) + len(WORDS) + len(HISTORY), len(ITEMS)
    random = np.random.default_rng(0)
    weights = Weights(*(random.normal(size=n).astype(np.float32) for n in (opening, opening + items)))
    guide = Guide(evidence, weights, None, Wording(evidence, None))
    query = Query((MAT,), (), "camp")
    assert guide.scores(query) == pytest.approx(features(evidence, query) @ weights.opening)
    after = guide.after_each(query, [TENT, PEN])
    for scores, row in zip(after, (TENT, PEN), strict=True):
        assert scores == pytest.approx(guide.scores(Query((MAT,), (row,), "camp")), abs=1e-4)
    chosen = Query((MAT,), (STOVE,), "camp")
    assert guide.after_each(chosen, [PEN])[0] == pytest.approx(
        guide.scores(Query((MAT,), (STOVE, PEN), "camp")), abs=1e-4
    )
    assert guide.after_each(query, []).shape == (0, 6)
