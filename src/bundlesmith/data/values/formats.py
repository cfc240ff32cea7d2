"""How the values of a column are written: named in a YAML file, or decided from all of them.

    price: {column: preis, decimal: ","}
    timestamp: {column: at, format: "%d.%m.%Y %H:%M", zone: Europe/Berlin}

`numbers`, `stock` and `times` read them.
"""

from dataclasses import dataclass
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

Unit = Literal["s", "ms", "us", "ns", "epoch", "days", "excel"]


class ColumnFormat(BaseModel):
    """What is known of a column's values; None is decided from the values.

    Args:
        decimal: the decimal sign.
        currency: the code of the only currency that counts, such as EUR.
        named_currency: the currency that the column's name says, for values that say none.
        divide: what prices are divided by: 100 for cents, which whole numbers in columns such as price_cents are.
        format: how a time is written, as in strftime.
        unit: what a number as time counts since 1970 (`epoch`: seconds and their parts, told by size; `days`; `excel`:
            the days of Excel).
        zone: the time zone of times that name none, such as Europe/Berlin; UTC if it isn't given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    decimal: Literal[".", ","] | None = None
    currency: str | None = None
    named_currency: str | None = None
    divide: float | None = Field(None, gt=0)
    format: str | None = None
    unit: Unit | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Values:
    """A column that was read: *values* (null where a text can't be read), how, which texts were not read, and the code
    of their currency, if that is known.
    """

    values: pl.Series
    read_as: str
    unread: pl.Series
    currency: str = ""


def unread(texts: pl.Series, values: pl.Series) -> pl.Series:
    """The texts that gave no value."""
    return texts.filter(values.is_null() & texts.is_not_null())
