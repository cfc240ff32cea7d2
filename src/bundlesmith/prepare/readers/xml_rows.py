"""XML feeds (RSS, Atom, lists of products) -> a table: one row for each of the elements that occur most.

    table = read_xml_rows(path, data)

Columns are the local names of their children; of several children with one name the first counts, and further ones
make a list only where all are wanted. Knows nothing about what the columns mean.
"""

import io
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import polars as pl

from bundlesmith.errors import BundlesmithError

_ROWS = ("item", "entry", "product", "offer", "row", "record")


def read_xml_rows(path: Path, data: bytes) -> pl.DataFrame:
    """Read *data*.

    Raises:
        BundlesmithError: if it isn't XML, or has no elements that are rows.
    """
    found: dict[str, list[dict[str, str]]] = {}
    seen: Counter[str] = Counter()
    try:
        for _, element in ElementTree.iterparse(io.BytesIO(data)):
            name = _local(element.tag)
            if len(element) and (name in _ROWS):
                row = {_local(key): value for key, value in element.attrib.items()}
                for child in element:
                    row.setdefault(_local(child.tag), "".join(child.itertext()).strip())
                found.setdefault(name, []).append(row)
                seen[name] += 1
                element.clear()
    except ElementTree.ParseError as error:
        raise BundlesmithError(f'"{path}" is not XML: {error}.', "Check how it was written.") from error
    if not seen:
        raise BundlesmithError(f'"{path}" has no elements of the names {", ".join(_ROWS)}.', "Write it as CSV or JSON.")
    rows = found[seen.most_common(1)[0][0]]
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in names}, schema_overrides=dict.fromkeys(names, pl.String)
    )


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]
