import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundlesmith.constraints.rules import Rules
from bundlesmith.decoding.beams import Search, log_softmax
from bundlesmith.decoding.decoder import Decoder
from bundlesmith.decoding.grammar import Grammar, SayableTexts
from bundlesmith.decoding.trie import build_trie
from tests.shops import MARKS, begin_on, make_catalogue

VOCABULARY = 40
Model = Callable[[Decoder, tuple[int, ...]], np.ndarray]
"""The scores of all tokens after a decoder and what it has written: float32 [VOCABULARY]."""


def first_decoder(spellings, rules, items=(), talk=None) -> Decoder:
    trie = build_trie(spellings)
    choice = begin_on(trie, rules, make_catalogue([{} for _ in spellings]), items)
    return Decoder(Grammar(trie, MARKS, talk), choice)


def written_by(seed: int) -> Model:
    """Scores that depend on all that was written, in its order."""
    return lambda decoder, tokens: np.random.default_rng([seed, *tokens]).normal(0, 2, VOCABULARY).astype(np.float32)


def whatever_the_order(seed: int) -> Model:
    """Scores that depend on which items were written, and on what was written of the next one."""

    def score(decoder: Decoder, tokens: tuple[int, ...]) -> np.ndarray:
        key = [seed, *sorted(decoder.taken), 99, *decoder.nodes]
        return np.random.default_rng(key).normal(0, 2, VOCABULARY).astype(np.float32)

    return score


def search(decoder: Decoder, model: Model, width: int, n: int) -> Search:
    found = Search(decoder, width, n)
    while not found.done:
        found.step(np.stack([model(beam.decoder, beam.tokens) for beam in found.beams]))
    return found


def by_enumeration(decoder: Decoder, model: Model) -> list[tuple[frozenset[int], float]]:
    """Every set of items with the log-probability of its likeliest order, the likeliest set first."""
    best: dict[frozenset[int], float] = {}

    def go(here: Decoder, tokens: tuple[int, ...], logprob: float) -> None:
        if here.done:
            bundle = frozenset(here.taken)
            best[bundle] = max(logprob, best.get(bundle, -math.inf))
            return
        allowed = here.allowed().tolist()
        scores = [float(model(here, tokens)[token]) for token in allowed]
        total = math.log(sum(math.exp(score) for score in scores))
        for token, score in zip(allowed, scores, strict=True):
            after = here.copy()
            after.advance(token)
            go(after, (*tokens, token), logprob + score - total)

    go(decoder, (), 0.0)
    return sorted(best.items(), key=lambda entry: -entry[1])


def same(found: Search, expected: list[tuple[frozenset[int], float]]) -> None:
    answers = found.best()
    assert [frozenset(answer.decoder.taken) for answer in answers] == [bundle for bundle, _ in expected]
    assert [answer.logprob for answer in answers] == pytest.approx([logprob for _, logprob in expected], abs=1e-9)


few_spellings = st.lists(
    st.lists(st.integers(10, 12), min_size=1, max_size=3).map(tuple), min_size=2, max_size=5, unique=True
)


@settings(max_examples=150, deadline=None)
@given(few_spellings, st.integers(0, 2**32), st.integers(1, 12))
def test_the_likeliest_pairs_come_out_in_order_with_their_likeliest_order_of_writing(spellings, seed, n):
    decoder, model = first_decoder(spellings, Rules(2, 2)), written_by(seed)
    same(search(decoder, model, 200, n), by_enumeration(decoder, model)[:n])


@settings(max_examples=150, deadline=None)
@given(few_spellings, st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 2))
def test_the_likeliest_bundles_of_several_sizes_come_out_in_order(spellings, seed, n, least):
    decoder, model = first_decoder(spellings, Rules(least, 3)), whatever_the_order(seed)
    same(search(decoder, model, 200, n), by_enumeration(decoder, model)[:n])


@settings(max_examples=150, deadline=None)
@given(few_spellings, st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 4))
def test_a_narrow_search_still_finds_distinct_bundles_with_true_log_probabilities(spellings, seed, width, n):
    decoder, model = first_decoder(spellings, Rules(1, 3)), written_by(seed)
    answers = search(decoder, model, width, n).best()
    assert 1 <= len(answers) <= n
    assert len({frozenset(answer.decoder.taken) for answer in answers}) == len(answers)
    assert sorted((answer.logprob for answer in answers), reverse=True) == [answer.logprob for answer in answers]
    for answer in answers:
        assert answer.logprob == pytest.approx(replayed(decoder, model, answer.tokens), abs=1e-9)


def replayed(decoder: Decoder, model: Model, tokens: tuple[int, ...]) -> float:
    here, logprob = decoder.copy(), 0.0
    for place, token in enumerate(tokens):
        allowed = here.allowed()
        scores = model(here, tokens[:place])[allowed].astype(float)
        logprob += float(scores[allowed.tolist().index(token)] - np.log(np.exp(scores).sum()))
        here.advance(token)
    assert here.done
    return logprob


@settings(max_examples=150, deadline=None)
@given(few_spellings, st.integers(0, 2**32), st.integers(1, 4))
def test_every_beam_goes_on_from_its_parent_by_its_fresh_tokens(spellings, seed, width):
    found, model = Search(first_decoder(spellings, Rules(1, 3)), width, 3), written_by(seed)
    while not found.done:
        parents = found.beams
        found.step(np.stack([model(beam.decoder, beam.tokens) for beam in parents]))
        assert len(found.beams) <= width
        for beam in found.beams:
            assert beam.fresh >= 1 and beam.tokens[: -beam.fresh] == parents[beam.parent].tokens
            assert len(beam.decoder.allowed()) > 1


def likes(**scores: float) -> Model:
    """A model that gives each token a probability (`t10=0.9`), after anything."""
    logits = np.full(VOCABULARY, -30, np.float32)
    for name, probability in scores.items():
        logits[int(name[1:])] = math.log(probability)
    return lambda decoder, tokens: logits


def test_forced_tokens_cost_nothing():
    decoder = first_decoder([(10, 13, 14, 15), (11,)], Rules(2, 2))
    (answer,) = search(decoder, likes(t10=0.8, t11=0.2), 4, 1).best()
    assert answer.tokens == (10, 13, 14, 15, MARKS.separator, 11, MARKS.line)
    assert answer.logprob == pytest.approx(math.log(0.8))


def test_forced_tokens_are_written_in_one_step():
    found = Search(first_decoder([(10, 13, 14), (11,)], Rules(2, 2)), 4, 1)
    found.step(np.zeros((1, VOCABULARY), np.float32))
    assert found.done and len(found.best()) == 1


def test_where_everything_is_forced_the_only_answer_is_certain():
    found = search(first_decoder([(10, 13)], Rules(1, 1)), likes(t10=0.1), 4, 3)
    assert [(answer.tokens, answer.logprob) for answer in found.best()] == [((10, 13, MARKS.line), 0.0)]


def test_the_scores_of_tokens_that_are_not_allowed_do_not_count():
    (answer,) = search(first_decoder([(10,), (11,)], Rules(1, 1)), likes(t10=0.3, t11=0.1, t30=0.6), 4, 1).best()
    assert answer.logprob == pytest.approx(math.log(0.75))


def test_a_bundle_that_was_finished_first_gives_way_to_a_likelier_order_that_takes_more_steps():
    # (10) then (11 12) is two choices; (11 12) then (10) is three, and likelier.
    decoder = first_decoder([(10,), (11, 12), (11, 13)], Rules(2, 2))
    first, then = likes(t10=0.1, t11=0.9, t12=0.8, t13=0.2), likes(t10=0.9, t11=0.1, t12=0.8, t13=0.2)
    found = search(decoder, lambda here, tokens: (then if here.taken else first)(here, tokens), 10, 3)
    pair = next(answer for answer in found.best() if answer.decoder.taken in [(0, 1), (1, 0)])
    assert pair.decoder.taken == (1, 0) and pair.logprob == pytest.approx(math.log(0.9 * 0.8 * 0.9))


def test_fewer_answers_come_back_if_fewer_exist():
    assert len(search(first_decoder([(10,), (11,), (12,)], Rules(2, 2)), written_by(1), 20, 9).best()) == 3


def test_chosen_items_are_in_every_answer():
    found = search(first_decoder([(10,), (11,), (12,)], Rules(2, 3), ("i1",)), written_by(1), 20, 9)
    assert all(answer.decoder.taken[0] == 1 for answer in found.best())


def test_a_search_ends_as_soon_as_no_beam_can_win():
    decoder = first_decoder([(10,), (11, 12), (11, 13)], Rules(1, 1))
    found = Search(decoder, 10, 1)
    found.step(likes(t10=0.9, t11=0.1)(decoder, ())[None])
    assert found.done and found.beams and found.best()[0].decoder.taken == (0,)


def test_a_search_goes_on_while_a_beam_can_win():
    decoder = first_decoder([(10,), (11, 12), (11, 13)], Rules(1, 1))
    found = Search(decoder, 10, 1)
    found.step(likes(t10=0.1, t11=0.9)(decoder, ())[None])
    assert not found.done


def test_what_is_said_of_one_bundle_is_the_likeliest():
    def talk(leaves):
        return SayableTexts(build_trie([(20,), (21,)]), np.array([0, 1, 2], np.int32), build_trie([(30,), (31,)]))

    decoder = first_decoder([(10,)], Rules(1, 1), talk=talk)
    scores = {"t2": 0.9, "t20": 0.02, "t21": 0.08, "t30": 0.3, "t31": 0.7}
    (answer,) = search(decoder, likes(**scores), 8, 3).best()
    assert (answer.decoder.intent, answer.decoder.text) == ((21,), (31,))
    assert answer.logprob == pytest.approx(math.log(0.8 * 0.9 * 0.7))


def test_log_softmax_sums_to_one_even_for_large_scores():
    found = log_softmax(np.array([1000, 1000, -1000], np.float32))
    assert np.exp(found).sum() == pytest.approx(1) and found[0] == pytest.approx(-math.log(2))


def test_equal_scores_give_the_same_answers_each_time():
    decoder = first_decoder([(10,), (11,), (12,), (13,)], Rules(2, 2))
    answers = [[a.tokens for a in search(decoder, likes(t10=0.5), 3, 3).best()] for _ in range(2)]
    assert answers[0] == answers[1]
