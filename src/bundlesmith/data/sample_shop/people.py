"""Customers of the sample shop: their interests, and their visits over two years.

A visit is one session: some browse within one theme and buy little, in others a whole set is bought.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bundlesmith.data.sample_shop.products import Product, ProductShelf
from bundlesmith.data.sample_shop.sets import make_intent, make_set
from bundlesmith.data.sample_shop.vocabulary import Theme, Vocabulary

FIRST_DAY = int(datetime(2024, 7, 1, tzinfo=UTC).timestamp())
DAYS = 730  # the last one is 2026-06-30
NOISE = 0.11  # of the items looked at while browsing lie outside the interests
MOST_EVENTS = 25
BUNDLE_EVENTS = 9  # at most: 3 views and 6 items bought
HOURS = (7, 8, 9, 12, 12, 13, 15, 17, 18, 19, 19, 20, 20, 20, 21, 21, 22)


@dataclass(frozen=True)
class Customer:
    """Who buys: a tier, one to three departments with favourite themes in each, and how much they do."""

    user_id: str
    tier: int
    favourites: dict[str, list[Theme]]  # by department, the dearest interest first
    events: int
    bundles: int


@dataclass
class Story:
    """What one customer did: events (item, time, kind, session) and sets (items, time, session, intent)."""

    customer: Customer
    events: list[tuple[Product, int, str, str]] = field(default_factory=list)
    sets: list[tuple[list[Product], int, str, str | None]] = field(default_factory=list)


def make_customers(vocabulary: Vocabulary, count: int, rng: random.Random) -> list[Customer]:
    """Make *count* customers; about three in five of them buy one or two sets."""
    return [_customer(f"u{number:04d}", vocabulary, rng) for number in range(1, count + 1)]


def _customer(user_id: str, vocabulary: Vocabulary, rng: random.Random) -> Customer:
    interests = rng.sample(vocabulary.departments, rng.choices((1, 2, 3), (35, 40, 25))[0])
    favourites: dict[str, list[Theme]] = {}
    for department in interests:
        themes = [theme for theme in vocabulary.themes.values() if theme.department == department]
        favourites[department] = rng.sample(themes, rng.randint(1, 2))
    tier = rng.choices((0, 1, 2), (40, 40, 20))[0]
    bundles = rng.choices((0, 1, 2), (40, 46, 14))[0]
    events = min(rng.randint(4, 14) + rng.randint(0, 8), MOST_EVENTS - bundles * BUNDLE_EVENTS)
    return Customer(user_id, tier, favourites, events, bundles)


def live(customer: Customer, vocabulary: Vocabulary, shelf: ProductShelf, rng: random.Random) -> Story:
    """Let *customer* visit the shop, day after day; sets are bought in the later half of the visits."""
    story = Story(customer)
    sizes = _visit_sizes(customer.events, rng)
    visits = len(sizes) + customer.bundles
    late = range(max(1, visits // 2), visits)
    buying = set(rng.sample(late, min(customer.bundles, len(late))))
    for place, start in enumerate(_starts(visits, rng)):
        session = f"{customer.user_id}-{place + 1}"
        if place in buying:
            _buy_set(story, session, start, vocabulary, shelf, rng)
        elif sizes:
            _browse(story, session, start, sizes.pop(), vocabulary, shelf, rng)
    return story


def _visit_sizes(events: int, rng: random.Random) -> list[int]:
    """Split *events* into visits of 1 to 5, at least two of them."""
    sizes = [min(2, events)]
    while (left := events - sum(sizes)) > 0:
        sizes.append(min(left, rng.randint(1, 5)))
    rng.shuffle(sizes)
    return sizes


def _starts(visits: int, rng: random.Random) -> list[int]:
    """Seconds since 1970 at which the visits begin: different days of some months, at waking hours."""
    span = rng.randint(60, DAYS)
    first = rng.randint(0, DAYS - span)
    days = sorted(rng.sample(range(first, first + span), visits))
    return [
        FIRST_DAY + day * 86_400 + rng.choice(HOURS) * 3_600 + rng.randint(0, 59) * 60 + rng.randint(0, 59)
        for day in days
    ]


def _browse(
    story: Story, session: str, time: int, size: int, vocabulary: Vocabulary, shelf: ProductShelf, rng: random.Random
) -> None:
    """*size* events of one visit: views, of which some lead to the cart and some of those to buying."""
    customer = story.customer
    department = _weighted(list(customer.favourites), rng)
    theme = _theme(customer, department, vocabulary, rng)
    steps: list[tuple[Product, str]] = []
    known = _owned(story)
    while len(steps) < size:
        product = _looked_at(customer, theme, shelf, known, rng)
        known |= {product.item_id}
        depth = 1 + (rng.random() < 0.45) * (1 + (rng.random() < 0.65))
        steps += [(product, kind) for kind in ("view", "cart", "buy")[:depth]]
    for product, kind in steps[:size]:
        story.events.append((product, time, kind, session))
        time += rng.randint(15, 400)


def _owned(story: Story) -> frozenset[str]:
    return frozenset(product.item_id for product, _, kind, _ in story.events if kind == "buy")


def _weighted(departments: list[str], rng: random.Random) -> str:
    return rng.choices(departments, (4, 2, 1)[: len(departments)])[0]


def _theme(customer: Customer, department: str, vocabulary: Vocabulary, rng: random.Random) -> Theme:
    """Four times in five a favourite, else any theme of *department*."""
    every = [theme for theme in vocabulary.themes.values() if theme.department == department]
    return rng.choice(customer.favourites[department] if rng.random() < 0.8 else every)


def _looked_at(
    customer: Customer, theme: Theme, shelf: ProductShelf, known: frozenset[str], rng: random.Random
) -> Product:
    """A product of *theme* or, as noise or when all of them are *known*, one outside the interests."""
    product = None
    if rng.random() >= NOISE:
        product = shelf.pick(rng.choice(theme.types), customer.tier, rng, without=known)
    while product is None:
        other = rng.choice(shelf.products)
        product = other if other.category[0] not in customer.favourites else None
    return product


def _buy_set(
    story: Story, session: str, time: int, vocabulary: Vocabulary, shelf: ProductShelf, rng: random.Random
) -> None:
    """Up to three views around the theme, then the whole set in one order."""
    customer = story.customer
    seen = [event[0].category[0] for event in story.events if event[0].category[0] in customer.favourites]
    chosen: list[Product] = []
    while not chosen:
        department = rng.choice(seen) if seen else _weighted(list(customer.favourites), rng)
        theme = _theme(customer, department, vocabulary, rng)
        chosen = make_set(theme, customer.tier, shelf, _owned(story), rng)
    for product in _compared(chosen, theme, customer.tier, shelf, rng):
        story.events.append((product, time, "view", session))
        time += rng.randint(30, 500)
    story.events += [(product, time, "buy", session) for product in chosen]
    shuffled = rng.sample(chosen, len(chosen))
    story.sets.append((shuffled, time, session, make_intent(theme, customer.tier, chosen, rng)))


def _compared(chosen: list[Product], theme: Theme, tier: int, shelf: ProductShelf, rng: random.Random) -> list[Product]:
    """One to three products that are looked at before *chosen* are bought: some of them, some others."""
    seen: dict[str, Product] = {}
    for _ in range(rng.randint(1, 3)):
        other = shelf.pick(rng.choice(theme.types), tier, rng)
        looked = other if other is not None and rng.random() < 0.6 else rng.choice(chosen)
        seen[looked.item_id] = looked
    return list(seen.values())
