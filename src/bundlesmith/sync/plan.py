"""What differs between an export and what a service sells, and whether the export looks broken.

Both sides are tables with the columns of `COLUMNS`.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

COLUMNS: dict[str, Any] = {
    "item_id": pl.String,
    "title": pl.String,
    "category": pl.List(pl.String),
    "cents": pl.Int64,  # null: not known
    "stock": pl.Int64,  # null: not counted, always in stock
    "attributes": pl.String,  # a JSON object; null: not known, and so not compared
}
FIELDS = ("title", "category", "price", "stock", "attributes")
FEW, HALF = 0.25, 0.5
"""Shares of items from which on a change of that kind looks like a broken export."""


@dataclass(frozen=True, slots=True, eq=False)
class SyncPlan:
    """What has to be sent.

    Attributes:
        gone: the ids of items that are sold and aren't in the export.
        changed: the export's items that differ from what is sold.
        new: those that aren't sold.
        same: how many need nothing.
        fields: of the changed ones, how many differ in each field.
        doubts: what looks broken, a sentence each.
    """

    gone: list[str]
    changed: pl.DataFrame
    new: pl.DataFrame
    same: int
    fields: dict[str, int]
    doubts: list[str]

    def __len__(self) -> int:
        return len(self.gone) + len(self.changed) + len(self.new)


def plan(sold: pl.DataFrame, export: pl.DataFrame, everything: bool = False) -> SyncPlan:
    """Compare; with *everything*, all of the export counts as changed."""
    gone = sold.join(export, on="item_id", how="anti")["item_id"].to_list()
    new = export.join(sold, on="item_id", how="anti", maintain_order="left")
    both = export.join(sold, on="item_id", how="inner", suffix="_sold", maintain_order="left")
    both = both.with_columns(_differs(name).alias(f"{name}_differs") for name in FIELDS)
    differs = pl.lit(everything) | pl.any_horizontal(f"{name}_differs" for name in FIELDS)
    changed = both.filter(differs)
    return SyncPlan(
        gone=gone,
        changed=changed.select(list(COLUMNS)),
        new=new,
        same=len(both) - len(changed),
        fields={name: int(changed[f"{name}_differs"].sum()) for name in FIELDS},
        doubts=_doubts(len(gone), len(sold), both),
    )


def _differs(name: str) -> pl.Expr:
    column = "cents" if name == "price" else name
    mine, theirs = pl.col(column), pl.col(f"{column}_sold")
    if name == "category":
        mine, theirs = mine.list.join("\0"), theirs.list.join("\0")
    return mine.ne_missing(theirs) & (theirs.is_not_null() if name == "attributes" else True)


def _doubts(gone: int, sold: int, both: pl.DataFrame) -> list[str]:
    """What looks broken. *both* has the items of both sides, those of the service with the suffix `_sold`."""
    price, was = pl.col("cents"), pl.col("cents_sold")
    stock, had = pl.col("stock"), pl.col("stock_sold")
    has_category, had_category = pl.col("category").list.len() > 0, pl.col("category_sold").list.len() > 0
    attributes, had_attributes = pl.col("attributes") != "{}", pl.col("attributes_sold").fill_null("{}") != "{}"
    doubts = [_doubt(gone, sold, FEW, "items would be taken off sale")]
    for share, counted, broken, said in (
        (FEW, was > 0, price.fill_null(0) == 0, "prices would be 0 or gone"),
        (FEW, (was > 0) & (price > 0), (price >= 10 * was) | (10 * price <= was), "prices would be 10 times others"),
        (HALF, had.fill_null(1) > 0, stock == 0, "items in stock would be out of stock"),
        (FEW, had.is_not_null(), stock.is_null(), "stocks would not be counted any more, and always be in stock"),
        (HALF, pl.lit(True), pl.col("title") != pl.col("title_sold"), "titles would be others"),
        (FEW, had_category, ~has_category, "categories would be gone"),
        (FEW, had_attributes, ~attributes, "items would lose all their attributes"),
    ):
        held = both.filter(counted)
        doubts.append(_doubt(len(held.filter(broken)), len(held), share, said))
    return [doubt for doubt in doubts if doubt]


def _doubt(broken: int, of: int, share: float, said: str) -> str:
    return f"{broken:,} of {of:,} {said}" if broken > 1 and broken >= share * of else ""
