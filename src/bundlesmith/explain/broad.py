"""Which types say too little for a purpose: a "cup" may be for tea or for steam, a "tool" for anything.

    broad = BroadTypes(types)
    broad.says_little(("Colds", "Inhalers"), cup)      # True

The table tells: a word is broad if many of its types end in it, each for something else.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from bundlesmith.explain.kinds import RoleType
from bundlesmith.explain.nouns import stems

BROAD, ANYTHING = 13, 40
"""A word that ends types of so many purposes is for one of them only as its category says; of more not even then."""
_OFTEN = 3
"""A word before so many nouns of the table says of which kind a thing is;"""
_NO_KINDS = frozenset({"and", "in", "neck", "of", "on", "to", "with"})
"""but not these."""
_WORN = "to wear"
"""Clothes are worn, whatever they are called."""


class BroadTypes:
    """Tells which types are broad.

    Args:
        types: all types of the table.

    Attributes:
        kinds: words that say of which kind a thing is: "laundry" of nets.
    """

    def __init__(self, types: Collection[RoleType]) -> None:
        purposes = defaultdict[str, set[str]](set)
        for each in types:
            words = stems(each.en.noun)
            if len(words) > 1:
                purposes[words[-1]].add(each.en.purpose)
        self._purposes = {word: len(found) for word, found in purposes.items()}
        before = Counter(word for each in types for word in set(stems(each.en.noun)[:-1]))
        self.kinds = frozenset(word for word, count in before.items() if count >= _OFTEN) - _NO_KINDS

    def is_broad(self, found: RoleType) -> bool:
        """Whether such a thing may be for many things."""
        return self._breadth(found) >= BROAD

    def says_little(self, category: Sequence[str], found: RoleType) -> bool:
        """Whether what such a thing is for isn't known: it may be many things, and its category doesn't name it."""
        if not self.is_broad(found) or found.en.purpose.startswith(_WORN):
            return False
        named = bool(category) and stems(category[-1])[-1:] == stems(found.en.noun)
        return not named or self._breadth(found) >= ANYTHING

    def _breadth(self, found: RoleType) -> int:
        words = stems(found.en.noun)
        return self._purposes.get(words[0], 0) if len(words) == 1 else 0
