from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from transformers import BertTokenizer, PreTrainedTokenizerBase, T5Tokenizer

from bundlesmith.base import SMOLLM2, load_tokenizer
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.decoding.lexicon import (
    Lexicon,
    build_lexicon,
    find_marks,
    load_lexicon,
    load_trie,
    open_words,
    save_lexicon,
)
from bundlesmith.decoding.semantic import read_codes
from bundlesmith.errors import BundlesmithError
from tests.shops import make_catalogue

AWKWARD = [
    *("", "", "Oak desk", "Oak desk", "Oak desk 2", "oak  desk", "🎁", "🎁🎁", "👩‍👩‍👧", "帐篷", "帐篷 大", "椅子"),
    *("椅子", "; \n", "; ;", "<|im_end|>", "</s>", "<extra_id_0>", "<a_1><b_2>", "< a_1>", "Ünïcødé", "\u200b"),
    *("word " * 500, "word " * 500, "word " * 499 + "last", "x" * 3000, "2", "For: Why:"),
]
BASES = ["smollm2", "t5"]


@pytest.fixture
def tokenizer(request: pytest.FixtureRequest, tiny_t5_base: Path) -> PreTrainedTokenizerBase:
    """A fresh tokenizer: a semantic spelling adds tokens to it."""
    return load_tokenizer(SMOLLM2 if request.param == "smollm2" else str(tiny_t5_base))


def encoded(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> list[tuple[int, ...]]:
    return [tuple(ids) for ids in tokenizer([f" {text}" for text in texts], add_special_tokens=False)["input_ids"]]


def of_titles(titles: Sequence[str]) -> Catalogue:
    return make_catalogue([{"title": title} for title in titles])


def few_letters() -> PreTrainedTokenizerBase:
    """A tokenizer of T5's kind that knows the letters a and b alone."""
    marks = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    return T5Tokenizer(vocab=[*marks, ("▁", -2.0), ("a", -3.0), ("b", -3.0), ("▁a", -1.0)])


@pytest.mark.parametrize("tokenizer", BASES, indirect=True)
@pytest.mark.parametrize("kind", ["terms", "title", pytest.param("semantic", marks=pytest.mark.slow)])
def test_every_item_is_spelt_by_tokens_of_its_own_whatever_the_titles(
    tokenizer: PreTrainedTokenizerBase, kind: str
) -> None:
    lexicon = build_lexicon(of_titles(AWKWARD), ["a set for oaks"], tokenizer, kind)
    assert len(set(lexicon.tokens)) == len(set(lexicon.texts)) == len(lexicon.trie) == len(AWKWARD)
    assert encoded(tokenizer, lexicon.texts) == list(lexicon.tokens)
    marks = {lexicon.marks.separator, lexicon.marks.line, lexicon.marks.end}
    assert all(ids and not marks & set(ids) for ids in lexicon.tokens)


def test_titles_in_letters_that_the_tokenizer_does_not_know_get_numbers_quickly(tiny_t5_base: Path) -> None:
    titles = [f"{chr(0x4E00 + n)}{chr(0x4E00 + 2 * n + 1)}" for n in range(5000)]
    lexicon = build_lexicon(of_titles(titles), [], load_tokenizer(str(tiny_t5_base)), "title")
    assert lexicon.texts[:3] == (titles[0], f"{titles[1]} 2", f"{titles[2]} 3")
    assert lexicon.texts[-1] == f"{titles[-1]} 5000" and len(set(lexicon.tokens)) == 5000


def test_a_number_that_another_title_has_already_is_passed_over(tiny_t5_base: Path) -> None:
    lexicon = build_lexicon(of_titles(["帐", "篷", "椅 2"]), [], load_tokenizer(str(tiny_t5_base)), "title")
    assert lexicon.texts == ("帐", "篷 3", "椅 2")  # "篷 2" would be "椅 2" to this tokenizer


def test_a_tokenizer_that_knows_neither_letters_nor_digits_is_an_error() -> None:
    with pytest.raises(BundlesmithError, match='can\'t tell "桌 4" from other spellings'):
        build_lexicon(of_titles(["帐", "椅", "桌"]), [], few_letters(), "title")


def test_words_that_the_tokenizer_does_not_know_are_never_said() -> None:
    catalogue = of_titles(["ab aab 帐", "ba bac 2"])
    lexicon = build_lexicon(catalogue, ["ab set", "ab set"], few_letters(), "title")
    assert lexicon.words == ("aab", "ab", "ba")  # not 帐, bac, 2, and not even set
    assert lexicon.general.tolist() == [False, True, False]


def test_a_bundle_may_be_named_by_general_words_its_own_and_the_requests() -> None:
    catalogue = of_titles(["ab aab", "ba", "bab"])
    lexicon = build_lexicon(catalogue, ["abba", "abba"], few_letters(), "title")
    assert lexicon.words == ("aab", "ab", "abba", "ba", "bab")
    leaves = np.diff(open_words(lexicon, catalogue, [0], "ba, please"))
    open_ = {lexicon.words[row] for row, leaf in enumerate(lexicon.word_trie.leaf_of_row) if leaves[leaf]}
    assert open_ == {"aab", "ab", "abba", "ba"}


@pytest.mark.parametrize("tokenizer", BASES, indirect=True)
def test_the_marks_are_single_tokens(tokenizer: PreTrainedTokenizerBase) -> None:
    marks = find_marks(tokenizer)
    sentinels = "<extra_id_0>" in tokenizer.get_vocab()
    pair = ["<extra_id_0>", "<extra_id_1>"] if sentinels else [";", "Ċ"]
    assert tokenizer.convert_ids_to_tokens([marks.separator, marks.line]) == pair
    assert tokenizer.decode(list(marks.intent)) == "For:" and tokenizer.decode(list(marks.explanation)) == "Why:"
    assert marks.end == tokenizer.eos_token_id


def test_a_tokenizer_without_marks_is_an_error() -> None:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ";"]
    with pytest.raises(BundlesmithError, match="not as one token each"):
        find_marks(BertTokenizer(vocab={word: at for at, word in enumerate(words)}))


@pytest.fixture(scope="module")
def desks() -> Catalogue:
    titles = ["Oak desk", "Oak desk", "Desk lamp", "Blue pen", "Office chair", "Potted fern"]
    return make_catalogue([{"title": title, "category": ("Home",)} for title in titles])


@pytest.mark.slow
@pytest.mark.parametrize("tokenizer", BASES, indirect=True)
def test_codes_are_tokens_in_answers_and_prompts_alike(tokenizer: PreTrainedTokenizerBase, desks: Catalogue) -> None:
    before = len(tokenizer)
    lexicon = build_lexicon(desks, [], tokenizer, "semantic")
    for text, ids in zip(lexicon.texts, lexicon.tokens, strict=True):
        assert min(ids) >= before and len(ids) == len(read_codes(text))
        assert "".join(tokenizer.convert_ids_to_tokens(list(ids))) == text
    assert lexicon.texts[1] == lexicon.texts[0][:-2] + "1>"  # equal items differ in the code that counts
    listed = tokenizer("So far: " + "; ".join(lexicon.texts) + "\nFor: a desk", add_special_tokens=False)["input_ids"]
    assert [token for token in listed if token >= before] == [token for ids in lexicon.tokens for token in ids]


@pytest.mark.slow
@pytest.mark.parametrize("tokenizer", BASES, indirect=True)
def test_a_lexicon_and_its_tokenizer_are_read_as_they_were_written(
    tokenizer: PreTrainedTokenizerBase, desks: Catalogue, tmp_path: Path
) -> None:
    lexicon = build_lexicon(desks, ["a desk", "a desk"], tokenizer, "semantic")
    save_lexicon(lexicon, desks, tmp_path)
    tokenizer.save_pretrained(tmp_path)
    again = load_tokenizer(str(tmp_path))
    found = load_lexicon(tmp_path, again, load_trie(tmp_path))
    assert _plain(found) == _plain(lexicon)
    assert np.array_equal(found.general, lexicon.general)
    assert lexicon.codebook is not None and found.codebook is not None
    for one, other in zip(lexicon.codebook.centroids, found.codebook.centroids, strict=True):
        assert np.array_equal(one, other)
    assert encoded(again, lexicon.texts) == list(lexicon.tokens)


def _plain(lexicon: Lexicon) -> tuple[object, ...]:
    marks = lexicon.marks
    return (
        *(lexicon.texts, lexicon.tokens, lexicon.words, lexicon.word_tokens, lexicon.number),
        *(marks.separator, marks.line, marks.intent, marks.explanation, marks.end, lexicon.trie.token.tolist()),
    )
