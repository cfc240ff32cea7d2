"""Products of the sample shop: titles, prices, stock and attributes drawn from the vocabulary.

Every draw comes from the generator that is passed in.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bundlesmith.data.sample_shop.vocabulary import AGREE, Brand, ProductType, Vocabulary
from bundlesmith.errors import BundlesmithError

BANDS = ((0.0, 0.35), (0.3, 0.65), (0.6, 1.0))  # the part of a type's price range that each tier takes
CENTS = (99, 99, 99, 95, 50)
MANY_TRIES = 200


@dataclass(frozen=True)
class Product:
    """A row of the items table, and what only making the shop needs: type, tier, colour family, appeal."""

    item_id: str
    title: str
    category: tuple[str, ...]
    price: float
    stock: int | None
    attributes: dict[str, Any]
    type: str
    tier: int
    family: str | None
    appeal: float


def make_products(vocabulary: Vocabulary, rng: random.Random) -> list[Product]:
    """Make every product of *vocabulary*, type by type, with titles that occur once.

    Raises:
        BundlesmithError: if a type has too few names and choices for its count.
    """
    made: list[Product] = []
    titles: set[str] = set()
    numbers: dict[str, int] = {}
    for kind in vocabulary.types.values():
        ranks = rng.sample(range(kind.count), kind.count)
        for place in range(kind.count):
            numbers[kind.prefix] = numbers.get(kind.prefix, 0) + 1
            item_id = f"{kind.prefix}-{numbers[kind.prefix]:04d}"
            made.append(_new(kind, item_id, place, ranks[place], titles, vocabulary, rng))
            titles.add(made[-1].title)
    return made


def _new(
    kind: ProductType,
    item_id: str,
    place: int,
    rank: int,
    titles: set[str],
    vocabulary: Vocabulary,
    rng: random.Random,
) -> Product:
    brand = kind.brands[place % len(kind.brands)]
    for _ in range(MANY_TRIES):
        name, own = rng.choice(kind.names)
        attributes, factor = _attributes(kind, brand, own, place, rng)
        title = _title(kind, brand, name, attributes, rng)
        if title not in titles:
            price = _price(kind, brand.tier, factor, rng)
            family = vocabulary.families[attributes["colour"]] if kind.colours else None
            appeal = 1 / (rank + 2)
            shown = (item_id, title, kind.category, price, _stock(rng), attributes)
            return Product(*shown, kind.key, brand.tier, family, appeal)
    raise BundlesmithError(
        f'The type "{kind.key}" has no {kind.count} different titles.', "Give it more names or a lower count."
    )


def _attributes(
    kind: ProductType, brand: Brand, own: dict[str, Any], place: int, rng: random.Random
) -> tuple[dict[str, Any], float]:
    """The attributes of one product, with its name's *own*, and the factor by which they change its price."""
    chosen: dict[str, Any] = {"brand": brand.name}
    factor: float = own.get("price", 1.0)
    if kind.colours:
        chosen["colour"] = rng.choice(kind.colours)
    for name, options in kind.attributes.items():
        if isinstance(options, list | dict):
            values = list(options)
            value = values[place % len(values)] if name in AGREE else rng.choice(values)
            factor *= options[value] if isinstance(options, dict) else 1.0
        else:
            value = _drawn(options, rng)
        chosen[name] = filled_text(value, chosen) if isinstance(value, str) else value
    return chosen | {name: value for name, value in own.items() if name != "price"}, factor


def _drawn(value: Any, rng: random.Random) -> Any:
    """A number out of a range such as "0.9..1.9" or "160..420"; anything else as it is."""
    ends = re.fullmatch(r"([\d.]+)\.\.([\d.]+)", str(value))
    if ends is None:
        return value
    low, high = float(ends[1]), float(ends[2])
    drawn = low + (high - low) * rng.random()
    return round(drawn, 1) if "." in ends[1] else round(drawn)


def filled_text(text: str, values: dict[str, Any]) -> str:
    """Replace every `<name>` in *text* by that value."""
    return re.sub(r"<(\w+)>", lambda found: str(values[found[1]]), text)


def _title(kind: ProductType, brand: Brand, name: str, attributes: dict[str, Any], rng: random.Random) -> str:
    series = [rng.choice(brand.series)] if kind.series and brand.series else []
    title = " ".join([brand.name, *series, filled_text(name, attributes)])
    return f"{title}, {attributes['colour']}" if kind.colours else title


def _price(kind: ProductType, tier: int, factor: float, rng: random.Random) -> float:
    low, high = kind.price
    start, end = BANDS[tier]
    amount = (low + (high - low) * (start + (end - start) * rng.random())) * factor
    return (max(1, round(amount) - 1) * 100 + rng.choice(CENTS)) / 100


def _stock(rng: random.Random) -> int | None:
    """About one product in ten isn't counted, one in sixteen is sold out."""
    chance = rng.random()
    if chance < 0.1:
        return None
    return 0 if chance < 0.16 else rng.randint(1, 120)


class ProductShelf:
    """The products by type, and the way a customer picks among them."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.products = list(products)
        self._by_type: dict[str, list[Product]] = {}
        for product in products:
            self._by_type.setdefault(product.type, []).append(product)

    def pick(
        self,
        kind: str,
        tier: int,
        rng: random.Random,
        beside: Sequence[Product] = (),
        without: frozenset[str] = frozenset(),
    ) -> Product | None:
        """Pick a product of type *kind* for a customer of *tier* that goes with the products *beside* it.

        None if there is none that is compatible with them and not among the item ids in *without*.
        """
        fitting = [
            product
            for product in self._by_type[kind]
            if product.item_id not in without and all(_agree(product, other) for other in beside)
        ]
        if not fitting:
            return None
        return rng.choices(fitting, [_liking(product, tier, beside) for product in fitting])[0]


def _agree(one: Product, other: Product) -> bool:
    return all(
        one.attributes[name] == other.attributes[name]
        for name in AGREE
        if name in one.attributes and name in other.attributes
    )


def _liking(product: Product, tier: int, beside: Sequence[Product]) -> float:
    liking = product.appeal * (6.0, 1.5, 0.3)[abs(product.tier - tier)]
    if any(product.attributes["brand"] == other.attributes["brand"] for other in beside):
        liking *= 2.5
    if product.family is not None and any(product.family == other.family for other in beside):
        liking *= 2
    return liking
