"""How much two sets share, and the words of a text as such a set."""

import re
from collections.abc import Hashable, Sequence

Items = Sequence[Hashable]


def f1(found: Items, wanted: Items) -> float:
    """F1 of two sets: 2 |found ∩ wanted| / (|found| + |wanted|), the harmonic mean of precision and recall.

    Repeats count once. 0 if nothing is shared, also when both are empty. (van Rijsbergen, Information Retrieval, 1979)
    """
    shared = len(set(found) & set(wanted))
    return 2 * shared / (len(set(found)) + len(set(wanted))) if shared else 0.0


def words(text: str | None) -> list[str]:
    """The words of an intent, for `f1`: runs of a-z and 0-9 in lower case; none of an intent that isn't known."""
    return re.findall(r"[a-z0-9]+", (text or "").lower())
