"""A large made-up shop as CSV files, to try the way from one's own data to a run at a size that shops have.

    python -m bench.csv_shop FOLDER [ITEMS] [EVENTS]

Writes goods.csv, clicks.csv, orders.csv (a row an item) and shop.yaml, which says what is in them. Customers have a
theme or two; an order holds items of one theme that go together.
"""

import csv
import random
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

THEMES = ["camping", "coffee", "cycling", "desk", "garden", "baking", "yoga", "photo", "travel", "painting"]
KINDS = ["set", "case", "stand", "light", "bag", "cleaner", "cover", "tool", "holder", "kit", "mat", "box"]
MAKERS = ["Aldra", "Bruno", "Corvik", "Delphi", "Ekko", "Fjell", "Gant", "Hollis", "Ivo", "Juna", "Kestrel", "Lumo"]
KINDS_OF_WORDS = ["compact", "folding", "steel", "cotton", "bamboo", "travel", "large", "mini", "soft", "classic"]
YAML = """items:
  file: goods.csv
  columns: {item_id: sku, title: name, category: path, price: eur, stock: pieces}
  category_separator: " > "
  attributes: [brand]
events:
  file: clicks.csv
  columns: {user_id: customer, item_id: sku, timestamp: at, kind: what, session_id: visit}
bundles:
  file: orders.csv
  columns: {bundle_id: order, user_id: customer, session_id: visit, item_id: sku, timestamp: at, intent: note}
"""

Row = dict[str, Any]


def goods(n: int, rng: random.Random) -> list[Row]:
    """Items: each of a theme and a kind, with a maker, two words, a size and a price."""
    rows = []
    for number in range(n):
        theme, kind, brand = rng.choice(THEMES), rng.choice(KINDS), rng.choice(MAKERS)
        words = " ".join(rng.sample(KINDS_OF_WORDS, 2))
        name = f"{brand} {words} {theme} {kind}, {rng.randrange(5, 120)} cm, model {number % 997}"
        row = {"sku": f"S{number:06d}", "name": name, "path": f"{theme.title()} > {theme.title()} {kind}s"}
        rows.append(row | {"eur": round(rng.uniform(3, 180), 2), "pieces": rng.randrange(0, 60), "brand": brand})
    return rows


def visits(items: Sequence[Row], events: int, rng: random.Random) -> tuple[list[Row], list[Row]]:
    """Clicks until there are *events* of them, and the order lines that they lead to."""
    by_theme = {theme: [row for row in items if row["path"].startswith(theme.title())] for theme in THEMES}
    tastes = [rng.sample(THEMES, 2) for _ in range(events // 12)]
    clicks: list[Row] = []
    lines: list[Row] = []
    at = 1_700_000_000
    while len(clicks) < events:
        customer, at = rng.randrange(len(tastes)), at + rng.randrange(20, 400)
        theme = rng.choice(tastes[customer])
        who = {"customer": f"C{customer:05d}", "visit": f"V{len(clicks):07d}"}
        seen = rng.sample(by_theme[theme], rng.randrange(3, 9))
        clicks += [who | {"sku": row["sku"], "at": at + 20 * place, "what": "view"} for place, row in enumerate(seen)]
        if rng.random() < 0.2:
            order = {"order": f"O{len(clicks):07d}", "at": at + 300, "note": f"{theme} at home"} | who
            lines += [order | {"sku": row["sku"]} for row in _different(seen)]
    return clicks[:events], lines


def _different(seen: Sequence[Row]) -> list[Row]:
    """One item of each kind, four at most; at least two items."""
    kinds = {row["path"]: row for row in seen}
    return list(kinds.values())[:4] if len(kinds) > 1 else list(seen[:2])


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write rows of equal keys."""
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, rows[0])
        lines.writeheader()
        lines.writerows(rows)


def main(folder: Path, items: int = 50_000, events: int = 100_000) -> None:
    """Write the shop."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(7)
    sold = goods(items, rng)
    clicks, lines = visits(sold, events, rng)
    for name, rows in (("goods", sold), ("clicks", clicks), ("orders", lines)):
        write(folder / f"{name}.csv", rows)
    (folder / "shop.yaml").write_text(YAML, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
