"""Prices as text -> numbers, decided by the column: decimal sign, thousands, currency; magnitudes such as k and 万.

    read_prices(texts, ColumnFormat(), "items.price").values

A number that has one reading is read so. "1.249" has two: it is 1249 where others of the column are like "39,90", 1.249
where they are like "12.5", and if none of them tells, that is asked.
"""

import re
from functools import cache
from importlib.resources import files

import polars as pl
import yaml

from bundlesmith.data.values.formats import ColumnFormat, Values, unread
from bundlesmith.errors import BundlesmithError

_MAGNITUDES = {"k": 1e3, "tsd": 1e3, "tsd.": 1e3, "千": 1e3, "万": 1e4, "萬": 1e4, "lakh": 1e5, "lac": 1e5}
_MAGNITUDES |= {"mio": 1e6, "mio.": 1e6, "million": 1e6, "crore": 1e7, "亿": 1e8, "億": 1e8, "mrd": 1e9, "mrd.": 1e9}
_THREE_DECIMALS = ("KWD", "BHD", "OMR", "TND", "JOD", "IQD", "LYD")
_BEFORE_ONLY = {"R"}
_MOSTLY = 0.95
NUMBER = r"[\d.,' ]*\d(?:[eE][+-]?\d+)?"
_FULL_WIDTH = {chr(0xFF01 + place): chr(0x21 + place) for place in range(94)}
_DIGITS = {chr(zero + digit): str(digit) for zero in (0x0660, 0x06F0, 0x0966) for digit in range(10)}  # Arabic, Hindi
_ALIKE = _FULL_WIDTH | _DIGITS | dict(zip("٫￥￡\u00a0\u202f\u2009\u3000’‘´٬", ".¥£    ''''", strict=True))


def _grouped(decimal: str, thousands: str) -> str:
    """The regular expression of a number with that decimal sign."""
    groups = "|".join(rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+" for mark in (thousands, "'", " "))
    indian = rf"[1-9]\d?(?:{thousands}\d{{2}})+{thousands}\d{{3}}"
    return rf"^(?:(?:{groups}|{indian})(?:{decimal}\d+)?|\d+(?:{decimal}\d+)?(?:[eE][+-]?\d+)?|{decimal}\d+)$"


_POINT, _COMMA = _grouped(r"\.", ","), _grouped(",", r"\.")
_OTHER = {".": ",", ",": "."}


def alike(texts: pl.Expr) -> pl.Expr:
    """Give signs that look alike one spelling: blanks, apostrophes, full-width digits."""
    return texts.str.replace_many(list(_ALIKE), list(_ALIKE.values())).str.strip_chars()


@cache
def _currencies() -> dict[str, str]:
    """Each spelling, in lower case, with its code."""
    text = files("bundlesmith.data").joinpath("currencies.yaml").read_text(encoding="utf-8")
    known = {code: [code, *spellings] for code, spellings in yaml.safe_load(text).items()}
    return {spelling.lower(): code for code, spellings in known.items() for spelling in spellings}


_MINOR = re.compile(
    r"(?:^|[\W_])(?i:cents?|pence|minor|centimes|kopecks|grosz[ey]?|paise?)(?=$|[\W_A-Z])"
    r"|(?<=[a-z])(?:Cents?|Pence|Minor)(?=$|[\W_A-Z])|(?i:unit_?amount|_money\.amount)$"
)


def divisor(name: str, texts: pl.Series, where: str) -> float | None:
    """What prices of a column with that name are divided by: 100 if it says cents, as price_cents and unit_amount do.

    Raises:
        BundlesmithError: if it says so, and some aren't whole.
    """
    if not _MINOR.search(name):
        return None
    parts = texts.drop_nulls().filter(texts.drop_nulls().str.contains(r"\d[.,]\d{1,2}$"))
    if parts.is_empty():
        return 100.0
    raise BundlesmithError(
        f'{where}: the column "{name}" says that these are cents, and "{parts[0]}" is not whole.',
        "Say which it is: `{column: …, divide: 100}`, or `divide: 1` if they aren't cents.",
    )


_IN_NAMES = frozenset(
    re.findall(r"\w+", "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF INR JPY KRW MXN NOK NZD PLN SEK SGD USD ZAR")
)
"""Currencies that the name of a column may say; codes of others are words, such as "all" and "top"."""


def currency_in(name: str) -> str | None:
    """The code of the currency that the name of a column says: "eur", "price_usd"; None if it says none, or several."""
    parts = re.findall(r"[^\W\d_]{3,}|[$€£¥₹]", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    found = {_currencies().get(part.lower()) for part in parts} & _IN_NAMES
    if not found and _JAPANESE.search(name):
        return "JPY"
    return found.pop() if len(found) == 1 else None


_JAPANESE = re.compile(r"[ぁ-ヿ円価]|税込|税抜")
"""What names of columns have in Japanese and not in Chinese."""


def is_currency(text: str) -> bool:
    """Whether a text is a code or another spelling of a currency, alone."""
    return text.strip().lower() in _currencies()


@cache
def _pattern() -> str:
    spellings = sorted(_currencies(), key=len, reverse=True)
    before = "|".join(map(escaped, spellings))
    after = "|".join(escaped(spelling) for spelling in spellings if spelling.upper() not in _BEFORE_ONLY)
    magnitudes = "|".join(map(escaped, sorted(_MAGNITUDES, key=len, reverse=True)))
    return (
        rf"^(?i)(?:(?P<before>{before})\s*)?(?P<number>{NUMBER})"
        rf"(?:[.,]\s?[-–—]{{1,2}}|/-)?\s*(?P<magnitude>{magnitudes})?\s*(?P<after>{after})?$"
    )


def escaped(text: str) -> str:
    """A text in a regular expression of Polars."""
    return "".join(rf"\{char}" if char in r".$/+*?()[]{}|^\-" else char for char in text)


def read_prices(texts: pl.Series, how: ColumnFormat, where: str) -> Values:
    """Read prices; what isn't one number of 0 or more, or is in another currency than most, is null.

    Raises:
        BundlesmithError: if it can't be told what the decimal sign is, or which currency counts.
    """
    parts = (
        _parts(texts.unique().drop_nulls())
        .select(
            "text",
            "number",
            magnitude=pl.col("magnitude")
            .str.to_lowercase()
            .replace_strict(_MAGNITUDES, default=1.0, return_dtype=pl.Float64),
            currency=_code("before", "after"),
            spelling=pl.coalesce("before", "after").str.to_lowercase(),
        )
        .drop_nulls("number")
    )
    parts, currency = _of_one_currency(parts, texts, how.currency, where, how.named_currency)
    decimal, said = decimal_sign(parts["number"], how.decimal, currency, where)
    value, magnitude = to_number(pl.col("number"), decimal), pl.col("magnitude")
    value = pl.when(magnitude == 1).then(value).otherwise((value * magnitude).round(6))
    if how.divide:
        value, said = (value / how.divide).round(6), f"{said}, divided by {how.divide:g}"
    parts = parts.with_columns(value=pl.when(value.is_finite()).then(value)).drop_nulls("value")
    read = texts.replace_strict(parts["text"], parts["value"], default=None, return_dtype=pl.Float64)
    currency = currency or how.named_currency
    said = ", ".join(part for part in (said, currency) if part)
    return Values(read, said, unread(texts, read), currency or "")


def _parts(texts: pl.Series) -> pl.DataFrame:
    """Currency, number and magnitude of each text; most texts of a large shop are numbers alone."""
    bare = texts.str.contains(r"^\d+(?:[.,]\d+)?$")
    plain, other = texts.filter(bare).to_frame("text"), texts.filter(~bare).to_frame("text")
    fields = other.with_columns(alike(pl.col("text")).str.extract_groups(_pattern()).struct.unnest())
    return pl.concat([fields, plain.with_columns(number="text")], how="diagonal")


def _code(before: str, after: str) -> pl.Expr:
    """The code of the currency; "?" if two are named."""
    codes = [
        pl.col(name).str.to_lowercase().replace_strict(_currencies(), default=None, return_dtype=pl.String)
        for name in (before, after)
    ]
    return pl.when(codes[0] != codes[1]).then(pl.lit("?")).otherwise(pl.coalesce(codes))


def _of_one_currency(
    parts: pl.DataFrame, texts: pl.Series, named: str | None, where: str, of_name: str | None = None
) -> tuple[pl.DataFrame, str | None]:
    """Keep the prices of the currency that most have; those that name none have it, too."""
    parts = _signs_by_context(parts, of_name)
    if named is None:
        counts = texts.to_frame("text").join(parts.select("text", "currency"), on="text").drop_nulls("currency")
        found = counts.group_by("currency").len().sort("len", "currency", descending=[True, False])
        if found.is_empty():
            return parts, None
        named = str(found["currency"][0])
        if found.height > 1 and found["len"][0] * 2 <= counts.height:
            raise BundlesmithError(
                f"{where} has several currencies: {', '.join(found['currency'])}.",
                f"Name the one that counts: `{{column: …, currency: {named}}}`; other prices are left empty.",
            )
    return parts.filter(pl.col("currency").is_null() | (pl.col("currency") == named.upper())), named.upper()


def _signs_by_context(parts: pl.DataFrame, of_name: str | None) -> pl.DataFrame:
    """Signs that several currencies share ($, ¥, kr) mean the one that the column names by a sign of its own, or that
    its name says.
    """
    signs = pl.col("spelling").is_in(_SHARED)
    sure = set(parts.filter(~signs)["currency"].drop_nulls()) or {of_name}
    for usual, others in _SHARING.items():
        there = [code for code in (usual, *others) if code in sure]
        if len(there) == 1:
            bare = (pl.col("currency") == usual) & signs
            parts = parts.with_columns(currency=pl.when(bare).then(pl.lit(there[0])).otherwise("currency"))
    return parts


_SHARED = ["$", "dollar", "dollars", "¥", "kr", "kr.", ":-", "rs", "rs."]
_SHARING = {
    "USD": ["CAD", "AUD", "NZD", "HKD", "TWD", "SGD", "MXN", "CLP", "COP", "ARS"],
    "CNY": ["JPY"],
    "SEK": ["NOK", "DKK", "ISK"],
    "INR": ["PKR", "LKR"],
}


def decimal_sign(numbers: pl.Series, named: str | None, currency: str | None, where: str) -> tuple[str | None, str]:
    """The decimal sign of a column ("." or ","), None where its numbers disagree; and what to say about it.

    Raises:
        BundlesmithError: if a number has two readings and nothing tells which.
    """
    if named:
        return named, f"decimal {_SIGNS[named]}"
    point, comma = numbers.str.contains(_POINT), numbers.str.contains(_COMMA)
    as_point, as_comma = int((point & ~comma).sum()), int((comma & ~point).sum())
    if as_point or as_comma:
        sign = "." if as_point >= as_comma else ","
        if max(as_point, as_comma) >= _MOSTLY * (as_point + as_comma):
            return sign, f"decimal {_SIGNS[sign]}"
        return None, "decimal point and decimal comma"
    open_ones = numbers.filter(point & comma & numbers.str.contains("[.,]"))
    if open_ones.is_empty():
        return ".", "whole numbers"
    signs = {"." if "." in number else "," for number in open_ones}
    if len(signs) == 1:
        (sign,) = signs
        if currency in _THREE_DECIMALS:
            return sign, f"decimal {_SIGNS[sign]}"
        if sign == "," or currency:
            return _OTHER[sign], f"whole numbers, {_SIGNS[sign]}s between thousands"
    number = open_ones.sort()[0]
    raise BundlesmithError(
        f'{where}: "{number}" may be {number.replace(".", "").replace(",", "")} or {number.replace(",", ".")}; no '
        "other number of the column tells.",
        'Name the decimal sign: `{column: …, decimal: "."}` or `decimal: ","`.',
    )


_SIGNS = {".": "point", ",": "comma"}


def to_number(numbers: pl.Expr, decimal: str | None) -> pl.Expr:
    """Numbers with that decimal sign; without one, those that have one reading."""
    as_point = numbers.str.replace_all("[,' ]", "").cast(pl.Float64, strict=False)
    as_comma = numbers.str.replace_all("[.' ]", "").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    point, comma = numbers.str.contains(_POINT), numbers.str.contains(_COMMA)
    if decimal is None:
        return (
            pl.when(point & ~(comma & numbers.str.contains("[.,]"))).then(as_point).when(comma & ~point).then(as_comma)
        )
    main, other = (point, as_point), (comma, as_comma)
    if decimal == ",":
        main, other = other, main
    return pl.when(main[0]).then(main[1]).when(other[0]).then(other[1])
