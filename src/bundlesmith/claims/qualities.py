"""What a text says items are: of a brand, a colour, a material, a category; and numbers that need a source.

Knows nothing about prices and the past.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from bundlesmith.claims.amounts import amounts_of
from bundlesmith.claims.book import MATERIALS, Book
from bundlesmith.claims.claim import Claim, Kind
from bundlesmith.claims.facts import COLOURS, Facts, one_line
from bundlesmith.claims.found import NAME, READ, Text, Token, tokens_of, words_in

PLAIN_COLOURS = words_in(
    "black white red blue green yellow orange purple violet pink brown grey gray beige turquoise navy teal maroon "
    "burgundy khaki ivory magenta cyan lilac crimson scarlet silver golden multicoloured multicolored"
)
CHINESE_COLOURS = {
    "黑色": "black",
    "白色": "white",
    "红色": "red",
    "蓝色": "blue",
    "绿色": "green",
    "黄色": "yellow",
    "橙色": "orange",
    "紫色": "purple",
    "粉色": "pink",
    "粉红色": "pink",
    "棕色": "brown",
    "灰色": "grey",
    "银色": "silver",
    "金色": "gold",
    "米色": "beige",
    "藏青色": "navy",
    "海军蓝": "navy",
    "石墨色": "graphite",
}
PLAIN_MATERIALS = words_in(
    "cotton leather steel aluminium aluminum plastic wool linen polyester silicone bamboo velvet denim"
)
CHINESE_MATERIALS = {
    "棉": "cotton",
    "皮革": "leather",
    "真皮": "leather",
    "不锈钢": "stainless steel",
    "铝": "aluminium",
    "塑料": "plastic",
    "羊毛": "wool",
    "竹": "bamboo",
    "硅胶": "silicone",
    "陶瓷": "ceramic",
}
_SAME = {"gray": "grey", "golden": "gold", "aluminum": "aluminium"}
_ALL = re.compile(
    r"\b(?:all|both|each|every|everything|same|entire(?:ly)?|whole|they|only|exclusively|throughout)\b|都|全部|均|一律|同一|皆",
    re.I,
)
_IS = re.compile(r"(?:\bin|\bis|\bare|colou?rs?:?|made of|material:?|颜色[是为：]*|[:：])\s*$", re.I)
_MAKES = re.compile(r"\s+(?:makes?|made|produces?|is the (?:brand|maker))\b")
Holds = Callable[[Facts, int, str], bool]


def check_qualities(text: Text, book: Book) -> None:
    """Check brands, colours, materials and categories, and then the numbers that are left."""
    _check_values(text, "brand", "brand", book.brands, _of_brand)
    colours = book.colours | {colour: colour for colour in PLAIN_COLOURS}
    _check_values(text, "attribute", "colour", colours, _has(COLOURS))
    materials = book.materials | {each: each for each in PLAIN_MATERIALS}
    _check_values(text, "attribute", "material", materials, _has(MATERIALS))
    for names, attribute, of in ((CHINESE_COLOURS, "colour", COLOURS), (CHINESE_MATERIALS, "material", MATERIALS)):
        for said, value in names.items():
            if attribute == "material":
                said += "(?:制|质|材质|做)"
            for found in re.finditer(said, text.masked):
                _check(text, found.start(), found.end(), "attribute", attribute, value, _has(of))
    _check_categories(text, book)
    _check_numbers(text)


def _check_values(text: Text, kind: Kind, attribute: str, values: dict[str, str], holds: Holds) -> None:
    """Check each value that stands in a text, the longest first at each word."""
    longest = max((name.count(" ") + 1 for name in values), default=0)
    tokens, at = tokens_of(text.masked), 0
    while at < len(tokens):
        size, value = _value_at(text, tokens[at : at + longest], kind, values)
        if size:
            _check(text, tokens[at].start, tokens[at + size - 1].end, kind, attribute, value, holds)
        at += max(size, 1)


def _value_at(text: Text, tokens: Sequence[Token], kind: Kind, values: dict[str, str]) -> tuple[int, str]:
    for size in range(len(tokens), 0, -1):
        name = " ".join(token.word for token in tokens[:size])
        if name in values and _is_meant(text, tokens[0].start, tokens[size - 1].end, kind, values[name]):
            return size, values[name]
    return 0, ""


def _is_meant(text: Text, start: int, end: int, kind: Kind, value: str) -> bool:
    """Whether words are a value and no other words: written as the catalogue does, or said to be a colour."""
    said = text.said(start, end)
    if kind == "brand":
        named = _MAKES.match(text.masked[end:]) or not _begins(text, start, said)
        return said[0].isupper() == value[0].isupper() and bool(named)
    plain = said.casefold() in PLAIN_COLOURS or said.casefold() in PLAIN_MATERIALS or " " in said
    return (
        plain
        or bool(_IS.search(text.masked[:start]))
        or (said == value and value[0].isupper() and not _begins(text, start, said))
    )


def _begins(text: Text, start: int, said: str) -> bool:
    """Whether one word in capitals only begins a sentence."""
    return " " not in said and text.sentence(start)[0] == start - len(text.masked[:start]) + len(
        text.masked[:start].rstrip()
    )


def _check(text: Text, start: int, end: int, kind: Kind, attribute: str, value: str, holds: Holds) -> None:
    rows, every = _scope(text, start, end)
    true = [row for row in rows if holds(text.facts, row, value)]
    item = text.facts.item_id(true[0]) if true and (len(rows) == 1 or not every) else None
    claim = Claim(text.said(start, end), kind, item, attribute, value)
    text.add(start, end, claim, bool(true) and (not every or len(true) == len(rows)))


def _scope(text: Text, start: int, end: int) -> tuple[Sequence[int], bool]:
    """The items that something is said of, and whether it is said of all of them."""
    facts = text.facts
    begin, stop = text.sentence(start)
    left, right = text.masked[begin:start], text.masked[end:stop]
    if re.match(rf"(?:的|[\s-]+(?:[\w-]+\s+)?)[\"“《]?{NAME}", right) and (mention := text.after(end)):
        return _here(facts, mention.rows), False
    names = _coordinated(text, begin, start)
    if names and re.search(
        rf"{NAME}[\"”)]?\s+(?:are|come|share|have)\b(?!.*\b(?:all|both)\b.*{NAME})[^{NAME}]*$", left
    ):
        return names, True
    if re.search(r"(?:\bby|\bfrom|来自)\s*$", left) and re.search(rf"{NAME}[\"”)]?\s+(?:is\s+)?(?:by|from)\s*$", left):
        mention = text.before(start)
        if mention and not _ALL.search(left):
            return _here(facts, mention.rows), False
    if _ALL.search(left[max(left.rfind(",") + 1, 0) :]) or (_ALL.search(left) and not names):
        return facts.rows, True
    near = re.search(rf"{NAME}[\"”)]?[\s,]*(?:[^\s{NAME}]+\s*){{0,5}}$", left)
    if near and (mention := text.before(start)):
        return _here(facts, mention.rows), False
    return (*facts.rows, *facts.past_rows) if text.past else facts.rows, False


def _here(facts: Facts, rows: Sequence[int]) -> list[int]:
    return [row for row in rows if row in facts.rows] or list(rows)


def _coordinated(text: Text, begin: int, start: int) -> list[int]:
    """The bundle's items that are named before a place in its sentence, if they are two or more."""
    named = [mention for mention in text.mentions if begin <= mention.start < start]
    rows = [row for mention in named for row in mention.rows[:1] if row in text.facts.rows]
    return rows if len(named) > 1 else []


def _of_brand(facts: Facts, row: int, value: str) -> bool:
    brand, title = words_in(facts.brand(row)), words_in(facts.catalogue.titles[row])
    wanted = words_in(value)
    return brand == wanted or (not brand and title[: len(wanted)] == wanted)


def _has(attributes: Sequence[str]) -> Holds:
    def holds(facts: Facts, row: int, value: str) -> bool:
        held = " ".join(one_line(facts.catalogue.attributes[row].get(name)) for name in attributes)
        words = {_SAME.get(word, word) for word in words_in(f"{held} {facts.catalogue.titles[row]}")}
        return {_SAME.get(word, word) for word in words_in(value)} <= words

    return holds


def _check_categories(text: Text, book: Book) -> None:
    """A category is claimed where it is called one: "are all Tents", "from Tents", "the category Tents"."""
    for found in list(_categories(text.masked)):
        start = found.start("said") + len(found["said"]) - len(found["said"].lstrip())
        if text.masked[start] == READ:  # by another pattern
            continue
        said = _whole(text, start, found.end("said"), book)
        name = " ".join(words_in(said))
        if name not in book.categories:
            continue
        every = bool(found.groupdict().get("all"))
        value = book.categories[name]
        every, rows = _of_category(text, start, every)
        of = [row for row in rows if value in text.facts.catalogue.categories[row]]
        item = text.facts.item_id(of[0]) if of and not every else None
        claim = Claim(said, "category", item, "category", value)
        text.add(start, start + len(said), claim, len(of) == len(rows) if every else bool(of))


def _whole(text: Text, start: int, end: int, book: Book) -> str:
    """The longest category that stands there: "Clothing, Shoes" where there is one, though "Clothing" is one, too."""
    tokens = tokens_of(text.masked[start:])[: book.longest_category]
    for size in range(len(tokens), 0, -1):
        if " ".join(token.word for token in tokens[:size]) in book.categories:
            return text.said(start, start + tokens[size - 1].end)
    return text.said(start, end).strip()


def _of_category(text: Text, at: int, every: bool) -> tuple[bool, Sequence[int]]:
    """Whether a category is claimed of all of some items, and of which.

    "Goes with the NAME that you bought: both are in Pans" says it of that item; of which other one isn't said.
    """
    begin, stop = text.sentence(at)
    past = [text.mentions[place] for place in text.past if begin <= text.mentions[place].start < stop]
    if every and past and re.search(r"\bboth\b|同", text.masked[begin:stop]):
        return False, [row for mention in past for row in mention.rows if row in text.facts.past_rows]
    return every, text.facts.rows


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


_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w%]*\w*[㐀-鿿])")


def _check_numbers(text: Text) -> None:
    """A number that nothing else has read must stand in the items, the past or the request."""
    known = _numbers(text.facts)
    for found in list(_NUMBER.finditer(text.masked)):
        if found[0] not in known:
            text.add(found.start(), found.end(), Claim(found[0], "attribute", None, None, found[0]), False)


def _numbers(facts: Facts) -> set[str]:
    texts = [facts.request.words, str(len(facts.rows))]
    for row in (*facts.rows, *facts.past_rows):
        values = [str(value) for value in facts.catalogue.attributes[row].values()]
        texts.append(" ".join((facts.catalogue.titles[row], *facts.catalogue.categories[row], *values)))
    return set(re.findall(r"\d+(?:[.,]\d+)*", " ".join(texts))) | amounts_of(facts)
