"""What the shop sells: one item a row, in a fixed order 0…N-1, and its lookups.

An item is named by its id outside and by its row inside.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from bundlesmith.errors import BundlesmithError, nearest

T_co = TypeVar("T_co", covariant=True)


class Column(Protocol[T_co]):
    """One thing of every item, by row."""

    def __getitem__(self, row: int, /) -> T_co:
        """What the item of a row has."""
        ...


class Goods(Protocol):
    """What prompts and explanations say of items: of a `Catalogue`, which explains it, or of a shop that changes."""

    @property
    def titles(self) -> Column[str]:
        """Titles."""
        ...

    @property
    def categories(self) -> Column[tuple[str, ...]]:
        """Category paths."""
        ...

    @property
    def cents(self) -> Column[int]:
        """Prices."""
        ...

    @property
    def attributes(self) -> Column[dict[str, Any]]:
        """Free attributes."""
        ...


class Listed(Goods, Protocol):
    """A catalogue, or a shop's catalogue as it is now."""

    @property
    def ids(self) -> Column[str]:
        """Item ids."""
        ...

    @property
    def currency(self) -> str:
        """The code of the currency of its prices; "" if that isn't known."""
        ...

    @property
    def sign(self) -> str:
        """What is written before an amount: "€", "CHF "; "" if the currency isn't known."""
        ...

    @property
    def stock(self) -> Any:
        """Pieces in stock by row; -1 where stock is not counted."""
        ...

    def row(self, item_id: str) -> int:
        """The row of an item."""
        ...

    def known(self, item_ids: Iterable[str]) -> list[int]:
        """The rows of those ids that it has, in the order given."""
        ...

    def price(self, row: int) -> float | None:
        """The price in units of the currency, or None where it is not known."""
        ...

    def outside_id(self, row: int) -> str | int:
        """The id as the source wrote it."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """All items in a fixed order.

    Attributes:
        ids: item ids, as strings.
        titles: titles, never empty.
        categories: category paths, from the department down; may be empty.
        cents: prices in hundredths of the currency, -1 where the price is not known. Whole numbers, so that
            a budget is exact.
        stock: pieces in stock, -1 where stock is not counted (always in stock).
        attributes: free attributes.
        integer_ids: whether the source wrote ids as integers.
        rows: item id -> row.
        currency: the code of the currency, such as EUR; "" if that isn't known.
        sign: what is written before an amount: "€", "CHF ".
    """

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    cents: NDArray[np.int64]
    stock: NDArray[np.int64]
    attributes: tuple[dict[str, Any], ...]
    integer_ids: bool
    rows: dict[str, int]
    currency: str = ""
    sign: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, item_id: str) -> int:
        """The row of an item.

        Raises:
            BundlesmithError: if the catalogue has no such item.
        """
        if item_id not in self.rows:
            raise BundlesmithError(f'The catalogue has no item "{item_id}".', self._hint(item_id))
        return self.rows[item_id]

    def known(self, item_ids: Iterable[str]) -> list[int]:
        """The rows of those ids that the catalogue has, in the order given."""
        return [self.rows[item] for item in item_ids if item in self.rows]

    def price(self, row: int) -> float | None:
        """The price in units of the currency, or None where it is not known."""
        return int(self.cents[row]) / 100 if self.cents[row] >= 0 else None

    def outside_id(self, row: int) -> str | int:
        """The id as the source wrote it."""
        return int(self.ids[row]) if self.integer_ids else self.ids[row]

    def _hint(self, item_id: str) -> str:
        near = nearest(item_id, self.ids)
        return f"{near} `bundlesmith items` lists them."


_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "CNY": "¥", "JPY": "¥", "INR": "₹", "KRW": "₩"}


def currency_signs(code: str) -> tuple[str, ...]:
    """What may be written before an amount in a currency, the best first: its sign, its code, nothing."""
    return (*([_SIGNS[code]] if code in _SIGNS else []), *([f"{code} "] if code else []), "")


def load_catalogue(items: Path, integer_ids: bool, currency: str = "", sign: str | None = None) -> Catalogue:
    """Read `items.parquet` (see `bundlesmith.data.tables.ITEMS`); without a *sign* amounts have their currency's.

    Raises:
        BundlesmithError: if the file holds no item.
    """
    import polars as pl

    table = pl.read_parquet(items)
    if table.is_empty():
        raise BundlesmithError(f'The catalogue "{items}" is empty.', "Prepare a source with at least two items.")
    ids = tuple(table["item_id"].to_list())
    return Catalogue(
        ids=ids,
        titles=tuple(table["title"].to_list()),
        categories=tuple(tuple(path or ()) for path in table["category"].to_list()),
        cents=(table["price"] * 100).round().fill_null(-1).cast(pl.Int64).to_numpy(),
        stock=table["stock"].fill_null(-1).to_numpy(),
        attributes=tuple(json.loads(text) for text in table["attributes"].to_list()),
        integer_ids=integer_ids,
        rows={item: row for row, item in enumerate(ids)},
        currency=currency,
        sign=currency_signs(currency)[0] if sign is None else sign,
    )


def open_catalogue(folder: Path) -> Catalogue:
    """The catalogue of a run or of a folder of prepared data.

    Raises:
        BundlesmithError: if the folder is neither.
    """
    from bundlesmith.files import read_json

    for about in (folder / "run.json", folder / "data.json"):
        if about.exists():
            return load_catalogue(folder / "items.parquet", bool(read_json(about)["integer_ids"]))
    raise BundlesmithError(
        f'"{folder}" is neither a run nor prepared data.', "`bundlesmith prepare` and `finetune` make them."
    )
