"""Folders that many tests read, made once for all processes of pytest-xdist."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder *name* as *make* wrote it; the first process that asks for it makes it, the others wait."""
    base = factory.getbasetemp()
    once = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once"
    once.mkdir(exist_ok=True)
    folder, made = once / name, once / f"{name}.made"
    with FileLock(once / f"{name}.lock"):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            made.touch()
    return folder
