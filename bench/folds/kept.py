"""Tables that are worked out once and kept in a file, so that what was cut goes on where it was."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from bundlesmith.ranking.evidence import Table


def kept(path: Path, make: Callable[[], Table]) -> Table:
    """What is in a file, or is made and put there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".fresh.npy")
        np.save(fresh, make())
        fresh.replace(path)
    found: Table = np.load(path)
    return found
