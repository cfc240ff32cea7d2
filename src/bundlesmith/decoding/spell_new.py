"""Spells an item that comes after the lexicon was built, without retraining: as the others are, and unlike them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.decoding.lexicon import Lexicon, encode_inside, indistinct
from bundlesmith.decoding.semantic import Codebook, encode, write_codes
from bundlesmith.decoding.spelling import spell_catalogue
from bundlesmith.encoder.embedding import embed, item_texts
from bundlesmith.errors import BundlesmithError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Taken = Callable[[tuple[int, ...]], bool]
"""Whether a spelling, in tokens, is that of an item already."""


def spell_new(
    lexicon: Lexicon, kind: str, catalogue: Catalogue, tokenizer: "PreTrainedTokenizerBase", taken: Taken
) -> tuple[str, tuple[int, ...]]:
    """Spell an item that comes after the lexicon was built, in its way; all other spellings stay as they are.

    Args:
        lexicon: how the others are spelt.
        kind: see `build_lexicon`.
        catalogue: the item as its first row, and others that a `terms` spelling tells it apart from.
        tokenizer: the lexicon's.
        taken: what the spelling must not be.

    Returns:
        its text and its tokens.

    Raises:
        BundlesmithError: if more items have its semantic codes than the tokenizer has tokens to count them with.
    """
    if lexicon.codebook is not None:
        return _spell_by_codes(lexicon.codebook, item_texts(catalogue)[0], tokenizer, taken)
    text = spell_catalogue(kind, catalogue, lambda words: list(map(len, encode_inside(tokenizer, words))))[0]
    return _unlike(text, tuple(encode_inside(tokenizer, [text])[0]), tokenizer, taken)


def _spell_by_codes(
    codebook: Codebook, text: str, tokenizer: "PreTrainedTokenizerBase", taken: Taken
) -> tuple[str, tuple[int, ...]]:
    """The codes of a text's embedding; if others have them, one more that counts on."""
    vector = embed([text])
    if vector.shape[1] != codebook.centroids[0].shape[1]:
        what = f'"{text}" can\'t be spelled: items are spelled by what they stood with, and it stood with nothing.'
        raise BundlesmithError(what, "Fine-tune again with it.")
    code = tuple(encode(codebook, vector)[0].tolist())
    counting = write_codes((*code, 0))[len(write_codes(code)) : -2]  # "<d_"
    spare = sum(token.startswith(counting) for token in tokenizer.get_added_vocab())
    texts = [write_codes(code), *(write_codes((*code, number)) for number in range(spare))]
    spelt = [(text, tuple(ids)) for text, ids in zip(texts, encode_inside(tokenizer, texts), strict=True)]
    counted = spelt[1:]
    for unique, tokens in counted if any(taken(tokens) for _, tokens in counted) else spelt:
        if not taken(tokens):
            return unique, tokens
    raise BundlesmithError(
        f'All {spare} spellings after "{texts[0]}" are taken, and "{text}" would be the next.',
        "Remove items that are alike, or fine-tune again with those that there are now.",
    )


def _unlike(
    text: str, tokens: tuple[int, ...], tokenizer: "PreTrainedTokenizerBase", taken: Taken
) -> tuple[str, tuple[int, ...]]:
    """A text and its tokens; with the first number from 2 on that makes them new, if they are taken."""
    unique, number = text, 1
    while not tokens or taken(tokens):
        number += 1
        unique, before = f"{text} {number}", tokens
        tokens = tuple(encode_inside(tokenizer, [unique])[0])
        if tokens == before:
            raise indistinct(unique)
    return unique, tokens
