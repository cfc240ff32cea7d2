import numpy as np
import torch

from bundlesmith.constraints.rules import Rules
from bundlesmith.decoding.noise import Noise
from bundlesmith.decoding.steering import UNKNOWN, ConstrainedRow, close_others
from bundlesmith.decoding.trie import build_trie
from tests.shops import MARKS, begin_on, items_decoder, make_catalogue

# Items 0: (10 11)  1: (10 12)  2: (13)
TRIE = build_trie([(10, 11), (10, 12), (13,)])


def row(written, noise=None):
    return ConstrainedRow(
        items_decoder(TRIE, begin_on(TRIE, Rules(2, 2), make_catalogue([{}, {}, {}]))), written, noise
    )


def allowed(of):
    return sorted(of.allowed()[0].tolist())


def test_a_row_follows_a_list_that_grows():
    written = []
    one = row(written)
    assert allowed(one) == [10, 13]
    written += [10, 12]
    assert allowed(one) == [MARKS.separator]
    written.append(MARKS.separator)
    assert allowed(one) == [10, 13]


def test_a_token_that_is_not_known_yet_is_waited_for():
    written = [10, UNKNOWN]
    one = row(written)
    assert allowed(one) == [11, 12]
    written[1] = 11
    assert allowed(one) == [MARKS.separator]


def test_a_list_that_was_cut_is_read_again():
    written = [10, 12, MARKS.separator, 13]
    one = row(written)
    assert allowed(one) == [MARKS.line]
    del written[1:]
    assert allowed(one) == [11, 12]


def test_a_row_that_began_in_the_middle_stands_where_its_tokens_say():
    assert allowed(row([13, MARKS.separator, 10])) == [11, 12]


def test_after_the_end_and_off_the_grammar_a_row_may_only_end():
    assert allowed(row([13, MARKS.separator, 10, 11, MARKS.line])) == [MARKS.end]
    assert allowed(row([99])) == [MARKS.end]


def test_a_follower_leaves_the_row_before_where_it_was():
    one = row([10])
    assert allowed(one) == [11, 12]
    assert allowed(one.followed_by([10, 11])) == [MARKS.separator] and allowed(one) == [11, 12]


def test_noise_is_added_where_there_is_a_choice_and_goes_on_in_a_follower():
    one = row([10], Noise(2.0, 5))
    tokens, bias = one.allowed()
    assert bias is not None and np.array_equal(bias, Noise(2.0, 5).at(1, len(tokens)))
    assert one.followed_by([10, 11]).noise == one.noise and one.followed_by([10, 11]).allowed()[1] is None


def test_all_but_the_allowed_tokens_of_the_named_rows_are_closed():
    logits = torch.arange(12.0).reshape(3, 4)
    close_others(logits, [2, 0], [np.array([1]), np.array([0, 3])], [None, np.array([0.5, 0.0])])
    inf = float("-inf")
    assert logits.tolist() == [[0.5, inf, inf, 3.0], [4.0, 5.0, 6.0, 7.0], [inf, 9.0, inf, inf]]


def test_without_rows_nothing_happens():
    logits = torch.ones(2, 2)
    close_others(logits, [], [], [])
    assert logits.tolist() == [[1, 1], [1, 1]]


def test_what_is_forced_after_a_token_is_known_before_it_is_written():
    written = []
    one = row(written)
    assert one.forced_after(13) == [MARKS.separator, 10]
    assert one.forced_after(10) == [] and one.forced_after(99) == []
    assert one.forced_after(13) == [MARKS.separator, 10]
    written += [13, MARKS.separator, 10]
    assert allowed(one) == [11, 12]
    assert one.forced_after(11) == [MARKS.line]
    written += [11, MARKS.line]
    assert one.done and one.forced_after(MARKS.end) == []


def test_what_was_forced_and_was_not_written_is_forgotten():
    written = []
    one = row(written)
    assert one.forced_after(13) == [MARKS.separator, 10]
    written += [10, 12]
    assert allowed(one) == [MARKS.separator] and one.forced_after(MARKS.separator) == []
    written += [MARKS.separator]
    assert allowed(one) == [10, 13]
    del written[1:]
    assert allowed(one) == [11, 12] and one.forced_after(11) == [MARKS.separator]
    written += [11]
    assert allowed(one) == [MARKS.separator]
