"""The pieces of a bundle as they are told: what is of one kind together.

pieces_of(facts, shipped_roles(), "en")
"""

from dataclasses import dataclass

from bundlesmith.explain.facts import BundleFacts
from bundlesmith.explain.kinds import RoleType
from bundlesmith.explain.nouns import several, with_article
from bundlesmith.explain.roles import Roles

SHORT_TITLE = 5
"""A title of so many words at most is said where nothing is known of what the item is for."""


@dataclass(frozen=True, slots=True)
class ToldPiece:
    """Items of a bundle of which the same is said: their rows, and what they are called and are for."""

    rows: tuple[int, ...]
    noun: str
    purpose: str

    def called(self, language: str) -> str:
        """With its article or its number; a title as it is."""
        number = len(self.rows)
        if not self.purpose:
            return self.noun
        if language != "en":
            return self.noun if number == 1 else f"{number}款{self.noun}"
        return with_article(self.noun) if number == 1 else several(self.noun, number)


def pieces_of(facts: BundleFacts, roles: Roles, language: str) -> tuple[list[ToldPiece], int]:
    """The items that are told, and how many others there are.

    Those of one kind are told together. One without a role is told by its title if that is short, or none has one.
    """
    kinds = _kinds(facts, roles)
    known = any(kind for _, kind in kinds)
    found, others = [], 0
    for rows, kind in kinds:
        title, path = facts.catalogue.titles[rows[0]], facts.catalogue.categories[rows[0]]
        role = roles.of(title, path, language) if len(rows) == 1 else kind and kind.role(language)
        name = facts.name(rows[0])
        if role:
            found.append(ToldPiece(tuple(rows), role.noun, role.purpose))
        elif known and len(name.split()) > SHORT_TITLE:
            others += 1
        else:
            found.append(ToldPiece(tuple(rows), name, ""))
    return found, others


def _kinds(facts: BundleFacts, roles: Roles) -> list[tuple[list[int], RoleType | None]]:
    """Rows that are told together, and what they are in common."""
    titles, categories = facts.catalogue.titles, facts.catalogue.categories
    found: list[tuple[list[int], RoleType | None]] = []
    for row in facts.rows:
        rows, kind = [row], roles.type_of(titles[row], categories[row])
        for other in list(found):
            like = categories[row] == categories[other[0][0]]
            if kind and other[1] and (common := roles.in_common(other[1], kind, like)):
                found.remove(other)
                rows, kind = [*other[0], *rows], common
        found.append((rows, kind))
    return sorted(found, key=lambda each: facts.rows.index(each[0][0]))
