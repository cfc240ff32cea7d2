"""Baskets -> bundles, for a shop that has orders and no sets that anyone put together.

    bundles, changes = bundles_of_baskets(events, "auto")

A basket is what was bought in one session (an order), or else by one customer in one day. Each item counts once;
baskets of one item are left out, and so are those that a customer had before. What is bought with everything says
little: it is taken out of baskets with whose other items it isn't bought oftener than by chance. A basket of more than
20 items is parted into items that are bought together (by lift). Intents stay empty.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import polars as pl

from bundlesmith.data.report import EXAMPLES, RowChange
from bundlesmith.data.tables import CODED_BUNDLES, set_numbers, text_numbers

Baskets = Literal["auto", "session", "day", "none"]
SMALLEST, LARGEST, WHOLESALE = 2, 20, 200
BOUGHT = ("purchase", "purchased", "order", "ordered", "transaction", "buy", "bought", "sale", "checkout")
NOT_BOUGHT = (
    *("view", "click", "detail", "cart", "addtocart", "add_to_cart", "remove_from_cart", "search", "wishlist"),
    *("impression", "return", "returned", "refund", "cancel", "cancelled"),
)
STAPLE = 0.05  # of all baskets hold it
_ENOUGH = 200  # baskets, to tell what a staple is
LIFT, SURPLUS = 1.2, 2.0  # a staple stays where it is bought oftener than by chance, by so much and so surely
_SAMPLE = 200_000  # baskets that tell the lift of pairs
_DAY = 86_400
_DATES = 100_000_000  # smaller timestamps are counts, not dates


def bundles_of_baskets(events: pl.DataFrame, how: Baskets) -> tuple[pl.DataFrame, list[RowChange]]:
    """Make bundles of clean *events*.

    Returns:
        The bundles, with the schema of `tables`, and what was made and left out. Splits are those of the events.
    """
    empty = pl.DataFrame(schema=CODED_BUNDLES)
    bought = _bought(events)
    if how == "none" or bought.is_empty():
        return empty, []
    if how == "auto":
        how = "session" if bought["session_id"].null_count() * 2 < bought.height else "day"
    lines, without = _lines(bought, how)
    sizes = lines.select(pl.len().over("basket")).to_series()
    single, wholesale = lines.filter(sizes < SMALLEST), lines.filter(sizes > WHOLESALE).unique("basket")
    changes = [
        _left_out("baskets of one item", _names(bought, single["row"], how)),
        _left_out(f"baskets of more than {WHOLESALE} items", _names(bought, wholesale["row"], how)),
    ]
    lines = lines.filter(sizes.is_between(SMALLEST, WHOLESALE))
    lines, staples = _without_staples(lines)
    lines, parts = _parted(lines)
    bundles, again = _bundles(lines, bought, how, parts)
    unit = "session" if how == "session" else "customer and day"
    changes += [
        _left_out(f"purchases without a {unit}", without),
        RowChange(
            table="bundle items",
            action="dropped",
            reason="staples: bought with everything, so they say little",
            count=sum(staples.values()),
            examples=tuple(sorted(staples, key=lambda item: -staples[item])[:EXAMPLES]),
        ),
        RowChange(
            table="bundles",
            action="made",
            reason=f"of baskets of more than {LARGEST} items: what is bought together",
            count=len(parts),
        ),
        _left_out("the same customer had the same basket before", again),
        RowChange(
            table="bundles",
            action="made",
            reason=f"no bundles are given: each is what was bought in one {unit}",
            count=bundles.height,
            examples=tuple(bundles["bundle_id"].head(EXAMPLES)),
        ),
    ]
    return bundles, [change for change in changes if change.count]


def _left_out(reason: str, names: pl.Series) -> RowChange:
    shown = tuple(str(name) for name in names.cast(pl.String).bottom_k(EXAMPLES).sort())
    return RowChange(table="bundles", action="dropped", reason=reason, count=names.len(), examples=shown)


def _bought(events: pl.DataFrame) -> pl.DataFrame:
    """The events that are purchases: those that say so, or all that say nothing else."""
    kinds = events["kind"].unique().to_list()
    said = [kind for kind in kinds if kind.lower().strip() in BOUGHT]
    good = said or [kind for kind in kinds if kind.lower().strip() not in NOT_BOUGHT]
    return events if len(good) == len(kinds) else events.filter(pl.col("kind").is_in(good))


def _lines(bought: pl.DataFrame, how: Baskets) -> tuple[pl.DataFrame, pl.Series]:
    """One row for each basket, by number, and item, in the order of purchase, with its row in *bought*; and the items
    of no basket.
    """
    names = bought["session_id"] if how == "session" else _days(bought)
    table = bought.select("item_id", row=pl.int_range(pl.len(), dtype=pl.UInt32), basket=text_numbers(names))
    without = table.filter(pl.col("basket").is_null())["item_id"]
    lines = table.drop_nulls("basket") if without.len() else table
    pair = lines["basket"] * 2**32 + text_numbers(lines["item_id"])
    return lines.filter(pair.is_first_distinct()), without


def _names(bought: pl.DataFrame, rows: pl.Series, how: Baskets) -> pl.Series:
    """The names of the baskets that these rows of *bought* are in."""
    found = bought.select("user_id", "session_id", "timestamp")[rows]
    return found["session_id"].cast(pl.String) if how == "session" else _days(found)


def _days(bought: pl.DataFrame) -> pl.Series:
    """Customer and day of each row, as in "ann 2024-05-01"."""
    time = pl.col("timestamp")
    day = pl.when(time >= _DATES).then(pl.from_epoch(time, "s").dt.strftime("%Y-%m-%d")).otherwise(time.cast(pl.String))
    return bought.select(pl.format("{} {}", "user_id", day)).to_series()


def _without_staples(lines: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """Take staples out of the baskets to which they don't belong, as long as two other items stay."""
    baskets = lines["basket"].n_unique()
    counts = lines.group_by("item_id").len("n")
    staples = counts.filter(pl.col("n") >= STAPLE * baskets)
    if baskets < _ENOUGH or staples.is_empty():
        return lines, {}
    there = lines.join(staples.select("item_id"), on="item_id", how="semi").select("basket", staple="item_id")
    beside = there.join(lines.select("basket", "item_id"), on="basket").filter(pl.col("staple") != pl.col("item_id"))
    pairs = beside.group_by("staple", "item_id").len("both").join(counts, on="item_id")
    pairs = pairs.join(counts.rename({"item_id": "staple", "n": "staples"}), on="staple")
    chance = (pl.col("n") - 1) * (pl.col("staples") - 1) / (baskets - 1)  # the basket itself doesn't count
    pairs = pairs.select("staple", "item_id", "n", "staples", pl.col("both").cast(pl.Int64) - 1, chance=chance)
    rarer = pairs.filter(pl.col("n") < pl.col("staples"))  # beside what is still commoner nothing stands out
    found = beside.join(rarer, on=["staple", "item_id"])
    sums = found.group_by("basket", "staple").agg(pl.col("both").sum(), pl.col("chance").sum())
    surplus = (pl.col("both") - pl.col("chance")) / (pl.col("chance") + 1).sqrt()
    by_chance = (surplus < SURPLUS) | (pl.col("both") < LIFT * pl.col("chance"))
    weak = sums.filter(by_chance).select("basket", pl.col("staple").alias("item_id"))
    left = (
        lines.join(weak, on=["basket", "item_id"], how="anti")
        .group_by("basket")
        .len("left")
        .filter(pl.col("left") >= SMALLEST)
    )
    weak = weak.join(left.select("basket"), on="basket", how="semi")
    gone = dict(weak.group_by("item_id").len().sort("len", "item_id", descending=[True, False]).iter_rows())
    return lines.join(weak, on=["basket", "item_id"], how="anti", maintain_order="left"), gone


def _parted(lines: pl.DataFrame) -> tuple[pl.DataFrame, list[int]]:
    """Part baskets that are too large into items that are bought together.

    Returns:
        The lines, parts in baskets numbered from -1 down; and for each part which of its basket it is, from 1 on.
    """
    sizes = lines.group_by("basket").len()
    large = lines.join(sizes.filter(pl.col("len") > LARGEST), on="basket", how="semi", maintain_order="left")
    if large.is_empty():
        return lines, []
    small = lines.join(large.select("basket").unique(), on="basket", how="anti", maintain_order="left")
    lifts = _Lifts(small, large["item_id"].unique(maintain_order=True))
    tables, parts = [small], list[int]()
    for _, basket in large.group_by(["basket"], maintain_order=True):
        for number, places in enumerate(lifts.parts(basket["item_id"].to_list()), 1):
            parts.append(number)
            tables.append(basket[places].with_columns(basket=pl.lit(-len(parts), pl.Int64)))
    return pl.concat(tables), parts


class _Lifts:
    """How much oftener than by chance pairs of some items stand in one basket."""

    def __init__(self, lines: pl.DataFrame, items: pl.Series) -> None:
        names = lines["basket"].unique(maintain_order=True).head(_SAMPLE)
        self.baskets = max(names.len(), 1)
        known = lines.filter(pl.col("basket").is_in(names.implode()) & pl.col("item_id").is_in(items.implode()))
        self.counts: dict[str, int] = dict(known.group_by("item_id").len().iter_rows())
        known = known.select("basket", pl.col("item_id").cast(pl.String))
        pairs = known.join(known, on="basket", suffix="_2").filter(pl.col("item_id") < pl.col("item_id_2"))
        self.both = {(one, two): n for one, two, n in pairs.group_by("item_id", "item_id_2").len().iter_rows()}

    def parts(self, items: list[str]) -> Iterator[list[int]]:
        """The places of items that go together, the surest first, from the pair with the highest lift on."""
        lift = np.array([[self._lift(one, two) for two in items] for one in items])
        np.fill_diagonal(lift, 0.0)
        free = np.ones(len(items), bool)
        while free.sum() >= SMALLEST:
            among = np.where(free[:, None] & free[None, :], lift, 0.0)
            first, second = np.unravel_index(int(among.argmax()), among.shape)
            if among[first, second] <= 1.0:
                break
            part = [int(first), int(second)]
            while len(part) < LARGEST:
                means = np.where(free, lift[part].mean(0), 0.0)
                means[part] = 0.0
                if (best := int(means.argmax())) in part or means[best] <= 1.0:
                    break
                part.append(best)
            free[part] = False
            yield sorted(part)

    def _lift(self, one: str, two: str) -> float:
        both = self.both.get((min(one, two), max(one, two)), 0)
        chance = self.counts.get(one, 0) * self.counts.get(two, 0) / self.baskets
        return float((both + 1.0) / (chance + 1.0))


def _bundles(
    lines: pl.DataFrame, bought: pl.DataFrame, how: Baskets, parts: list[int]
) -> tuple[pl.DataFrame, pl.Series]:
    """A bundle for each basket; and the names of those that the same customer had before."""
    times = bought["timestamp"].gather(lines["row"])
    grouped = lines.with_columns(times).group_by("basket", maintain_order=True)
    found = grouped.agg(pl.col("row").first(), pl.col("timestamp").min(), items="item_id")
    of_first = bought.select("user_id", "session_id", "split")[found["row"]]
    found = found.with_columns(of_first.get_columns(), bundle_id=_names(bought, found["row"], how))
    if parts:
        number = pl.Series(parts).gather((-found["basket"] - 1).clip(0))
        name = pl.when(pl.col("basket") < 0).then(pl.format("{} #{}", "bundle_id", number)).otherwise("bundle_id")
        found = found.with_columns(bundle_id=name)
    found = found.filter(pl.col("items").list.len() >= SMALLEST).sort("timestamp", maintain_order=True)
    found = found.with_columns(set_numbers(found["items"]))
    marked = found.with_columns(first=pl.struct("user_id", "one", "two").is_first_distinct())
    again = marked.filter(~pl.col("first"))["bundle_id"]
    nothing = [pl.lit(None, pl.String).alias(name) for name in ("intent", "explanation")]
    bundles = marked.filter("first").with_columns(nothing)
    return bundles.select(pl.col(name).cast(kind) for name, kind in CODED_BUNDLES.items()), again
