"""Categories by name: "Tents" is a step of a path, and "Camping > Tents" two that follow each other, in any case.

A name of one's own may have a ">" in it, too: it is then as many steps, here and there.
"""

from collections.abc import Sequence


def steps(*names: str) -> tuple[str, ...]:
    """The steps of a path, or of a category's name, as they are compared."""
    return tuple(step.strip().lower() for name in names for step in name.split(">"))


def holds(path: Sequence[str], wanted: tuple[str, ...]) -> bool:
    """Whether a path has these steps, one after the other."""
    found = steps(*path)
    return any(found[at : at + len(wanted)] == wanted for at in range(len(found) - len(wanted) + 1))


def is_of(path: Sequence[str], name: str) -> bool:
    """Whether an item of a category is of one with this name."""
    return holds(path, steps(name))
