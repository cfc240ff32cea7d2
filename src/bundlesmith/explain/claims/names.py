"""Names of items in a text: of the bundle, of the customer's past, and of others that the shop sells."""

import re
from collections.abc import Iterator, Sequence

from bundlesmith.claim import Claim
from bundlesmith.explain.claims.book import Book
from bundlesmith.explain.claims.facts import BundleFacts, short_name
from bundlesmith.explain.claims.found import NAME, READ, Mention, PlacedWord, Text, words_in, words_with_places

_MOST = 24
"""The most words of a part of a title."""
_EMPTY = frozenset(
    words_in("a an and the of for with in to by from or on at set sets pack packs pair piece pieces x new is are as it")
)


def find_names(text: Text, book: Book) -> None:
    """Find all names, the longest first at each word, and mask them."""
    own, tokens, at = _own(text.facts), words_with_places(text.text), 0
    while at < len(tokens):
        found = _name_at(text, tokens[at : at + max(_MOST, book.longest)], own, book)
        if found is None:
            at += 1
            continue
        size, mention = found
        text.mentions.append(mention)
        text.mask(mention.start, mention.end, NAME)
        at += size


def _name_at(
    text: Text, tokens: Sequence[PlacedWord], own: dict[str, tuple[tuple[int, ...], bool]], book: Book
) -> tuple[int, Mention] | None:
    """The longest name that begins with the first of some words: how many words it has, and the mention."""
    for size in range(len(tokens), 0, -1):
        start, end = tokens[0].start, tokens[size - 1].end
        name = " ".join(token.word for token in tokens[:size])
        if name in own and (name in book.categories or (not own[name][1] and _is_value(tokens, size, book))):
            return None
        if name in own and (_one_name(text.said(start, end)) or _in_title(text.said(start, end), own[name][0], text)):
            return size, Mention(start, end, *own[name])
        if size > 1 and name in book.names and _is_said(text.said(start, end), size):
            return size, Mention(start, end, book.names[name])
    return None


def _one_name(said: str) -> bool:
    """Whether words stand together as in one name: no sentence ends between them."""
    return not re.search(r"[.!?;。！？；](?:\s|$)|\n", said[:-1])


def _is_value(tokens: Sequence[PlacedWord], size: int, book: Book) -> bool:
    """Whether words that would only say which item is meant are a colour, a brand or a category, or begin one."""
    names = (" ".join(token.word for token in tokens[:more]) for more in range(size, size + 6))
    return any(
        name in values for name in names for values in (book.colours, book.brands, book.categories, book.materials)
    )


def _in_title(said: str, rows: Sequence[int], text: Text) -> bool:
    """Whether a title is written so, full stops and all."""
    return any(said.casefold() in " ".join(text.facts.catalogue.titles[row].split()).casefold() for row in rows)


def _is_said(said: str, size: int) -> bool:
    """Whether these words name an item that isn't here: a few words in lower case are words like any others."""
    capitals = re.findall(r"(?<!\w)[A-Z0-9㐀-鿿]", said)
    return _one_name(said) and len(capitals) >= min(size, 2)


def _own(facts: BundleFacts) -> dict[str, tuple[tuple[int, ...], bool]]:
    """Parts of the titles of the bundle's and the past's items -> rows, and whether the part is a name.

    A name begins where the title does, or right after the brand; other parts only say which item is meant.
    """
    found: dict[str, tuple[tuple[int, ...], bool]] = {}
    for row in dict.fromkeys((*facts.rows, *reversed(facts.past_rows))):
        for name, whole in _parts(facts, row, anywhere=row in facts.rows):
            rows, before = found.get(name, ((), False))
            found[name] = ((*rows, row) if row not in rows else rows, whole or before)
    return found


def _parts(facts: BundleFacts, row: int, anywhere: bool) -> Iterator[tuple[str, bool]]:
    title = facts.catalogue.titles[row]
    words = words_in(title)[: 2 * _MOST]
    brand = len(words_in(facts.brand(row)))
    for start in range(len(words) if anywhere else min(3, len(words))):
        for end in range(max(start + 1, brand + 1 if start < brand else 0), min(start + _MOST, len(words)) + 1):
            part = words[start:end]
            if len([word for word in part if len(word) > 2 and word not in _EMPTY and not word.isdigit()]) > 1:
                yield " ".join(part), start in (0, brand)
    yield " ".join(words), True
    yield " ".join(words_in(short_name(title))), True


def check_names(text: Text) -> None:
    """Check the names that aren't said to be of the past: they claim to be of the bundle, or to go with it."""
    for place, mention in enumerate(text.mentions):
        if place in text.past or not mention.whole:
            continue
        held = [row for row in mention.rows if row in text.facts.rows]
        if not held and _goes_with(text, mention):
            held = [row for row in mention.rows if row in text.facts.past_rows]
        said = text.said(mention.start, mention.end)
        item = text.facts.item_id(held[0]) if held else None
        text.add(mention.start, mention.end, Claim(said, "item", item, None, said), bool(held))


_FITS = r"go(?:es)?|works?|pairs?|paired|match(?:es)?|together|compatible|well|along|combines?d?|used?|fits?"
_IS_BESIDE = (
    r"fits?|suits?|match(?:es)?|complements?|completes?|upgrades?|protects?|extends?|accompan(?:y|ies)|similar to"
)
_WITH = re.compile(
    rf"(?:\b(?:(?:{_FITS}) (?:\w+ ){{0,3}}?(?:with|alongside|beside|into|to)|{_IS_BESIDE}|beside|next to|like|"
    r"alongside|than|same \w+ as|as|for|of)(?: (?:the|a|an|your|that|this|our))?\s*[\"“'(]?$)|"
    rf"(?:[与和跟同像]|搭配|相配|配合|配套)[^。{NAME}]{{0,6}}$",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"\b(?:go(?:es)?|pairs?|works?|fits?|match(?:es)?|complements?|completes?|suits?|needs?|meets?|takes?|together)\b"
    r".*\b(?:these|them|this|it)\b|(?:搭配|相配|配|适合)",
    re.IGNORECASE,
)


def _goes_with(text: Text, mention: Mention) -> bool:
    start, stop = text.sentence(mention.start)
    beside = _BESIDE.search(text.masked[mention.end : stop])
    return bool(beside or _WITH.search(text.masked[start : mention.start]))


_CAPITALS = re.compile(r"(?<![\w'’])[A-Z][\w'’&+-]*(?:\s+(?:(?:of|the|&|and)\s+)?[A-Z0-9][\w'’&+-]*)*")


def check_unknown(text: Text) -> None:
    """Words in capitals within a sentence are names, and must come from somewhere: the items, the past, the request."""
    known = known_words(text.facts)
    for found in list(_CAPITALS.finditer(text.masked)):
        words = [word for word in words_in(found[0]) if word not in known and word not in _EMPTY]
        start, end = text.sentence(found.start())
        before = text.masked[start : found.start()].replace(READ, "")
        first = not re.search(r"\w", before)
        if not words or (first and len(found[0].split()) == 1) or _in_capitals(text.text[start:end]):
            continue
        if first and words_in(found[0])[0] == words[0] and len(words) == 1:
            continue
        text.add(found.start(), found.end(), Claim(found[0], "item", None, None, found[0]), False)


def _in_capitals(sentence: str) -> bool:
    """Whether somebody Writes All Words So: then capitals say nothing."""
    letters = re.findall(r"(?<![\w'’])[^\W\d_]", sentence)
    return len(letters) > 2 and sum(letter.isupper() for letter in letters) > 0.8 * len(letters)


def known_words(facts: BundleFacts) -> set[str]:
    """All words that bundle, past and request hold, and those of calendars and of speech."""
    held = set(words_in(facts.request.words)) | _USUAL
    for row in (*facts.rows, *facts.past_rows):
        values = [str(value) for value in facts.catalogue.attributes[row].values()]
        held.update(words_in(" ".join((facts.catalogue.titles[row], *facts.catalogue.categories[row], *values))))
    return held | {f"{word}s" for word in held} | {word[:-1] for word in held if word.endswith("s")}


_USUAL = frozenset(
    words_in(
        "i january february march april may june july august september october november december jan feb mar apr jun "
        "jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday eur usd gbp cny rmb ok "
        "ve ll re"
    )
)
