"""Requests as shoppers make them: words and customers of a data folder's test split, sizes and budgets."""

import random
from pathlib import Path

import polars as pl

from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.ask import Ask
from bundlesmith.shop.live_shop import ShopView

BUDGETS = (60, 90, 120, 180, 250, 400)
CALLS = 4
"""How many requests there are for each customer, and two thirds of them are theirs."""
SIZES = ("2:3", "2:4", "3:5", "3")


def asks(data: Path, shop: ShopView, n: int) -> list[Ask]:
    """Distinct requests that some bundle meets; always the same ones.

    Two of three are of customers, whose history is part of the prompt, and who come again; all say what they want.
    """
    from bundlesmith.pipeline.opening import Openings

    bundles = pl.read_parquet(data / "bundles.parquet").filter(split="test").drop_nulls("intent")
    rng, openings = random.Random(5), Openings(shop)
    found: dict[str, Ask] = {}
    customers = rng.sample(sorted(set(bundles["user_id"])), max(n // CALLS, 1))
    while len(found) < n:
        words, user = rng.choice(bundles["intent"]), rng.choice(customers) if rng.random() < 2 / 3 else None
        ask = Ask(words=words, user=user, size=rng.choice(SIZES), budget=rng.choice(BUDGETS))
        try:
            openings.decoder(ask.request(shop), True)
        except BundlesmithError:  # a stranger, or too small a budget
            continue
        found[ask.model_dump_json()] = ask
    return list(found.values())
