"""Small data in the formats of the readers, made for the tests."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from bundlesmith.data.clean import Clean, clean
from bundlesmith.data.prepare import DataSource, read
from bundlesmith.data.readers import RAW_BUNDLES, RAW_EVENTS, RAW_ITEMS, Raw, conform
from bundlesmith.data.readers.config import TablesConfig

ITEMS = [
    {"item": 7, "asin": "B07", "title": "Oak desk", "category": "Home, Garden & More,Desks"},
    {"item": 12, "asin": "B12", "title": "Desk lamp &amp; bulb", "category": "Home, Garden & More,Lamps"},
    {"item": 3, "asin": "B03", "title": "Chair", "category": None, "colour": "unknown key"},
    {"item": 99, "asin": "B99", "title": None, "category": None},
]


def session(number: int, split: str, *, user: int | None = 5, time: int | None = 1000) -> dict[str, Any]:
    bundle = {"bundle": number, "intent": "work at home", "items": [12, 7]}
    return {
        "domain": "home",
        "session": number,
        "user": user,
        "timestamp": time,
        "split": split,
        "items": [12, 99, 7, 3],
        "bundles": [bundle],
    }


def write_lines(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def bundlerec(folder: Path) -> Path:
    """A domain "home" of three sessions, the last without user, time and bundles."""
    empty = session(2, "valid", user=None, time=None) | {"bundles": []}
    write_lines(folder / "home.items.jsonl", ITEMS)
    write_lines(folder / "home.sessions.jsonl", [session(0, "train"), session(1, "test", user=6), empty])
    return folder


def raw(
    items: list[dict[str, Any]] | None = None,
    events: list[dict[str, Any]] | None = None,
    bundles: list[dict[str, Any]] | None = None,
) -> Raw:
    """Raw tables with items a, b, c and one event, where nothing else is given."""
    items = items if items is not None else [{"item_id": name, "title": f"Item {name}"} for name in "abc"]
    events = events if events is not None else [{"user_id": "u", "item_id": "a", "timestamp": "1"}]
    return Raw(
        conform(pl.DataFrame(items, schema_overrides=_some(RAW_ITEMS, items)), RAW_ITEMS),
        conform(pl.DataFrame(events, schema_overrides=_some(RAW_EVENTS, events)), RAW_EVENTS),
        conform(pl.DataFrame(bundles or [], schema_overrides=_some(RAW_BUNDLES, bundles or [])), RAW_BUNDLES),
        integer_ids=False,
    )


def _some(schema: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: schema[name] for row in rows for name in row}


def prepared(folder: Path, files: dict[str, str | bytes], config: dict[str, Any]) -> Clean:
    """What is made of *files* in a folder by the mapping *config*."""
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    tables = TablesConfig.model_validate(config)
    return clean(read(DataSource(kind="tables", path=folder, tables=tables)))


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pl.DataFrame(columns).write_parquet(sink)
    return sink.getvalue()


def keep_few_bundles(data: Path, train: int = 300, valid: int = 50) -> None:
    """Leave the first bundles of two splits in prepared data: enough to learn from, and quick."""
    bundles = pl.read_parquet(data / "bundles.parquet")
    some = [bundles.filter(pl.col("split") == split).head(most) for split, most in (("train", train), ("valid", valid))]
    pl.concat(some).write_parquet(data / "bundles.parquet")


def copy_items(data: Path, folder: Path, kept: pl.Series) -> None:
    """Copy some items of prepared data, with their events and the bundles that need no others."""
    folder.mkdir()
    bundles = pl.read_parquet(data / "bundles.parquet")
    whole = pl.col("items").list.eval(pl.element().is_in(kept)).list.all()
    bundles.filter(whole).write_parquet(folder / "bundles.parquet")
    for name in ("items.parquet", "events.parquet"):
        pl.read_parquet(data / name).filter(pl.col("item_id").is_in(kept)).write_parquet(folder / name)
    shutil.copy(data / "data.json", folder)
