"""What `prepare` costs beside reading, sorting and writing the same files with Polars.

    python -m bench.prepare 1000000 5000000 20000000

For each number of events it writes a shop as CSV (a million items at most, a twentieth as many customers as events,
orders of a few items), and runs each way in a process of its own: seconds, those of the CPUs (less
disturbed by other processes), rows a second, peak memory. The last way reads a file that has title and price beside
each event, as REES46 and UCI have.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console

from bench.table import Rows, publish
from bundlesmith.data.prepare import DataSource, prepare

WAYS = {
    "plain": "Polars: read, sort, write",
    "none": "prepare",
    "session": "prepare, with bundles of orders",
    "one": "prepare, items and events in one file",
}
FIRST = 1_700_000_000
SLICE = 2_000_000
YAML = """items: {file: items.csv, columns: {item_id: sku, title: name, price: eur}}
events: {file: events.csv, columns: {session_id: order, user_id: customer, timestamp: at, item_id: sku}}
baskets: BASKETS
"""
ONE = """items: {file: one.csv, columns: {item_id: sku, title: name, price: eur}}
events: {file: one.csv, columns: {session_id: order, user_id: customer, timestamp: at, item_id: sku}}
baskets: none
"""


def write_shop(folder: Path, events: int) -> None:
    rng = np.random.default_rng(events)
    items = min(1_000_000, max(events // 20, 100))
    numbers = np.arange(items)
    names = [f"Thing number {number} of the shop" for number in numbers]
    prices = (rng.integers(100, 100_000, items) / 100).round(2)
    pl.DataFrame({"sku": [f"A{number}" for number in numbers], "name": names, "eur": prices}).write_csv(
        folder / "items.csv"
    )
    orders = np.sort(rng.integers(0, max(events // 4, 1), events))
    customers = rng.integers(0, max(events // 20, 1), max(events // 4, 1))[orders]
    chosen = (items * rng.random(events) ** 2).astype(np.int64)
    table = pl.DataFrame({"order": orders, "customer": customers, "at": FIRST + orders * 60, "sku": chosen})
    table = table.with_columns(
        pl.from_epoch("at").dt.strftime("%Y-%m-%d %H:%M:%S"), pl.format("A{}", "sku").alias("sku")
    )
    table.write_csv(folder / "events.csv")
    for way in ("none", "session"):
        (folder / f"{way}.yaml").write_text(YAML.replace("BASKETS", way))
    goods = pl.DataFrame({"sku": [f"A{number}" for number in numbers], "name": names, "eur": prices})
    with (folder / "one.csv").open("wb") as file:
        for start in range(0, events, SLICE):
            table[start : start + SLICE].join(goods, on="sku", how="left").write_csv(file, include_header=start == 0)
    (folder / "one.yaml").write_text(ONE)


def plain(folder: Path) -> None:
    """What any tool must do: read, sort by customer and time, write."""
    pl.read_csv(folder / "items.csv").write_parquet(folder / "plain-items.parquet")
    events = pl.read_csv(folder / "events.csv", try_parse_dates=True)
    events.sort("customer", "at", maintain_order=True).write_parquet(
        folder / "plain-events.parquet", compression="zstd"
    )


def run(way: str, folder: Path) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    if way == "plain":
        plain(folder)
    else:
        prepare(DataSource(kind="tables", path=folder / f"{way}.yaml"), folder / way, Console(quiet=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    cpu = time.process_time() - cpu
    print(json.dumps({"seconds": time.perf_counter() - start, "cpu": cpu, "peak": peak}))


def main() -> None:
    if sys.argv[1] == "run":
        run(sys.argv[2], Path(sys.argv[3]))
        return
    rows: Rows = []
    for events in map(int, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as place:
            write_shop(Path(place), events)
            base: dict[str, float] = {}
            for way, name in WAYS.items():
                command = [sys.executable, "-m", "bench.prepare", "run", way, place]
                said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                base = base or said
                row = {
                    "events": events,
                    "way": name,
                    "seconds": round(said["seconds"], 1),
                    "CPU": round(said["cpu"], 1),
                }
                row |= {"rows a second": round(events / said["seconds"]), "peak GB": round(said["peak"], 1)}
                row |= {"times Polars": round(said["seconds"] / base["seconds"], 1)}
                rows.append(row | {"by CPU": round(said["cpu"] / base["cpu"], 1)})
    publish("prepare", rows)


if __name__ == "__main__":
    main()
