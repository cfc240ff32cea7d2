"""A shop of orders and no sets: from CSV to bundles by the commands of docs/data.md, without a word in its data."""

import json
import random
from pathlib import Path

import pytest

from tests.cli.run import bundlesmith

pytestmark = pytest.mark.slow
KINDS = ("Teapot", "Mug", "Strainer", "Tray", "Kettle", "Caddy")
COLOURS = ("red", "blue", "green", "white", "black")
YAML = """items: {file: goods.csv, columns: {item_id: sku, title: name, price: eur}}
events: {file: orders.csv, columns: {session_id: order, user_id: customer, timestamp: at, item_id: sku}}
"""


def test_from_orders_to_sets(tmp_path: Path, tiny_base: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
    capsys.readouterr()
    assert bundlesmith("recommend", "--run", run, "--words", "something for tea", "--size", "2:4", "--json") == 0
    bundle = json.loads(capsys.readouterr().out)[0]
    assert 2 <= len(bundle["items"]) <= 4
