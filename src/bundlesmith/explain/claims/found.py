"""A text as its parts are read one after the other: what is read is masked, so that no later part reads it again."""

import re
from dataclasses import dataclass, field

from bundlesmith.claim import Claim
from bundlesmith.explain.claims.facts import BundleFacts

NAME, READ = "\ue000", "\ue001"
"""What stands in a masked text for each letter of a name, and of anything else that was read."""
TOKEN = re.compile(r"[㐀-鿿]|[^\W_㐀-鿿]+")
"""A word; in Chinese, a character."""
_END = re.compile(r"(?<!\.\.)[.!?](?=\s|$)|;(?=\s|$)|[。！？\n]")
"""Leaders ("Price ..... 9.99") end nothing."""


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word of a text, folded for comparison, and where it stands."""

    word: str
    start: int
    end: int


def words_with_places(text: str) -> list[PlacedWord]:
    """The words of a text."""
    return [PlacedWord(found[0].casefold(), found.start(), found.end()) for found in TOKEN.finditer(text)]


def words_in(text: str) -> list[str]:
    """The words of a text, folded for comparison."""
    return [found.casefold() for found in TOKEN.findall(text)]


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text, the rows of the items that it may mean, and whether it is enough of a name to claim an item."""

    start: int
    end: int
    rows: tuple[int, ...]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim that a text makes, where its words begin, and whether it holds."""

    start: int
    claim: Claim
    holds: bool


@dataclass(slots=True, eq=False)
class Text:
    """A text that is being read.

    Attributes:
        text: as it was written.
        facts: what it may say.
        masked: the text, as long as before, without what has been read.
        mentions: the names in it, in their order.
        checked: the claims read so far.
        past: the places in `mentions` of names that are said to be of the customer's past.
    """

    text: str
    facts: BundleFacts
    masked: str = ""
    mentions: list[Mention] = field(default_factory=list)
    checked: list[Checked] = field(default_factory=list)
    past: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.masked = self.text

    def mask(self, start: int, end: int, by: str = READ) -> None:
        """Take what stands there as read."""
        self.masked = self.masked[:start] + by * (end - start) + self.masked[end:]

    def add(self, start: int, end: int, claim: Claim, holds: bool) -> None:
        """Note a claim that stands there, and mask it."""
        self.checked.append(Checked(start, claim, holds))
        if self.masked[start] != NAME:
            self.mask(start, end)

    def said(self, start: int, end: int) -> str:
        """What was written there."""
        return self.text[start:end]

    def sentence(self, at: int) -> tuple[int, int]:
        """Where the sentence around a place begins and ends."""
        start = 0
        for end in _END.finditer(self.masked):
            if end.start() >= at:
                return start, end.start()
            start = end.end()
        return start, len(self.text)

    def before(self, at: int) -> Mention | None:
        """The last name before a place in its sentence."""
        start, _ = self.sentence(at)
        return next((each for each in reversed(self.mentions) if start <= each.start and each.end <= at), None)

    def last(self, at: int) -> Mention | None:
        """The last name before a place, in whatever sentence."""
        return next((each for each in reversed(self.mentions) if each.end <= at), None)

    def after(self, at: int) -> Mention | None:
        """The first name after a place in its sentence."""
        _, end = self.sentence(at)
        return next((each for each in self.mentions if at <= each.start < end), None)
