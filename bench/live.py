"""What changes of a large catalogue cost a service: the time of a change, and the memory, over ten thousand of them.

    make bench-live
    python -m bench.live [--items 200000] [--changes 10000]

A made-up shop is prepared and spelt (build/live); its changes are written into a store and followed, as a service does
in each request: nine in ten are of prices and stocks, the others new titles, items that come and items that go. After
each thousand: the time of a change (followed, with a view of the shop) and of the words of the chat, the process's
memory, and how much the kept views have for themselves. At last the time to begin after all these changes.
"""

import argparse
import gc
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.csv_shop import goods, write
from bench.table import publish
from bundlesmith.run import load_run
from bundlesmith.shop.followed_shop import FollowedShop, values_of
from bundlesmith.shop.live_shop import LiveShop, ShopView
from bundlesmith.store import Store, open_store
from bundlesmith.understanding.shop_words import shop_words

SEED, EVERY, NAME = 7, 1000, "demo"
YAML = """items:
  file: goods.csv
  columns: {item_id: sku, title: name, category: path, price: eur, stock: pieces}
  category_separator: " > "
  attributes: [brand]
"""


def made_run(items: int) -> Path:
    """A run of a shop of so many items, spelt but not trained; made once."""
    folder = Path("build/live") / str(items)
    run = folder / "run"
    if not run.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / "goods.csv", goods(items, random.Random(SEED)))
        (folder / "shop.yaml").write_text(YAML)
        for words in (
            ["prepare", "--source", "tables", "--path", folder / "shop.yaml", "--out", folder / "data"],
            ["spell", "--data", folder / "data", "--out", run],
        ):
            subprocess.run([sys.executable, "-m", "bundlesmith", *map(str, words)], check=True)
    return run


def memory() -> float:
    """The process's memory that is in use now, in MB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def own_bytes(views: list[ShopView]) -> float:
    """What the columns of views have for themselves, in MB."""
    shelves = {id(view.snapshot.shelf): view.snapshot.shelf for view in views}.values()
    columns = (column for shelf in shelves for column in (shelf.cents, shelf.in_stock, shelf.listed))
    return sum(int(column.nbytes) for column in columns) / 1e6


def change(shop: FollowedShop, store: Store, drawn: random.Random, number: int) -> None:
    """Write one change of the shop as it is now."""
    view = shop.view()
    item = view.catalogue.ids[drawn.randrange(len(view.catalogue))]
    kind, values = drawn.random(), values_of(view, item)
    values |= {"price": round(drawn.uniform(3, 180), 2), "stock": drawn.randrange(60)}
    if kind > 0.98:
        item, values = f"N{number:06d}", values | {"title": f"Quillfire lantern {number}"}
    elif kind > 0.94:
        values["title"] += f", edition {number}"
    if item.startswith("N") or kind > 0.98 or not view.snapshot.holds(item):
        text, tokens = shop.shop.spell(item, values["title"], values["category"])
        values["spelling"] = {"text": text, "tokens": list(tokens)}
    with store.changing(NAME) as log:
        log.append(item, None if 0.92 < kind <= 0.94 and view.snapshot.holds(item) else values)


def measure(items: int, changes: int) -> list[dict[str, Any]]:
    """A row for each thousand changes."""
    run, drawn = load_run(made_run(items)), random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/store.db")
        began = time.perf_counter()
        shop = FollowedShop(LiveShop(run), store.changes, NAME)
        shop.view()
        at_first = time.perf_counter() - began
        began = time.perf_counter()
        shop_words(shop.view())
        words_at_first = time.perf_counter() - began
        rows = [{"changes": 0, "memory MB": memory(), "begin s": at_first, "words ms": 1000 * words_at_first}]
        followed, said = list[float](), list[float]()
        for number in range(1, changes + 1):
            change(shop, store, drawn, number)
            began = time.perf_counter()
            view = shop.view()
            seen = time.perf_counter()
            shop_words(view)
            followed.append(1000 * (seen - began))
            said.append(1000 * (time.perf_counter() - seen))
            if number % EVERY == 0:
                p50, p99 = np.percentile(followed, [50, 99])
                row = {"changes": number, "memory MB": memory(), "views MB": own_bytes(list(shop._views.values()))}
                row |= {"change ms, p50": float(p50), "p99": float(p99), "worst": max(followed)}
                rows.append(row | {"words ms": float(np.percentile(said, 99))})
                followed, said = [], []
        del shop, view
        began = time.perf_counter()
        again = FollowedShop(LiveShop(run), store.changes, NAME)
        assert again.versioned()[0] == changes
        rows[-1]["begin s"] = time.perf_counter() - began
        store.close()
    return [{"items": items, **row} for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--changes", type=int, default=10_000)
    given = parser.parse_args()
    columns = ["items", "changes", "memory MB", "views MB", "change ms, p50", "p99", "worst", "words ms", "begin s"]
    publish("live", measure(given.items, given.changes), columns)


if __name__ == "__main__":
    main()
