"""A picture of the dashboard's panels, drawn without Grafana: each query of `deploy/grafana.json` as a real Prometheus
answers it that scraped a real service, while shoppers ask and visits come.

    python -m bench.dashboard RUN DATA FILE.png [SECONDS]
"""

import json
import random
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import matplotlib
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter
from matplotlib.ticker import EngFormatter, PercentFormatter, ScalarFormatter
from tests.ingest.brokers import Broker
from tests.serve.prometheus import DEPLOY, Prometheus

from bench.stream_demo import send, streaming, visits

SHOPPERS, STEP, RATE = 2, 5, "30s"
WISHES = ("a weekend camping trip for two", "coffee for two", "a birthday party for children", "a gift for a cyclist")


def main(run: str, data: str, file: str, seconds: int = 300) -> None:
    """Use the service for so long, and draw what was seen."""
    with streaming(run) as (broker, shop), tempfile.TemporaryDirectory() as folder:
        target = f"{shop.base_url.host}:{shop.base_url.port}"
        with closing(Prometheus(Path(folder), target, every="2s")) as prometheus:
            begun = time.time()
            with using(broker, shop, visits(data)):
                time.sleep(seconds)
            draw(prometheus, begun + 30, time.time(), Path(file))


@contextmanager
def using(broker: Broker, shop: httpx2.Client, rows: list[dict[str, Any]]) -> Iterator[None]:
    """Shoppers and a producer, in threads of their own, while the context is open."""
    stop = threading.Event()
    with ThreadPoolExecutor() as pool:
        work = [pool.submit(shopper, shop, number, stop) for number in range(SHOPPERS)]
        work.append(pool.submit(producer, broker, rows, stop))
        try:
            yield
        finally:
            stop.set()
        for each in work:
            each.result()


def shopper(shop: httpx2.Client, number: int, stop: threading.Event) -> None:
    """Asks, thinks, and asks again; now and then for something that can't be."""
    rng = random.Random(number)
    while not stop.wait(rng.uniform(0.5, 4)):
        asked = {"words": rng.choice(WISHES), "budget": rng.choice((60, 120, 250)), "stream": rng.random() < 0.5}
        if rng.random() < 0.5:
            asked["user"] = f"u{rng.randrange(300)}"
        shop.post("/v1/bundles", json=asked | ({"budget": -1} if rng.random() < 0.05 else {}))


def producer(broker: Broker, rows: list[dict[str, Any]], stop: threading.Event) -> None:
    """Visits by fits and starts; one in a thousand messages is broken, and some stock changes."""
    rng, sent = random.Random(3), 0
    while not stop.wait(1):
        some = rows[sent : sent + rng.randrange(400)]
        sent += len(some)
        send(broker, "visits", some)
        broker.send("visits", [b"broken"] if rng.random() < 0.2 else [])
        send(broker, "items", [{"item": row["item"], "stock": rng.randrange(1, 50)} for row in some[:20]])


def draw(prometheus: Prometheus, start: float, end: float, file: Path) -> None:
    """Each panel where the dashboard has it."""
    matplotlib.use("Agg")
    panels = json.loads((DEPLOY / "grafana.json").read_text())["panels"]
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    figure = plt.figure(figsize=(13, rows * 0.3), layout="constrained")
    grid = figure.add_gridspec(rows, 24)
    for panel in panels:
        at = panel["gridPos"]
        axes = figure.add_subplot(grid[at["y"] : at["y"] + at["h"], at["x"] : at["x"] + at["w"]])
        for target in panel["targets"]:
            query = target["expr"].replace("$__rate_interval", RATE)
            for line in prometheus.series(query, start, end, STEP):
                times, values = zip(*line["values"], strict=True)
                label = re.sub(
                    r"{{(\w+)}}", lambda name, line=line: line["metric"].get(name[1], ""), target["legendFormat"]
                )
                axes.plot(
                    list(map(datetime.fromtimestamp, times)), list(map(float, values)), label=label, linewidth=1.2
                )
        dress(axes, panel)
    figure.savefig(file, dpi=90)


def dress(axes: Axes, panel: dict[str, Any]) -> None:
    """Title, units and legend."""
    unit = panel["fieldConfig"]["defaults"].get("unit")
    formats = {"percentunit": PercentFormatter(1), "s": EngFormatter("s"), "reqps": EngFormatter("req/s", sep=" ")}
    axes.set_title(panel["title"], loc="left", fontsize=10, fontweight="bold")
    axes.yaxis.set_major_formatter(formats.get(unit, ScalarFormatter()))
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M:%S"))
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.tick_params(labelsize=8)
    if axes.lines:
        axes.legend(
            loc="lower right",
            bbox_to_anchor=(1, 1),
            fontsize=7,
            frameon=False,
            ncols=5,
            borderpad=0,
            handlelength=1,
            columnspacing=1,
        )


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:]))
