"""Requests as shoppers make them: words and customers of a data folder's test split, sizes and budgets.

Knows nothing about who answers them.
"""

import random
from pathlib import Path

import polars as pl

from bundlesmith.errors import BundlesmithError
from bundlesmith.serve.ask import Ask
from bundlesmith.shop import ShopView

BUDGETS = (60, 90, 120, 180, 250, 400)
SIZES = ("2:3", "2:4", "3:5", "3")


def asks(data: Path, shop: ShopView, n: int) -> list[Ask]:
    """Distinct requests that some bundle meets; always the same ones.

    Two of three name a customer, whose history is then part of the prompt; all say what they want.
    """
    from bundlesmith.serve.opening import Openings

    bundles = pl.read_parquet(data / "bundles.parquet").filter(
        pl.col("split") == "test", pl.col("intent").is_not_null()
    )
    rng, openings = random.Random(5), Openings(shop)
    found: dict[str, Ask] = {}
    while len(found) < n:
        words, user = rng.choice(bundles.select("intent", "user_id").rows())
        user = user if rng.random() < 2 / 3 else None
        ask = Ask(words=words, user=user, size=rng.choice(SIZES), budget=rng.choice(BUDGETS))
        try:
            openings.decoder(ask.request(shop), True)
        except BundlesmithError:  # a stranger, or too small a budget
            continue
        found[ask.model_dump_json()] = ask
    return list(found.values())
