"""A second made-up shop, to see that what is tuned on the sample shop holds elsewhere.

    python -m bench.second_shop build/second-shop/files
    bundlesmith prepare --source tables --path build/second-shop/files/baskets.yaml --out build/second-shop/data
    python -m bench.everyday --shop second --url http://localhost:8000

It has no department, brand or theme of the sample shop (bench/second_shop/*.yaml, in the same form) and is made by the
same code. The command writes goods.csv and orders.csv, and two files that say what of them to take: catalogue.yaml the
goods alone, as of a shop that has just opened; baskets.yaml the goods, and orders without a word about what they are
for, without customers or visits. bench/second_shop/requests.jsonl is what `bench.everyday` asks.

An order has 2 to 6 items of one theme, some themes being much rarer than others; in about one of four, one of the items
is a stranger. The themes' wordings are of no use here but for checking that no request has one of them.
"""

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.csv_shop import Row, write
from bundlesmith.data.sample_shop.products import Product, ProductShelf, make_products
from bundlesmith.data.sample_shop.sets import make_set
from bundlesmith.data.sample_shop.vocabulary import Theme, Vocabulary, read_vocabulary

FOLDER = Path(__file__).with_suffix("")
ORDERS, SEED = 2000, 11
LARGEST = 6
NOISE = 0.2
"""Of the orders get an item from anywhere in the shop; `make_set` puts one of another department into a few more."""
RARITY = 0.7
"""The n-th most popular theme is bought for n ** -RARITY times as often as the first."""
FIRST_DAY = 1_751_328_000  # 2025-07-01, UTC
YEAR = 365 * 86_400

CATALOGUE = """items:
  file: goods.csv
  columns: {item_id: sku, title: name, category: path, price: eur, stock: pieces, attributes: details}
  category_separator: " > "
"""
BASKETS = f"""{CATALOGUE}bundles:
  file: orders.csv
  columns: {{bundle_id: order, item_id: sku, timestamp: at}}
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What was bought at once, when (seconds since 1970), and the theme that it was bought for."""

    time: int
    theme: Theme
    products: tuple[Product, ...]


@cache
def vocabulary() -> Vocabulary:
    """What the shop sells, and what for."""
    return read_vocabulary(FOLDER)


def make_goods(seed: int = SEED) -> list[Product]:
    """The products."""
    return make_products(vocabulary(), random.Random(f"{seed} products"))


def make_orders(products: Sequence[Product], count: int = ORDERS, seed: int = SEED) -> list[Order]:
    """*count* orders within a year, in the order of time."""
    rng, shelf = random.Random(f"{seed} orders"), ProductShelf(products)
    themes = rng.sample(list(vocabulary().themes.values()), len(vocabulary().themes))
    weights = [place**-RARITY for place in range(1, len(themes) + 1)]
    times = sorted(FIRST_DAY + rng.randrange(YEAR) for _ in range(count))
    chosen = rng.choices(themes, weights, k=count)
    return [Order(time, theme, _basket(theme, shelf, rng)) for time, theme in zip(times, chosen, strict=True)]


def _basket(theme: Theme, shelf: ProductShelf, rng: random.Random) -> tuple[Product, ...]:
    tier = rng.choices((0, 1, 2), (40, 40, 20))[0]
    basket: list[Product] = []
    while not basket:
        basket = make_set(theme, tier, shelf, frozenset(), rng)
    if rng.random() < NOISE:
        others = [product for product in shelf.products if product not in basket]
        basket = [*basket[: LARGEST - 1], rng.choice(others)]
    return tuple(rng.sample(basket, len(basket)))


def goods_rows(products: Sequence[Product]) -> list[Row]:
    """The lines of goods.csv."""
    return [
        {
            "sku": product.item_id,
            "name": product.title,
            "path": " > ".join(product.category),
            "eur": product.price,
            "pieces": product.stock,
            "details": json.dumps(product.attributes, ensure_ascii=False),
        }
        for product in products
    ]


def order_rows(orders: Sequence[Order]) -> list[Row]:
    """The lines of orders.csv, one for each item; what an order was for is not in them."""
    return [
        {"order": f"N{number:05d}", "at": order.time, "sku": product.item_id}
        for number, order in enumerate(orders, 1)
        for product in order.products
    ]


def write_shop(folder: Path, orders: int = ORDERS, seed: int = SEED) -> None:
    """Write the shop's files into *folder*; the same seed gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    products = make_goods(seed)
    write(folder / "goods.csv", goods_rows(products))
    write(folder / "orders.csv", order_rows(make_orders(products, orders, seed)))
    (folder / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    (folder / "baskets.yaml").write_text(BASKETS, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where to write the files")
    parser.add_argument("--orders", type=int, default=ORDERS, help="how many orders (%(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another one gives another shop (%(default)s)")
    given = parser.parse_args()
    write_shop(given.folder, given.orders, given.seed)


if __name__ == "__main__":
    main()
