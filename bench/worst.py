"""What the rules cost at their worst: each alone and each two together, at their largest, in shops of several sizes.

    make bench-worst
    python -m bench.worst [--items 1000 200000 1000000]

For each request: the time until it is open, and of each step that follows, with the items that a rule makes hardest
to place: what is taken is the dearest item that may be, so that the budget is near its end from the first step on. To
both belongs what may begin the next item: a mask over so many tokens as begin the spellings of a large shop. It is the
time of the thread that is measured, so that what else the machine does doesn't count.
"""

import argparse
import gc
import random
import statistics
import time
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from bench.table import publish
from bundlesmith.constraints.lookahead import Choice, begin
from bundlesmith.constraints.rules import Rules
from bundlesmith.constraints.shelf import Shelf, make_shelf
from bundlesmith.constraints.view import Positions
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError

SEED, STEPS = 7, 12
TOKENS = 2000
"""So many tokens may begin an item."""
AT_ONCE = 4096
DEPARTMENTS, CATEGORIES, BRANDS = 30, 400, 900


def made_catalogue(size: int) -> Catalogue:
    """Items of 400 categories in 30 departments and of 900 brands; some are everywhere, most are rare."""
    drawn = np.random.default_rng(SEED)
    category = np.minimum(drawn.zipf(1.3, size), CATEGORIES) - 1
    brand = np.minimum(drawn.zipf(1.3, size), BRANDS) - 1
    ids = tuple(f"i{row}" for row in range(size))
    return Catalogue(
        ids=ids,
        titles=ids,
        categories=tuple((f"Department {at % DEPARTMENTS}", f"Category {at}") for at in category.tolist()),
        cents=np.maximum(drawn.lognormal(7.5, 1.0, size), 50).astype(np.int64),
        stock=drawn.integers(0, 20, size),
        attributes=tuple({"brand": f"Brand {at}"} for at in brand.tolist()),
        integer_ids=False,
        rows={item: row for row, item in enumerate(ids)},
    )


def largest(catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    """Each rule at its largest, by name."""
    drawn = random.Random(SEED)
    some = drawn.sample(catalogue.ids, min(len(catalogue), 1000))
    departments = [f"Department {at}" for at in range(DEPARTMENTS)]
    return {
        "size 100": {"min_items": 100, "max_items": 100},
        "size 40:60": {"min_items": 40, "max_items": 60},
        "budget": {"budget": 400.0},
        "price range": {"min_price": 2.0, "max_price": 60.0},
        "excluded": {"excluded": tuple(some[:200])},
        "allowed": {"allowed": tuple(some[200:1000])},
        "per category": {"per_category": 2},
        "per brand": {"per_brand": 2},
        "20 slots": {"slots": tuple(departments[:20])},
        "20 equal slots": {"slots": ("Department 1",) * 20},
        "4 slots": {"slots": ("Category 0", "Category 1", "Department 1", "Department 2")},
    }


def requests(catalogue: Catalogue) -> Iterator[tuple[str, Rules]]:
    """Each rule alone, and each two that can be together; a size is large enough for all slots."""
    rules = largest(catalogue)
    for names in (*((name,) for name in rules), *combinations(rules, 2), *combinations(rules, 3)):
        values: dict[str, Any] = {}
        for name in names:
            if values.keys() & rules[name].keys():
                break
            values |= rules[name]
        else:
            slots = len(values.get("slots", ()))
            if len(names) < 3 or {"per_category", "per_brand"} <= values.keys():
                values = {"min_items": max(2, slots), "max_items": max(10, slots), **values}
                yield " + ".join(names), Rules(**values)


def shelf_of(catalogue: Catalogue) -> Shelf:
    """The shelf of a catalogue, as those have it whose items begin with so many tokens."""
    bounds = np.linspace(0, len(catalogue), min(TOKENS, len(catalogue)) + 1).astype(np.int32)
    shelf = make_shelf(catalogue, np.arange(len(catalogue), dtype=np.int32), (bounds[:-1], bounds[1:]))
    shelf.prepare()
    return shelf


def masked(choice: Choice) -> None:
    """Ask what may begin the next item."""
    nodes = choice.limits.shelf.nodes
    assert nodes is not None
    choice.holds(*nodes, slice(0, len(nodes[0])))


def dearest_of(choice: Choice, dearest: Positions) -> int:
    """The first of some positions that may come next."""
    for start in range(0, len(dearest), AT_ONCE):
        some = dearest[start : start + AT_ONCE]
        if (held := choice.holds(some, some + 1)).any():
            return int(some[int(np.argmax(held))])
    raise ValueError("Nothing may come next.")


def timed(shelf: Shelf, catalogue: Catalogue, rules: Rules) -> tuple[float, list[float], bool]:
    """Seconds to begin, and of each step; and whether there is a bundle."""
    start = time.thread_time()
    try:
        choice = begin(rules, shelf, catalogue.row, ())
    except BundlesmithError:
        return time.thread_time() - start, [], False
    masked(choice)
    opened, steps = time.thread_time() - start, list[float]()
    dearest = np.argsort(-catalogue.cents, kind="stable").astype(np.int32)
    while choice.may_go_on and len(steps) < STEPS:
        position = dearest_of(choice, dearest)
        start = time.thread_time()
        following = choice.after(position)
        assert following is not None
        choice = following
        masked(choice)
        steps.append(time.thread_time() - start)
    return opened, steps, True


def measure(size: int) -> list[dict[str, Any]]:
    """A row for each request."""
    catalogue = made_catalogue(size)
    shelf, rows = shelf_of(catalogue), []
    gc.freeze()  # as a service does: Python's search for garbage would look through all items
    for name, rules in requests(catalogue):
        opened, steps, met = timed(shelf, catalogue, rules)
        step = max(steps, default=0.0)
        rows.append({"items": size, "rules": name, "met": met, "begin ms": 1000 * opened, "step ms": 1000 * step})
    return rows


def summary(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The middle, the 99th percentile and the worst of each size."""
    for size in dict.fromkeys(row["items"] for row in rows):
        own = [row for row in rows if row["items"] == size]
        for what in ("begin ms", "step ms"):
            times = sorted(row[what] for row in own)
            worst = max(own, key=lambda row: row[what])
            yield {
                "items": size,
                "what": what,
                "p50": statistics.median(times),
                "p99": times[int(0.99 * (len(times) - 1))],
                "worst": times[-1],
                "of": worst["rules"],
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, nargs="+", default=[1000, 200_000, 1_000_000])
    given = parser.parse_args()
    measure(100)  # so that no import is measured
    rows = [row for size in given.items for row in measure(size)]
    for row in rows:
        outcome = "" if row["met"] else "refused"
        print(f"{row['items']:>9,}  {row['begin ms']:9.1f}  {row['step ms']:9.1f}  {outcome:8} {row['rules']}")
    publish("worst", [*summary(rows)], ["items", "what", "p50", "p99", "worst", "of"])


if __name__ == "__main__":
    main()
