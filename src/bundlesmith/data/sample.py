"""A made-up shop to try Bundlesmith on: a catalogue, customers' histories, and the bundles that they bought.

Everything is drawn from one seed, so the same seed gives the same tables on every machine.
"""

import json
import random
from collections.abc import Sequence

import polars as pl

from bundlesmith.data.sample_shop.people import Story, live, make_customers
from bundlesmith.data.sample_shop.products import Product, ProductShelf, make_products
from bundlesmith.data.sample_shop.vocabulary import read_vocabulary
from bundlesmith.data.tables import BUNDLES, EVENTS, ITEMS

CUSTOMERS = 3_600


def make_shop(seed: int = 7) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Make the items, events and bundles of the sample shop, in the schemas of `tables`.

    Events and bundles are in the order of time. Splits and explanations are null.
    """
    vocabulary = read_vocabulary()
    products = make_products(vocabulary, random.Random(f"{seed} products"))
    customers = make_customers(vocabulary, CUSTOMERS, random.Random(f"{seed} customers"))
    shelf, rng = ProductShelf(products), random.Random(f"{seed} visits")
    stories = [live(customer, vocabulary, shelf, rng) for customer in customers]
    return _items(products), _events(stories), _bundles(stories)


def _items(products: Sequence[Product]) -> pl.DataFrame:
    rows = [
        (
            product.item_id,
            product.title,
            list(product.category),
            product.price,
            product.stock,
            json.dumps(product.attributes, ensure_ascii=False),
        )
        for product in products
    ]
    return pl.DataFrame(rows, ITEMS, orient="row")


def _events(stories: Sequence[Story]) -> pl.DataFrame:
    rows = [
        (story.customer.user_id, product.item_id, time, kind, session, None)
        for story in stories
        for product, time, kind, session in story.events
    ]
    return pl.DataFrame(sorted(rows, key=lambda row: row[2]), EVENTS, orient="row")


def _bundles(stories: Sequence[Story]) -> pl.DataFrame:
    rows = [
        (story.customer.user_id, session, time, [product.item_id for product in chosen], intent, None, None)
        for story in stories
        for chosen, time, session, intent in story.sets
    ]
    ordered = sorted(rows, key=lambda row: row[2])
    numbered = [(f"b{number:04d}", *row) for number, row in enumerate(ordered, 1)]
    return pl.DataFrame(numbered, BUNDLES, orient="row")
