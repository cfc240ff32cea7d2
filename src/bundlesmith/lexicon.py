"""How one run writes: the spelling of every item and the words of intents, as tokens of one tokenizer, and their tries.

Knows nothing about requests or models. Saved in a run as `spellings.parquet` and `words.parquet`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bundlesmith.catalogue import Catalogue
from bundlesmith.decoder import Marks
from bundlesmith.errors import BundlesmithError
from bundlesmith.spelling import spell, words_of
from bundlesmith.trie import Trie, build_trie

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

ITEMS_BEGIN = "Items:"


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """Spellings and words, with their tokens.

    Attributes:
        texts, tokens: every item's spelling, in the catalogue's order.
        trie: over `tokens`.
        words, word_tokens: the words that intents may hold.
        word_trie: over `word_tokens`.
        general: bool [len(words)]; words that people use for any bundle; others need a source.
        number: word -> its place in `words`.
    """

    texts: tuple[str, ...]
    tokens: tuple[tuple[int, ...], ...]
    trie: Trie
    words: tuple[str, ...]
    word_tokens: tuple[tuple[int, ...], ...]
    word_trie: Trie
    general: NDArray[np.bool_]
    number: dict[str, int]
    marks: Marks


def build_lexicon(
    catalogue: Catalogue, intents: Iterable[str], tokenizer: "PreTrainedTokenizerBase", kind: str
) -> Lexicon:
    """Spell a catalogue and collect the words of intents.

    Args:
        catalogue: the items.
        intents: what people wrote for bundles (of the training split only).
        tokenizer: the base model's.
        kind: a name in `bundlesmith.spelling.SPELLINGS`.
    """
    texts = spell(kind, catalogue, lambda words: list(map(len, _encode(tokenizer, words))))
    general = _general_words(intents) | {"set"}  # so that an intent can always be written
    words = sorted(general | _catalogue_words(catalogue))
    return _assemble(
        texts,
        _encode(tokenizer, texts),
        words,
        _encode(tokenizer, words),
        np.array([word in general for word in words]),
        find_marks(tokenizer),
    )


def _assemble(
    texts: Sequence[str],
    tokens: Sequence[Sequence[int]],
    words: Sequence[str],
    word_tokens: Sequence[Sequence[int]],
    general: NDArray[np.bool_],
    marks: Marks,
) -> Lexicon:
    _check_marks(texts, tokens, marks)
    return Lexicon(
        texts=tuple(texts),
        tokens=tuple(map(tuple, tokens)),
        trie=build_trie(tokens),
        words=tuple(words),
        word_tokens=tuple(map(tuple, word_tokens)),
        word_trie=build_trie(word_tokens),
        general=general,
        number={word: at for at, word in enumerate(words)},
        marks=marks,
    )


def _encode(tokenizer: "PreTrainedTokenizerBase", texts: Sequence[str]) -> list[list[int]]:
    """Tokens of each text with a space before it, as it stands inside an answer."""
    encoded: list[list[int]] = tokenizer([" " + text for text in texts], add_special_tokens=False)["input_ids"]
    return encoded


def find_marks(tokenizer: "PreTrainedTokenizerBase") -> Marks:
    """The grammar's marks in a tokenizer.

    Raises:
        BundlesmithError: if ";" or a line break isn't one token of its own.
    """
    single = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in (";", "\n")]
    if any(len(ids) != 1 for ids in single):
        raise BundlesmithError(
            f'The tokenizer writes ";" and a line break as {single}, not as one token each.',
            "Choose a base model with a byte-level tokenizer (SmolLM2, Llama 3, Qwen, Gemma …).",
        )
    intent, explanation = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("For:", "Why:"))
    assert tokenizer.eos_token_id is not None
    return Marks(single[0][0], single[1][0], tuple(intent), tuple(explanation), int(tokenizer.eos_token_id))


def _check_marks(texts: Sequence[str], tokens: Sequence[Sequence[int]], marks: Marks) -> None:
    reserved = {marks.separator, marks.line, marks.end}
    for text, ids in zip(texts, tokens, strict=True):
        if reserved.intersection(ids):
            raise BundlesmithError(f'The spelling "{text}" holds a mark of the grammar in its tokens {list(ids)}.')


def _general_words(intents: Iterable[str]) -> set[str]:
    """Words of at least two intents, without digits, that people mostly write in lower case (so hardly names)."""
    count = Counter(word for intent in intents for word in set(words_of(intent)))
    folded = Counter[str]()
    for word, n in count.items():
        folded[word.lower()] += n
    usual = {word for word, n in count.items() if word.islower() and n >= 2 and 2 * n >= folded[word]}
    return {word for word in usual if not any(letter.isdigit() for letter in word)}


def _catalogue_words(catalogue: Catalogue) -> set[str]:
    return {word for row in range(len(catalogue)) for word in item_words(catalogue, row)}


def item_words(catalogue: Catalogue, row: int) -> list[str]:
    """The words that an item gives to an intent: of its title and its category path, as written and in lower case."""
    words = words_of(" ".join((catalogue.titles[row], *catalogue.categories[row])))
    return words + [word.lower() for word in words]


def open_words(lexicon: Lexicon, catalogue: Catalogue, rows: Sequence[int], request: str) -> NDArray[np.int32]:
    """Which words an intent of the bundle *rows* may hold, as a prefix sum over the leaves of the word trie.

    General words, and what the bundle's items and the request's words say; so no other item or brand is named.
    """
    usable = lexicon.general.copy()
    said = [word for row in rows for word in item_words(catalogue, row)] + words_of(request)
    usable[[lexicon.number[word] for word in said if word in lexicon.number]] = True
    return np.concatenate([[0], np.cumsum(usable[lexicon.word_trie.row_of_leaf])]).astype(np.int32)


def save_lexicon(lexicon: Lexicon, catalogue: Catalogue, folder: Path) -> None:
    """Write `spellings.parquet` and `words.parquet`."""
    import polars as pl

    spellings = {"item_id": catalogue.ids, "text": lexicon.texts, "tokens": [list(t) for t in lexicon.tokens]}
    pl.DataFrame(spellings).write_parquet(folder / "spellings.parquet")
    words = {
        "word": lexicon.words,
        "tokens": [list(t) for t in lexicon.word_tokens],
        "general": lexicon.general,
    }
    pl.DataFrame(words).write_parquet(folder / "words.parquet")


def load_lexicon(folder: Path, tokenizer: "PreTrainedTokenizerBase") -> Lexicon:
    """Read what `save_lexicon` wrote."""
    import polars as pl

    spellings = pl.read_parquet(folder / "spellings.parquet")
    words = pl.read_parquet(folder / "words.parquet")
    return _assemble(
        spellings["text"].to_list(),
        spellings["tokens"].to_list(),
        words["word"].to_list(),
        words["tokens"].to_list(),
        words["general"].to_numpy(),
        find_marks(tokenizer),
    )
