"""What a text says items are: of a brand, a colour, a material; and numbers that need a source."""

import re
from collections.abc import Callable, Sequence

from bundlesmith.claim import Claim, ClaimKind
from bundlesmith.explain.claims.amounts import amounts_of
from bundlesmith.explain.claims.book import MATERIALS, Book
from bundlesmith.explain.claims.facts import COLOURS, BundleFacts, one_line
from bundlesmith.explain.claims.found import PlacedWord, Text, words_in, words_with_places
from bundlesmith.explain.claims.names import known_words
from bundlesmith.explain.claims.scope import scope

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
_IS = re.compile(
    r"(?:\b(?:in|is|are|was|were|of|from|uses?|using|used|with|has|have|having|features?|featuring|through|by|out of|"
    r"choose|chose|prefer|like|love|want|wanted|colou?rs?|tones?|shades?|material|fabric|finish)\b[:,]?"
    r"\s+(?:(?:a|an|the|its|some|pure|real|fine|soft|solid|genuine|quality|high-quality|durable|sturdy|classic|beautiful|[a-z]+ly)\s+){0,3}|"
    r"(?:颜色|材质|材料|面料|用料|质地|配色|色调)[是为用选：:，]*\s*|[:：(（=]\s*|(?:采用|使用|选用|用|由|以|是|为|款式?|带|含)(?:了|的是)?\s*)$",
    re.I,
)
_NOUN = re.compile(
    r"[\s-]+(?:(?:material|fabric|finish|construction|build|body|shell|version|edition|model|variant|colou?r|tone|shade|look|"
    r"design|exterior|surface|frame|one)\b)|[\s”」》\"]*(?:材质|材料|面料|质地|制成|制作|制造|做成|做的|打造|色|版|款|的)",
    re.I,
)
_MAKES = re.compile(
    r"\s*(?:的|出品|生产|制造|['’]s\b|\s(?:[a-z]+(?:s|ed)|did|do|can|could|may|will|have|might|must)\b|[:(（])"
)
"""What follows a brand, and not a word in capitals that only begins a sentence."""
Holds = Callable[[BundleFacts, int, str], bool]


def check_values(text: Text, book: Book) -> None:
    """Check brands, colours and materials."""
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


def _check_values(text: Text, kind: ClaimKind, attribute: str, values: dict[str, str], holds: Holds) -> None:
    """Check each value that stands in a text, the longest first at each word."""
    longest = max((name.count(" ") + 1 for name in values), default=0)
    tokens, at = words_with_places(text.masked), 0
    while at < len(tokens):
        size, value = _value_at(text, tokens[at : at + longest], attribute, values)
        if size:
            _check(text, tokens[at].start, tokens[at + size - 1].end, kind, attribute, value, holds)
        at += max(size, 1)


def _value_at(text: Text, tokens: Sequence[PlacedWord], kind: str, values: dict[str, str]) -> tuple[int, str]:
    for size in range(len(tokens), 0, -1):
        name = " ".join(token.word for token in tokens[:size])
        if name in values and _is_meant(text, tokens[0].start, tokens[size - 1].end, kind, values[name]):
            return size, values[name]
    return 0, ""


def _is_meant(text: Text, start: int, end: int, kind: str, value: str) -> bool:
    """Whether words are a value and no other words: written as the catalogue does, or said to be a colour.

    A material is meant wherever nothing that is known has such a word: few of them mean anything else.
    """
    said = text.said(start, end)
    if kind == "material" and not set(words_in(said)) & known_words(text.facts):
        return True
    if kind == "brand":
        named = _MAKES.match(text.masked[end:]) or not _begins(text, start, said)
        return said[0].isupper() == value[0].isupper() and bool(named)
    plain = said.casefold() in PLAIN_COLOURS or said.casefold() in PLAIN_MATERIALS or " " in said
    return (
        plain
        or bool(_IS.search(text.masked[:start]) or _NOUN.match(text.masked[end:]))
        or (said == value and value[0].isupper() and not _begins(text, start, said))
    )


def _begins(text: Text, start: int, said: str) -> bool:
    """Whether one word in capitals only begins a sentence."""
    return " " not in said and text.sentence(start)[0] == start - len(text.masked[:start]) + len(
        text.masked[:start].rstrip()
    )


def _check(text: Text, start: int, end: int, kind: ClaimKind, attribute: str, value: str, holds: Holds) -> None:
    rows, every = scope(text, start, end)
    true = [row for row in rows if holds(text.facts, row, value)]
    item = text.facts.item_id(true[0]) if true and (len(rows) == 1 or not every) else None
    claim = Claim(text.said(start, end), kind, item, attribute, value)
    text.add(start, end, claim, bool(true) and (not every or len(true) == len(rows)))


def _of_brand(facts: BundleFacts, row: int, value: str) -> bool:
    brand, title = words_in(facts.brand(row)), words_in(facts.catalogue.titles[row])
    wanted = words_in(value)
    return brand == wanted or (not brand and title[: len(wanted)] == wanted)


def _has(attributes: Sequence[str]) -> Holds:
    def holds(facts: BundleFacts, row: int, value: str) -> bool:
        held = " ".join(one_line(facts.catalogue.attributes[row].get(name)) for name in attributes)
        words = {_SAME.get(word, word) for word in words_in(f"{held} {facts.catalogue.titles[row]}")}
        return {_SAME.get(word, word) for word in words_in(value)} <= words

    return holds


_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w%]*\w*[㐀-鿿]|\s*(?:minute|hour|day|week|month|year)s?\b)")


def check_numbers(text: Text) -> None:
    """A number that nothing else has read must stand in the items, the past or the request."""
    known = _numbers(text.facts)
    for found in list(_NUMBER.finditer(text.masked)):
        if found[0] not in known:
            text.add(found.start(), found.end(), Claim(found[0], "attribute", None, None, found[0]), False)


def _numbers(facts: BundleFacts) -> set[str]:
    texts = [facts.request.words, str(len(facts.rows)), "1"]
    for row in (*facts.rows, *facts.past_rows):
        values = [str(value) for value in facts.catalogue.attributes[row].values()]
        texts.append(" ".join((facts.catalogue.titles[row], *facts.catalogue.categories[row], *values)))
    return set(re.findall(r"\d+(?:[.,]\d+)*", " ".join(texts))) | amounts_of(facts)
