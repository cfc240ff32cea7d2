"""The parts of a message that are about rules, each with its numbers and names; nothing is decided yet."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bundlesmith.understanding.language import CHANGES, NAMES, Language, Pattern, PhraseKind
from bundlesmith.understanding.named import Named
from bundlesmith.understanding.names import NameReader
from bundlesmith.understanding.text import MessageText, Number

_NEAR = 30
"""So many signs before a pattern are looked at."""
_CLOSED = re.compile(r"\s*(?:$|[.,;:!?，。；！？])|\s(?:but|under|below|over|without|and|please)\b")
"""What follows a thing of which more isn't said."""
BEFORE = 6
"""A list of names that words stand behind has up to so many words."""
STRONG = frozenset({"exclude", "add", "allergic"})
"""Kinds that are told of even if nothing is called so."""
ADDING = frozenset({"slots", "slots_of_things", "needed", "add", "also"})
"""Kinds after which a word that several departments share is settled by what the talk is about."""
AMOUNTS = frozenset({"budget", "budgets", "least_budget", "unclear", "max_price"})
"""Kinds of an amount."""
LISTING = frozenset({"slots", "slots_of_things", "needed"})
"""Kinds of which a list may have things between that the shop doesn't know."""
_COLON = re.compile(r":\s|\s-\s|[.!]\s|^\w+[,!] ")
"""Where a list may begin."""
_OF_MONEY = re.compile("budget|spend|pay|price|cost|total|预算|总价")
"""What says itself that a number is money."""


@dataclass(frozen=True, slots=True)
class Found:
    """One part of a message.

    Attributes:
        start, end: where.
        kind: what is said.
        language: of the pattern that found it.
        numbers: in order.
        names: what is named; the first may be unknown.
        others: for "swap", what is named in their stead.
        factor: for "cheaper".
    """

    start: int
    end: int
    kind: PhraseKind
    language: Language
    numbers: tuple[Number, ...] = ()
    names: tuple[Named, ...] = ()
    others: tuple[Named, ...] = ()
    factor: float = 1.0


def find(reader: NameReader, languages: tuple[Language, ...]) -> list[Found]:
    """The parts of a message, in their order; none overlaps another."""
    message = reader.message
    taken = bytearray(len(message.text))
    found: list[Found] = []
    unsure: list[Found] = []

    def take(one: Found) -> None:
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"\x01" * (one.end - one.start)
            found.append(one)

    for language in languages:
        for pattern in language.patterns:
            for one in _of_pattern(reader, language, pattern):
                if one.kind == "swap" and not (one.names[0].known and reader.last):
                    unsure.append(one)
                else:
                    take(one)
    found += _named_before(reader, languages, taken)
    for one in unsure:  # it is said otherwise: "change the budget to 50"; or is a wish: "replace the stove that broke"
        whole = one.names[0].known and message.shadow[one.start : one.end].strip() == message.shadow.strip(" .!?")
        if reader.last or whole:
            take(one)
    found += _listed_first(reader, languages, taken)
    free = (word.start for word in message.words if not taken[word.start])
    for named in reader.titles(free):
        if not any(taken[named.start : named.end]):
            found.append(Found(named.start, named.end, "named", languages[0], names=(named,)))
    return sorted(found, key=lambda one: one.start)


def _named_before(reader: NameReader, languages: tuple[Language, ...], taken: bytearray) -> Iterator[Found]:
    """What is said with words behind names: "tents only"."""
    message = reader.message
    for language in languages:
        for kind, cue in language.behind:
            for match in cue.finditer(message.shadow):
                starts = [word.start for word in message.words if match.start() - _NEAR < word.start < match.start()]
                for at in starts[-BEFORE:]:
                    names = _usable(kind, reader, reader.names(at, language))
                    if kind == "also" and not (reader.last and all(_is_thing(named) for named in names)):
                        continue
                    ends = names and names[-1].known and names[-1].end >= match.start() and names[-1].end <= match.end()
                    if ends and not any(taken[at : match.end()]):
                        taken[at : match.end()] = b"\x01" * (match.end() - at)
                        said: PhraseKind = "add" if kind == "also" else kind
                        yield Found(at, match.end(), said, language, names=tuple(names))
                        break


def _is_thing(named: Named) -> bool:
    """Whether a name is that of things, not of what they are for ("the dog, too")."""
    return bool(named.kind or named.group or named.titled or (named.category and named.category.things))


def _of_pattern(reader: NameReader, language: Language, pattern: Pattern) -> Iterator[Found]:
    message = reader.message
    for match in pattern.cue.finditer(message.shadow):
        start, end = match.span()
        if _is_negated(message, language, pattern.kind, start):
            continue
        numbers = tuple(message.numbers_in(start, end))
        if pattern.kind == "sets" and any(number.value == 1 for number in numbers):
            continue  # a set is what is answered anyway
        if pattern.kind in NAMES:
            if one := _with_names(reader, language, pattern, start, end, numbers):
                yield one
        elif not _is_unrelated(message, language, start, numbers) and not _is_told(message, language, pattern, numbers):
            yield Found(start, end, pattern.kind, language, numbers, factor=pattern.factor)


def _is_negated(message: MessageText, language: Language, kind: PhraseKind, start: int) -> bool:
    before = message.shadow[max(0, start - _NEAR) : start]
    if kind in ("min_price", "least_budget"):
        return bool(language.negation.search(before))
    return kind in CHANGES and bool(language.refusal.search(before))


def _is_told(message: MessageText, language: Language, pattern: Pattern, numbers: tuple[Number, ...]) -> bool:
    """Whether an amount is what something else costs: "stop paying four euros a cup"."""
    if pattern.kind not in AMOUNTS or not numbers:
        return False
    begin = numbers[0].start
    before = language.stories.search(message.shadow, max(0, begin - _NEAR), begin)
    return bool(before or language.rates.match(message.shadow, numbers[-1].end))


def _is_unrelated(message: MessageText, language: Language, start: int, numbers: tuple[Number, ...]) -> bool:
    """Whether a number without currency is about something else: "children under 3"."""
    if not numbers or any(number.money for number in numbers):
        return False
    if _OF_MONEY.search(message.shadow, start, numbers[-1].end):
        return False
    before = message.shadow[max(0, start - _NEAR) : start]
    return bool(list(language.unrelated.finditer(before))[-1:])


def _with_names(
    reader: NameReader, language: Language, pattern: Pattern, start: int, end: int, numbers: tuple[Number, ...]
) -> Found | None:
    shadow, kind = reader.message.shadow, pattern.kind
    if kind == "activity":
        names = [named] if (named := reader.activity(end)) else []
    elif kind in LISTING:
        names = _usable_of_list(kind, reader, end, language, things=True)
    else:
        names = _usable(kind, reader, reader.names(end, language, kind in ("add", "also")))
    if not names:
        return None
    others: list[Named] = []
    begin, end = start, names[-1].end
    if kind in ("exclude", "exclude_known", "activity") and (
        language.lacking.match(shadow, end) or language.lacked.search(shadow, max(0, begin - _NEAR), begin)
    ):
        return None  # it is told what there isn't: "not one tool in the house"
    if pattern.tail:
        tail = pattern.tail.match(shadow, end)
        if tail is None:
            return None
        end = tail.end()
    if kind == "swap" and (link := language.instead.match(shadow, end)):
        others = _usable("also", reader, reader.names(link.end(), language, True))
        end = others[-1].end if others else end
    kind = "exclude_known" if kind == "activity" else kind
    more = kind == "needed" and names[0].count > 1 and reader.last is not None
    kind = "add" if kind == "also" or more else kind
    return Found(start, end, kind, language, numbers, tuple(names), tuple(others), pattern.factor)


def _usable(kind: PhraseKind, reader: NameReader, names: list[Named]) -> list[Named]:
    """Those of a list, from its beginning, that a pattern of this kind can be about."""
    kept: list[Named] = []
    for named in _settled(kind, reader, names):
        if not _fits(kind, named, bool(kept)):
            break
        kept.append(named)
    return kept


def _settled(kind: PhraseKind, reader: NameReader, names: list[Named]) -> list[Named]:
    return [reader.settled(named, names) for named in names] if kind in ADDING else names


def _usable_of_list(kind: PhraseKind, reader: NameReader, at: int, language: Language, things: bool) -> list[Named]:
    """Those of a list that a pattern of this kind can be about, whatever stands between; see `NameReader.names`."""
    listed = _settled(kind, reader, reader.listed(at, language))
    several = sum(bool(named.category or named.within) for named in listed) > 1
    fitting = [
        named for place, named in enumerate(listed) if _fits(kind, named, bool(place or (several and named.within)))
    ]
    return fitting if len(fitting) > 1 else _usable(kind, reader, reader.names(at, language, things))


def _fits(kind: PhraseKind, named: Named, listed: bool) -> bool:
    if kind in STRONG:
        return True
    if kind == "also":
        return bool(named.category or named.kind) or len(named.titled) == 1
    if kind == "slots":
        return bool(named.category or named.within) or len(named.titled) == 1
    if kind in ("slots_of_things", "needed"):
        category = named.category or named.within
        if kind == "needed" and named.count > 1 and (named.kind or named.group) and not (listed or named.definite):
            return True
        return len(named.titled) == 1 or (category is not None and (listed or category.things) and not named.definite)
    if kind == "only":
        return bool(
            named.brand or named.colour or named.kind or named.group or (named.category and named.category.things)
        )
    if kind in ("have", "owned"):
        return bool(named.titled or named.kind or (named.category and named.category.things))
    if kind == "swap":
        return named.definite or bool(named.last)
    if kind == "cheaper_swap":
        return named.known and (named.definite or bool(named.last))
    if kind == "drop":
        return named.known and (named.definite or bool(named.last))
    return named.known


def _listed_first(reader: NameReader, languages: tuple[Language, ...], taken: bytearray) -> Iterator[Found]:
    """A message that begins with a list of at least two things ("tent and stove for a weekend"), or has one after a
    colon, with so many of one ("8 lamps under 100"), or that is about one ("a tent, but a light one").
    """
    message = reader.message
    for language in languages:
        for begin in (0, *(colon.end() for colon in _COLON.finditer(message.shadow))):
            names = _usable_of_list("needed", reader, begin, language, things=False)
            if not names or any(taken[begin : names[-1].end]):
                continue
            end = names[-1].end
            article = language.indefinite.match(message.shadow, begin)
            alone = article and "other" not in article[0] and _CLOSED.match(message.shadow, end)
            if len(names) >= 2 or names[0].count > 1 or (alone and (names[0].category or names[0].within)):
                taken[begin:end] = b"\x01" * (end - begin)
                yield Found(names[0].start, end, "needed", language, names=tuple(names))
