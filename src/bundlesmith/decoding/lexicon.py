"""How one run writes: the spelling of every item and the words of intents, as tokens of one tokenizer, and their tries.

Saved in a run as `spellings.parquet` and `words.parquet`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from bundlesmith.data.catalogue import Catalogue, Column, Goods
from bundlesmith.decoding.grammar import Marks
from bundlesmith.decoding.semantic import Codebook, code_tokens, load_codebook, save_codebook, semantic
from bundlesmith.decoding.spelling import spell_catalogue, words_of
from bundlesmith.decoding.trie import Trie, build_trie
from bundlesmith.errors import BundlesmithError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

ITEMS_BEGIN = "Items:"


class Spellings(Protocol):
    """The spelling of every item, by row."""

    @property
    def texts(self) -> Column[str]:
        """As text."""
        ...

    @property
    def tokens(self) -> Column[Sequence[int]]:
        """In tokens."""
        ...


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
        codebook: what a semantic spelling was made with; it spells items that come later.
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
    codebook: Codebook | None


def build_lexicon(
    catalogue: Catalogue,
    intents: Iterable[str],
    tokenizer: "PreTrainedTokenizerBase",
    kind: str,
    vectors: NDArray[np.float32] | None = None,
) -> Lexicon:
    """Spell a catalogue and collect the words of intents.

    Args:
        catalogue: the items.
        intents: what people wrote for bundles (of the training split only).
        tokenizer: the base model's; a semantic spelling adds its codes to it.
        kind: "semantic", or a name in `bundlesmith.decoding.spelling.SPELLINGS`.
        vectors: of the items, for the semantic spelling of items without texts.
    """
    codebook = None
    if kind == "semantic":
        texts, codebook = _semantic(catalogue, tokenizer, vectors)
    else:
        texts = spell_catalogue(kind, catalogue, lambda words: list(map(len, encode_inside(tokenizer, words))))
    texts, tokens = told_apart(texts, tokenizer)
    general = _general_words(intents) | {"set"}  # so that an intent can always be written
    words = _writable(sorted(general | _catalogue_words(catalogue)), tokenizer)
    return _assemble(
        texts,
        tokens,
        list(words),
        list(words.values()),
        np.array([word in general for word in words]),
        find_marks(tokenizer),
        codebook,
    )


def _semantic(
    catalogue: Catalogue, tokenizer: "PreTrainedTokenizerBase", vectors: NDArray[np.float32] | None
) -> tuple[list[str], Codebook]:
    from tokenizers import AddedToken

    texts, codebook = semantic(catalogue, vectors=vectors)
    codes = [AddedToken(code, lstrip=True, normalized=False, special=False) for code in code_tokens(codebook, texts)]
    tokenizer.add_tokens(codes)
    return texts, codebook


def told_apart(texts: Sequence[str], tokenizer: "PreTrainedTokenizerBase") -> tuple[list[str], list[tuple[int, ...]]]:
    """Texts and their tokens; texts that the tokenizer can't tell from others get numbers from 2 on.

    Raises:
        BundlesmithError: if the tokenizer doesn't know digits either.
    """
    told, tokens = list(texts), [tuple(ids) for ids in encode_inside(tokenizer, texts)]
    taken, count = set[tuple[int, ...]](), Counter[tuple[int, ...]]()
    left = _clashing(range(len(texts)), tokens, taken)
    alike = {row: tokens[row] for row in left}
    while left:
        for row in left:
            count[alike[row]] += 1
            told[row] = f"{texts[row]} {count[alike[row]] + 1}"
        for row, ids in zip(left, encode_inside(tokenizer, [told[row] for row in left]), strict=True):
            if tokens[row] == tuple(ids):
                raise indistinct(told[row])
            tokens[row] = tuple(ids)
        left = _clashing(left, tokens, taken)
    return told, tokens


def _clashing(rows: Iterable[int], tokens: Sequence[tuple[int, ...]], taken: set[tuple[int, ...]]) -> list[int]:
    """The rows whose tokens are taken or none; the others take theirs."""
    clashing = []
    for row in rows:
        if not tokens[row] or tokens[row] in taken:
            clashing.append(row)
        else:
            taken.add(tokens[row])
    return clashing


def indistinct(text: str) -> BundlesmithError:
    """The error of a spelling that no number makes another."""
    return BundlesmithError(
        f"The tokenizer can't tell \"{text}\" from other spellings: it doesn't know its letters, nor its digits.",
        "Choose a base model that knows them.",
    )


def _writable(words: Sequence[str], tokenizer: "PreTrainedTokenizerBase") -> dict[str, tuple[int, ...]]:
    """The words that the tokenizer can write, with their tokens; of two that it can't tell apart the first."""
    found: dict[tuple[int, ...], str] = {}
    for word, ids in zip(words, encode_inside(tokenizer, words), strict=True):
        if ids and tokenizer.unk_token_id not in ids:
            found.setdefault(tuple(ids), word)
    return {word: tokens for tokens, word in found.items()}


def _assemble(
    texts: Sequence[str],
    tokens: Sequence[Sequence[int]],
    words: Sequence[str],
    word_tokens: Sequence[Sequence[int]],
    general: NDArray[np.bool_],
    marks: Marks,
    codebook: Codebook | None,
    trie: Trie | None = None,
) -> Lexicon:
    """The lexicon of these; *trie* is that of *tokens*, if there is one already."""
    _check_marks(texts, tokens, marks)
    return Lexicon(
        texts=tuple(texts),
        tokens=tuple(map(tuple, tokens)),
        trie=build_trie(tokens) if trie is None else trie,
        words=tuple(words),
        word_tokens=tuple(map(tuple, word_tokens)),
        word_trie=build_trie(word_tokens),
        general=general,
        number={word: at for at, word in enumerate(words)},
        marks=marks,
        codebook=codebook,
    )


def encode_inside(tokenizer: "PreTrainedTokenizerBase", texts: Sequence[str]) -> list[list[int]]:
    """Tokens of each text with a space before it, as it stands inside an answer."""
    encoded: list[list[int]] = tokenizer([" " + text for text in texts], add_special_tokens=False)["input_ids"]
    return encoded


def find_marks(tokenizer: "PreTrainedTokenizerBase") -> Marks:
    """The grammar's marks in a tokenizer: ";" and a line break, or T5's first two sentinels, which stand for them.

    Raises:
        BundlesmithError: if it has neither as one token each.
    """
    texts = (";", "\n") if "<extra_id_0>" not in tokenizer.get_vocab() else ("<extra_id_0>", "<extra_id_1>")
    single = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    if any(len(ids) != 1 for ids in single):
        raise BundlesmithError(
            f'The tokenizer writes ";" and a line break as {single}, not as one token each.',
            "Choose a base model with a byte-level tokenizer (SmolLM2, Llama 3, Qwen, Gemma …), or T5's.",
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


def item_words(catalogue: Goods, row: int) -> list[str]:
    """The words that an item gives to an intent: of its title and its category path, as written and in lower case."""
    words = words_of(" ".join((catalogue.titles[row], *catalogue.categories[row])))
    return words + [word.lower() for word in words]


def open_words(
    lexicon: Lexicon, catalogue: Goods, rows: Sequence[int], request: str, unsaid: Sequence[str] = ()
) -> NDArray[np.int32]:
    """Which words an intent of the bundle *rows* may hold, as a prefix sum over the leaves of the word trie.

    General words, and what the bundle's items and the request's words say; so no other item or brand is named. None of
    *unsaid* is among them.
    """
    usable = lexicon.general.copy()
    said = [word for row in rows for word in item_words(catalogue, row)] + words_of(request)
    usable[[lexicon.number[word] for word in said if word in lexicon.number]] = True
    usable[[at for word, at in lexicon.number.items() if word.casefold() in unsaid] if unsaid else []] = False
    return np.concatenate([[0], np.cumsum(usable[lexicon.word_trie.row_of_leaf])]).astype(np.int32)


def save_lexicon(lexicon: Lexicon, catalogue: Catalogue, folder: Path) -> None:
    """Write `spellings.parquet`, `words.parquet`, and for a semantic spelling `codebook.npz`."""
    import polars as pl

    spellings = {"item_id": catalogue.ids, "text": lexicon.texts, "tokens": [list(t) for t in lexicon.tokens]}
    pl.DataFrame(spellings).write_parquet(folder / "spellings.parquet")
    words = {
        "word": lexicon.words,
        "tokens": [list(t) for t in lexicon.word_tokens],
        "general": lexicon.general,
    }
    pl.DataFrame(words).write_parquet(folder / "words.parquet")
    if lexicon.codebook is not None:
        save_codebook(lexicon.codebook, folder / "codebook.npz")


def load_trie(folder: Path) -> Trie:
    """Build the trie of the spellings that `save_lexicon` wrote."""
    import polars as pl

    return build_trie(pl.read_parquet(folder / "spellings.parquet", columns=["tokens"])["tokens"].to_list())


def load_lexicon(folder: Path, tokenizer: "PreTrainedTokenizerBase", trie: Trie) -> Lexicon:
    """Read what `save_lexicon` wrote; *trie* is that of `load_trie`."""
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
        load_codebook(codebook) if (codebook := folder / "codebook.npz").exists() else None,
        trie,
    )
