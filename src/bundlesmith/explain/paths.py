"""What of a category's path says which product it has, and not whose part it is or which group it is of."""

from collections.abc import Sequence

from bundlesmith.explain.nouns import is_plural, stems
from bundlesmith.explain.titles import names_parts

_HOSTED = frozenset({"adapter", "charger", "cover", "mount", "protector", "remote", "strap"})
"""Ends of names of categories below which it is said what such parts are for."""
_WHOSE = frozenset({"boys", "girls", "ladies", "kids"})
"""Ends of paths that say for whom it is."""


def product_path(path: Sequence[str]) -> Sequence[str]:
    """A path without what its end says of whose parts it has: "Battery Chargers > Camera" has chargers."""
    words = [stems(name)[-1:] for name in path[-2:]]
    return path[:-1] if len(path) > 1 and _HOSTED.issuperset(words[0]) and not names_parts(words[1]) else path


def below_groups(path: Sequence[str]) -> Sequence[str]:
    """A path without groups above an end that has things: "Dresses > Casual", but not "Lighting > Diffusers"."""
    return path if not path or not is_plural(path[-1]) or path[-1].casefold() in _WHOSE else path[-1:]
