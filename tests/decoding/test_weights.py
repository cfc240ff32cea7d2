import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundlesmith.constraints.rules import Rules
from bundlesmith.decoding.beams import Search
from bundlesmith.decoding.decoder import Decoder
from bundlesmith.decoding.grammar import Grammar
from bundlesmith.decoding.trie import ROOT, build_trie
from bundlesmith.decoding.weights import ItemWeights
from bundlesmith.errors import BundlesmithError
from tests.oracle import EXAMPLES, cases
from tests.shops import MARKS, begin_on, make_catalogue

VOCABULARY = 40
# Leaves in this order: (10) (10 11) (12 13) (12 14)
SPELLINGS = [(10,), (10, 11), (12, 13), (12, 14)]


def start(weights, rules=None, spellings=SPELLINGS, items=()):
    trie = build_trie(spellings)
    choice = begin_on(trie, rules or Rules(1, 2), make_catalogue([{} for _ in spellings]), items)
    return Decoder(Grammar(trie, MARKS, None, ItemWeights(weights)), choice)


def biases(decoder, *tokens):
    for token in tokens:
        decoder.advance(token)
    return dict(zip(decoder.allowed().tolist(), decoder.bias().tolist(), strict=True))


def shares(decoder, *tokens):
    return {token: round(math.exp(bias), 9) for token, bias in biases(decoder, *tokens).items()}


def logs(**counts):
    """Weights of which the chances are in proportion to these; items are named i0, i1 …"""
    return {int(name[1:]): math.log(count) for name, count in counts.items()}


def test_a_prefix_weighs_as_all_its_items_together():
    assert shares(start(logs(i0=2, i1=3, i2=1, i3=4))) == {10: 0.5, 12: 0.5}


def test_an_item_without_a_weight_weighs_0():
    assert shares(start(logs(i0=5, i2=1))) == {10: 0.75, 12: 0.25}
    assert shares(start({})) == {10: 0.5, 12: 0.5}


def test_where_an_item_ends_its_own_weight_stands_against_those_that_go_on():
    # it may be the last or not: its chance is halved among the two marks
    assert shares(start(logs(i0=1, i1=3)), 10) == {11: 0.75, MARKS.separator: 0.125, MARKS.line: 0.125}
    assert shares(start(logs(i0=1, i1=3), Rules(1, 1)), 10) == {11: 0.75, MARKS.line: 0.25}


def test_an_item_that_was_taken_lends_its_weight_to_no_prefix():
    decoder = start(logs(i0=2, i1=2, i2=100, i3=4))
    assert shares(decoder, 12, 13, MARKS.separator) == {10: 0.5, 12: 0.5}


def test_forced_tokens_and_a_finished_answer_have_no_bias():
    decoder = start(logs(i2=1, i3=3), Rules(1, 1))
    assert shares(decoder, 12) == {13: 0.25, 14: 0.75}
    assert biases(decoder, 14, MARKS.line) == {}


def test_the_model_counts_by_the_power_of_the_weights_while_items_are_written_and_only_then():
    trie = build_trie(SPELLINGS)
    choice = begin_on(trie, Rules(1, 1), make_catalogue([{} for _ in SPELLINGS]), ())
    assert Decoder(Grammar(trie, MARKS, None), choice).power == 1
    decoder = Decoder(Grammar(trie, MARKS, None, ItemWeights(logs(i0=1, i2=3), 0.5)), choice)
    logits = np.zeros(VOCABULARY, np.float32)
    logits[12] = 2 * math.log(3)
    assert np.exp(decoder.scores(logits)) == pytest.approx([2 / 6, 3 * 4 / 6])
    for token in (12, 13, MARKS.line):
        decoder.advance(token)
    assert decoder.power == 1


@pytest.mark.parametrize("weight", [math.nan, math.inf, -math.inf, 1e13])
def test_a_weight_that_is_no_usable_number_is_an_error(weight):
    with pytest.raises(BundlesmithError, match=r"is not a number from -1e\+12 to 1e\+12"):
        ItemWeights({0: weight})
    if weight != -math.inf:
        with pytest.raises(BundlesmithError, match=r"is not a number from 0 to 1e\+12"):
            ItemWeights({0: 1.0}, weight)


seeds = st.integers(0, 2**32).map(random.Random)
possible = cases().filter(lambda case: next(case.bundles(), None) is not None)
some_weights = st.dictionaries(st.integers(0, 11), st.floats(-20, 20) | st.integers(-2, 2).map(float), max_size=12)


def decoder_of(case, weights):
    """A decoder whose weights are by row, and which row's leaf is which."""
    trie = build_trie(case.spellings)
    by_leaf = {int(trie.leaf_of_row[row]): w for row, w in weights.items() if row < len(case.spellings)}
    choice = begin_on(trie, case.rules, case.catalogue, case.items)
    return Decoder(Grammar(trie, MARKS, None, ItemWeights(by_leaf)), choice), by_leaf


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(possible, some_weights, seeds)
def test_what_the_tokens_of_an_item_add_is_the_log_of_its_share_of_all_that_could_come(case, weights, wants):
    decoder, by_leaf = decoder_of(case, weights)
    while not decoder.done:
        choice, total = decoder.choice, 0.0
        opens = [by_leaf.get(leaf, 0.0) for leaf in range(len(case.spellings)) if choice.may_take(leaf)]
        while decoder.choice is choice:
            tokens, bias = decoder.allowed(), decoder.bias()
            assert len(tokens) == len(bias) and np.exp(bias).sum() == pytest.approx(1)
            at = wants.randrange(len(tokens))
            total += bias[at]
            decoder.advance(int(tokens[at]))
        marks = decoder.choice.may_go_on + decoder.choice.may_stop
        share = by_leaf.get(decoder.taken[-1], 0.0) - float(np.logaddexp.reduce(opens))
        assert total == pytest.approx(share - math.log(marks), abs=1e-9)


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(possible, some_weights, seeds)
def test_every_bias_agrees_with_a_count_of_the_open_leaves(case, weights, wants):
    decoder, by_leaf = decoder_of(case, weights)
    trie = decoder.grammar.trie
    while not decoder.done:
        tokens = decoder.allowed().tolist()
        opens = {leaf for leaf in range(len(case.spellings)) if decoder.choice.may_take(leaf)}
        values, marks = [], sum(token <= MARKS.line for token in tokens)
        for token in tokens:
            after = trie.child(decoder.nodes[0], token) if token > MARKS.line else -1
            leaves = range(trie.low[after], trie.high[after]) if after > ROOT else [trie.low[decoder.nodes[0]]]
            weighed = [by_leaf.get(leaf, 0.0) for leaf in leaves if leaf in opens]
            values.append(float(np.logaddexp.reduce(weighed)) - (math.log(marks) if after <= ROOT else 0))
        assert decoder.bias() == pytest.approx(values - np.logaddexp.reduce(values), abs=1e-9)
        decoder.advance(wants.choice(tokens))


def answers(decoder, seed, width=6, n=3):
    found = Search(decoder, width, n)
    while not found.done:
        keys = [[seed, *beam.tokens] for beam in found.beams]
        found.step(np.stack([np.random.default_rng(key).normal(0, 2, VOCABULARY).astype(np.float32) for key in keys]))
    return [(written.tokens, written.logprob) for written in found.best()], found


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(possible, some_weights, st.floats(-5, 5), st.integers(0, 2**32))
def test_what_all_weights_have_in_common_changes_nothing(case, weights, more, seed):
    every = {row: weights.get(row, 0.0) for row in range(len(case.spellings))}
    found = [answers(decoder_of(case, every)[0], seed)[0]]
    found.append(answers(decoder_of(case, {row: weight + more for row, weight in every.items()})[0], seed)[0])
    assert [tokens for tokens, _ in found[0]] == [tokens for tokens, _ in found[1]]
    assert [logprob for _, logprob in found[0]] == pytest.approx([logprob for _, logprob in found[1]], abs=1e-6)


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(possible, st.integers(0, 11), some_weights, st.integers(0, 2**32))
def test_a_huge_boost_makes_a_bundle_begin_with_the_item_if_the_rules_let_it(case, row, others, seed):
    row %= len(case.spellings)
    decoder, _ = decoder_of(case, others | {row: 1e9})
    leaf = int(decoder.grammar.trie.leaf_of_row[row])
    found = answers(decoder, seed, n=1)[1]
    for written in found.best():
        rows = [int(decoder.grammar.trie.row_of_leaf[leaf]) for leaf in written.decoder.taken]
        assert case.is_bundle(rows)
        assert not decoder.choice.may_take(leaf) or rows[len(case.chosen)] == row


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(possible, st.sets(st.integers(0, 11)), st.integers(0, 2**32))
def test_a_huge_penalty_keeps_an_item_out_unless_no_other_may_come(case, rows, seed):
    decoder, by_leaf = decoder_of(case, dict.fromkeys(rows, -1e9))
    best = answers(decoder, seed, n=1)[1].best()[0]
    here = decoder.copy()
    for token in best.tokens:
        choice = here.choice
        here.advance(token)
        if here.choice is not choice and here.taken[-1] in by_leaf:
            assert all(leaf in by_leaf for leaf in range(len(case.spellings)) if choice.may_take(leaf))
