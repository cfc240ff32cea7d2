"""Spellings of items that come after a run was made."""

import pytest

from bundlesmith.base import SMOLLM2, load_tokenizer
from bundlesmith.decoding.lexicon import Lexicon, build_lexicon
from bundlesmith.decoding.spell_new import spell_new
from bundlesmith.errors import BundlesmithError
from tests.shops import DESK, make_catalogue

NEW = [{"title": "Desk lamp (LED)", "category": ("Home", "Office")}]


def lexicon_of(kind):
    tokenizer = load_tokenizer(SMOLLM2)
    return build_lexicon(make_catalogue(), [], tokenizer, kind), tokenizer


def spelt(lexicon: Lexicon, kind, tokenizer, items, n=1):
    """The texts of *n* new items that are equal, one after another."""
    taken, texts = set(lexicon.tokens), []
    for _ in range(n):
        text, tokens = spell_new(lexicon, kind, make_catalogue(items), tokenizer, taken.__contains__)
        assert tokens not in taken and tokenizer.decode(tokens).strip() == text
        taken.add(tokens)
        texts.append(text)
    return texts


def test_a_title_that_is_taken_gets_the_next_number():
    lexicon, tokenizer = lexicon_of("title")
    assert spelt(lexicon, "title", tokenizer, NEW, 3) == ["Desk lamp LED 2", "Desk lamp LED 3", "Desk lamp LED 4"]
    assert spelt(lexicon, "title", tokenizer, [{"title": "帐篷 🎁"}]) == ["帐篷"]
    assert spelt(lexicon, "title", tokenizer, [{"title": "🎁"}], 2) == ["Item", "Item 2"]


def test_terms_tell_a_new_item_apart_from_its_neighbours():
    lexicon, tokenizer = lexicon_of("terms")
    new = {"title": "Oak desk, 140 cm", "category": ("Home", "Office")}
    (text,) = spelt(lexicon, "terms", tokenizer, [new, *DESK[:3]])
    assert text.startswith("Office: ") and "140" in text


@pytest.mark.slow
def test_semantic_codes_that_are_taken_are_counted_on_until_they_run_out():
    lexicon, tokenizer = lexicon_of("semantic")
    lamp = lexicon.texts[1]
    assert spelt(lexicon, "semantic", tokenizer, NEW, 3) == [f"{lamp}<d_0>", f"{lamp}<d_1>", f"{lamp}<d_2>"]
    with pytest.raises(BundlesmithError, match=r"All 16 spellings after .* are taken"):
        spelt(lexicon, "semantic", tokenizer, NEW, 17)
