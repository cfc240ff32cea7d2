"""How much sets share, and the words of a text as such a set."""

import re
from collections.abc import Hashable, Sequence

Members = Sequence[Hashable]
_WORD = re.compile(r"[㐀-鿿]|[^\W_㐀-鿿]+")


def f1(found: Members, wanted: Members) -> float:
    """F1 of two sets: 2 |found ∩ wanted| / (|found| + |wanted|), the harmonic mean of precision and recall.

    Repeats count once. 0 if nothing is shared, also when both are empty. (van Rijsbergen, Information Retrieval, 1979)
    """
    shared = len(set(found) & set(wanted))
    return 2 * shared / (len(set(found)) + len(set(wanted))) if shared else 0.0


def jaccard(found: Members, wanted: Members) -> float:
    """Jaccard index of two sets: |found ∩ wanted| / |found ∪ wanted|; 0 if both are empty. (Jaccard, 1901)"""
    union = set(found) | set(wanted)
    return len(set(found) & set(wanted)) / len(union) if union else 0.0


def matched(found: Sequence[Members], wanted: Sequence[Members]) -> list[tuple[int, int, float]]:
    """Pair found bundles with wanted ones, one to one, the highest Jaccard first.

    Ties go to the later found one, then to the later wanted one. Pairs that share nothing are not made.

    Returns:
        (place in *found*, place in *wanted*, Jaccard) of each pair.
    """
    pairs = sorted(((jaccard(b, g), at, k) for at, b in enumerate(found) for k, g in enumerate(wanted)), reverse=True)
    made: list[tuple[int, int, float]] = []
    for value, at, k in pairs:
        if value > 0 and all(at != other_at and k != other_k for other_at, other_k, _ in made):
            made.append((at, k, value))
    return made


def words(text: str | None) -> list[str]:
    """The words of an intent, for `f1`: runs of letters and digits of any script, without case; each Chinese character
    is one. None of an intent that isn't known.
    """
    return _WORD.findall((text or "").casefold())
