"""XML feeds (RSS, Atom, lists of products) -> a table: one row for each of the elements that occur most.

    table = read_xml_rows(path, data)

Columns are the local names of their attributes and children; of several children with one name the first counts. An
element's own text is the column "text".
"""

import io
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import polars as pl

from bundlesmith.errors import BundlesmithError

_ROWS = ("item", "entry", "product", "offer", "row", "record")


def read_xml_rows(path: Path, data: bytes, element_name: str | None = None) -> pl.DataFrame:
    """Read *data*; *element_name* names the elements that are rows.

    Raises:
        BundlesmithError: if it isn't XML, or has no elements that are rows.
    """
    found: dict[str, list[dict[str, str]]] = {}
    seen: Counter[str] = Counter()
    try:
        for _, element in ElementTree.iterparse(io.BytesIO(data)):
            name = _local(element.tag)
            if name == element_name or (element_name is None and len(element) and name in _ROWS):
                row = {_local(key): value for key, value in element.attrib.items()}
                if element.text and element.text.strip():
                    row["text"] = element.text.strip()
                for child in element:
                    row.setdefault(_local(child.tag), "".join(child.itertext()).strip())
                found.setdefault(name, []).append(row)
                seen[name] += 1
                element.clear()
    except ElementTree.ParseError as error:
        raise BundlesmithError(f'"{path}" is not XML: {error}.', "Check how it was written.") from error
    if not seen and element_name is None and (usual := _most_frequent(data)):
        return read_xml_rows(path, data, usual)
    if not seen:
        what = f'"{path}" has no elements of the names {element_name or ", ".join(_ROWS)}.'
        raise BundlesmithError(what, "Name the one that is a row: `element: NAME`.")
    rows = found[seen.most_common(1)[0][0]]
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in names}, schema_overrides=dict.fromkeys(names, pl.String)
    )


def _most_frequent(data: bytes) -> str | None:
    """The element that occurs most among those that hold several others, which hold none."""
    seen: Counter[str] = Counter()
    for _, element in ElementTree.iterparse(io.BytesIO(data)):
        if len(element) > 1 and not any(len(child) for child in element):
            seen[_local(element.tag)] += 1
    found = seen.most_common(2)
    alone = bool(found) and found[0][1] > 1 and (len(found) == 1 or found[1][1] < found[0][1])
    return found[0][0] if alone else None


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]
