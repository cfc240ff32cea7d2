"""A shop of orders and no sets: from CSV to served bundles by the commands of docs/data.md, without words."""

import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bundlesmith.client import Client
from bundlesmith.errors import BundlesmithError
from tests.cli.run import bundlesmith

pytestmark = pytest.mark.slow
KINDS = ("Teapot", "Mug", "Strainer", "Tray", "Kettle", "Caddy")
COLOURS = ("red", "blue", "green", "white", "black")
YAML = """items: {file: goods.csv, columns: {item_id: sku, title: name, price: eur}}
events: {file: orders.csv, columns: {session_id: order, user_id: customer, timestamp: at, item_id: sku}}
"""


def test_from_orders_to_sets(tmp_path: Path, tiny_base: Path) -> None:
    rng = random.Random(1)
    goods = [
        f"{kind[0]}{colour[0]}{colour[2]},{colour} {kind},{rng.randint(5, 90)}.50"
        for kind in KINDS
        for colour in COLOURS
    ]
    (tmp_path / "goods.csv").write_text("sku,name,eur\n" + "\n".join(goods) + "\n")
    lines = [
        f"{order},c{order % 40},2024-{1 + order // 28:02}-{1 + order % 28:02} 12:00,{kind[0]}{colour[0]}{colour[2]}"
        for order in range(200)
        for colour in [COLOURS[order % 5]]
        for kind in rng.sample(KINDS, 3)
    ]
    (tmp_path / "orders.csv").write_text("order,customer,at,sku\n" + "\n".join(lines) + "\n")
    (tmp_path / "shop.yaml").write_text(YAML)
    data, run = tmp_path / "data", tmp_path / "run"
    assert bundlesmith("prepare", "--source", "tables", "--path", tmp_path / "shop.yaml", "--out", data) == 0
    report = json.loads((data / "report.json").read_text())
    assert report["kept"]["bundles"] > 150
    short = (f"base={tiny_base}", "training.max_steps=3", "training.eval_every=2", "training.eval_blocks=2", "lora.r=4")
    assert bundlesmith("finetune", "--data", data, "--out", run, *short) == 0
    sold = {line.split(",")[0] for line in goods}
    with served(f"shop={run}") as service:
        words = {"words": "a teapot and mugs", "budget": 120, "size": "2:4"}
        for wish in (words, {"user": "c7", "size": "2:3"}):
            items = service.ask("POST", "/v1/bundles", wish)["bundles"][0]["items"]
            assert {item["item"] for item in items} <= sold and len(items) >= 2
        found = service.ask("GET", "/v1/items", query={"search": "kettle"})
        assert found["total"] == len(COLOURS)


@contextmanager
def served(run: str) -> Iterator[Client]:
    """`bundlesmith serve` in a process of its own, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bundlesmith", "serve", "--run", run, "--port", str(port)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with Client(f"http://127.0.0.1:{port}") as service:
            for _ in range(600):
                assert child.poll() is None, "The service didn't start."
                try:
                    service.model()
                    break
                except BundlesmithError:
                    time.sleep(0.2)
            yield service
    finally:
        child.terminate()
        child.wait(30)
