"""The title of an item: its words, the parts of it that name the item, and the kind of item that it says."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bundlesmith.understanding.forms import join
from bundlesmith.understanding.text import fold, is_han, split_words

HEAD = 4
"""The kind of an item is named by up to so many of the last words of its title."""
TELLING = 3
"""A part of a title names the item without further ado only from so many words on."""
_CUT = re.compile(r"[(,\[（【，]| - | for | with |(?<=[\u3400-\u9fff]) ?[0-9]")


@dataclass(frozen=True, slots=True)
class Title:
    """A title: its words, and how many of them stand before its last comma, and before what isn't its name."""

    words: tuple[str, ...]
    before_comma: int
    main: int

    @classmethod
    def read(cls, title: str) -> "Title":
        """Read a title."""
        folded = fold(title)
        words = split_words(folded)
        comma = max(folded.rfind(","), folded.rfind("，"))
        cut = match.start() if (match := _CUT.search(folded)) else len(folded)
        texts = tuple(word.text for word in words)
        before = sum(word.start < comma for word in words) if comma > 0 else len(words)
        return cls(texts, before, sum(word.start < cut for word in words))

    @property
    def whole(self) -> str:
        """All of it."""
        return join(self.words)

    def parts(self, brand: str) -> Iterator[str]:
        """The title without its brand, without its last part ("…, Anthracite"), and without both."""
        for length in {len(self.words), self.before_comma, self.main}:
            name = join(self.words[:length])
            for shorter in {name, name.removeprefix(f"{brand} ") if brand else name}:
                if shorter.count(" ") >= TELLING - 1 or (len(shorter) >= 2 * TELLING and is_han(shorter[0])):
                    yield shorter

    def heads(self) -> Iterator[str]:
        """The last words of the name: "lantern", "camping lantern", …"""
        words = list(self.words[: self.main])
        while words and _is_measure(words):
            words.pop()
        return (join(words[-length:]) for length in range(1, min(HEAD, len(words)) + 1))


def _is_measure(words: Sequence[str]) -> bool:
    """Whether the last word is a number, a size ("L", "A5"), or the unit of the number before it ("18 V")."""
    last = words[-1]
    if is_han(last):
        return False
    return (
        len(last) == 1 or any(map(str.isdigit, last)) or (len(last) <= 3 and len(words) > 1 and words[-2][-1].isdigit())
    )
