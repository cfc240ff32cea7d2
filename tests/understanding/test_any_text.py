"""What holds for every text."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bundlesmith.constraints.rules import Rules, parse_size
from bundlesmith.pipeline.ask import Ask
from bundlesmith.understanding import understand
from tests.understanding.conftest import LAMP, STOVE, TENT

PIECES = [
    "under", "at most", "at least", "between", "and", "to", "-", "250", "$30", "30 €", "1,200.50", "10^400",
    "0", "-5", "each", "per item", "three", "two hundred", "items", "set of", "cheaper", "much", "add", "one",
    "another", "more", "bigger", "smaller", "keep", "swap", "without", "no", "the", "a", "tent", "stoves",
    "lamp", "first one", "Lindqvist", "CAMP-0012", "with", "need", "for", "in stock", "also", "out of stock",
    "budget", "no budget", "of", "category", "brand", "per", "different", "everything but", ",", ".", "!", "\n",
    "l", "kg", "不超过", "元", "件", "三", "便宜一点", "不要", "换一个", "再加", "每件", "把", "换掉", "灯",
    "预算", "有货", "'", "\u200b", "ﬁ", "İ", "５", "\ue000", "\ue001",
]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=16).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=16).map("".join),
)  # fmt: skip
ASKS = st.builds(
    Ask,
    words=st.sampled_from(["", "camping"]),
    budget=st.sampled_from([None, 60.0, 150.0, 1000.0]),
    size=st.sampled_from(["2:5", "1:1", "3", "4:4", "2:100"]),
    min_price=st.sampled_from([None, 5.0]),
    max_price=st.sampled_from([None, 90.0]),
    exclude=st.sampled_from([[], [TENT], ["CAMP-0012", LAMP]]),
    slots=st.sampled_from([[], ["Stoves"]]),
    in_stock=st.booleans(),
)
QUICK = settings(max_examples=300, deadline=None)


def as_rules(ask: Ask) -> Rules:
    least, most = parse_size(ask.size)
    return Rules(
        least, most, ask.budget, ask.min_price, ask.max_price, ask.in_stock,
        slots=tuple(ask.slots), per_category=ask.per_category, per_brand=ask.per_brand,
    )  # fmt: skip


@QUICK
@given(text=TEXTS, before=ASKS, shown=st.booleans())
@example(text="cheaper", before=Ask(items=[TENT, STOVE, LAMP], size="4:4"), shown=True)
@example(text="\ue000 items under \ue001", before=Ask(), shown=True)
@example(text='cheaper tent"cheaper stov', before=Ask(), shown=True)
@example(text="something for the mountains " * 100, before=Ask(), shown=False)
@example(text="and also something light", before=Ask(words="w" * 2000), shown=False)
@example(text="with a tent, a lamp and a backpack", before=Ask(slots=["Stoves"] * 20, size="20:40"), shown=False)
@example(text="without the lamp", before=Ask(exclude=["CAMP-0012"] * 5000), shown=True)
def test_any_text_gives_an_ask_whose_every_change_is_said(text, before, shown, words, last, catalogue):
    understood = understand(text, words, before, last if shown else None)
    ask = Ask.model_validate(understood.ask.model_dump())
    as_rules(ask)
    assert all(item in catalogue.rows for item in (*ask.items, *ask.exclude))
    assert not set(ask.items) & set(ask.exclude)
    end = 0
    for phrase in understood.phrases:
        assert end <= phrase.start < phrase.end and text[phrase.start : phrase.end] == phrase.text and phrase.said
        end = phrase.end
    said = {change.field for phrase in understood.phrases for change in phrase.changes}
    differ = {name for name, value in ask.model_dump().items() if value != getattr(before, name)}
    assert differ - {"words"} <= said, "a rule changed that no phrase names"
    assert ask.words == understood.wish
    assert understood.without() == understood.ask
    as_rules(understood.without(*understood.phrases[:1]))
    assert understood.without(*understood.phrases) == before.model_copy(update={"words": understood.wish})


@QUICK
@given(text=TEXTS)
def test_a_text_is_understood_the_same_in_any_case_and_space(text, words, last):
    plain = understand(text, words, Ask(), last)
    if text.isascii() and "\n" not in text:
        loud = understand(text.upper(), words, Ask(), last)
        assert loud.ask.model_copy(update={"words": ""}) == plain.ask.model_copy(update={"words": ""})


HARD = [
    "a", "1,", "1'", "no ", "1 ", " ", "-", "$", "(", "under 5 ", "between 1 and ", "with a tent, ",
    "keep the ", "two hundred ", "without the tent and ", "swap the tent for ", "any kind of ", "in stock ",
    "CAMP-0012 ", "不要", "一", "有", "，", "a a", "each ", "Fjellvind Nord ", "(((", "at most ",
    "(at (the )?most|", "\t", "é", "𝟘", "budget budget ",
]  # fmt: skip


@pytest.mark.parametrize("piece", HARD)
def test_a_long_text_takes_linear_time(piece, words, last):
    """Ten thousand signs of anything take hardly more than twice as long as half of them."""
    text = (piece * 10_000)[:10_000]
    best = min(_seconds(text, words, last) for _ in range(2))
    half = min(_seconds(text[:5000], words, last) for _ in range(2))
    assert best < 3.2 * half + 0.05


def _seconds(text, words, last) -> float:
    started = time.process_time()
    understand(text, words, Ask(), last)
    return time.process_time() - started
