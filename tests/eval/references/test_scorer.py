import numpy as np
import pytest
from scipy import sparse

from bundlesmith.eval.references.scorer import PartWeights, Query, as_groups, item_weights, top_rows, unit


def test_items_and_history_are_averaged_and_weighted() -> None:
    queries = [Query((0, 1), (2,)), Query((0, 1), ()), Query()]
    found = item_weights(queries, PartWeights(history=0.4, opening=0.8), 4).toarray()
    assert found == pytest.approx(np.array([[0.2, 0.2, 1, 0], [0.4, 0.4, 0, 0], [0, 0, 0, 0]]))


def test_words_count_one_where_nothing_is_chosen() -> None:
    mix = PartWeights(words=0.3)
    assert mix.of_words(Query(words="a")) == 1 and mix.of_words(Query((), (1,), "a")) == 0.3


def test_a_query_is_a_session_of_what_counts() -> None:
    queries = [Query((3, 0), (2,)), Query((3,), ())]
    assert as_groups(queries, PartWeights(history=0.0, opening=0.1)) == [[2], [3]]
    assert as_groups(queries, PartWeights(history=0.1, opening=0.0)) == [[0, 2, 3], []]


def test_the_best_come_first_and_ties_go_to_the_more_popular_then_to_the_lower_row() -> None:
    scores = np.array([1, 3, 1, 1, -np.inf], np.float32)
    popularity = np.array([1, 0, 2, 1, 9], np.float32)
    assert top_rows(scores, popularity, 9).tolist() == [1, 2, 0, 3]
    assert top_rows(scores, popularity, 2).tolist() == [1, 2]
    assert top_rows(np.full(3, -np.inf, np.float32), popularity[:3], 2).tolist() == []


@pytest.mark.parametrize("make", [np.array, sparse.csr_matrix])
def test_rows_get_length_one_and_zeros_stay(make) -> None:
    found = unit(make(np.array([[3, 4], [0, 0]], np.float32)))
    assert np.asarray(found.todense() if sparse.issparse(found) else found) == pytest.approx(
        np.array([[0.6, 0.8], [0, 0]])
    )
