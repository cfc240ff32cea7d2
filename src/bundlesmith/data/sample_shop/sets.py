"""Sets that customers buy together, and the words in which they ask for them."""

import random

from bundlesmith.data.sample_shop.products import Product, ProductShelf, filled_text
from bundlesmith.data.sample_shop.vocabulary import AGREE, Theme

SIZES, SIZE_WEIGHTS = (2, 3, 4, 5, 6), (15, 30, 30, 17, 8)
STRAY = 0.08  # of the sets have an item that doesn't belong
WORDLESS = 0.05  # of the sets have no intent
ASIDES = (
    (" on a budget", ", not too expensive", ", cheap is fine"),
    (", good value", ", decent quality"),
    (", good quality", ", the good stuff", ", something that lasts"),
)


def make_set(theme: Theme, tier: int, shelf: ProductShelf, owned: frozenset[str], rng: random.Random) -> list[Product]:
    """2 to 6 products for *theme*, one of a type, none of them *owned*; empty if a need can't be met."""
    needs = list(dict.fromkeys(rng.choice(need) for need in theme.needs))
    fits = [kind for kind in rng.sample(theme.fits, len(theme.fits)) if kind not in needs]
    size = max(rng.choices(SIZES, SIZE_WEIGHTS)[0], len(needs))
    chosen: list[Product] = []
    for kind in needs + fits:
        product = shelf.pick(kind, tier, rng, chosen, owned)
        if product is None and kind in needs:
            return []
        if product is not None and len(chosen) < size:
            chosen.append(product)
    if len(chosen) < 2:
        return []
    return _with_stray(chosen, theme, shelf, rng) if rng.random() < STRAY else chosen


def _with_stray(chosen: list[Product], theme: Theme, shelf: ProductShelf, rng: random.Random) -> list[Product]:
    strays = [product for product in shelf.products if product.category[0] != theme.department]
    kept = chosen[: SIZES[-1] - 1]
    return [*kept, rng.choice(strays)]


def make_intent(theme: Theme, tier: int, chosen: list[Product], rng: random.Random) -> str | None:
    """Words for the set as a shopper types them, or None for the few who say nothing."""
    if rng.random() < WORDLESS:
        return None
    told = {name: str(product.attributes[name]) for product in chosen for name in AGREE if name in product.attributes}
    intent = filled_text(rng.choice(theme.wordings), told).lower()
    if rng.random() < 0.12:
        intent += rng.choice(ASIDES[tier])
    return intent[0].upper() + intent[1:] if rng.random() < 0.08 else intent
