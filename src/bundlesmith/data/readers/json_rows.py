"""JSON (lines, an array, an object that holds one) and Python literals -> a table.

    table = read_json_rows(path, text)

Each record is an object.
"""

import ast
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from bundlesmith.errors import BundlesmithError


def read_json_rows(path: Path, text: str) -> pl.DataFrame:
    """Read *text*: one object a line, or a document that holds a list of objects, or an object of objects.

    The keys of an object of objects are the column "key". Lists of objects are lists of JSON texts.

    Raises:
        BundlesmithError: if a line, or the document, is broken or holds something else.
    """
    records = _records(path, text)
    return json_table([_untyped(record) for record in records] if _TYPED.search(text) else records)


def _records(path: Path, text: str) -> list[dict[str, Any]]:
    start = text.lstrip()[:1]
    if start == "[" or (start == "{" and not _is_whole(text.lstrip().split("\n", 1)[0])):
        return _of_document(path, text)
    records = [record for _, record in json_lines(path, text)]
    if len(records) == 1 and (_lists_in(records[0]) or _keyed(_unwrapped(records[0]))):
        return _of_document(path, text)
    return records


_TYPES: dict[str, type | tuple[type, ...]] = {"S": str, "N": str, "BOOL": bool, "L": list, "M": dict, "SS": list}
_TYPES |= dict.fromkeys(("$oid", "$date", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal"), object)
_TYPED = re.compile(r'\{\s*"(?:\$oid|\$date|\$number\w+|[SN]"\s*:\s*"|BOOL"\s*:\s*[tf])')


def _untyped(value: Any) -> Any:
    """Values without the types that MongoDB and DynamoDB give them, as in {"$oid": "65e1"} and {"N": "12.5"}."""
    if isinstance(value, list):
        return [_untyped(part) for part in value]
    if not isinstance(value, dict):
        return value
    name, inner = next(iter(value.items())) if len(value) == 1 else ("", None)
    if name in _TYPES and isinstance(inner, _TYPES[name]):
        return _untyped(inner)
    return {key: _untyped(part) for key, part in value.items()}


_DEEPEST = 4  # of objects around the list that holds the rows


def _lists_in(value: dict[str, Any], depth: int = 0) -> list[list[dict[str, Any]]]:
    """The lists of objects in an object that is no row but holds them, such as {"count": 2, "products": […]}."""
    if len(value) > _FEW or depth > _DEEPEST:
        return []
    found = [part for part in value.values() if isinstance(part, list) and _objects(part)]
    inner = [part for part in value.values() if isinstance(part, dict)]
    return found + [rows for part in inner for rows in _lists_in(part, depth + 1)]


_FEW = 3  # keys


def _keyed(value: dict[str, Any]) -> bool:
    """Whether an object holds rows by their keys, such as {"1": {"title": …}, "2": {"title": …}}."""
    rows = list(value.values())
    return len(rows) > 1 and _objects(rows) and bool(set.intersection(*map(set, rows)))


def _unwrapped(value: dict[str, Any]) -> dict[str, Any]:
    """What stands in an object of one object, such as {"products": {"1": …, "2": …}}."""
    while len(value) == 1 and isinstance(inner := next(iter(value.values())), dict):
        value = inner
    return value


def _is_whole(line: str) -> bool:
    try:
        return isinstance(_parse(line), dict)
    except ValueError:
        return "\n" not in line and line.rstrip().endswith(("}", "},", "};"))


def _of_document(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(text)
    except ValueError as error:
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            if text.lstrip().startswith("{"):
                return [record for _, record in json_lines(path, text)]
            line = getattr(error, "lineno", 1)
            raise BundlesmithError(f'"{path}" line {line} is not JSON: {error}.', "Mend that line.") from error
    except RecursionError as error:
        raise BundlesmithError(f'"{path}" is nested too deeply.', "Write one object a line.") from error
    if isinstance(value, dict) and _keyed(rows := _unwrapped(value)):
        return [{"key": key, **row} for key, row in rows.items()]
    if isinstance(value, dict):
        lists = _lists_in(value)
        if len(lists) != 1:
            what = f'"{path}" is one object with {len(lists) or "no"} list{"s" * (len(lists) != 1)} of objects in it.'
            raise BundlesmithError(what, "Write one object a line.")
        (value,) = lists
    if not isinstance(value, list) or not _objects(value):
        raise BundlesmithError(f'"{path}" is not a list of JSON objects.', "Write one object a line.")
    return value


def _objects(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(value, dict) for value in values)


def json_lines(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number, object) for every line that isn't blank."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, _object(path, number, line)


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = _parse(line)
        if "\\ud" in line.lower():
            json.dumps(record, ensure_ascii=False).encode()  # half a surrogate pair can't be written anywhere
    except (ValueError, RecursionError) as error:
        raise BundlesmithError(f'"{path}" line {number} is not JSON: {error}.', "Mend that line.") from error
    if not isinstance(record, dict):
        raise BundlesmithError(f'"{path}" line {number} is not a JSON object.', "Write one object a line.")
    return record


def _parse(line: str) -> Any:
    """JSON, or a literal of Python; a comma or semicolon after it may part it from the next."""
    try:
        return json.loads(line)
    except ValueError:
        bare = line.strip()
        if bare[-1:] in (",", ";"):
            return _parse(bare[:-1])
        if not bare.startswith(("{'", '{"', "{u'", "{}")):
            raise
        try:
            return ast.literal_eval(bare)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            pass
        raise


def json_table(records: list[dict[str, Any]]) -> pl.DataFrame:
    """A table of records; a column of one type has it, another one is text."""
    names = dict.fromkeys(name for record in records for name in record)
    return pl.DataFrame([_series(str(name), [record.get(name) for record in records]) for name in names])


def _series(name: str, values: list[Any]) -> pl.Series:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, list) for value in known):
        return _lists(name, values)
    kinds = {type(value) for value in known}
    if kinds == {int} and all(abs(value) < 2**63 for value in known):
        return pl.Series(name, values, dtype=pl.Int64)
    if float in kinds and kinds <= {int, float}:
        return pl.Series(name, values, dtype=pl.Float64, strict=False)
    return pl.Series(name, [plain_text(value) for value in values], dtype=pl.String)


def _lists(name: str, values: list[Any]) -> pl.Series:
    inner = [part for value in values if value for part in value if part is not None]
    if inner and all(isinstance(part, list) for part in inner):
        nested = [value and [part and [plain_text(leaf) for leaf in part] for part in value] for value in values]
        return pl.Series(name, nested, dtype=pl.List(pl.List(pl.String)))
    texts = [value if value is None else [plain_text(part) for part in value] for value in values]
    return pl.Series(name, texts, dtype=pl.List(pl.String))


def plain_text(value: Any) -> str | None:
    """A value as text: itself, or JSON; whole floats lose their ".0"."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
    return json.dumps(value, ensure_ascii=False, default=str)
