"""Folders that are written whole or not at all, and hashes of what is in them.

Knows nothing about what the files mean.
"""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bundlesmith.errors import BundlesmithError


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """Give a new folder beside *target* to write in; when the block ends well it takes *target*'s place.

    If the block fails (a full disk, Ctrl-C, bad data) the new folder is removed and *target* is as before.
    A kill leaves *target* as before too, and at worst a stray `.NAME.*.new` folder beside it.

    Raises:
        BundlesmithError: if the folder can't be written (no space, no permission).
    """
    target = target.absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent))
        fresh.chmod(0o755)
    except OSError as error:
        raise _not_written(target, error) from error
    try:
        with loud_writes(target):
            yield fresh
            _swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def loud_writes(target: Path) -> Iterator[None]:
    """Turn what libraries raise when a disk is full or closed into one clear error about *target*."""
    try:
        yield
    except BundlesmithError:
        raise
    except Exception as error:
        if isinstance(error, OSError) or _DISK.search(str(error)):
            raise _not_written(target, error) from error
        raise


_DISK = re.compile(r"\(os error \d+\)|PytorchStreamWriter|unexpected pos \d+ vs")
"""What the writers that are not Python's own (safetensors, tokenizers, torch) say in place of an OSError."""


def _not_written(target: Path, error: Exception) -> BundlesmithError:
    return BundlesmithError(
        f'"{target}" could not be written: {getattr(error, "strerror", None) or error}.',
        "Free some space or name another folder; what stood there before is untouched.",
    )


def _swap(fresh: Path, target: Path) -> None:
    old = target.with_name(f".{target.name}.old")
    recover(target)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def recover(target: Path) -> None:
    """Bring back the old folder if a kill fell between the two renames of a swap."""
    old = target.with_name(f".{target.name}.old")
    if old.exists() and not target.exists():
        old.rename(target)
    elif old.exists():
        shutil.rmtree(old, ignore_errors=True)


def hash_files(*paths: Path) -> str:
    """SHA-256 of the bytes of *paths*, in the order given, as 16 hex digits."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def hash_texts(*texts: str) -> str:
    """SHA-256 of *texts*, in the order given, as 16 hex digits."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()[:16]


def read_json(path: Path) -> Any:
    """Parse one JSON file.

    Raises:
        BundlesmithError: if the file is missing, not UTF-8 or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundlesmithError(f'There is no file "{path}".', "Check the path.") from error
    except UnicodeDecodeError as error:
        raise BundlesmithError(f'"{path}" is not UTF-8: {error.reason} at byte {error.start}.', RECODE) from error
    except json.JSONDecodeError as error:
        raise BundlesmithError(f'"{path}" is not JSON: {error}.', "Mend that line.") from error


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file; only line feeds end one, since JSON may hold other separators as they are.

    Raises:
        BundlesmithError: if it can't be read.
    """
    try:
        return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except OSError as error:
        raise BundlesmithError(f'"{path}" could not be read: {error.strerror}.', "Check the path.") from error
    except UnicodeDecodeError as error:
        raise BundlesmithError(f'"{path}" is not UTF-8: byte {error.start}.', RECODE) from error


RECODE = "Convert it, for example with `iconv -f LATIN1 -t UTF-8`."


def write_json(path: Path, value: Any) -> None:
    """Write *value* as JSON that a person can read, replacing *path* in one step."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)
