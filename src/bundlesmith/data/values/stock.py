"""Stocks as text -> whole numbers: "1,200", "10+", "3 left", "out of stock", 缺货.

    read_stock(texts, ColumnFormat(), "items.stock", decimal=None).values

In stock without a number is null: not counted. What can't be read is 0, so nothing is sold that isn't there.
The words are in stock.yaml.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl
import yaml

from bundlesmith.data.values.formats import ColumnFormat, Values
from bundlesmith.data.values.numbers import NUMBER, alike, decimal_sign, escaped, to_number

_MOST = 2**53
BETWEEN_STOCKS = "\x1f"  # what several columns say of one stock
BETWEEN_SUMMED = "\x1e"  # what several columns say of parts of a stock
_MARKS = ["x", "X", "✓", "✔", "✗", "●", "•", "*"]  # alone beside blank cells: yes


@dataclass(frozen=True, slots=True)
class _Words:
    there: frozenset[str]
    gone: frozenset[str]
    number: str


@cache
def _words() -> _Words:
    text = files("bundlesmith.data").joinpath("stock.yaml").read_text(encoding="utf-8")
    lists = yaml.load(text, Loader=yaml.BaseLoader)
    there, gone = (frozenset(word for row in lists[name] for word in row) for name in ("in stock", "out of stock"))
    before, after = ("|".join(map(escaped, sorted(lists[name], key=len, reverse=True))) for name in ("before", "after"))
    return _Words(there, gone, rf"^(?:(?:{before})\s*)?(?P<number>-?\s?{NUMBER})\s*(?:{after})?$")


def read_stock(texts: pl.Series, how: ColumnFormat, where: str, decimal: str | None) -> Values:
    """Read stocks.

    Args:
        texts: as the source writes them; null is not counted.
        how: what is known of them.
        where: the name of the column, for errors.
        decimal: the decimal sign of the prices beside them, if they show one.

    Raises:
        BundlesmithError: if all numbers have two readings, as in "12.000", and nothing tells which.
    """
    if not texts.count():
        return Values(pl.repeat(None, texts.len(), dtype=pl.Int64, eager=True).alias(texts.name), "", texts.clear())
    if texts.str.contains(BETWEEN_STOCKS, literal=True).any():
        return _least(texts, how, where, decimal)
    if texts.str.contains(BETWEEN_SUMMED, literal=True).any():
        return _summed(texts, how, where, decimal)
    if _is_marked(texts):
        return _marked(texts)
    words = _words()
    word = alike(pl.col("text").str.to_lowercase()).str.replace_all(r"^https?://(www\.)?schema\.org/", "")
    word = word.str.replace_all("[_-]+", " ").str.replace_all(r"\s+", " ").str.strip_chars(" !.")
    number = alike(pl.col("text").str.to_lowercase()).str.extract(words.number, 1).str.replace_all(r"^-\s", "-")
    parts = pl.DataFrame({"text": texts.unique().drop_nulls()}).with_columns(word=word, number=number)
    numbers = parts["number"].drop_nulls().str.strip_prefix("-")
    sign, said = _decide(numbers, how.decimal, decimal, where)
    count = to_number(pl.col("number").str.strip_prefix("-"), "." if sign == "?" else sign)
    if sign == "?":
        count = pl.when(~pl.col("number").str.contains("[.,]")).then(count)
    count = pl.when(count.is_finite()).then(count.floor().clip(0, _MOST))
    signed = pl.when(pl.col("number").str.starts_with("-")).then(-count).otherwise(count)
    parts = parts.with_columns(
        value=pl.when(pl.col("word").is_in(list(words.gone))).then(0.0).otherwise(signed).cast(pl.Int64),
        there=pl.col("word").is_in(list(words.there)),
    )
    parts = parts.with_columns(known=pl.col("there") | pl.col("value").is_not_null())
    parts = parts.with_columns(value=pl.when(~pl.col("known")).then(0).otherwise("value"))
    read = texts.replace_strict(parts["text"], parts["value"], default=None, return_dtype=pl.Int64)
    lost = texts.filter(texts.is_in(parts.filter(~pl.col("known"))["text"].implode()).fill_null(False))
    in_words = parts.filter(pl.col("there") | pl.col("word").is_in(list(words.gone)))["text"].sort().to_list()
    if in_words:
        shown = ", ".join(f'"{text}"' for text in in_words[:3])
        said = f"words such as {shown}" + (f"; {said}" if numbers.len() else "")
    return Values(read, said, lost)


def _least(texts: pl.Series, how: ColumnFormat, where: str, decimal: str | None) -> Values:
    """Read stocks that several columns tell: the least counts, so that what one of them says is gone is gone."""
    read = [read_stock(column, how, where, decimal) for column in _parts(texts, BETWEEN_STOCKS)]
    values = [one.values for one in read]
    flags = [not (value > 1).any() for value in values]
    if not all(flags):  # 1 beside a count means yes
        values = [value.set(value == 1, None) if flag else value for value, flag in zip(values, flags, strict=True)]
    least = pl.select(pl.min_horizontal(values)).to_series().alias(texts.name)
    said = " and ".join(one.read_as for one in read if one.read_as)
    return Values(least, f"the least of {said}", pl.concat([one.unread for one in read]))


def _summed(texts: pl.Series, how: ColumnFormat, where: str, decimal: str | None) -> Values:
    """Read stocks of several places: they are added; one that isn't counted is all of it."""
    read = [read_stock(column, how, where, decimal) for column in _parts(texts, BETWEEN_SUMMED)]
    counted = [one.values.clip(lower_bound=0) for one in read]
    blank = [column.is_null() for column in _parts(texts, BETWEEN_SUMMED)]
    total = pl.select(pl.sum_horizontal(counted)).to_series()
    endless = pl.select(pl.any_horizontal([v.is_null() & ~b for v, b in zip(counted, blank, strict=True)])).to_series()
    total = total.set(endless | texts.is_null(), None).alias(texts.name)
    said = " and ".join(dict.fromkeys(one.read_as for one in read if one.read_as))
    return Values(total, f"the sum of {said}", pl.concat([one.unread for one in read]))


def _parts(texts: pl.Series, between: str) -> list[pl.Series]:
    cells = texts.str.split(between)
    most = int(cells.list.len().max() or 0)  # type: ignore[arg-type]
    return [cells.list.get(place, null_on_oob=True).replace("", None) for place in range(most)]


def _is_marked(texts: pl.Series) -> bool:
    """Whether a column has one mark, and blank cells, which say no."""
    known = texts.drop_nulls().str.strip_chars().unique()
    return known.len() == 1 and known[0] in _MARKS and texts.null_count() > 0


def _marked(texts: pl.Series) -> Values:
    values = pl.repeat(None, texts.len(), dtype=pl.Int64, eager=True).alias(texts.name)
    return Values(values.set(texts.is_null(), 0), "a mark, blank is not in stock", texts.clear())


def _decide(numbers: pl.Series, named: str | None, beside: str | None, where: str) -> tuple[str | None, str]:
    """The decimal sign of stocks, "?" if it can't be told: stocks are mostly whole, and have the prices' sign."""
    if numbers.is_empty() or named:
        return named or ".", f"decimal sign {named}" if named else "whole numbers"
    groups = numbers.filter(numbers.str.contains(r"[.,]"))
    if groups.is_empty():
        return ".", "whole numbers"
    open_ones = groups.str.contains(r"^[1-9]\d{0,2}[.,]\d{3}$").all()
    signs = {"," if "," in group else "." for group in groups}
    if not open_ones or len(signs) > 1:
        return decimal_sign(numbers, None, None, where)
    (sign,) = signs
    all_of_them = groups.len() == numbers.len()
    if sign == beside:
        return (sign, "three decimals, as the prices'") if all_of_them else ("?", "whole numbers")
    if beside is None and sign == "." and all_of_them:
        return decimal_sign(numbers, None, None, where)  # which asks
    other = "." if sign == "," else ","
    return other, f"whole numbers, {'points' if sign == '.' else 'commas'} between thousands"
