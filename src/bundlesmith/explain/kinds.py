"""Types of product: what each is called and is for in each language, and what several have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bundlesmith.explain.nouns import is_mass, is_plural, plural, singular, stems
from bundlesmith.explain.titles import SAID_SETS


@dataclass(frozen=True, slots=True)
class ProductRole:
    """What a type of product is called in one language, and what it is for; *purpose* goes on after the noun."""

    noun: str
    purpose: str


@dataclass(frozen=True, slots=True)
class RoleType:
    """A type of product: its role in each of LANGUAGES."""

    en: ProductRole
    zh: ProductRole

    def role(self, language: str) -> ProductRole:
        """The role in a language; in English where there is no other."""
        return self.zh if language == "zh" else self.en


_NO_BEGINNINGS = "节款件条双只个色用式号型性"
"""Signs that end what stands before a Chinese noun."""


def common_name(types: Sequence[RoleType], language: str = "") -> RoleType | None:
    """What items of several types are called in common: "dome tent" and "tunnel tent" are tents.

    None if nothing is common to their names in one of the languages, or in the one that matters. The purposes are those
    of the first.
    """
    first = types[0]
    if len(types) == 1:
        return first
    english = " ".join(_shared_end([each.en.noun.split() for each in types]))
    chinese = "".join(_shared_end([list(each.zh.noun) for each in types])).lstrip(_NO_BEGINNINGS)
    said = {
        "en": bool(english) and english not in SAID_SETS,
        "zh": len(chinese) > 1 or chinese in {each.zh.noun for each in types},
    }
    if not all(said[each] for each in ([language] if language else said)):
        return None
    return RoleType(replace(first.en, noun=english or first.en.noun), replace(first.zh, noun=chinese or first.zh.noun))


def without_set(kind: RoleType) -> tuple[str, ...]:
    """The words of a type's English noun, but for "set"."""
    words = stems(kind.en.noun)
    return words[:-1] if len(words) > 1 and words[-1] in SAID_SETS else words


def in_plural(kind: RoleType) -> RoleType:
    """The same type, with its English noun in the plural: "wooden blocks"."""
    noun = kind.en.noun
    return kind if is_plural(noun) or is_mass(noun) else replace(kind, en=replace(kind.en, noun=plural(noun)))


def _shared_end(parts: Sequence[Sequence[str]]) -> list[str]:
    """The longest end that all of some sequences have; plurals count as the same."""
    found: list[str] = []
    for column in zip(*(reversed(each) for each in parts), strict=False):
        if len({singular(word.casefold()) for word in column}) > 1:
            break
        found.insert(0, column[0])
    return found
