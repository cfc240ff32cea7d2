"""How many items a text says that there are: "a set of four", "these 4 pieces", "there are four of them", "共四件".

A number counts items if a word for things follows it, or a word for a set comes before it, or no noun follows at all.
"""

import re

from bundlesmith.claim import Claim
from bundlesmith.explain.claims.found import NAME, Text

_GROUPS = {
    "pair duo twosome": 2,
    "trio threesome": 3,
    "quartet foursome": 4,
    "quintet fivesome": 5,
    "sextet": 6,
    "septet": 7,
    "octet": 8,
}
_WORDS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NUMBERS = (
    {word: number for number, word in enumerate(_WORDS, 2)}
    | {word: size for words, size in _GROUPS.items() for word in words.split()}
    | {word: number for number, word in enumerate("一二三四五六七八九十", 1)}
    | {"one": 1, "两": 2, "俩": 2, "仨": 3}
)
_THINGS = (
    r"items?|pieces?|products?|things?|articles?|parts?|picks?|goods|essentials|components?|objects?|elements?|units?|"
    r"choices|selections|additions|finds|recommendations?|suggestions?|companions|members|entries|must-haves|staples|"
    r"favou?rites|necessities|lines"
)
_SETS = (
    "set|bundle|kit|collection|combination|combo|group|selection|package|line-?up|team|total|sum|pack|mix|list|quantity|"
    "number|count|size"
)
_THEM = r"(?:of|from)\s+(?:them|these|those|the|it)\b"
_CARDINAL = re.compile(rf"(?<![\w.,$€£¥%+/-])(?:\d{{1,2}}|one|{'|'.join(_WORDS)})(?![\w%/]|[.,]\d)", re.I)
_THING = re.compile(rf"[- ](?:[^\W\d_]+[- ]){{0,3}}?(?:{_THINGS})\b(?P<of>\s+{_THEM})?", re.I)
_SET = re.compile(
    rf"\b(?:{_SETS})(?:\s+(?:is|are|comes|adds|up|size|of|to|at|just|exactly|only)|:)+\s*$|"
    rf"\b(?:{_THINGS})\s*[.:：=–-]+\s*$",
    re.I,
)
_ALONE = re.compile(
    rf"\s+(?P<of>{_THEM})|\s*[,.;:!?)—–]|\s*$|\s+(?:in|go|are|is|make|makes|belong|work|fit|come|complement|together|altogether|"
    r"that|which|strong|pieces|all)\b",
    re.I,
)
_COUNTING = re.compile(
    r"\b(?:all|these|those|just|only|exactly|are|is|get|gets|you|got|combin\w+|contain\w*|includ\w+|holds?|brings?|counts?|"
    r"counted|numbers?|totals?|has|have|with|makes?|chose|picked|selected|consists? of|there|them|:)\s*$|^\s*$",
    re.I,
)
_OTHER = re.compile(
    r"\b(?:for|or|step|no\.?|number|least|most|than|serves?|seats?|sleeps?|at|day|size|one|every|between|version|aged?|to)"
    r"\s*$",
    re.I,
)
"""What makes it a number of something else: of people, of steps, a limit."""
_PEOPLE = re.compile(
    r"\s+(?:people|persons?|adults|children|kids|friends|guests|days|nights|hours|minutes|weeks|years)\b"
)
_GROUP = re.compile(
    rf"\b(?:{'|'.join(_GROUPS).replace(' ', '|')})\b(?! of (?!them|these|those|items|things|products))", re.I
)
_ZH_N = r"(?P<n>\d{1,3}|[一两二三四五六七八九十])"
_CHINESE = (
    re.compile(rf"{_ZH_N}\s*(?:件套|件|款|(?<!一)样|种|个|项|者)(?:商品|产品|东西|单品|物品|套|好物|宝贝)?"),
    re.compile(rf"(?:共|总共|一共|合计|总计|[数件]量?[为是：:])\s*{_ZH_N}(?![\d.,年月日元块%\s])"),
    re.compile(r"(?P<n>[俩仨])"),
)
_A = re.compile(r"(?<![共有仅])一[件款种个项]")
"""In Chinese, often no more than the article."""
_PART = re.compile(
    r"(?:其中|当中|另外|其他|其余|前|后)(?:的|有)?\s*$|\b(?:any|other|of which|first|last|next|another)\s*$", re.I
)


def check_counts(text: Text) -> None:
    """Check how many items a text says that there are."""
    for found in list(_CARDINAL.finditer(text.masked)):
        _check_cardinal(text, found)
    for found in list(_GROUP.finditer(text.masked)):
        _add(text, found.start(), found.end(), found[0], part=False)
    for pattern in _CHINESE:
        for found in list(pattern.finditer(text.masked)):
            part = bool(_A.fullmatch(text.masked, found.start(), found.end()) or _is_part(text, found.start()))
            _add(text, found.start(), found.end(), found["n"], part)


def _check_cardinal(text: Text, found: re.Match[str]) -> None:
    begin, stop = text.sentence(found.start())
    left, right = text.masked[begin : found.start()], text.masked[found.end() : stop]
    thing, alone = _THING.match(right), _ALONE.match(right)
    if thing and not (found[0].casefold() == "one" and (thing["of"] or not re.search(r"only|just", left))):
        _add(
            text, found.start(), found.end() + thing.end(), found[0], bool(thing["of"]) or _is_part(text, found.start())
        )
    elif found[0].casefold() == "one" or _PEOPLE.match(right):
        return
    elif _SET.search(left):
        _add(text, found.start(), found.end(), found[0], part=False)
    elif alone and not _OTHER.search(left) and (not found[0].isdigit() or alone["of"] or _COUNTING.search(left)):
        _add(text, found.start(), found.end(), found[0], _is_part(text, found.start()))


def _is_part(text: Text, start: int) -> bool:
    """Whether some of the items are counted, and not all: "the other two"."""
    return bool(_PART.search(text.masked[:start]))


def _add(text: Text, start: int, end: int, said: str, part: bool) -> None:
    size = len(text.facts.rows)
    number = int(said) if said.isdigit() else _NUMBERS[said.casefold()]
    holds = number <= size if part else number in (size, _named(text, start))
    text.add(start, end, Claim(text.said(start, end).strip(), "count", None, None, number), holds)


def _named(text: Text, at: int) -> int:
    """How many items of the bundle "these two" may mean: those that its sentence or the one before names."""
    begin, _ = text.sentence(at)
    before, _ = text.sentence(max(begin - 2, 0))
    if (
        not re.search(r"(?:\b(?:these|those|the)|[这那])\s*$", text.masked[:at], re.I)
        or NAME not in text.masked[before:at]
    ):
        return 0
    names = [mention for mention in text.mentions if before <= mention.start < at]
    return len({mention.rows[0] for mention in names if mention.rows[0] in text.facts.rows})
