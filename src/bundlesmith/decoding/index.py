"""A trie, its shelf and the shelf's shared views in one file, mapped into memory: processes share its pages.

 The file holds MAGIC; the length and the CRC-32 of a header, 8 bytes each; the
header, as JSON: what stands where, and the names of categories and brands; and the arrays, each at a multiple of 64
bytes.
"""

import json
import os
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.groups import groups_of
from bundlesmith.constraints.shelf import VIEWS, Shelf
from bundlesmith.constraints.view import view_of
from bundlesmith.decoding.trie import Trie
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import loud_writes

MAGIC = b"bundlesmith-3\n\0\0"
ALIGNED = 64
TRIE = ("first", "token", "low", "high", "ends", "row_of_leaf", "leaf_of_row")
SHELF = ("cents", "in_stock", "listed", "category", "brand")


def save_index(path: Path, trie: Trie, shelf: Shelf, made_from: str = "") -> None:
    """Write one file with all that requests share; *path* is as before unless it is written whole.

    Args:
        path: the file.
        trie: the items' spellings.
        shelf: over the leaves of *trie* and told of its ranges, without changes that were not merged.
        made_from: names what both were made from, for `made_from`.

    Raises:
        BundlesmithError: if the shelf has changes, or the file can't be written.
    """
    if shelf.base is not None or len(shelf) != len(trie):
        raise BundlesmithError(
            f"The shelf has {len(shelf.changed)} changes that the trie doesn't know.", "Merge first."
        )
    arrays = {f"trie.{name}": getattr(trie, name) for name in TRIE}
    arrays |= {f"shelf.{name}": getattr(shelf, name) for name in SHELF}
    arrays |= {"groups.ordered": shelf.groups.ordered, "groups.pair": np.asarray(shelf.groups.pairs.of)}
    for key in VIEWS:
        (section,) = shelf.sections(*key)
        arrays |= {f"{_prefix(*key)}{name}": array for name, array in section.view.arrays().items()}
    path = path.absolute()
    with loud_writes(path):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _write(file, {"made_from": made_from, "paths": shelf.paths, "brands": shelf.brands}, arrays)
                os.fchmod(file.fileno(), 0o644)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)


def _prefix(in_stock: bool, priced: bool) -> str:
    return f"{'stock' if in_stock else 'all'}.{'priced' if priced else 'any'}."


def _write(file: BinaryIO, names: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    places: dict[str, Any] = {}
    end = 0
    for name, array in arrays.items():
        places[name] = {"dtype": array.dtype.str, "shape": array.shape, "offset": end}
        end = _aligned(end + array.nbytes)
    header = json.dumps({**names, "arrays": places, "bytes": end}).encode()
    file.write(MAGIC + len(header).to_bytes(8, "little") + zlib.crc32(header).to_bytes(8, "little") + header)
    start = _aligned(file.tell())
    for name, array in arrays.items():
        file.seek(start + places[name]["offset"])
        file.write(np.ascontiguousarray(array).data)
    file.truncate(start + end)


def _aligned(at: int) -> int:
    return -(-at // ALIGNED) * ALIGNED


def made_from(path: Path) -> str | None:
    """What the index was made from; None if there is no file, or it isn't an index of this version, whole.

    Raises:
        BundlesmithError: if it can't be read.
    """
    try:
        with path.open("rb") as file:
            header, start = _read_header(file, path)
            whole = os.fstat(file.fileno()).st_size == start + header["bytes"]
    except (FileNotFoundError, _DamagedError):
        return None
    except OSError as error:
        raise _unread(path, error.strerror) from error
    found: str | None = header.get("made_from")
    return found if whole else None


def load_index(path: Path) -> tuple[Trie, Shelf]:
    """Map a file that `save_index` wrote, to be read only. Takes the same time for any number of items.

    Raises:
        BundlesmithError: if there is no such file, or it isn't one of `save_index`, whole.
    """
    try:
        with path.open("rb") as file:
            header, start = _read_header(file, path)
        mapped = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError) as error:
        raise _unread(path, getattr(error, "strerror", None) or str(error)) from error
    if len(mapped) != start + header["bytes"]:
        what = f'The index "{path}" has {len(mapped)} bytes in place of {start + header["bytes"]}.'
        raise BundlesmithError(what, "It was cut off or added to: save it again.")
    return _assembled(header, {name: _array(mapped, start, **place) for name, place in header["arrays"].items()})


def _unread(path: Path, reason: str | None) -> BundlesmithError:
    return BundlesmithError(f'The index "{path}" could not be read: {reason}.', "Check the path.")


class _DamagedError(BundlesmithError):
    """A file is no index, or not a whole one."""


def _read_header(file: BinaryIO, path: Path) -> tuple[dict[str, Any], int]:
    """The header, and where the arrays begin."""
    if file.read(len(MAGIC)) != MAGIC:
        raise _DamagedError(f'"{path}" is not an index of this version of Bundlesmith.', "Save it again.")
    length, check = (int.from_bytes(file.read(8), "little") for _ in range(2))
    left = os.fstat(file.fileno()).st_size - file.tell()
    if not 0 < length <= left or zlib.crc32(text := file.read(length)) != check:
        raise _DamagedError(f'The header of the index "{path}" is cut off or damaged.', "Save it again.")
    header: dict[str, Any] = json.loads(text)
    return header, _aligned(file.tell())


def _array(mapped: NDArray[np.uint8], start: int, dtype: str, shape: list[int], offset: int) -> NDArray[Any]:
    kind = np.dtype(dtype)
    size = int(np.prod(shape)) * kind.itemsize
    return np.asarray(mapped[start + offset : start + offset + size]).view(kind).reshape(shape)


def _assembled(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> tuple[Trie, Shelf]:
    trie = Trie(**{name: arrays[f"trie.{name}"] for name in TRIE})
    columns: dict[str, Any] = {name: arrays[f"shelf.{name}"] for name in SHELF}
    paths = tuple(tuple(path) for path in header["paths"])
    shelf = Shelf(**columns, paths=paths, brands=tuple(header["brands"]), nodes=trie.ranges)
    known_groups = arrays["groups.ordered"], arrays["groups.pair"]
    shelf.use_groups(groups_of(columns["category"], columns["brand"], *known_groups))
    for key in VIEWS:
        prefix = _prefix(*key)
        known = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
        shelf.use(*key, view_of(known, len(shelf), trie.ranges))
    return trie, shelf
