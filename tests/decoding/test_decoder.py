import random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bundlesmith.constraints.rules import Rules
from bundlesmith.decoding.decoder import AnswerPart, Decoder, parse_answer
from bundlesmith.decoding.grammar import MOST_WORDS, Grammar, SayableTexts
from bundlesmith.decoding.trie import build_trie
from bundlesmith.errors import BundlesmithError
from tests.oracle import EXAMPLES, Case, cases
from tests.shops import MARKS, begin_on, items_decoder, make_catalogue

# Items 0: (10)  1: (10 11)  2: (12); leaves are in the same order.
SPELLINGS = [(10,), (10, 11), (12,)]
TRIE = build_trie(SPELLINGS)
# Words "a" (20), "b" (21), "ab" (20 21), of which the first two may be used.
WORDS = build_trie([(20,), (21,), (20, 21)])
OPEN = np.array([0, 1, 1, 2], np.int32)
SENTENCES = build_trie([(30, 31), (30,), (32, 2, 1)])


def start(rules=None, items=(), talk=None):
    catalogue = make_catalogue([{"price": 1}, {"price": 2}, {"price": 3}])
    choice = begin_on(TRIE, rules or Rules(2, 2), catalogue, items)
    return Decoder(Grammar(TRIE, MARKS, talk), choice)


def say(leaves):
    return SayableTexts(WORDS, OPEN, SENTENCES)


def after(*tokens, **request):
    decoder = start(**request)
    for token in tokens:
        decoder.advance(token)
    return decoder


def allowed(decoder):
    return sorted(decoder.allowed().tolist())


def test_an_answer_begins_with_any_item():
    assert allowed(start()) == [10, 12]


def test_where_an_item_ends_and_another_goes_on_both_are_allowed():
    assert allowed(after(10)) == [MARKS.separator, 11]


def test_an_item_that_was_taken_may_not_be_written_again():
    assert allowed(after(12, MARKS.separator)) == [10]


def test_a_taken_item_still_leads_to_the_ones_it_is_a_prefix_of():
    assert allowed(after(10, MARKS.separator, 10)) == [11]


def test_a_bundle_of_its_largest_size_must_end():
    assert allowed(after(10, MARKS.separator, 12)) == [MARKS.line]


def test_a_bundle_within_its_size_may_end_or_go_on():
    assert allowed(after(12, rules=Rules(1, 3))) == [MARKS.separator, MARKS.line]


def test_the_last_item_of_the_catalogue_is_followed_by_the_end():
    done = after(10, MARKS.separator, 12, MARKS.separator, 10, 11, rules=Rules(1, 9))
    assert allowed(done) == [MARKS.line]


def test_chosen_items_are_taken_before_anything_is_written():
    decoder = after(10, MARKS.line, items=("i2",))
    assert decoder.taken == (2, 0) and decoder.done


def test_without_talk_an_answer_ends_after_the_items():
    decoder = after(10, MARKS.separator, 12, MARKS.line)
    assert decoder.done and decoder.part is AnswerPart.DONE and len(decoder.allowed()) == 0


def test_nothing_may_follow_the_end():
    with pytest.raises(BundlesmithError, match=r"Token 10 is not allowed in DONE after items \(0, 2\)"):
        after(10, MARKS.separator, 12, MARKS.line, 10)


def test_a_copy_goes_its_own_way():
    decoder = after(10)
    twin = decoder.copy()
    twin.advance(MARKS.separator)
    assert twin.taken == (0,) and decoder.taken == () and allowed(decoder) == [MARKS.separator, 11]


ITEMS = (10, MARKS.separator, 12, MARKS.line)


def test_the_intent_begins_with_its_mark():
    assert allowed(after(*ITEMS, talk=say)) == [3]


def test_an_intent_begins_with_an_open_word_and_is_never_empty():
    assert allowed(after(*ITEMS, 3, talk=say)) == [20, 21]


def test_after_a_word_come_open_words_or_the_line():
    # 21 after 20 begins the word "b"; it can't be the closed word "ab".
    assert allowed(after(*ITEMS, 3, 20, talk=say)) == [MARKS.line, 20, 21]


def test_after_the_most_words_comes_the_line():
    assert allowed(after(*ITEMS, 3, *[20] * (MOST_WORDS - 1), talk=say)) == [MARKS.line, 20, 21]
    assert allowed(after(*ITEMS, 3, *[20] * MOST_WORDS, talk=say)) == [MARKS.line]


def test_an_intent_without_any_open_word_is_empty():
    silent = SayableTexts(WORDS, np.zeros(4, np.int32), SENTENCES)
    decoder = after(*ITEMS, 3, talk=lambda leaves: silent)
    assert allowed(decoder) == [MARKS.line]
    decoder.advance(MARKS.line)
    assert decoder.intent == () and allowed(decoder) == [4]


def test_the_explanation_begins_with_its_mark():
    assert allowed(after(*ITEMS, 3, 20, MARKS.line, talk=say)) == [4]
    assert allowed(after(*ITEMS, 3, 20, MARKS.line, 4, talk=say)) == [6]


def test_the_explanation_is_one_of_the_sentences():
    before = (*ITEMS, 3, 20, MARKS.line, 4, 6)
    assert allowed(after(*before, talk=say)) == [30, 32]
    assert allowed(after(*before, 30, talk=say)) == [MARKS.end, 31]
    assert allowed(after(*before, 30, 31, talk=say)) == [MARKS.end]


def test_a_finished_answer_holds_its_parts():
    decoder = after(*ITEMS, 3, 20, 21, MARKS.line, 4, 6, 32, 2, 1, MARKS.end, talk=say)
    assert decoder.done
    assert (decoder.taken, decoder.intent, decoder.text) == ((0, 2), (20, 21), (32, 2, 1))


def test_talk_is_asked_about_the_leaves_of_the_bundle():
    asked = []

    def talk(leaves):
        asked.append(leaves)
        return say(leaves)

    after(12, MARKS.separator, 10, MARKS.line, talk=talk)
    assert asked == [(2, 0)]


def test_parse_says_which_token_is_wrong():
    decoder = start()
    with pytest.raises(BundlesmithError, match=r"Token 12 is not allowed in ITEMS after items \(0,\)"):
        parse_answer(decoder.grammar, decoder.choice, [10, MARKS.separator, 10, 12])


seeds = st.integers(0, 2**32).map(random.Random)  # far quicker than to draw each pick

ALL_TOKENS = [*range(15), *range(20, 24), *range(30, 35), -1, 99]


def write_anything(decoder: Decoder, wants: random.Random) -> list[int]:
    """Write as a model does that wants anything; every state on the way has allowed tokens, and refuses all others."""
    tokens: list[int] = []
    while not decoder.done:
        found = decoder.allowed().tolist()
        assert found and len(set(found)) == len(found)
        refused = wants.choice([token for token in ALL_TOKENS if token not in found])
        with pytest.raises(BundlesmithError, match="not allowed"):
            decoder.advance(refused)
        assert decoder.allowed().tolist() == found
        tokens.append(wants.choice(found))
        decoder.advance(tokens[-1])
    return tokens


def rows_of(trie, decoder):
    return tuple(int(trie.row_of_leaf[leaf]) for leaf in decoder.taken)


def with_bundle(case: Case) -> bool:
    return next(case.bundles(), None) is not None


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases().filter(with_bundle), seeds)
def test_whatever_a_model_wants_it_writes_a_bundle_within_the_rules(case, wants):
    trie = build_trie(case.spellings)
    choice = begin_on(trie, case.rules, case.catalogue, case.items)
    for _ in range(3):
        decoder = items_decoder(trie, choice)
        tokens = write_anything(decoder, wants)
        rows = rows_of(trie, decoder)
        assert case.is_bundle(rows)
        assert tokens == spelt(case, rows)
        assert parse_answer(decoder.grammar, choice, tokens).taken == decoder.taken


def spelt(case: Case, rows: tuple[int, ...]) -> list[int]:
    """The answer that writes these rows in this order."""
    written = rows[len(case.chosen) :]
    tokens = [token for row in written for token in (*case.spellings[row], MARKS.separator)]
    return [*tokens[:-1], MARKS.line]


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(), seeds)
def test_every_bundle_within_the_rules_can_be_written_in_any_order(case, order):
    bundles = list(case.bundles())
    assume(bundles)
    trie = build_trie(case.spellings)
    choice = begin_on(trie, case.rules, case.catalogue, case.items)
    for bundle in order.sample(bundles, min(len(bundles), 5)):
        written = list(bundle[len(case.chosen) :])
        order.shuffle(written)
        rows = (*case.chosen, *written)
        decoder = parse_answer(items_decoder(trie, choice).grammar, choice, spelt(case, rows))
        assert decoder.done and rows_of(trie, decoder) == rows


def fewest_words(tokens, words):
    """The fewest of *words* that make up these tokens, one after another; None if they can't."""
    fewest = [0] + [None] * len(tokens)
    for stop in range(1, len(tokens) + 1):
        counts = [
            fewest[stop - len(word)] + 1
            for word in words
            if len(word) <= stop and tokens[stop - len(word) : stop] == word and fewest[stop - len(word)] is not None
        ]
        fewest[stop] = min(counts, default=None)
    return fewest[-1]


def distinct_tuples(first, last, most):
    one = st.lists(st.integers(first, last), min_size=1, max_size=3).map(tuple)
    return st.lists(one, min_size=1, max_size=most, unique=True)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    distinct_tuples(20, 22, 8),
    st.sets(st.integers(0, 7)),
    # Sentences may hold separators and line breaks: only the end mark ends them.
    st.tuples(distinct_tuples(30, 33, 6), distinct_tuples(1, 2, 2)).map(lambda both: both[0] + both[1]),
    seeds,
)
def test_whatever_a_model_says_is_made_of_open_words_and_one_of_the_sentences(words, usable, sentences, wants):
    word_trie = build_trie(words)
    is_open = np.array([row in usable for row in word_trie.row_of_leaf])
    talk = SayableTexts(word_trie, np.concatenate([[0], np.cumsum(is_open)]).astype(np.int32), build_trie(sentences))
    decoder = start(Rules(1, 3), talk=lambda leaves: talk)
    grammar, choice = decoder.grammar, decoder.choice
    tokens = write_anything(decoder, wants)
    open_words = [word for row, word in enumerate(words) if row in usable]
    said = fewest_words(decoder.intent, open_words)
    assert said is not None and said <= MOST_WORDS and (said > 0) == bool(open_words)
    assert decoder.text in sentences
    items = tokens[: tokens.index(MARKS.line) + 1]
    marks = ([*MARKS.intent], [MARKS.line, *MARKS.explanation], [MARKS.end])
    assert tokens == [*items, *marks[0], *decoder.intent, *marks[1], *decoder.text, *marks[2]]
    again = parse_answer(grammar, choice, tokens)
    assert (again.taken, again.intent, again.text) == (decoder.taken, decoder.intent, decoder.text)
