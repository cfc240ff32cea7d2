"""The files of a folder that a YAML file names, each read once, several of a pattern one below the other."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from bundlesmith.data.readers.blocks import BLOCK_BYTES, row_blocks
from bundlesmith.data.readers.cells import as_text
from bundlesmith.data.readers.config import Join, TableFile, TablesConfig
from bundlesmith.data.readers.files import ENDINGS, PACKED, FileRows, Layout, read_rows
from bundlesmith.data.readers.zips import read_member, zip_members, zip_of
from bundlesmith.data.tables import TABLE_NAMES
from bundlesmith.errors import BundlesmithError

Part = Callable[[str, float], None]
"""Told before each file: its name, and which share of all bytes comes before it."""


class Files:
    """Reads files, and counts their bytes."""

    def __init__(self, folder: Path, config: TablesConfig, part: Part) -> None:
        self._folder, self._part, self._known = folder, part, dict[str, tuple[Path, FileRows]]()
        tables = [table for table in (config.items, config.events, config.bundles) if table is not None]
        layouts = [layout for table in tables for layout in (table, *table.joins)]
        paths = {path for layout in layouts for path in matching(folder, layout.file)}
        self._total, self._passed = max(sum(map(_size, paths)), 1), 0

    def has(self, layout: TableFile | Join) -> bool:
        """Whether a file is needed, or there."""
        return not layout.optional or bool(matching(self._folder, layout.file))

    def read(self, layout: Layout) -> tuple[Path, FileRows]:
        """The first file that a layout's pattern fits, and the rows of all.

        Raises:
            BundlesmithError: if there is none, or one can't be read.
        """
        key = layout.model_dump_json(include=set(Layout.model_fields))
        if key not in self._known:
            paths = find_files(self._folder, layout.file)
            self._known[key] = (paths[0], _stacked([self._one(path, layout) for path in paths]))
        return self._known[key]

    def blocks(self, layout: Layout) -> Iterator[tuple[Path, FileRows]]:
        """As `read`, but a large text file comes in blocks of rows, and is not kept."""
        paths = find_files(self._folder, layout.file)
        large = sum(map(_size, paths)) > BLOCK_BYTES and not any(map(zip_of, paths))
        if not large or layout.model_dump_json(include=set(Layout.model_fields)) in self._known:
            yield self.read(layout)
            return
        for path in paths:
            self._part(path.name, min(self._passed / self._total, 1.0))
            self._passed += _size(path)
            for rows in row_blocks(path, layout):
                yield path, _with_name(rows, path, layout)

    def _one(self, path: Path, layout: Layout) -> FileRows:
        self._part(path.name, min(self._passed / self._total, 1.0))
        self._passed += _size(path)
        return _with_name(read_rows(path, layout), path, layout)


def _with_name(rows: FileRows, path: Path, layout: Layout) -> FileRows:
    named = pl.lit(path.name).alias(layout.file_as or "")
    return replace(rows, table=rows.table.with_columns(named)) if layout.file_as else rows


def inner_name(path: Path) -> str:
    """A file's name, with that of the ZIP that it is in: what `file` says."""
    archive = zip_of(path)
    return path.relative_to(archive.parent).as_posix() if archive else path.name


def _size(path: Path) -> int:
    return (zip_of(path) or path).stat().st_size


def matching(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder, or of a ZIP in it, that have that name, or fit that pattern, by their names."""
    if folder.is_file():
        return [folder]
    exact = folder / pattern
    if archive := zip_of(exact):
        return [path for path in zip_members(archive) if path.match(exact.as_posix())]
    return [exact] if exact.is_file() else sorted(folder.glob(pattern)) if any(c in pattern for c in "*?[") else []


def find_files(folder: Path, pattern: str) -> list[Path]:
    """As `matching`.

    Raises:
        BundlesmithError: if there is none.
    """
    if found := matching(folder, pattern):
        return found
    if archive := zip_of(folder / pattern):
        read_member(archive, folder / pattern)  # which says what there is
    there = ", ".join(sorted(path.name for path in folder.iterdir() if path.is_file())[:8]) if folder.is_dir() else ""
    raise BundlesmithError(
        f'There is no file "{folder / pattern}".', f"There are: {there}." if there else "Check the path."
    )


def _stacked(parts: list[FileRows]) -> FileRows:
    if len(parts) == 1:
        return parts[0]
    texts = [part.table.with_columns(as_text(part.table[name]) for name in part.table.columns) for part in parts]
    same = all(part.table.schema == parts[0].table.schema for part in parts)
    table = pl.concat([part.table for part in parts]) if same else pl.concat(texts, how="diagonal")
    return FileRows(table, f"{parts[0].read_as}; {len(parts)} files", parts[0].untyped)


def config_of(folder: Path) -> TablesConfig:
    """The config of a folder without a YAML file: the files that are called items, events and bundles.

    Raises:
        BundlesmithError: if there are none of items, or several.
    """
    endings = [f"{ending}{packed}" for packed in ("", *PACKED) for ending in ENDINGS]
    found: dict[str, dict[str, str]] = {}
    for name in TABLE_NAMES:
        there = [f"{name}{ending}" for ending in endings if (folder / f"{name}{ending}").is_file()]
        if len(there) > 1:
            raise BundlesmithError(f'"{folder}" has {" and ".join(there)}.', "Name one of them in a YAML file.")
        if there:
            found[name] = {"file": there[0]}
    if "items" not in found:
        shown = ", ".join(ENDINGS)
        raise BundlesmithError(f'"{folder}" has no file "items" with one of {shown}.', "Or name a YAML file.")
    return TablesConfig.model_validate(found)
