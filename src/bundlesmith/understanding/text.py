"""A message made ready to be searched: in lower case, its numbers and amounts of money found. Offsets stay the same."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bundlesmith.understanding import numerals

NUMBER, MONEY, PADDING = "\ue000", "\ue001", "\ue002"
"""How numbers stand in `MessageText.shadow`: one of the first two, and padding for the rest of their length."""

_HAN = re.compile("[\u3400-\u9fff]")
_ASCII = str.maketrans({chr(code): " " for code in [*range(32), 127]} | {"`": "'"})
_WORD = re.compile(r"[^\W_\u3400-\u9fff]+(?:'[^\W_\u3400-\u9fff]+)*")
_BEFORE = re.compile(r"(?:[$€£¥]|\b(?:us|hk|au|ca)\$|\b(?:usd|eur|gbp|cny|rmb)) ?$")
_AFTER = re.compile(
    r" ?(?:[$€£¥]|(?:us )?dollars?\b|euros?\b|eur\b|usd\b|gbp\b|bucks?\b|quid\b|yuan\b|rmb\b|cny\b|"
    r"[来多]?块钱?|元|人民币|美元|美金|欧元|欧|英镑)"
)
_ISH = re.compile("-?ish(?![a-z])")
_POWER = re.compile(r"(?:\^|e[+-]?|\*\*)[0-9]+")
_MEASURED = re.compile(
    " ?(?:[件样个种款元块项组套]|(?:以|之)[内下上间里]|左右|上下|封顶|的?预算|为限|往上|"
    "美元|美金|欧元?|英镑|人民币|[来多]块|够|[到至~-])"
)
_SAME = re.compile("一样(?!东西|商品|物品)")
_PRONOUN = re.compile(
    r"\b(?:each|every|any|single|no|cheaper|cheapest|expensive|smaller|bigger|larger|first|second|third|last|this|that|which|"
    r"the|new|old|red|blue|green|black|white|grey|pink|small|big|large|nice|good|better|other|different) $"
)
_LED = re.compile("(?:过|算|为|是|于|多|少|在|到|至|-|~) ?$")


@dataclass(frozen=True, slots=True)
class Number:
    """A number or an amount of money in a text.

    Attributes:
        start, end: its offsets, a currency included.
        value: None if it can't be read as a number, or is too large for one.
        money: whether it has a currency.
    """

    start: int
    end: int
    value: float | None
    money: bool


@dataclass(frozen=True, slots=True)
class Word:
    """A word in lower case; in Chinese, of one sign."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class MessageText:
    """A message, three texts of the same length.

    Attributes:
        text: as it was written.
        folded: in lower case, with plain spaces, quotes and digits.
        shadow: *folded* with each number as `NUMBER` or `MONEY`.
        numbers: by their starts, ascending.
        words: all words; those of numbers too.
        at: the place in *words* of the word that starts at an offset.
    """

    text: str
    folded: str
    shadow: str
    numbers: dict[int, Number]
    words: list[Word]
    at: dict[int, int]

    def numbers_in(self, start: int, end: int) -> list[Number]:
        """The numbers between two offsets."""
        marks = (at for at in range(start, end) if self.shadow[at] in (NUMBER, MONEY))
        return [self.numbers[at] for at in marks]


def read_message(text: str) -> MessageText:
    """Make a message ready."""
    folded = fold(text)
    numbers = _numbers(folded)
    shadow = list(folded)
    for number in numbers:
        shadow[number.start : number.end] = (MONEY if number.money else NUMBER) + PADDING * (
            number.end - number.start - 1
        )
    words = split_words(folded)
    at = {word.start: place for place, word in enumerate(words)}
    return MessageText(text, folded, "".join(shadow), {number.start: number for number in numbers}, words, at)


def fold(text: str) -> str:
    """The text in lower case and in plain signs, sign by sign, so that offsets stay."""
    return text.lower().translate(_ASCII) if text.isascii() else "".join(map(_fold_one, text))


@lru_cache(4096)
def _fold_one(sign: str) -> str:
    if sign.isspace() or unicodedata.category(sign) in ("Co", "Cc", "Cs", "Cf"):
        return " "
    if sign in "’‘`´＇":
        return "'"
    if sign in "‐‑‒–—−﹣－":
        return "-"
    if sign == "，":  # parts a sentence, never a number
        return sign
    plain = unicodedata.normalize("NFKC", sign).lower()
    return plain if len(plain) == 1 and not plain.isspace() else sign


def is_han(sign: str) -> bool:
    """Whether a sign is Chinese."""
    return "\u3400" <= sign <= "\u9fff"


def split_words(folded: str) -> list[Word]:
    """The words of a folded text."""
    found = [Word(match.start(), match.end(), match[0]) for match in _WORD.finditer(folded)]
    if folded.isascii():
        return found
    han = [Word(match.start(), match.end(), match[0]) for match in _HAN.finditer(folded)]
    return sorted(found + han, key=lambda word: word.start) if han else found


def _numbers(folded: str) -> list[Number]:
    spans = [span for match in numerals.DIGITS.finditer(folded) if (span := _digits(folded, match))]
    for match in numerals.ENGLISH.finditer(folded):
        if not _compound(folded, match.end()) and not _is_pronoun(folded, match):
            spans.append((match.start(), match.end(), numerals.read_english(match[0])))
    for match in numerals.CHINESE.finditer(folded):
        before = folded[max(0, match.start() - 2) : match.start()]
        if _SAME.match(folded, match.start()):
            continue
        if (
            match[0][0].isdigit()
            or match[0][-1] == "打"
            or (len(match[0]) > 1 and match[0] == folded.strip(" 。.!！"))
            or _MEASURED.match(folded, match.end())
            or (_LED.search(before) and _ends(folded, match.end()))
        ):
            spans += _chinese(match)
    found: list[Number] = []
    for start, end, value in sorted(spans, key=lambda span: (span[0], -span[1])):
        since = found[-1].end if found else 0
        if start >= since:
            found.append(_with_currency(folded, since, start, end, value))
    return found


def _chinese(match: re.Match[str]) -> list[tuple[int, int, float | None]]:
    """The number that was written; of a rough one ("两三件") both, so that it is a range."""
    if numerals.ROUGH.fullmatch(match[0]):
        return [(match.start() + at, match.start() + at + 1, numerals.read_chinese(match[0][at])) for at in (0, 1)]
    return [(match.start(), match.end(), numerals.read_chinese(match[0]))]


def _is_pronoun(folded: str, match: re.Match[str]) -> bool:
    """Whether "one" stands for a thing: "each one", "the red one"."""
    return match[0] == "one" and bool(_PRONOUN.search(folded, max(0, match.start() - 12), match.start()))


def _ends(folded: str, end: int) -> bool:
    return end == len(folded) or not (is_han(folded[end]) or folded[end].isalnum())


def _digits(folded: str, match: re.Match[str]) -> tuple[int, int, float | None] | None:
    """Start, end and value of digits; None where they are a part of a word ("a5", "25l", "1000-piece", "20%")."""
    start, end = match.span()
    before, earlier = folded[start - 1 : start], folded[max(0, start - 2) : start - 1] if start else ""
    if _letter(before) or (before in ("-", "/", "x", "#") and (_letter(earlier) or before in "/#")):
        return None
    value = numerals.read_digits(match[0])
    if (times := numerals.TIMES.match(folded, end)) and value is not None:
        return start, times.end(), value * numerals.FACTORS[times[1]]
    if ish := _ISH.match(folded, end):
        return start, ish.end(), value
    if power := _POWER.match(folded, end):
        return start, power.end(), None
    if folded[end : end + 1] == "k" and not folded[end + 1 : end + 2].isalnum():
        return start, end + 1, None if value is None else value * 1000
    after = folded[end : end + 1]
    if after in ("%", "‰", "°", '"', "/", "_") and after:
        return None
    if (_letter(after) and not _AFTER.match(folded, end)) or _compound(folded, end):
        return None
    if before == "-" and (start == 1 or earlier in " :$€£¥("):
        return start - 1, end, None if value is None else -value
    return start, end, value


def _letter(sign: str) -> bool:
    return sign.isalpha() and not is_han(sign)


def _compound(folded: str, end: int) -> bool:
    """Whether a number is the first part of a word such as "two-man"; "three-item set" is a size."""
    return folded[end : end + 1] == "-" and _letter(folded[end + 1 : end + 2]) and not folded.startswith("-item", end)


def _with_currency(folded: str, since: int, start: int, end: int, value: float | None) -> Number:
    before = _BEFORE.search(folded[max(since, start - 5) : start])
    after = _AFTER.match(folded, end)
    first = start - len(before[0]) if before else start
    money = bool(before or after) or folded[start:end].endswith(numerals.MONEY_WORDS)
    return Number(first, after.end() if after else end, value, money)
