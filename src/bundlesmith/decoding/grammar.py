"""The grammar of an answer: its marks, the items that it may hold, and what may be said of them.

answer      = item *(";" item) LINE [ "For:" 1*word LINE "Why:" sentences END ]
item        = a spelling of the catalogue, by the rules of the request
word        = a word that the bundle, the request or people's intents hold
sentences   = one of the true explanations of this very bundle
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bundlesmith.decoding.trie import Trie
from bundlesmith.decoding.weights import ItemWeights
from bundlesmith.errors import BundlesmithError

MOST_WORDS = 8
"""How many words the model may call a bundle by."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """The tokens of the grammar's own marks, in one tokenizer."""

    separator: int
    line: int
    intent: tuple[int, ...]
    explanation: tuple[int, ...]
    end: int

    def refuse(self, item: str, tokens: Sequence[int]) -> None:
        """Check that *tokens* can spell an item.

        Raises:
            BundlesmithError: if there are none, or one is a mark of the grammar.
        """
        if not len(tokens) or {self.separator, self.line, self.end}.intersection(tokens):
            raise BundlesmithError(
                f'The spelling {list(tokens)} of "{item}" is empty or holds a mark of the grammar.', "Give another one."
            )


@dataclass(frozen=True, slots=True, eq=False)
class SayableTexts:
    """What may be said about one bundle.

    Attributes:
        words: the words of an intent, each with the space before it.
        open_words: int32 [len(words) + 1]; the number of words that may be used before each leaf.
        sentences: the explanations that are true of the bundle.
        most_words: how many of the words an intent may have.
    """

    words: Trie
    open_words: NDArray[np.int32]
    sentences: Trie
    most_words: int = MOST_WORDS


@dataclass(frozen=True, slots=True, eq=False)
class Grammar:
    """What all bundles of one request share.

    Attributes:
        trie: the items' spellings; leaves are the positions of `Choice`.
        talk: what may be said about the bundle of these positions; None: the answer ends after the items.
        weights: of the items, by position; None: all weigh 0.
        added: more spellings, whose leaves are the positions after those of `trie`; None: no more. A spelling may be in
            both, if at most one of the two items may be written.
    """

    trie: Trie
    marks: Marks
    talk: Callable[[tuple[int, ...]], SayableTexts] | None
    weights: ItemWeights | None = None
    added: Trie | None = None

    @property
    def tries(self) -> tuple[tuple[Trie, int], ...]:
        """The items' tries, each with the position of its first leaf."""
        base = (self.trie, 0)
        return (base,) if self.added is None else (base, (self.added, len(self.trie)))
