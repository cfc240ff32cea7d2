"""BundleRec: sessions with the bundles that people marked in them and an intent for each.

Two formats, told apart by what is there: `NAME.items.jsonl` with `NAME.sessions.jsonl`, or the folder of CSV
files that github.com/BundleRec/bundle_recommendation has for each domain.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from bundlesmith.data.readers import RAW_BUNDLES, RAW_EVENTS, RAW_ITEMS, Raw, conform, whole_numbers
from bundlesmith.data.readers.files import read_csv, read_json_lines, require
from bundlesmith.data.report import EXAMPLES, RowChange
from bundlesmith.data.values.formats import ColumnFormat
from bundlesmith.errors import BundlesmithError

CSV_COLUMNS = {
    "item_titles.csv": ("item ID", "titles"),
    "item_categories.csv": ("item ID", "categories"),
    "session_item.csv": ("session ID", "item ID"),
    "user_session.csv": ("user ID", "session ID", "timestamp"),
    "session_bundle.csv": ("session ID", "bundle ID"),
    "bundle_item.csv": ("bundle ID", "item ID"),
    "bundle_intent.csv": ("bundle ID", "intent"),
}
_BETWEEN = re.compile(r",(?! )")  # names of departments hold ", " themselves


def read_bundlerec(path: Path, domain: str | None) -> Raw:
    """Read one domain of the folder *path*.

    A session's items become events in their order, one second apart. A session whose user isn't known has the
    user "session-ID"; one whose time isn't known counts its seconds from 0.

    Raises:
        BundlesmithError: if the domain isn't there, or a file of it is broken.
    """
    if domain is not None:
        if (path / f"{domain}.items.jsonl").exists() or (path / f"{domain}.sessions.jsonl").exists():
            return _read_json(path, domain)
        for folder in (path / domain, path / "dataset" / domain):
            if any((folder / name).exists() for name in CSV_COLUMNS):
                return _read_csv_folder(folder)
    raise BundlesmithError(
        f'"{path}" has no BundleRec domain "{domain or ""}": looked for {domain or "NAME"}.items.jsonl and '
        f"{domain or 'NAME'}.sessions.jsonl, and for {', '.join(CSV_COLUMNS)} in {domain or 'NAME'}/.",
        f"Domains found: {', '.join(_domains(path)) or 'none'}.",
    )


def _domains(path: Path) -> list[str]:
    names = {file.name.removesuffix(".items.jsonl") for file in path.glob("*.items.jsonl")}
    names |= {file.parent.name for file in path.glob("*/item_titles.csv")}
    names |= {file.parent.name for file in path.glob("dataset/*/item_titles.csv")}
    return sorted(names)


@dataclass(slots=True)
class _Session:
    session: str
    user: str | None
    timestamp: Any
    split: str | None
    items: list[str]
    bundles: list[dict[str, Any]] = field(default_factory=list)


def _read_json(path: Path, domain: str) -> Raw:
    file = path / f"{domain}.items.jsonl"
    records = [(_where(file, line), record) for line, record in read_json_lines(file)]
    items = [
        {
            "item_id": str(_need(record, "item", where)),
            "title": _need(record, "title", where),
            "category": path_of(record.get("category")),
            "attributes": json.dumps({"asin": record["asin"]} if record.get("asin") else {}),
        }
        for where, record in records
    ]
    integers = all(type(record["item"]) is int for _, record in records)
    return _raw(items, list(_json_sessions(path / f"{domain}.sessions.jsonl")), integers)


def _json_sessions(file: Path) -> Iterator[_Session]:
    for line, record in read_json_lines(file):
        where = _where(file, line)
        yield _Session(
            session=str(_need(record, "session", where)),
            user=_text(record.get("user")),
            timestamp=record.get("timestamp"),
            split=record.get("split"),
            items=_texts(record, "items", where),
            bundles=[
                {
                    "bundle_id": str(_need(bundle, "bundle", where)),
                    "intent": bundle.get("intent"),
                    "items": _texts(bundle, "items", where),
                }
                for bundle in record.get("bundles") or []
            ],
        )


def _where(file: Path, line: int) -> str:
    return f'"{file}" line {line}'


def _need(record: Any, key: str, where: str) -> Any:
    if not isinstance(record, dict) or key not in record:
        raise BundlesmithError(f'{where} has no "{key}": {json.dumps(record)[:80]}.', "Mend that line.")
    return record[key]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _texts(record: dict[str, Any], key: str, where: str) -> list[str]:
    values = _need(record, key, where)
    if not isinstance(values, list):
        raise BundlesmithError(f'{where}: "{key}" is not a list: {json.dumps(values)[:80]}.', "Mend that line.")
    return [str(value) for value in values]


def path_of(category: str | None) -> list[str]:
    """Split `Department,Shelf`, or the first path of `[[Department,Shelf],[Other,Shelf]]`, into its parts."""
    if not category:
        return []
    first = category.removeprefix("[[").split("]", 1)[0] if category.startswith("[[") else category
    return _BETWEEN.split(first)


def _read_csv_folder(folder: Path) -> Raw:
    tables = {name.removesuffix(".csv"): _read_part(folder / name) for name in CSV_COLUMNS}
    titles = dict(tables["item_titles"].select("item ID", "titles").iter_rows())
    categories = dict(tables["item_categories"].select("item ID", "categories").iter_rows())
    items = [
        {"item_id": item, "title": titles.get(item), "category": path_of(categories.get(item))}
        for item in dict.fromkeys([*titles, *categories])
    ]
    return _raw(items, _csv_sessions(tables), whole_numbers(pl.Series([item["item_id"] for item in items])))


def _read_part(file: Path) -> pl.DataFrame:
    table = read_csv(file, separator=",")
    require(file, table, *CSV_COLUMNS[file.name])
    return table


def _csv_sessions(tables: dict[str, pl.DataFrame]) -> list[_Session]:
    sessions = {
        session: _Session(session, None, None, None, items)
        for session, items in _grouped(tables["session_item"], "session ID", "item ID").items()
    }
    for user, session, timestamp in tables["user_session"].select(*CSV_COLUMNS["user_session.csv"]).iter_rows():
        found = sessions.setdefault(session, _Session(session, None, None, None, []))
        found.user, found.timestamp = user, timestamp
    intents = dict(tables["bundle_intent"].select("bundle ID", "intent").iter_rows())
    members = _grouped(tables["bundle_item"], "bundle ID", "item ID")
    for session, bundle in tables["session_bundle"].select("session ID", "bundle ID").iter_rows():
        found = sessions.setdefault(session, _Session(session, None, None, None, []))
        known = {"bundle_id": bundle, "intent": intents.get(bundle), "items": members.get(bundle, [])}
        found.bundles.append(known)
    return list(sessions.values())


def _grouped(table: pl.DataFrame, key: str, value: str) -> dict[str, list[str]]:
    return dict(table.group_by(key, maintain_order=True).agg(value).iter_rows())


def _raw(items: list[dict[str, Any]], sessions: list[_Session], integer_ids: bool) -> Raw:
    events = [event for session in sessions for event in _events(session)]
    bundles = [bundle for session in sessions for bundle in _bundles(session)]
    timeless = [session.session for session in sessions if session.timestamp is None]
    change = RowChange(
        table="events",
        action="mended",
        reason="sessions without a time; their events count seconds from 0",
        count=len(timeless),
        examples=tuple(f"session {session}" for session in timeless[:EXAMPLES]),
    )
    return Raw(
        conform(pl.DataFrame(items, schema_overrides=_present(RAW_ITEMS, items)), RAW_ITEMS),
        pl.DataFrame(events, schema=RAW_EVENTS),
        conform(pl.DataFrame(bundles, schema_overrides=_present(RAW_BUNDLES, bundles)), RAW_BUNDLES),
        integer_ids,
        (change,),
        formats={f"{table}.timestamp": ColumnFormat(unit="epoch") for table in ("events", "bundles")},
    )


def _present(schema: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: schema[name] for name in (rows[0] if rows else {})}


def _events(session: _Session) -> Iterator[dict[str, Any]]:
    for position, item in enumerate(session.items):
        yield {
            "user_id": session.user or f"session-{session.session}",
            "item_id": item,
            "timestamp": _later(session.timestamp, position),
            "kind": "session",
            "session_id": session.session,
            "split": session.split,
        }


def _later(start: Any, seconds: int) -> str:
    try:
        return str(int(float(start or 0)) + seconds)
    except ValueError:
        return str(start)  # broken; the cleaning says so


def _bundles(session: _Session) -> Iterator[dict[str, Any]]:
    for bundle in session.bundles:
        yield {
            **bundle,
            "user_id": session.user,
            "session_id": session.session,
            "timestamp": _text(session.timestamp),
            "split": session.split,
        }
