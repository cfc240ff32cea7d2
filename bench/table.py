"""What benchmarks share: a table on screen, and the same with the machine's description as JSON in build/bench."""

import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bundlesmith.run import package_versions

Rows = list[dict[str, Any]]


def machine() -> dict[str, Any]:
    """Processor, cores, system and package versions."""
    import os

    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.platform(), "packages": package_versions()}


def publish(name: str, rows: Rows, columns: Sequence[str] | None = None, upright: bool = False) -> None:
    """Print *rows* as a table, or *upright* as its columns, and write `build/bench/NAME.json`."""
    columns = columns or list(dict.fromkeys(key for row in rows for key in row))
    cells = [list(columns), *([_cell(row.get(column)) for column in columns] for row in rows)]
    head, *body = zip(*cells, strict=True) if upright else cells
    table = Table(*head, title=name, title_justify="left")
    for row in body:
        table.add_row(*row)
    Console().print(table)
    out = Path("build/bench") / f"{name}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2) + "\n")


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)
