import random
from collections import Counter

from bundlesmith.data.cases import Case
from bundlesmith.finetune.augment import paraphrased, sub_bundle, thinned

CASE = Case(history=(7, 8), session=(1, 2, 3, 4, 9), bundle=(1, 2, 3, 4), intent="tea for two", explanation="All four.")


def test_a_sub_bundle_has_two_items_at_least_and_is_smaller() -> None:
    rng = random.Random(0)
    found = [sub_bundle(CASE, 1, rng) for _ in range(300)]
    assert {len(case.bundle) for case in found} == {2, 3}
    assert {case.bundle for case in found if len(case.bundle) == 3} == {(1, 2, 3), (1, 2, 4), (1, 3, 4), (2, 3, 4)}


def test_a_sub_bundle_keeps_the_intent_and_not_the_explanation() -> None:
    case = sub_bundle(CASE, 1, random.Random(0))
    assert (case.intent, case.explanation, case.history, case.session) == (
        "tea for two",
        "",
        CASE.history,
        CASE.session,
    )


def test_a_bundle_of_two_has_no_sub_bundle() -> None:
    pair = Case((), (), (1, 2), "", "Both.")
    assert sub_bundle(pair, 1, random.Random(0)) is pair


def test_each_item_of_a_history_is_dropped_with_the_chance() -> None:
    rng = random.Random(0)
    lengths = [len(thinned(range(100), 0.3, rng)) for _ in range(200)]
    assert 68 < sum(lengths) / 200 < 72
    assert min(lengths) < max(lengths)
    assert list(thinned((5, 3, 4), 0.5, random.Random(1))) in ([], [5], [3], [4], [5, 3], [5, 4], [3, 4], [5, 3, 4])


def test_a_paraphrase_is_a_sentence_another_order_or_fewer_words() -> None:
    rng = random.Random(0)
    count = Counter(paraphrased("tea for two", 1, rng) for _ in range(600))
    sentences = {said for said in count if "tea for two" in said and said != "tea for two"}
    assert {"something for tea for two", "I need tea for two"} <= sentences
    orders = {"for tea two", "for two tea", "two tea for", "two for tea", "tea two for", "tea for two"}
    assert set(count) == sentences | orders | {"tea for", "for two", "tea two"}


def test_one_word_is_never_dropped_and_lines_become_spaces() -> None:
    rng = random.Random(0)
    assert all("tea" in paraphrased("tea", 1, rng) for _ in range(50))
    assert all("tea\n" not in paraphrased("tea\nset", 1, rng) for _ in range(50))


def test_no_chance_changes_nothing_and_draws_no_number() -> None:
    rng = random.Random(0)
    before = rng.getstate()
    assert sub_bundle(CASE, 0, rng) is CASE and thinned(CASE.history, 0, rng) is CASE.history
    assert paraphrased(CASE.intent, 0, rng) == CASE.intent and paraphrased("", 1, rng) == ""
    assert rng.getstate() == before
