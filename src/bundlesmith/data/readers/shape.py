"""Tables as their files are -> the rows and columns that a YAML file asks for: joins, conditions, joined columns."""

import re
from pathlib import Path
from typing import Literal

import polars as pl

from bundlesmith.data.names import names, plain_name
from bundlesmith.data.readers.cells import as_lists, as_stock, as_text, flat_texts, members, unreadable_bytes
from bundlesmith.data.readers.config import ColumnSource, Condition, conditions
from bundlesmith.data.readers.files import require
from bundlesmith.data.report import EXAMPLES, RowChange
from bundlesmith.data.values.stock import BETWEEN_STOCKS, BETWEEN_SUMMED
from bundlesmith.errors import BundlesmithError

TableName = Literal["items", "events", "bundles"]


def joined(
    file: Path, table: pl.DataFrame, other_file: Path, other: pl.DataFrame, keys: dict[str, str], lists: bool = False
) -> pl.DataFrame:
    """Put the columns of *other* beside the rows of *table* with the same key; of several rows the first, or a list."""
    require(file, table, *keys)
    require(other_file, other, *keys.values())
    names = [f"\0key {place}" for place in range(len(keys))]
    left = table.with_columns(_key(table[here]).alias(name) for here, name in zip(keys, names, strict=True))
    right = other.with_columns(_key(other[there]).alias(name) for there, name in zip(keys.values(), names, strict=True))
    fresh = [name for name in other.columns if name not in table.columns]
    right = right.select(*names, *fresh)
    if lists:
        right = right.group_by(names, maintain_order=True).all()
    else:
        right = right.unique(names, keep="first", maintain_order=True)
    return left.join(right, on=names, how="left", maintain_order="left").drop(names)


def further_rows(name: TableName, other_file: Path, other: pl.DataFrame, keys: dict[str, str]) -> list[RowChange]:
    """The rows of a joined file whose key an earlier one has, with another value: they don't count."""
    different = other.unique(maintain_order=True)
    again = different.filter(~pl.struct(_key(different[there]) for there in keys.values()).is_first_distinct())
    shown = as_text(again[next(iter(keys.values()))]).unique(maintain_order=True).drop_nulls().head(EXAMPLES)
    reason = f"further row of {other_file.name} with the same key; the first counts"
    change = RowChange(table=name, action="dropped", reason=reason, count=again.height, examples=tuple(shown))
    return [change] if again.height else []


def sold_out_without(
    table: pl.DataFrame, other_file: Path, other: pl.DataFrame, keys: dict[str, str], stocks: list[str]
) -> tuple[pl.DataFrame, list[RowChange]]:
    """Items that have no row in the joined file of stocks, which are not in stock."""
    known = pl.struct(_key(other[there]).alias(here) for here, there in keys.items())
    mine = pl.struct(_key(table[here]).alias(here) for here in keys)
    missing = ~table.select(mine.is_in(other.select(known).to_series().unique().implode())).to_series()
    cells = [pl.when(missing).then(pl.lit(0).cast(table.schema[name])).otherwise(name).alias(name) for name in stocks]
    shown = as_text(table[next(iter(keys))].filter(missing)).drop_nulls().head(EXAMPLES)
    reason = f"no row in {other_file.name}; stock is 0"
    change = RowChange(table="items", action="mended", reason=reason, count=int(missing.sum()), examples=tuple(shown))
    return table.with_columns(cells), [change] if change.count else []


def latest_first(table: pl.DataFrame, times: pl.Series, now: float) -> pl.DataFrame:
    """The rows that hold already, the latest by their *times* first; those of no time last."""
    held = table.with_columns(times.alias("\0time")).filter(~(pl.col("\0time") > now).fill_null(False))
    return held.sort("\0time", descending=True, nulls_last=True, maintain_order=True).drop("\0time")


def _key(column: pl.Series) -> pl.Series:
    return as_text(column).str.strip_chars().str.replace(r"^(\d+)\.0+$", "$1")


def kept_rows(
    name: TableName, file: Path, table: pl.DataFrame, conditions: dict[str, Condition]
) -> tuple[pl.DataFrame, list[RowChange]]:
    """The rows that fulfil all conditions, and what each condition left out."""
    changes = []
    for column, condition in conditions.items():
        require(file, table, column)
        texts = as_text(table[column])
        good = _good(file, column, texts, condition)
        gone = texts.filter(~good)
        shown = tuple("(none)" if text is None else text for text in gone.unique(maintain_order=True).head(EXAMPLES))
        reason = f"left out by `where: {column}`"
        changes.append(RowChange(table=name, action="dropped", reason=reason, count=gone.len(), examples=shown))
        table = table.filter(good)
    return table, changes


def _good(file: Path, column: str, texts: pl.Series, condition: Condition) -> pl.Series:
    good: pl.Expr = pl.lit(True)
    text = pl.col("text")
    if condition.one_of is not None:
        good &= text.is_in(condition.one_of).fill_null(False)
    if condition.none_of is not None:
        good &= ~text.is_in(condition.none_of).fill_null(False)
    if condition.matches is not None:
        good &= text.str.contains(condition.matches).fill_null(False)
    if condition.matches_not is not None:
        good &= ~text.str.contains(condition.matches_not).fill_null(False)
    if condition.above is not None:
        number = text.str.strip_chars().str.replace(r"^(-?\d+),(\d+)$", "$1.$2").cast(pl.Float64, strict=False)
        good &= (number > condition.above).fill_null(False)
    try:
        return texts.to_frame("text").with_columns(good=good)["good"]
    except pl.exceptions.ComputeError as error:
        what = f'"{file}": the condition on "{column}" is no regular expression: {str(error).splitlines()[0]}'
        raise BundlesmithError(what, "Mend it.") from error


def without_echoes(name: TableName, table: pl.DataFrame) -> tuple[pl.DataFrame, list[RowChange]]:
    """Leave out what is no row of an untyped table: its header once more, and totals at its end."""
    heads = {column: re.sub(r" \(\d+\)$", "", column) for column in table.columns}
    texts = [column for column, kind in table.schema.items() if kind == pl.String]
    changes = []
    if len(texts) > 1 and (table[texts[0]].str.strip_chars() == heads[texts[0]]).any():
        alike = [pl.col(column).str.strip_chars() == heads[column] for column in texts]
        blank = [pl.col(column).is_null() for column in table.columns if column not in texts]
        again = pl.all_horizontal(*(one.fill_null(True) for one in alike), *blank) & alike[1].fill_null(False)
        marked = table.select(again.fill_null(False)).to_series()
        changes.append(_left_out(name, "the header once more", int(marked.sum()), texts[0]))
        table = table.filter(~marked)
    if table.height > 1 and _is_names(table.row(0)):
        changes.append(_left_out(name, "a second line of names below the first", 1, str(table.row(0)[0])))
        table = table.slice(1)
    if table.height > 1 and _are_demands(table.row(0)):
        changes.append(_left_out(name, "a line below the names that says which are required", 1, str(table.row(0)[0])))
        table = table.slice(1)
    last = 0
    while last < min(_MOST_TOTALS, table.height - 1) and _is_total(table.row(table.height - 1 - last)):
        last += 1
    if last:
        first = next(str(value) for value in table.row(table.height - 1) if value is not None)
        changes.append(_left_out(name, "a total at the end", last, first))
    return table.head(table.height - last), changes


_MOST_TOTALS = 3
_NAME = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")


def _is_names(row: tuple[object, ...]) -> bool:
    """Whether a row holds nothing but different names of columns, as programs write them, some of which are known."""
    texts = [str(value).strip() for value in row if value is not None]
    if len(texts) < max(_FEWEST_NAMES, len(row) // 2) or len(set(texts)) < len(texts):
        return False
    known = {word for ours in ("item_id", "title", "price", "stock", "parent") for word in names()[ours]}
    told = sum(plain_name(text) in known for text in texts)
    return all(_NAME.fullmatch(text) for text in texts) and told >= _KNOWN_NAMES and any("_" in text for text in texts)


_FEWEST_NAMES, _KNOWN_NAMES = 3, 2


def _are_demands(row: tuple[object, ...]) -> bool:
    """Whether a row says of each column whether it is required, as in templates of marketplaces."""
    words = [plain_name(str(value)) for value in row if value is not None]
    return len(words) > 1 and all(word in names()["demanded"] for word in words)


def _is_total(row: tuple[object, ...]) -> bool:
    """Whether a row begins with a word for a total, and lacks what others have."""
    words = [plain_name(str(value)) in names()["total"] for value in row if value is not None]
    return words[:1] == [True] and (len(words) < len(row) or all(words[:2]))


def _left_out(name: TableName, reason: str, count: int, example: str) -> RowChange:
    return RowChange(table=name, action="dropped", reason=reason, count=count, examples=(example,))


def made(file: Path, table: pl.DataFrame, sources: dict[str, ColumnSource]) -> pl.DataFrame:
    """The table with further columns, put together of its own."""
    for name, source in sources.items():
        table = table.with_columns(built(file, table, name, source))
    return table


def filled_rows(file: Path, table: pl.DataFrame, keys: dict[str, list[str]]) -> pl.DataFrame:
    """Give all rows of a key what its first row alone has."""
    for key, filled in keys.items():
        there = [name for name in filled if name in table.columns]
        require(file, table, key)
        table = table.with_columns(as_text(table[name]) for name in (key, *there) if table.schema[name] == pl.String)
        first = [pl.col(name).fill_null(pl.col(name).drop_nulls().first().over(key)) for name in there]
        known = pl.col(key).is_not_null()
        table = table.with_columns(
            pl.when(known).then(value).otherwise(pl.col(name)).alias(name)
            for name, value in zip(there, first, strict=True)
        )
    return table


def filled_down(file: Path, table: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Give blank cells what the row above has."""
    require(file, table, *names)
    return table.with_columns(as_text(table[name]).fill_null(strategy="forward") for name in names)


def exploded(file: Path, table: pl.DataFrame, name: str) -> pl.DataFrame:
    """Make a row of each member of the lists in a column; what has none goes."""
    require(file, table, name)
    column = table[name]
    lists = column if column.dtype == pl.List else _members(column)
    return table.with_columns(lists.alias(name)).explode(name).drop_nulls(name)


def _members(column: pl.Series) -> pl.Series:
    """Lists that are written as text; their objects stay objects."""
    texts = as_text(column)
    if not texts.str.contains(r"^\s*\[\s*\{").any():
        return as_lists(column, None)
    lists = [None if text is None else flat_texts(members(text.strip()), keep=True) for text in texts]
    return pl.Series(column.name, lists, dtype=pl.List(pl.String))


def built(file: Path, table: pl.DataFrame, ours: str, source: ColumnSource) -> pl.Series:
    """One column of ours."""
    names = [name for name in source.columns if name in table.columns] if source.optional else source.columns
    require(file, table, *names, *([] if source.optional else source.only))
    columns = [_said(file, table, name, source) for name in names]
    if not columns:
        return pl.Series(ours, [None], dtype=pl.String).new_from_index(0, table.height)
    if len(columns) == 1 and isinstance(source.column, str):
        return columns[0].alias(ours)
    read = as_stock if ours == "stock" else as_text
    texts = pl.DataFrame([read(column).alias(str(place)) for place, column in enumerate(columns)])
    if source.first:
        return texts.select(pl.coalesce(pl.all()).alias(ours)).to_series()
    if ours == "category":
        return texts.select(pl.concat_list(pl.all()).list.drop_nulls().alias(ours)).to_series()
    if ours == "stock" and source.join is None:
        return texts.select(
            pl.when(pl.any_horizontal(pl.all().is_not_null()))
            .then(pl.concat_str(pl.all().fill_null(""), separator=BETWEEN_SUMMED if source.sum else BETWEEN_STOCKS))
            .alias(ours)
        ).to_series()
    if ours == "price":  # the others say the currency
        texts = texts.with_columns(pl.when(pl.col("0").is_not_null()).then(pl.all()))
    between = source.join if source.join is not None else "-" if ours.endswith("_id") else " "
    together = pl.concat_str(pl.all(), separator=between, ignore_nulls=not ours.endswith("_id"))
    return texts.select(pl.when(pl.any_horizontal(pl.all().is_not_null())).then(together).alias(ours)).to_series()


def _said(file: Path, table: pl.DataFrame, name: str, source: ColumnSource) -> pl.Series:
    """A column with what the YAML file says about its values done."""
    column = table[name]
    if broken := unreadable_bytes(column):
        what = f'"{file}": the column "{name}" holds bytes that are not UTF-8, such as {broken[0]!r}.'
        raise BundlesmithError(what, "Write it as text.")
    for other, condition in conditions(source.only).items():
        if other not in table.columns:
            continue
        column = column.set(~_good(file, other, as_text(table[other]), condition), None)
    if not (source.without or source.values or source.replace or source.prefix):
        return column
    texts = as_text(column)
    texts = texts.set(texts.is_in(source.without).fill_null(False), None)
    texts = texts.replace({old: new or None for old, new in source.values.items()})
    for old, new in source.replace.items():
        texts = texts.str.replace_all(old, new, literal=True)
    return source.prefix + texts if source.prefix else texts


def renamed(table: pl.DataFrame, names: set[str]) -> pl.DataFrame:
    """Give columns the names that are asked for where they differ by case, blanks, a prefix as in "g:id" and such."""
    known: dict[str, list[str]] = {}
    for name in table.columns:
        known.setdefault(plain_name(name), []).append(name)
        if _PREFIX.match(name):
            known.setdefault(plain_name(name.partition(":")[2]), []).append(name)
    new = {}
    for name in sorted(names - set(table.columns)):
        found = known.get(plain_name(name), [])
        if len(found) == 1 and found[0] not in names and found[0] not in new:
            new[found[0]] = name
    return table.rename(new)


_PREFIX = re.compile(r"[a-z]{1,4}:")


def opened(table: pl.DataFrame, names: set[str]) -> pl.DataFrame:
    """Add columns that are named as a part of another, such as "title.en" or "variants[0].price"."""
    for name in sorted(names - set(table.columns)):
        ends = [match.start() for match in re.finditer(r"[.\[]", name)]
        outer = next((name[:end] for end in reversed(ends) if name[:end] in table.columns), None)
        if outer is not None:
            parts = as_text(table[outer]).str.json_path_match("$" + name[len(outer) :])
            table = table.with_columns(parts.alias(name))
    return table
