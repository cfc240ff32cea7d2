"""What a YAML file says about tables: their files, which rows count, and whose columns are ours.

    config = load_config(Path("shop.yaml"))

Docs/data.md has the keys.
"""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bundlesmith.data.baskets import Baskets
from bundlesmith.data.readers.files import Layout, read_text
from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.errors import BundlesmithError, nearest


class Condition(BaseModel):
    """What a value of a column must be for its row to count; blank values fulfil only the negative conditions."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, coerce_numbers_to_str=True)
    one_of: list[str] | None = Field(None, alias="is")
    none_of: list[str] | None = Field(None, alias="is_not")
    matches: str | None = None
    matches_not: str | None = None
    above: float | None = None

    @field_validator("one_of", "none_of", mode="before")
    @classmethod
    def _a_list(cls, value: object) -> object:
        return value if value is None or isinstance(value, list) else [value]


class ColumnSource(ColumnFormat):
    """Where a column of ours comes from, and how its values are written.

    Args:
        column: one of their columns, or several.
        first: of several, take the first that isn't blank in a row; otherwise they are put together.
        join: what stands between several that are put together.
        sum: of stock, several are added; otherwise the least counts.
        without: values that count as blank.
        values: other words for values, such as {"1": in stock}; a blank one stands for nothing.
        replace: texts within values, and what stands in their place.
        prefix: what is put before a value.
        only: conditions on columns of the row; where they don't hold the value is blank.
        optional: whether ours is left out where the file has none of the columns; of several, and of those that
            conditions are on, some may be missing.
    """

    column: str | list[str]
    first: bool = False
    join: str | None = None
    sum: bool = False
    without: list[str] = Field(default_factory=list)
    values: dict[str, str] = Field(default_factory=dict)
    replace: dict[str, str] = Field(default_factory=dict)
    prefix: str | None = None
    only: dict[str, Condition | str | list[str]] = Field(default_factory=dict)
    optional: bool = False

    @property
    def columns(self) -> list[str]:
        """Their columns."""
        return [self.column] if isinstance(self.column, str) else self.column


class Join(Layout):
    """A further file whose columns come beside those of the rows that have the same key.

    Args:
        by: the key's column in both files, or the name here with the name there.
        lists: whether all rows of a key count, as lists; else the first does.
        optional: whether nothing is joined if there is no such file.
    """

    by: str | dict[str, str]
    lists: bool = False
    optional: bool = False

    def pairs(self) -> dict[str, str]:
        """The names here with the names there."""
        return {self.by: self.by} if isinstance(self.by, str) else self.by


class TableFile(Layout):
    """A table's file.

    Args:
        optional: whether the table is left out if there is no such file.
        columns: our column with theirs; a column that has our name needs no line.
        number: a column that gets the number of the row, for rows in the order of time that have no time.
        make: further columns, put together of theirs, for what follows.
        explode: a column of lists, each of whose members becomes a row.
        fill: a key's column with the columns that only the first of its rows has; the others get them, too.
        fill_down: columns in which a blank cell stands for what the row above has, as in merged cells.
        where: conditions on their columns; a value or a list of values stands for `is`.
        join: further files.
    """

    optional: bool = False
    columns: dict[str, str | list[str] | ColumnSource] = Field(default_factory=dict)
    number: str | None = None
    make: dict[str, ColumnSource] = Field(default_factory=dict)
    explode: str | None = None
    fill: dict[str, list[str]] = Field(default_factory=dict)
    fill_down: list[str] = Field(default_factory=list)
    where: dict[str, Condition | str | list[str]] = Field(default_factory=dict)
    joins: list[Join] = Field(default_factory=list, alias="join")

    def source(self, ours: str) -> ColumnSource | None:
        """Where a column of ours comes from, if it is said."""
        given = self.columns.get(ours)
        return given if given is None or isinstance(given, ColumnSource) else ColumnSource(column=given)

    def mentioned(self) -> set[str]:
        """The names of their columns that are mentioned."""
        sources = [*(source for ours in self.columns if (source := self.source(ours))), *self.make.values()]
        names = {name for source in sources for name in (*source.columns, *source.only)}
        names |= {name for key, filled in self.fill.items() for name in (key, *filled)} | set(self.fill_down)
        names |= {self.explode} if self.explode else set()
        made = {*self.make, *filter(None, (self.number, self.file_as))}
        return (names | set(self.where) | {here for join in self.joins for here in join.pairs()}) - made


def conditions(given: dict[str, Condition | str | list[str]]) -> dict[str, Condition]:
    """Conditions by their column."""
    return {name: one if isinstance(one, Condition) else _is(one) for name, one in given.items()}


def _is(given: str | list[str]) -> Condition:
    return Condition.model_validate({"is": given if isinstance(given, list) else [given]})


class ItemsFile(TableFile):
    """The items' file.

    Args:
        category_separator: between the parts of a category, ">" if it isn't given.
        category_paths: between several categories of one item, if that can't be told; the first counts.
        attributes: further columns to keep.
        group: the column that rows of one product share, such as its variants; what the others lack, the first row has.
        latest: the column that says from when a row holds, where an item has several: the latest that does counts.
    """

    category_separator: str | None = None
    category_paths: str | None = None
    attributes: list[str] = Field(default_factory=list)
    group: str | None = None
    latest: str | None = None

    def mentioned(self) -> set[str]:
        """The names of their columns that are mentioned."""
        return super().mentioned() | set(self.attributes) | set(filter(None, (self.group, self.latest)))


class EventsFile(TableFile):
    """The events' file; without a column for `kind` every event is an "interaction"."""


class BundlesFile(TableFile):
    """The bundles' file: a column `items` (lists, or text with *item_separator*), or one `item_id` a row."""

    item_separator: str | None = None


class TablesConfig(BaseModel):
    """What the YAML file holds: a file and its columns for items, and for events or bundles or both.

    *baskets* says of what bundles are made where none are given: what was bought in one `session`, or by one customer
    in one `day`; `auto` takes sessions if most purchases have one; `none` makes none.
    """

    model_config = ConfigDict(extra="forbid")
    items: ItemsFile
    events: EventsFile | None = None
    bundles: BundlesFile | None = None
    baskets: Baskets = "auto"


def load_tables_config(path: Path) -> TablesConfig:
    """Read a YAML file.

    Raises:
        BundlesmithError: if it isn't YAML, has an unknown key (with the nearest known one) or lacks one.
    """
    return parse_config(read_text(path), path)


def parse_config(text: str, path: Path) -> TablesConfig:
    """Read the text of a YAML file; as in `load_tables_config`."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BundlesmithError(f'"{path}" is not YAML: {error}.', "Mend it.") from error
    try:
        return TablesConfig.model_validate(data)
    except ValidationError as error:
        raise _config_error(path, error) from error


_KINDS: dict[str, type[BaseModel]] = {"ColumnSource": ColumnSource, "Condition": Condition, "join": Join}
_TABLES: dict[str, type[BaseModel]] = {"items": ItemsFile, "events": EventsFile, "bundles": BundlesFile}
_UNION = {"str", "int", "ColumnSource", "Condition", "list[str]"}


def _config_error(path: Path, error: ValidationError) -> BundlesmithError:
    first = max(error.errors(), key=lambda one: (one["type"] == "extra_forbidden", len(one["loc"])))
    place = ".".join(str(part) for part in first["loc"] if part not in _UNION)
    if first["type"] != "extra_forbidden":
        where = f"{place}: " if place else ""
        return BundlesmithError(f'"{path}": {where}{first["msg"]}, not {first["input"]!r}.', "Mend it.")
    kinds = [_KINDS[str(part)] for part in first["loc"] if part in _KINDS]
    model = _TABLES.get(str(first["loc"][0]), TablesConfig) if len(first["loc"]) > 1 else TablesConfig
    model = kinds[-1] if kinds else model
    names = [field.alias or name for name, field in model.model_fields.items()]
    return BundlesmithError(f'"{path}" has the unknown key "{place}".', nearest(str(first["loc"][-1]), names))
