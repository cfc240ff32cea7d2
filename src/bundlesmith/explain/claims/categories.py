"""The categories that a text says items are in: "are all Tents", "from Tents"; or that it names at all."""

import re
from collections.abc import Iterator, Sequence

from bundlesmith.claim import Claim
from bundlesmith.explain.claims.book import Book
from bundlesmith.explain.claims.found import NAME, READ, Text, words_in, words_with_places
from bundlesmith.explain.claims.scope import both_with_past, scope


def check_categories(text: Text, book: Book) -> None:
    """Check what is called a category, and then what is written as one of the catalogue's."""
    _check_called(text, book)
    _check_written(text, book)


def _check_written(text: Text, book: Book) -> None:
    """A category's name in its capitals claims that some item is of it; within a sentence, if it is one word."""
    tokens, at, known = words_with_places(text.masked), 0, _known(text)
    while at < len(tokens):
        size = next(
            (
                size
                for size in range(min(book.longest_category, len(tokens) - at), 0, -1)
                if " ".join(token.word for token in tokens[at : at + size]) in book.categories
            ),
            0,
        )
        start, end = tokens[at].start, tokens[at + max(size, 1) - 1].end
        if size and _is_written(text, start, end, known):
            rows, every = scope(text, start, end)
            _add(text, start, end, book, rows, every)
        at += max(size, 1)


def _is_written(text: Text, start: int, end: int, known: str) -> bool:
    """Whether words are meant as a category's name, and no other words: in capitals, and nobody's words otherwise."""
    said = text.said(start, end)
    begins = not re.search(r"\w", text.masked[text.sentence(start)[0] : start].replace(READ, ""))
    alone = begins and not re.match(r"\s*[㐀-鿿]", text.masked[end:])
    capitals = len(said) > 2 and said[0].isupper() and (" " in said or not alone)
    name = " ".join(words_in(said))
    return capitals and f" {name} " not in known and f" {name.removesuffix('s')} " not in known


def _known(text: Text) -> str:
    """The words of the request and of the titles, with a space before and after each."""
    titles = text.facts.catalogue.titles
    rows = (*text.facts.rows, *text.facts.past_rows)
    texts = (text.facts.request.words, *(titles[row] for row in rows))
    return " | ".join(f" {' '.join(words_in(each))} " for each in texts)


def _add(text: Text, start: int, end: int, book: Book, rows: Sequence[int], every: bool) -> None:
    said = text.said(start, end)
    name = " ".join(words_in(said))
    of = [row for row in rows if name in _folded(text.facts.catalogue.categories[row])]
    item = text.facts.item_id(of[0]) if of and not every else None
    claim = Claim(said, "category", item, "category", book.categories[name])
    text.add(start, end, claim, len(of) == len(rows) if every else bool(of))


def _folded(path: Sequence[str]) -> list[str]:
    return [" ".join(words_in(part)) for part in path]


def _check_called(text: Text, book: Book) -> None:
    for found in list(_categories(text.masked)):
        start = found.start("said") + len(found["said"]) - len(found["said"].lstrip())
        if text.masked[start] == READ:  # by another pattern
            continue
        said = _whole(text, start, found.end("said"), book)
        if " ".join(words_in(said)) in book.categories:
            begin, stop = text.sentence(start)
            every = bool(found.groupdict().get("all"))
            past = both_with_past(text, start, text.masked[begin:stop]) if every else None
            rows, every = (text.facts.rows, every) if past is None else (past, False)
            _add(text, start, start + len(said), book, rows, every)


def _whole(text: Text, start: int, end: int, book: Book) -> str:
    """The longest category that stands there: "Clothing, Shoes" where there is one, though "Clothing" is one, too."""
    tokens = words_with_places(text.masked[start:])[: book.longest_category]
    for size in range(len(tokens), 0, -1):
        if " ".join(token.word for token in tokens[:size]) in book.categories:
            return text.said(start, start + tokens[size - 1].end)
    return text.said(start, end).strip()


def _categories(masked: str) -> Iterator[re.Match[str]]:
    part = rf"(?P<said>[^.;:!?。；：，{NAME}{READ}]{{2,60}}?)"
    for pattern in (
        rf"\bare (?P<all>all|both) (?:from |in |of )?{part}(?=[.;!?]|,| and |$)",
        rf"\b(?P<all>all|both|everything)\b[^.{NAME}]{{0,20}}\b(?:from|in|belongs? to|is|category) (?:the )?{part}"
        r"(?= category| department|[.;!?,]|$)",
        rf"\b(?:from|in) the {part} (?:category|department|section|range|aisle)\b",
        rf"\b(?:category|department)[:\s]+{part}(?=[.;!?,]|$)",
        rf"(?P<all>都|均|全部|皆)(?:属于|来自|是)\s*{part}\s*(?:类|分类|品类)",
        rf"(?:属于|来自)\s*{part}\s*(?:类|分类|品类)",
    ):
        yield from re.finditer(pattern, masked, re.I)
