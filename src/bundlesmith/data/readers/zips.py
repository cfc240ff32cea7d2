"""Files in a ZIP of several, as paths below it: export.zip/items.csv."""

import zipfile
import zlib
from pathlib import Path

from bundlesmith.errors import BundlesmithError


def zip_members(path: Path) -> list[Path]:
    """The files in a ZIP, as paths below it; none if it is no ZIP, or a workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
    except (OSError, zipfile.BadZipFile):
        return []
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return []
    return [
        path / name for name in sorted(names) if not name.startswith("__MACOSX/") and not name.endswith(".DS_Store")
    ]


def zip_of(path: Path) -> Path | None:
    """The ZIP that holds the file of this path, if one does: "export.zip/items.csv"."""
    return next((place for place in path.parents if place.suffix.lower() == ".zip" and place.is_file()), None)


def read_member(archive: Path, path: Path) -> bytes:
    """The bytes of a file in a ZIP.

    Raises:
        BundlesmithError: if the archive is broken or has no such file.
    """
    name = path.relative_to(archive).as_posix()
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.read(name)
    except KeyError as error:
        there = ", ".join(member.relative_to(archive).as_posix() for member in zip_members(archive)[:8])
        raise BundlesmithError(f'"{archive}" holds no file "{name}".', f"There are: {there}.") from error
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise BundlesmithError(f'"{path}" could not be unpacked: {error}.', "Unpack it, or write it again.") from error
