"""The model card of a run: what it is, what it was made from, how it went; in the hub's own format."""

import json
from pathlib import Path
from typing import Any

from bundlesmith.prompts import render


def write_card(folder: Path, made: dict[str, Any]) -> None:
    """Write `README.md` into a run's folder from its `run.json` and its metrics."""
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    losses = [entry for entry in map(json.loads, lines) if "eval_loss" in entry]
    best = min(losses, key=lambda entry: float(entry["eval_loss"]), default=None)
    card = render("card", made=made, settings=json.dumps(made["settings"], indent=2), best=best)
    (folder / "README.md").write_text(card, encoding="utf-8")
