"""Random requests of all that the API takes: how long until the model is asked, and whether what may come is right.

    make bench-requests
    python -m bench.random_requests RUN [--requests 50000] [--large 50000] [--items 200000] [--first 0]

Against the sample shop's run and a shop of 200,000 items (that of bench.live: spelt, not trained). All rules are drawn,
sizes to 100, up to 20 slots of which some are equal, chosen, excluded and allowed items. All that comes before the
model is timed: rules, prompt, ranking and composing, and for a refusal what would fit instead. `bench.programme`, an
integer programme of the whole request, says whether there is a bundle, and of some items whether they may come next:
the dearest that is offered, the cheapest that isn't, and two at random, at the start and on the way; and each bundle
that is written at random in the end is looked at whole. It is the time of the thread that is measured, as in
`bench.worst`. Each request is drawn by its own number: what is interrupted tells what it has seen, and goes on with
`--first`.
"""

import argparse
import json
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.live import made_run
from bench.programme import Facts, fits, is_bundle, writable
from bench.table import publish
from bundlesmith.constraints.lookahead import Choice, NoBundleError
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.opening import Openings
from bundlesmith.pipeline.relaxing import relaxations
from bundlesmith.pipeline.writing import Manner, Writing
from bundlesmith.run import load_run
from bundlesmith.shop.live_shop import LiveShop, ShopView

SEED, EVERY = 7, 500


class Shop:
    """A shop that is asked, and its facts as the oracle reads them: from the catalogue."""

    def __init__(self, run: Path) -> None:
        self.view: ShopView = LiveShop(load_run(run)).view()
        catalogue = self.view.catalogue
        paths: dict[tuple[str, ...], int] = {}
        brands: dict[str, int] = {}
        rows = range(len(catalogue))
        category = [paths.setdefault(path, len(paths)) if (path := catalogue.categories[row]) else -1 for row in rows]
        named = [str(catalogue.attributes[row].get("brand") or "") for row in rows]
        brand = [brands.setdefault(name, len(brands)) if name else -1 for name in named]
        prices = [catalogue.price(row) for row in rows]
        cents = [-1 if price is None else round(100 * price) for price in prices]
        stock = [-1 if catalogue.stock[row] is None else int(catalogue.stock[row]) for row in rows]
        columns = (np.array(column, np.int64) for column in (cents, stock, category, brand))
        ids = [catalogue.ids[row] for row in rows]
        self.facts = Facts(ids, *columns, list(paths))
        self.row_of = {item: row for row, item in enumerate(ids)}
        self.position = np.array([self.view.snapshot.find(item) for item in ids], np.int32)
        self.row = np.argsort(self.position)


def drawn(rng: random.Random, facts: Facts) -> Ask:
    """A request; about half of them have a bundle."""
    ids, most = facts.ids, rng.choice([rng.randint(1, 6), rng.randint(1, 20), rng.randint(1, 100)])
    least = rng.randint(1, most)
    steps = sorted({step for path in facts.paths for step in path})
    few = rng.sample(steps, min(rng.randint(1, 4), len(steps)))
    slots = [rng.choice(rng.choice([few, steps])) for _ in range(min(rng.choice([0, 0, 0, 2, 4, 8, 20]), most))]
    median = float(np.median(facts.cents[facts.cents >= 0])) / 100
    low = rng.choice([None, None, median * rng.random()])
    values: dict[str, Any] = {
        "words": rng.choice(["", "a weekend trip for two", "coffee at home, under 250"]),
        "size": f"{least}:{most}",
        "slots": slots,
        "budget": rng.choice([None, round(least * median * rng.choice([0.2, 1, 2, 4]) * rng.random() + 1, 2)]),
        "per_category": rng.choice([None, None, 1, 2, 5]),
        "per_brand": rng.choice([None, None, 1, 2, 5, 10]),
        "min_price": None if low is None else round(low, 2),
        "max_price": rng.choice([None, None, round((low or 0) + median * rng.choice([0.1, 1, 2]) * rng.random(), 2)]),
        "in_stock": rng.random() < 0.7,
        "exclude": rng.sample(ids, rng.choice([0, 0, 1, 20, min(200, len(ids) // 2)])),
        "only": rng.sample(ids, rng.choice([0, 0, 0, 0, 100, min(800, len(ids) // 2)])),
        "items": rng.sample(ids, rng.choice([0, 0, 1, 2, 5])),
        "n": rng.choice([1, 1, 3]),
    }
    return Ask(**values)


@dataclass(slots=True)
class Seen:
    """What came of requests: seconds until the model is asked, refusals, and what the oracle says against them."""

    begun: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    looks: int = 0
    wrong: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")

    def note(self, seconds: float, ask: Ask, where: list[float]) -> None:
        where.append(seconds)
        self.slowest = max(self.slowest, (seconds, ask.model_dump_json(exclude_defaults=True)[:2000]))


def asked(shop: Shop, ask: Ask, seen: Seen, rng: random.Random) -> None:
    """Ask, and look at what is answered."""
    view, facts, began = shop.view, shop.facts, time.thread_time()
    may = writable(facts, ask, shop.row_of)
    chosen = [shop.row_of[item] for item in ask.items]
    try:
        began = time.thread_time()
        request = ask.request(view)
        openings = Openings(view)
        writing = Writing(openings, request, Manner())
        seen.note(time.thread_time() - began, ask, seen.begun)
    except NoBundleError as error:
        found = relaxations(ask, error.conflict, lambda other: other.request(view), view)
        seen.note(time.thread_time() - began, ask, seen.refused)
        _expect(seen, not fits(facts, ask, may, chosen, 1), ask, "refused")
        for one in found[:1]:
            other = ask.model_copy(update=one.fields)
            others = [shop.row_of[item] for item in other.items]
            held = fits(facts, other, writable(facts, other, shop.row_of), others, 1)
            _expect(seen, held, ask, f"relaxed by {one.fields}")
        return
    except BundlesmithError as error:
        _expect(seen, False, ask, f"{type(error).__name__}: {error}")
        return
    _expect(seen, fits(facts, ask, may, chosen, 1), ask, "opened")
    for bundle in writing.composed or ():
        rows = [shop.row_of[item] for item in bundle.items]
        _expect(seen, is_bundle(facts, ask, may, rows), ask, f"composed {bundle.items}")
    written(shop, ask, may, openings.decoder(request, talk=False).choice, seen, rng)


def written(shop: Shop, ask: Ask, may: Any, choice: Choice, seen: Seen, rng: random.Random) -> None:
    """A bundle at random: what is offered at the start and at one place on the way, and the bundle in the end."""
    looked_at = {len(ask.items), len(ask.items) + rng.randrange(1, 10)}
    every = np.arange(len(shop.position), dtype=np.int32)
    while choice.may_go_on:
        offered = np.flatnonzero(choice.holds(every, every + 1))
        if len(choice.taken) in looked_at:
            look(shop, ask, may, choice, offered, seen, rng)
        if choice.may_stop and len(choice.taken) > len(ask.items) and rng.random() < 0.2:
            break
        position, began = int(rng.choice(offered)), time.thread_time()
        following = choice.after(position)
        seen.steps.append(time.thread_time() - began)
        if not _expect(seen, following is not None, ask, f"offered {position}"):
            return
        assert following is not None
        choice = following
    rows = shop.row[list(choice.taken)].tolist()
    _expect(seen, choice.may_stop and is_bundle(shop.facts, ask, may, rows), ask, f"wrote {rows}")


def look(shop: Shop, ask: Ask, may: Any, choice: Choice, offered: Any, seen: Seen, rng: random.Random) -> None:
    """Ask the oracle about some items."""
    rows, taken = shop.row[offered], shop.row[list(choice.taken)].tolist()
    cents = shop.facts.cents
    barred = may.copy()
    barred[rows] = False
    barred[taken] = False
    refused = np.flatnonzero(barred)
    some = {int(rows[np.argmax(cents[rows])]): True, int(rng.choice(rows)): True}
    if len(refused):
        some |= {int(refused[np.argmin(cents[refused])]): False, int(rng.choice(refused)): False}
    for row, is_offered in some.items():
        seen.looks += 1
        right = fits(shop.facts, ask, may, [*taken, row]) == is_offered
        _expect(seen, right, ask, f"after {taken} the item {row} {'is' if is_offered else 'is not'} offered")


def _expect(seen: Seen, right: bool, ask: Ask, what: str) -> bool:
    if not right:
        seen.wrong.append(f"{what}: {ask.model_dump_json(exclude_defaults=True)}")
        print(seen.wrong[-1], flush=True)
    return right


def measure(name: str, run: Path, numbers: range, seed: int) -> dict[str, Any]:
    """A row for one shop."""
    shop, seen = Shop(run), Seen()
    asked(shop, drawn(random.Random(seed), shop.facts), Seen(), random.Random(seed))  # so that no import is measured
    try:
        for number in numbers:
            rng = random.Random(f"{seed} {number}")
            asked(shop, drawn(rng, shop.facts), seen, rng)
            if number % EVERY == 0:
                print(json.dumps({"number": number} | summary(name, shop, seen)), flush=True)
    except KeyboardInterrupt:
        print(f"{name}: interrupted; go on with --first {number}", flush=True)
    print(f"slowest: {seen.slowest[0]:.2f} s: {seen.slowest[1]}")
    return summary(name, shop, seen)


def summary(name: str, shop: Shop, seen: Seen) -> dict[str, Any]:
    """What was seen of one shop until now."""
    row: dict[str, Any] = {
        "shop": name,
        "items": len(shop.facts.ids),
        "requests": len(seen.begun) + len(seen.refused),
        "refused": len(seen.refused),
    }
    for what, seconds in (("begun", seen.begun), ("refusal", seen.refused), ("step", seen.steps)):
        p50, p99 = (float(each) for each in np.percentile(seconds or [0.0], [50, 99]))
        row |= {
            f"{what} ms, p50": 1000 * p50,
            f"{what} p99": 1000 * p99,
            f"{what} worst": 1000 * max(seconds, default=0),
        }
    late = sum(each > 2 for each in (*seen.begun, *seen.refused))
    return row | {"over 2 s": late, "the oracle's looks": seen.looks, "wrong": len(seen.wrong)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="of the sample shop")
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--large", type=int, default=50_000, help="requests to the large shop")
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first request")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    rows = []
    if given.requests:
        rows.append(measure("sample", given.run, range(given.first, given.requests), given.seed))
    if given.large:
        rows.append(measure("large", made_run(given.items), range(given.first, given.large), given.seed))
    publish("requests", rows, upright=True)
    if any(row["wrong"] or row["over 2 s"] for row in rows):
        raise SystemExit("Some were wrong, or late.")


if __name__ == "__main__":
    main()
