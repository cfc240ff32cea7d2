"""Large text files in blocks of whole rows, so that they needn't be in memory at once.

    for rows in row_blocks(path, layout):

Each block is read as a file of its own, with the line of names above it.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from bundlesmith.data.readers.delimited import read_delimited
from bundlesmith.data.readers.files import TEXTS, FileRows, Layout, inner_ending, read_rows, without_marks
from bundlesmith.data.readers.heads import head_of, lines_above, named_separator, sniff

BLOCK_BYTES = 1 << 24  # bytes


def row_blocks(path: Path, layout: Layout, size: int = BLOCK_BYTES) -> Iterator[FileRows]:
    """The rows of a file: a large text of UTF-8 in blocks of about *size* bytes, any other file at once.

    Raises:
        BundlesmithError: as `read_rows`.
    """
    head = _head(path, layout, size)
    if head is None:
        yield read_rows(path, layout)
        return
    before = 0
    for place, data in enumerate(_blocks(path, size)):
        text = data.decode().removeprefix("\ufeff")
        text = head + text if place else text
        table, how = read_delimited(path, text, layout.separator, '"', layout.header, None, before)
        before += data.count(b"\n") - (place == 0 and bool(head))
        yield FileRows(without_marks(table), how, True)


def _head(path: Path, layout: Layout, size: int) -> str | None:
    """The line of names of a file that can be read in blocks ("" if it has none); None if it can't."""
    if inner_ending(path) not in TEXTS or layout.encoding or layout.skip or path.stat().st_size <= size:
        return None
    try:
        for place, data in enumerate(_blocks(path, size)):
            text = data.decode() if place == 0 or not data.isascii() else ""
            if place == 0:
                first = text[:200_000].removeprefix("\ufeff").replace("\r\n", "\n")
    except (UnicodeDecodeError, OSError, EOFError):
        return None
    separator = layout.separator or sniff(first)
    plain = "\r" not in first and "\0" not in first and first[:1] not in ("{", "[", "<", "|", "+", "\n", "'")
    if not plain or named_separator(first)[0] or lines_above(first, separator):
        return None
    return "" if layout.header else head_of(first) + "\n"


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    """The bytes of a file, parted after line ends that are not within quotes."""
    with _opened(path) as stream:
        rest = b""
        while data := stream.read(size):
            rest += data
            if end := _last_end(rest):
                yield rest[:end]
                rest = rest[end:]
        if rest:
            yield rest


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]


def _last_end(data: bytes) -> int:
    """The place after the last line end before which quotes are in pairs; 0 if there is none."""
    if b'"' not in data:
        return data.rfind(b"\n") + 1
    array = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(array == ord("\n"))
    even = np.searchsorted(np.flatnonzero(array == ord('"')), ends) % 2 == 0
    return int(ends[even][-1]) + 1 if even.any() else 0
