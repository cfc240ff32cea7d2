"""Splits: every event and bundle gets "train", "valid" or "test" by the unit it belongs to, never row by row.

A unit is a session; for rows without one it is the user; for bundles with neither it is their set of items,
so that identical bundles stay together. All rows of a unit are in one split. Where the source gives splits
they hold, and units that it leaves open are for training. Otherwise:

- sessions go by their first moment: the earliest 80 % train, the next 10 % valid, the last 10 % test;
- users and item sets go by their last moment in the same way;
- units of the same moment stay together; units without any time are dealt out by a seeded permutation.

For k-fold cross-validation, units are dealt into folds by a seeded hash of their name instead, whatever splits the
source gives; units that hold the same set of items go together. One fold is the test split, the next one the valid
split, and the others are for training; so every unit is tested in exactly one of the k ways.
"""

import random
from hashlib import blake2b

import polars as pl

from bundlesmith.data.tables import SPLITS, coded, set_keys, text_numbers
from bundlesmith.errors import BundlesmithError, nearest

TRAIN, VALID = 0.8, 0.9  # where training and validation end


def split(
    events: pl.DataFrame, bundles: pl.DataFrame, seed: int, folds: int | None = None, fold: int = 0
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Fill the column `split` of both tables.

    Args:
        events: the events.
        bundles: the bundles.
        seed: deals out what has neither split nor time; or the folds.
        folds: k, 3 or more, for k-fold cross-validation.
        fold: which of the k folds is the test split.

    Raises:
        BundlesmithError: if the source gives an unknown split, or two splits to one unit; or if a split would be
            empty with so many folds.
    """
    rows = pl.concat([_keyed(coded(table)) for table in (events, bundles)])
    numbers = [
        2 * text_numbers(rows["session_id"]),
        2 * text_numbers(rows["user_id"]) + 1,
        -1 - text_numbers(rows["key"]),
    ]
    rows = rows.with_columns(unit=pl.coalesce(*numbers))
    if folds is not None:
        rows = rows.with_columns(_NAME)
        together = bundles.select("items", name=rows["name"][events.height :])
        chosen = _by_number(rows, _dealt(rows["name"].unique().to_list(), together, seed, folds, fold))
    elif rows["split"].count():
        rows = rows.with_columns(_NAME)
        chosen = _by_number(rows, _given(rows))
    else:
        chosen = _chosen(rows, seed)
    done = rows.select("unit").join(chosen, on="unit", how="left", maintain_order="left")["split"]
    return events.with_columns(done[: events.height]), bundles.with_columns(done[events.height :])


_NAME = pl.coalesce(
    pl.lit("s") + pl.col("session_id"), pl.lit("u") + pl.col("user_id"), pl.lit("i") + pl.col("key")
).alias("name")
"""The name of a row's unit; its first letter says which: s(ession), u(ser), i(tem set)."""


def _keyed(table: pl.DataFrame) -> pl.DataFrame:
    """What tells the unit of each row; the set of items as a key, for rows that have neither session nor user."""
    bare = table["session_id"].is_null() & table["user_id"].is_null()
    keys = set_keys(table["items"]) if bare.any() else pl.repeat(None, table.height, dtype=pl.String, eager=True)
    return table.select("session_id", "user_id", "timestamp", "split", keys.alias("key"))


def _by_number(rows: pl.DataFrame, chosen: dict[str, str]) -> pl.DataFrame:
    return rows.unique("unit").select("unit", split=pl.col("name").replace_strict(chosen, return_dtype=pl.String))


def _dealt(units: list[str], bundles: pl.DataFrame, seed: int, folds: int, fold: int) -> dict[str, str]:
    """Each unit's split, by the fold that a hash deals it to."""
    names = {fold: "test", (fold + 1) % folds: "valid"}
    chosen: dict[str, str] = {}
    for unit, leader in _together(units, bundles).items():
        digest = blake2b(f"{seed} {leader}".encode(), digest_size=8).digest()
        chosen[unit] = names.get(int.from_bytes(digest) % folds, "train")
    for name in SPLITS:
        if name not in chosen.values():
            raise BundlesmithError(
                f'With {folds} folds and seed {seed} the split "{name}" of fold {fold} is empty.',
                "Make fewer folds, or name another seed.",
            )
    return chosen


def _together(units: list[str], bundles: pl.DataFrame) -> dict[str, str]:
    """For each unit the first, by name, of those that the same sets of items tie to it; mostly itself."""
    leaders = {unit: unit for unit in units}

    def leader(unit: str) -> str:
        while leaders[unit] != unit:
            leaders[unit] = unit = leaders[leaders[unit]]
        return unit

    same = bundles.group_by(set_keys(bundles["items"])).agg(pl.col("name").unique())["name"]
    for tied in same:
        first, *others = sorted(map(leader, tied))
        leaders.update(dict.fromkeys(others, first))
    return {unit: leader(unit) for unit in units}


def _given(rows: pl.DataFrame) -> dict[str, str]:
    wrong = rows.filter(pl.col("split").is_not_null() & ~pl.col("split").is_in(SPLITS))["split"]
    if wrong.len():
        raise BundlesmithError(f'"{wrong[0]}" is not a split.', nearest(wrong[0], list(SPLITS)))
    units = rows.group_by("name", maintain_order=True).agg(pl.col("split").drop_nulls().unique().sort())
    twice = units.filter(pl.col("split").list.len() > 1)
    if twice.height:
        unit, names = twice.row(0)
        raise BundlesmithError(
            f'The source puts the {_KINDS[unit[0]]} "{unit[1:]}" into two splits: {" and ".join(names)}.',
            "Give all of its rows the same split, or none.",
        )
    return {unit: names[0] if names else "train" for unit, names in units.iter_rows()}


_KINDS = {"s": "session", "u": "user", "i": "item set"}


def _chosen(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    first, last, session = pl.col("timestamp").min(), pl.col("timestamp").max(), pl.col("session_id").is_not_null()
    units = rows.group_by("unit").agg(pl.col("session_id", "user_id", "key").first(), first=first, last=last)
    units = units.with_columns(time=pl.when(session).then("first").otherwise("last"))
    parts, untimed = [], [units.filter(pl.col("time").is_null())]
    for kind in (session, ~session):
        timed = units.filter(kind).drop_nulls("time")
        moments = timed.group_by("time").len("size").sort("time")
        if moments.height > 1:
            parts.append(timed.join(moments.select("time", _names(moments["size"])), on="time"))
        else:
            untimed.append(timed)  # one moment is no order
    dealt = pl.concat(untimed).with_columns(_NAME).sort("name")
    order = list(range(dealt.height))
    random.Random(seed).shuffle(order)
    dealt = dealt[order].with_columns(_names(pl.repeat(1, dealt.height, eager=True)))
    return pl.concat(part.select("unit", "split") for part in (*parts, dealt))


def _names(sizes: pl.Series) -> pl.Series:
    """Name each group's split in order: 80/10/10 of the units, and from 3 groups on none is empty."""
    total, start = int(sizes.sum() or 0), sizes.cum_sum() - sizes
    name = pl.when(start < TRAIN * total).then(pl.lit("train")).when(start < VALID * total).then(pl.lit("valid"))
    names = pl.select(name.otherwise(pl.lit("test")).alias("split"))["split"]
    if names.len() >= 3:
        names[-1] = "test"
        if not (names == "valid").any():
            names[max(1, int((names == "test").arg_max() or 0) - 1)] = "valid"
    return names
