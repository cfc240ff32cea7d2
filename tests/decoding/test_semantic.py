import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bundlesmith.decoding.semantic import (
    Codebook,
    code_statistics,
    code_tokens,
    encode,
    fit_codebook,
    hide_codes,
    load_codebook,
    read_codes,
    resolve,
    save_codebook,
    write_codes,
)
from bundlesmith.decoding.trie import build_trie
from bundlesmith.errors import BundlesmithError

# Few different values: equal vectors, and vectors halfway between two centroids, are then frequent.
EMBEDDINGS = st.tuples(st.integers(1, 40), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.sampled_from([-1.0, 0.0, 0.1, 0.5, 1.0]))
)
CODES = arrays(np.int64, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.integers(0, 3))


def random_unit(count, width=16, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def two_clusters():
    """Rows 0-9 lie around one corner and rows 10-19 around the opposite one, both in a ball of radius 0.01."""
    near = random_unit(20, 8) * 0.01
    centre = np.zeros(8, np.float32)
    centre[0] = 1
    return np.concatenate([centre + near[:10], -centre + near[10:]])


@settings(max_examples=60, deadline=None)
@given(EMBEDDINGS, st.integers(1, 4), st.integers(1, 9))
def test_every_item_has_a_code_of_its_own_whatever_the_embeddings(embeddings, levels, count):
    resolved = resolve(encode(fit_codebook(embeddings, levels, count), embeddings))
    assert len(set(resolved)) == len(embeddings)
    trie = build_trie(resolved)
    assert len(trie) == len(embeddings)
    assert not (trie.ends & (np.diff(trie.first) > 0)).any()  # none is a prefix of another


def test_items_that_are_all_equal_differ_in_the_last_code_only():
    embeddings = np.ones((5, 3), np.float32)
    codes = encode(fit_codebook(embeddings), embeddings)
    assert resolve(codes) == [(0, 0, 0, n) for n in range(5)]


@settings(max_examples=40, deadline=None)
@given(EMBEDDINGS, st.integers(0, 3))
def test_equal_arguments_give_equal_codebooks(embeddings, seed):
    one, other = (fit_codebook(embeddings, 2, 4, seed) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one.centroids, other.centroids, strict=True))


def test_the_codebook_does_not_hang_on_the_number_of_threads():
    from threadpoolctl import threadpool_limits

    embeddings = random_unit(3000)
    with threadpool_limits(limits=1):
        one = fit_codebook(embeddings, codes=40)
    with threadpool_limits(limits=4):
        other = fit_codebook(embeddings, codes=40)
    assert all(np.array_equal(a, b) for a, b in zip(one.centroids, other.centroids, strict=True))


def test_another_seed_gives_another_codebook():
    embeddings = random_unit(200)
    assert not np.array_equal(
        fit_codebook(embeddings, seed=1).centroids[0], fit_codebook(embeddings, seed=2).centroids[0]
    )


@settings(max_examples=60, deadline=None)
@given(EMBEDDINGS, st.integers(1, 6), st.data())
def test_the_code_of_an_item_does_not_hang_on_the_others(embeddings, count, data):
    codebook = fit_codebook(embeddings, 3, count)
    row = data.draw(st.integers(0, len(embeddings) - 1))
    assert np.array_equal(encode(codebook, embeddings)[row], encode(codebook, embeddings[row : row + 1])[0])


def test_an_item_that_was_not_fitted_takes_the_codes_of_its_nearest_centroids():
    codebook = Codebook((np.array([[0, 0], [10, 0]], np.float32), np.array([[0, 1], [0, -1], [2, 0]], np.float32)))
    # (9, -2) is nearest to (10, 0), which leaves (-1, -2): nearest to (0, -1). (6, 0) leaves (-4, 0): a tie, the first.
    assert encode(codebook, np.array([[9, -2], [6, 0], [1, 3]], np.float32)).tolist() == [[1, 1], [1, 0], [0, 0]]


def test_each_level_codes_what_the_levels_before_left_over():
    embeddings = random_unit(500)
    codebook = fit_codebook(embeddings, 3, 16)
    codes = encode(codebook, embeddings)
    left, lengths = embeddings.copy(), []
    for level, centroids in enumerate(codebook.centroids):
        nearest = ((left[:, None] - centroids) ** 2).sum(axis=2).argmin(axis=1)
        assert np.mean(nearest == codes[:, level]) > 0.99  # single precision may break ties otherwise
        left -= centroids[codes[:, level]]
        lengths.append(float((left**2).sum()))
    assert 500 > lengths[0] > lengths[1] > lengths[2]


def test_near_items_share_their_first_code():
    embeddings = two_clusters()
    codes = encode(fit_codebook(embeddings, 2, 2), embeddings)
    first = codes[:, 0].tolist()
    assert first[:10] == first[:1] * 10 and first[10:] == first[10:11] * 10 and first[0] != first[10]
    assert len(np.unique(codes[:, 1])) == 2  # the second level divides what is within the balls


def test_as_few_distinct_items_as_codes_are_told_apart_at_once():
    embeddings = np.repeat(random_unit(6), 2, axis=0)
    codes = encode(fit_codebook(embeddings, 1, 6), embeddings)
    assert len(np.unique(codes)) == 6 and np.array_equal(codes[::2], codes[1::2])


@pytest.mark.parametrize(("items", "codes"), [(1, 1), (90, 10), (100, 10), (101, 11)])
def test_small_catalogues_get_fewer_codes(items, codes):
    assert len(fit_codebook(random_unit(items), levels=1).centroids[0]) == codes


def test_a_large_catalogue_is_sampled_for_the_fit_and_coded_whole(monkeypatch):
    monkeypatch.setattr("bundlesmith.decoding.semantic._SAMPLE", 400)
    embeddings = random_unit(500, 4)
    codebook = fit_codebook(embeddings, levels=1, codes=500)  # enough for the sample itself to be the codes
    assert len(codebook.centroids[0]) == 400
    assert len(encode(codebook, embeddings)) == 500


def test_an_item_halfway_between_two_codes_gets_the_same_one_alone_and_among_others():
    centroids = random_unit(40, 384)
    halfway = np.array([(one + other) / 2 for one in centroids for other in centroids], np.float32)
    codebook = Codebook((centroids,))
    alone = [encode(codebook, halfway[row : row + 1])[0, 0] for row in range(len(halfway))]
    assert encode(codebook, halfway)[:, 0].tolist() == alone


def test_embeddings_that_differ_less_than_rounding_tells_are_no_trouble():
    embeddings = random_unit(30) * np.float32(1e-25)
    assert len(set(resolve(encode(fit_codebook(embeddings), embeddings)))) == 30


@pytest.mark.parametrize(
    ("embeddings", "options", "message"),
    [
        (np.zeros((0, 4), np.float32), {}, r"shape \[0, 4\]"),
        (np.zeros(4, np.float32), {}, r"shape \[4\]"),
        (np.array([[0], [np.nan]], np.float32), {}, "row 1 is not finite"),
        (np.array([[np.inf], [0]], np.float32), {}, "row 0 is not finite"),
        (np.zeros((2, 2), np.float32), {"levels": 0}, "0 levels"),
        (np.zeros((2, 2), np.float32), {"levels": 26}, "26 levels"),
        (np.zeros((2, 2), np.float32), {"codes": 0}, "of 0 codes"),
    ],
)
def test_what_cannot_be_fitted_is_an_error(embeddings, options, message):
    with pytest.raises(BundlesmithError, match=message):
        fit_codebook(embeddings, **options)


def test_embeddings_of_another_encoder_are_an_error():
    with pytest.raises(BundlesmithError, match="of 3 numbers don't fit a codebook of 2"):
        encode(Codebook((np.zeros((1, 2), np.float32),)), np.zeros((1, 3), np.float32))


def test_a_codebook_is_read_as_it_was_written(tmp_path):
    codebook = fit_codebook(random_unit(150), 12, 7)
    save_codebook(codebook, tmp_path / "codebook.npz")
    again = load_codebook(tmp_path / "codebook.npz")
    assert len(again.centroids) == 12
    assert all(np.array_equal(a, b) for a, b in zip(codebook.centroids, again.centroids, strict=True))


@pytest.mark.parametrize("content", [None, b"", b"text", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_codebook_is_an_error(tmp_path, content):
    if content is not None:
        (tmp_path / "codebook.npz").write_bytes(content)
    with pytest.raises(BundlesmithError, match=r"codebook\.npz\" is not a codebook"):
        load_codebook(tmp_path / "codebook.npz")


def test_a_codebook_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(BundlesmithError, match="could not be written"):
        save_codebook(Codebook((np.zeros((1, 1), np.float32),)), tmp_path / "missing" / "codebook.npz")


def test_only_items_that_collide_get_one_more_code_in_the_order_of_rows():
    assert resolve(np.array([[1, 2], [0, 2], [1, 2], [1, 0], [1, 2]])) == [
        (1, 2, 0),
        (0, 2),
        (1, 2, 1),
        (1, 0),
        (1, 2, 2),
    ]


def test_a_code_is_written_as_one_token_a_level():
    assert write_codes((17, 203, 5, 1)) == "<a_17><b_203><c_5><d_1>"


@given(st.lists(st.integers(0, 999), min_size=1, max_size=26))
def test_a_spelling_is_read_as_it_was_written(code):
    assert read_codes(write_codes(code)) == tuple(code)


@pytest.mark.parametrize(
    "text", ["", "oak desk", "<a_1> <b_2>", "<b_1>", "<a_1><c_2>", "<a_01>", "<a_1>x", "<a_1>" * 27]
)
def test_a_text_that_is_no_spelling_is_an_error(text):
    with pytest.raises(BundlesmithError, match="is not a semantic spelling"):
        read_codes(text)


def test_the_new_tokens_are_all_codes_and_twice_the_counts_in_use_and_16_more():
    codebook = Codebook((np.zeros((3, 2), np.float32), np.zeros((2, 2), np.float32)))
    tokens = code_tokens(codebook, ["<a_2><b_0>", "<a_0><b_1><c_0>", "<a_0><b_1><c_1>"])
    assert tokens == ["<a_0>", "<a_1>", "<a_2>", "<b_0>", "<b_1>", *(f"<c_{n}>" for n in range(18))]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [("a <a_1><b_22> lamp", "a < a_1>< b_22> lamp"), ("<b> and <a_x> < a_1>", "<b> and <a_x> < a_1>")],
)
def test_codes_in_a_text_are_hidden(text, hidden):
    assert hide_codes(text) == hidden


def test_figures_by_hand():
    found = code_statistics(np.array([[0, 1], [0, 1], [0, 2], [5, 1]]))
    assert found.collided == 0.5 and found.largest == 2
    assert found.prefixes == (2, 3)
    # Shares of 3/4 and 1/4 on both levels: (3/4 ln 4/3 + 1/4 ln 4) / ln 2.
    by_hand = (0.75 * math.log(4 / 3) + 0.25 * math.log(4)) / math.log(2)
    assert found.balance == pytest.approx((by_hand, by_hand))


def test_a_level_of_one_code_has_no_balance_and_an_even_one_is_1():
    found = code_statistics(np.array([[3, 0], [3, 1], [3, 2]]))
    assert found.balance == pytest.approx((0, 1))
    assert found.collided == 0 and found.largest == 1


@given(CODES)
def test_the_figures_agree_with_the_resolved_codes(codes):
    found, resolved = code_statistics(codes), resolve(codes)
    assert codes.shape[1] + found.collided == pytest.approx(np.mean([len(code) for code in resolved]))
    assert found.prefixes[-1] == len({code[: codes.shape[1]] for code in resolved})
    assert all(-1e-9 <= balance <= 1 + 1e-9 for balance in found.balance)
