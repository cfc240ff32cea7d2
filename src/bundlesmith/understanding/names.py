"""Things that a message names: items of the last bundle, items, kinds of item, categories and brands of a catalogue."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from bundlesmith.encoder.gloss import glosses, synonyms
from bundlesmith.understanding.change import LastBundle
from bundlesmith.understanding.colours import is_colour
from bundlesmith.understanding.forms import longer_name
from bundlesmith.understanding.language import Language
from bundlesmith.understanding.last_items import items_at, last_names
from bundlesmith.understanding.meanings import NameMeanings
from bundlesmith.understanding.named import Named
from bundlesmith.understanding.purposes import is_product, rows_for
from bundlesmith.understanding.text import NUMBER, MessageText, is_han
from bundlesmith.understanding.words import HEAD, LONGEST, CatalogueWords, join

_CODE = re.compile(r"[^\s,;:!?()\"，。、]{3,64}")
_APART = re.compile(r"[,;:!?()。，；]|\.\s")
_SKIPPED = 2
"""So many words may stand between a determiner and a name ("a warm, light sleeping bag")."""
_LONGEST_DONE = 3
"""What is done is written with up to so many Chinese signs; in English it is one word."""
_UNKNOWN = 4
LONGEST_LIST = 20
SMALLEST_LIST = 3
"""So many things that nothing but spaces parts are a list; two may be one thing ("camera bag")."""


@dataclass(frozen=True, eq=False)
class NameReader:
    """Reads names in one message."""

    message: MessageText
    words: CatalogueWords
    last: LastBundle | None
    departments: Callable[[], frozenset[str]] = frozenset

    def settled(self, named: Named, beside: Sequence[Named] = ()) -> Named:
        """See `NameMeanings.settled`: the talk's departments are asked for only where they matter."""
        return self._meanings.settled(named, beside, lambda: self._departments)

    @cached_property
    def _departments(self) -> frozenset[str]:
        return self.departments()

    def names(self, at: int, language: Language, things: bool = False) -> list[Named]:
        """The names in a list that begins at an offset; the first may be unknown, then it is the only one.

        Args:
            things: whether words may stand before a name, if this is the name of a category that says what its items
                are, in its way.
        """
        found = self._in_a_row(at, language)
        if found:
            return found
        while len(found) < LONGEST_LIST:
            one = self._read(at, language, things)
            if one is None or (found and not one.known):
                break
            found.append(one)
            joiner = language.joiner.match(self.message.shadow, one.end)
            if not one.known or not joiner:
                break
            at = joiner.end()
        return found

    def listed(self, at: int, language: Language) -> list[Named]:
        """The names in a list of things that begins at an offset; what isn't known in it is passed over.

        A list ends with what isn't parted from the rest, or is longer than a name.
        """
        found = self._in_a_row(at, language)
        if found:
            return found
        for _ in range(LONGEST_LIST):
            one = self._read(at, language, True)
            if one is None or not (one.known or len(one.text.split()) < _UNKNOWN):
                break
            found.append(one)
            joiner = language.joiner.match(self.message.shadow, one.end)
            if not joiner:
                break
            at = joiner.end()
        return found

    def _in_a_row(self, at: int, language: Language) -> list[Named]:
        """Things that nothing but spaces parts ("tent stove lamp"); none if they are few, or end as one thing does."""
        place = self.message.at.get(_past_spaces(self.message.shadow, at))
        first = [] if place is None else self.message.words[place : place + SMALLEST_LIST]
        if len(first) < SMALLEST_LIST or language.after.match(self.message.shadow, first[0].end):
            return []
        found: list[Named] = []
        while len(found) < LONGEST_LIST and (one := self._thing(_past_spaces(self.message.shadow, at))):
            found.append(one)
            at = one.end
        ends = len(found) >= SMALLEST_LIST and language.after.match(self.message.shadow, at)
        return found if ends and not is_product(self.message.folded[found[-2].start : at]) else []

    def _thing(self, at: int) -> Named | None:
        """The longest name at an offset of what are things, whatever follows it."""
        place, name, end, found = self.message.at.get(at), "", at, None
        if place is None or not self._begins(self.message.words[place].text):
            return None
        for word in self.message.words[place : place + HEAD]:
            if name and self.message.folded[end : word.start].strip(" "):
                break
            name, end = longer_name(name, word.text), word.end
            for called in (name, *in_other_words(name)):
                named = self._meanings.of(called, self.message.text, at, end)
                if named and (named.kind or (named.category and named.category.things)):
                    found = replace(named, called="" if called == name else called)
                    break
        return found

    @cached_property
    def _known_at(self) -> dict[tuple[int, str, bool], Named | None]:
        return {}

    def _read(self, at: int, language: Language, things: bool) -> Named | None:
        """The name at an offset, each read once."""
        key = (at, language.code, things)
        if key not in self._known_at:
            self._known_at[key] = self._one(at, language, things)
        return self._known_at[key]

    def titles(self, free: Iterable[int]) -> Iterator[Named]:
        """Ids and telling titles at any of these offsets of words, each read once."""
        until = 0
        for at in free:
            if at < until:
                continue
            named = self._code(at) or self._longest(at, None)
            if named and len(named.titled) == 1 and (named.end - named.start >= 12 or at in self._codes):
                until = named.end
                yield named

    def activity(self, at: int) -> Named | None:
        """What is for something that is done, where that stands at an offset: "cooking", "wear", "做饭"."""
        at = _past_spaces(self.message.shadow, at)
        place = self.message.at.get(at)
        if place is None:
            return None
        for many in range(_LONGEST_DONE, 0, -1):
            some = self.message.words[place : place + many]
            said = "".join(word.text for word in some)
            if len(some) == many and (many == 1) != is_han(said[0]) and (rows := rows_for(said, self.words)):
                return Named(at, some[-1].end, self.message.text[at : some[-1].end], kind=rows)
        return None

    @cached_property
    def _codes(self) -> set[int]:
        return {match.start() for match in _CODE.finditer(self.message.folded) if self._code_at(match) is not None}

    def _one(self, at: int, language: Language, things: bool) -> Named | None:
        shadow = self.message.shadow
        at = _past_spaces(shadow, at)
        begin, definite, count = at, False, 1
        if match := language.definite.match(shadow, at):
            definite, at = True, match.end()
        elif match := language.indefinite.match(shadow, at):
            at = match.end()
        if shadow[at : at + 1] == NUMBER:
            number = self.message.numbers[at]
            value = number.value or 0
            count = int(value) if 1 <= value <= 100 and value == int(value) else 1
            at = _past_spaces(shadow, number.end)
            at = (
                match.end()
                if is_han(shadow[at : at + 1] or " ") and (match := language.indefinite.match(shadow, at))
                else at
            )
            at = match.end() if count > 1 and (match := language.apart.match(shadow, at)) else at
            if language.units.match(shadow, at):  # twelve hours are no things
                return self._unknown(at, language)
        named = self._reference(at, language) or self._code(at) or self._longest(at, language)
        if named is None and things:
            named = self._after_others(at, language)
        if named is None:
            named = self._unknown(at, language)
        return named and replace(named, start=begin, definite=definite or named.definite, count=count)

    def _reference(self, at: int, language: Language) -> Named | None:
        """A place in the last bundle: "the second one", "the most expensive item"."""
        if self.last is None or not self.last.items:
            return None
        for pattern, place in language.references:
            if match := pattern.match(self.message.folded, at):
                ids = tuple(item.item_id for item in items_at(self.last.items, place))
                return Named(at, match.end(), self.message.text[at : match.end()], True, last=ids)
        return None

    def _code_at(self, match: re.Match[str]) -> int | None:
        return self.words.ids.get(match[0].rstrip(".'"))

    def _code(self, at: int) -> Named | None:
        match = _CODE.match(self.message.folded, at)
        row = self._code_at(match) if match else None
        if match is None or row is None:
            return None
        end = at + len(match[0].rstrip(".'"))
        return Named(at, end, self.message.text[at:end], last=self._in_last((row,)), titled=(row,))

    def _in_last(self, rows: tuple[int, ...]) -> tuple[str, ...]:
        ids = {self.words.catalogue.ids[row] for row in rows}
        return tuple(item.item_id for item in self.last.items if item.item_id in ids) if self.last else ()

    def _longest(self, at: int, language: Language | None) -> Named | None:
        """The longest name at an offset; without a language only titles. Only after a title may any word follow."""
        place = self.message.at.get(at)
        words = self.message.words
        if place is None:
            return None
        if not self._begins(words[place].text):
            return None
        found = None
        name, whole, since = "", True, at
        titles = self.words.titles
        for count, word in enumerate(words[place : place + LONGEST], 1):
            whole = whole and not _APART.search(self.message.folded, since, word.start)
            name, since = longer_name(name, word.text), word.end
            titled = titles.rows(name)
            if titled:
                found = Named(at, word.end, self.message.text[at : word.end], last=self._in_last(titled), titled=titled)
            elif whole and language and count <= 2 * HEAD:
                found = self._other(name, at, word.end, language) or found
            if found is None or found.end < word.end:
                found = self._glossed(name, at, word.end, language) or found
        return found

    def _begins(self, first: str) -> bool:
        """Whether a name may begin with a word."""
        if first in self.words.starts or first in self._last_starts:
            return True
        return first in _gloss_starts() if is_han(first[0]) else is_colour(first) or first in _synonym_starts()

    def _glossed(self, name: str, at: int, end: int, language: Language | None) -> Named | None:
        """What a Chinese word names in a catalogue that is written in English, or a word with the same meaning."""
        if language is None:
            return None
        for english in in_other_words(name):
            if named := self._other(english, at, end, language):
                return replace(named, called=english)
        return None

    def _other(self, name: str, at: int, end: int, language: Language) -> Named | None:
        shadow = self.message.shadow
        named = self._meanings.of(name, self.message.text, at, end)
        if named is None:
            return None
        suffix = language.suffix.match(shadow, end)
        for finish in ([suffix.end()] if suffix else []) + [end]:
            if language.after.match(shadow, finish):
                return replace(named, end=finish)
        return None

    def _after_others(self, at: int, language: Language) -> Named | None:
        """A category whose name says what its items are, after a few other words; not if these make another thing."""
        words, place = self.message.words, self.message.at.get(at)
        if place is None:
            return None
        for skipped in range(1, _SKIPPED + 1):
            some = words[place : place + skipped + 1]
            if len(some) <= skipped or language.broken.fullmatch(some[skipped - 1].text):
                return None
            if any(language.after.match(self.message.shadow, word.start) for word in some):
                return None
            named = self._longest(some[-1].start, language)
            if named and named.category and named.category.things:
                rest = [word.text for word in words[place : place + skipped + HEAD] if word.end <= named.end]
                whole = self.words.kinds.get(join(rest), ())
                return named if set(whole) <= set(named.category.rows) else None
        return None

    def _unknown(self, at: int, language: Language) -> Named | None:
        words, place = self.message.words, self.message.at.get(at)
        if place is None or language.after.match(self.message.shadow, at):
            return None
        end = at
        for word in words[place : place + _UNKNOWN]:
            if end > at and language.after.match(self.message.shadow, end):
                break
            end = word.end
        text = self.message.text[at:end]
        return Named(at, end, text, brand=self.words.makers.get(text.lower(), ()))

    @cached_property
    def _meanings(self) -> NameMeanings:
        return NameMeanings(self.words, last_names(self.last.items if self.last else ()))

    @cached_property
    def _last_starts(self) -> frozenset[str]:
        return frozenset(name[0] if is_han(name[0]) else name.split(" ")[0] for name in self._meanings.last_names)


def in_other_words(name: str) -> tuple[str, ...]:
    """What a Chinese word is in English, or a word with the same meaning; in which a catalogue may be written."""
    singular = name.removesuffix("s")
    return (*glosses().get(name, ()), *synonyms().get(name, synonyms().get(singular, ())))


@cache
def _synonym_starts() -> frozenset[str]:
    return frozenset(word.split(" ")[0] for name in synonyms() for word in (name, f"{name}s"))


@cache
def _gloss_starts() -> frozenset[str]:
    return frozenset(word[0] for word in glosses())


def _past_spaces(text: str, at: int) -> int:
    while at < len(text) and text[at] == " ":
        at += 1
    return at
