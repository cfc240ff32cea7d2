"""Folders that are written whole or not at all, in the place of nothing but themselves.

What a folder's own files are, `bundlesmith.manifest` knows.
"""

import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bundlesmith.errors import BundlesmithError
from bundlesmith.manifest import MANIFEST, own_entries, strangers, write_manifest

_WHOLE = ".bundlesmith.whole"
"""A new folder that was written whole inside the one that it replaces, until all of it has been moved up."""
_MOVE = "Name another folder, or move it away."
_MOVE_IT = "Move it back, or away."


@contextmanager
def written_whole(target: Path, command: str = "", *inputs: Path | None) -> Iterator[Path]:
    """Give a new folder beside *target* to write in; when the block ends well it takes *target*'s place.

    If the block fails (a full disk, Ctrl-C, bad data) the new folder is removed and *target* is as before.
    A kill leaves *target* as before too, and at worst a stray `.NAME.*.new` folder beside it.

    A link stays, and what it points to is replaced. What can't be moved (a mount point, the folder that we are in, one
    in a folder that may not be written) stays, and its files are replaced, all or, after a kill, at the next use.

    Args:
        target: the folder to write.
        command: what writes it; see `check_folder`. A folder of Bundlesmith's own, such as a cache, has none.
        inputs: what the command reads.

    Raises:
        BundlesmithError: if the folder can't be written (no space, no permission), or may not, as in `check_folder`.
    """
    if command:
        check_folder(target, command, *inputs)
    place = real(target)
    fresh = _fresh(target, place)
    try:
        with loud_writes(target):
            yield fresh
            if command:
                write_manifest(fresh, command)
                check_folder(target, command, *inputs)
            _swap(fresh, place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _fresh(target: Path, place: Path) -> Path:
    """A new folder on the file system of *place*."""
    try:
        if stays(place):
            return Path(tempfile.mkdtemp(prefix=".bundlesmith.", suffix=".new", dir=place))
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".new", dir=place.parent))
        fresh.chmod(place.stat().st_mode & 0o7777 if place.exists() else 0o755)
        return fresh
    except OSError as error:
        raise _not_written(target, error) from error


def real(path: Path) -> Path:
    """Where a path leads, whatever links and ".." are in it."""
    return Path(os.path.realpath(path))


def stays(place: Path) -> bool:
    """Whether a folder can't be moved, or whoever is in it would not find it again."""
    if not place.is_dir():
        return False
    here = os.path.samestat(place.stat(), os.stat("."))  # noqa: PTH116 - which works where the folder was removed, too
    return os.path.ismount(place) or here or not os.access(place.parent, os.W_OK)


def beside(target: Path, what: str) -> Path:
    """Where something half-done of a folder is kept: `.NAME.WHAT` beside it, or inside one that can't be moved."""
    place = real(target)
    return place / f".bundlesmith.{what}" if stays(place) else place.with_name(f".{place.name}.{what}")


def check_folder(out: Path, command: str, *inputs: Path | None, known: Sequence[str] = ()) -> None:
    """Refuse a folder that is or holds an input of *command*, or anything that it didn't write there.

    Args:
        out: the folder that is to be written.
        command: such as "prepare".
        inputs: what it reads.
        known: names of files that may stand there, whoever wrote them.

    Raises:
        BundlesmithError: it names what the folder holds.
    """
    place = real(out)
    for given in inputs:
        if given is not None and real(given).is_relative_to(place):
            does = "is" if real(given) == place else "holds"
            raise BundlesmithError(
                f'"{out}" {does} an input of `bundlesmith {command}`: "{given}".', "Name another folder."
            )
    recover(place)
    if not place.exists():
        return
    if not place.is_dir():
        raise BundlesmithError(f'"{out}" is not a folder.', _MOVE)
    with _readable(out):
        found = [name for name in strangers(place, command) if name not in known]
    if found:
        raise BundlesmithError(f'"{out}" holds {_listed(found)}, not written by `bundlesmith {command}`.', _MOVE)


@contextmanager
def _readable(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BundlesmithError(f'"{out}" could not be read: {error.strerror}.', _MOVE) from error


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def check_file(out: Path, command: str, own: Callable[[bytes], bool], *inputs: Path | None) -> None:
    """Refuse a file that is an input of *command*, or that it didn't write; a new or an empty one may be written.

    Args:
        out: the file that is to be written.
        command: such as "predict".
        own: whether a file that begins with these bytes was written by it.
        inputs: what it reads.

    Raises:
        BundlesmithError: if it is one, or a folder.
    """
    place = real(out)
    if any(given is not None and real(given) == place for given in inputs):
        raise BundlesmithError(f'"{out}" is an input of `bundlesmith {command}`.', "Name another file.")
    if not place.exists():
        return
    if not place.is_file():
        raise BundlesmithError(f'"{out}" is {"a folder" if place.is_dir() else "not a file"}.', "Name a file.")
    with _readable(out), place.open("rb") as file:
        head = file.read(4096)
    if head and not own(head):
        fix = "Name another file, or move it away."
        raise BundlesmithError(f'"{out}" was not written by `bundlesmith {command}`.', fix)


def signed(command: str) -> Callable[[bytes], bool]:
    """Whether a page, a picture or a Markdown file says at its beginning that this command wrote it."""
    sign = re.compile(rb'(name="generator" content="|Software\0|<!-- )bundlesmith ' + command.encode() + rb"\b")
    return lambda head: sign.search(head) is not None


def put(part: Path, out: Path) -> None:
    """Move a whole file to where *out* leads; into it, if it is a mount point."""
    try:
        part.replace(real(out))
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        shutil.copyfile(part, out)
        part.unlink()


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


def _swap(fresh: Path, place: Path) -> None:
    recover(place)
    if fresh.parent == place:
        _swap_inside(fresh, place)
        return
    if (old := _old(place)).exists():
        raise BundlesmithError(f'"{old}" holds what was in "{place}" once, and nothing has replaced it.', _MOVE_IT)
    try:
        if place.exists():
            place.rename(old)
    except OSError as error:
        if error.errno != errno.EBUSY:  # which a mount of a folder of the same disk says
            raise
        inside = tempfile.mkdtemp(prefix=".bundlesmith.", suffix=".new", dir=place)
        _swap_inside(Path(shutil.copytree(fresh, inside, dirs_exist_ok=True)), place)
        return
    fresh.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _swap_inside(fresh: Path, place: Path) -> None:
    fresh.rename(place / _WHOLE)
    _move_up(place)


def _move_up(place: Path) -> None:
    """Put what lies whole in a folder in the place of its own old files; after a kill, the rest of it."""
    whole = place / _WHOLE
    if (whole / MANIFEST).exists():  # it is moved last
        for name in own_entries(place):
            _remove(place / name)
    for path in sorted(whole.iterdir(), key=lambda path: path.name == MANIFEST):
        _remove(place / path.name)
        path.rename(place / path.name)
    whole.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def recover(target: Path) -> None:
    """Bring back the old folder if a kill fell between the two renames of a swap; end a swap inside a folder."""
    place = real(target)
    old = _old(place)
    if (place / _WHOLE).is_dir():
        _move_up(place)
    if not old.exists():
        return
    if not place.exists() or (place.is_dir() and not stays(place) and not any(place.iterdir())):
        old.rename(place)
    elif not _is_only_copy(old, place):
        shutil.rmtree(old, ignore_errors=True)


def _is_only_copy(old: Path, place: Path) -> bool:
    """Whether somebody else has put something where an earlier output was, which is kept here alone."""
    return (old / MANIFEST).exists() and not (place / MANIFEST).exists()


def _old(place: Path) -> Path:
    return place.parent / f".{place.name}.bundlesmith.old"


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


RECODE = "Save it as UTF-8 with the program that wrote it."


def write_json(path: Path, value: Any) -> None:
    """Write *value* as JSON that a person can read, replacing *path* in one step."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text, replacing *path* in one step."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
