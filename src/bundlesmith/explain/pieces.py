"""The pieces of a bundle as they are told: what is of one kind together.

pieces_of(facts, shipped_roles(), "en")
"""

from dataclasses import dataclass, replace

from bundlesmith.explain.facts import BundleFacts
from bundlesmith.explain.kinds import ProductRole, RoleType
from bundlesmith.explain.nouns import before_set, is_plural, several, stems, with_article
from bundlesmith.explain.roles import Roles


@dataclass(frozen=True, slots=True)
class ToldPiece:
    """Items of a bundle of which the same is said.

    Attributes:
        rows: theirs.
        noun: what they are called.
        purpose: what they are for; "" if that isn't known.
        titled: whether the noun is a title.
    """

    rows: tuple[int, ...]
    noun: str
    purpose: str
    titled: bool = False

    def called(self, language: str) -> str:
        """With its article or its number; a title as it is."""
        number = len(self.rows)
        if self.titled:
            return f"the {self.noun}" if language == "en" else self.noun
        if language != "en":
            return self.noun if number == 1 else f"{number}款{self.noun}"
        return with_article(self.noun) if number == 1 else several(self.noun, number)


def pieces_of(facts: BundleFacts, roles: Roles, language: str) -> list[ToldPiece]:
    """The items as they are told: those of one kind together, one without a role by its title."""
    found = []
    for rows, kind in _kinds(facts, roles, language):
        role = _common_role(facts, rows, kind, roles, language)
        named = (
            (role.noun, role.purpose or _host(facts, rows, roles, language))
            if role
            else (facts.name(rows[0]), "", True)
        )
        found.append(ToldPiece(tuple(rows), *named))
    return found


def _host(facts: BundleFacts, rows: list[int], roles: Roles, language: str) -> str:
    """What one item's title says that it is made for: "for Canon EOS"; "" of several, and in Chinese."""
    if len(rows) > 1 or language != "en":
        return ""
    host = roles.host_of(facts.catalogue.titles[rows[0]], facts.catalogue.categories[rows[0]])
    return f"for {host}" if host else ""


def _common_role(
    facts: BundleFacts, rows: list[int], kind: RoleType | None, roles: Roles, language: str
) -> ProductRole | None:
    """The role of items that are told together: their own, if it is one; else that of what they are in common."""
    titles, categories = facts.catalogue.titles, facts.catalogue.categories
    own = [roles.of(titles[row], categories[row], language) for row in rows]
    if kind is None or len(set(own)) == 1:
        return own[0]
    common = _generic(kind.role(language), roles, language)
    if roles.broad.says_little((), kind) or not all(each and each.purpose for each in own):
        common = replace(common, purpose="")
    plurals = language != "en" or any(each and is_plural(each.noun) for each in own)
    return common if plurals else replace(common, noun=before_set(common.noun))


def _generic(role: ProductRole, roles: Roles, language: str) -> ProductRole:
    """What items of several types are told as, with what such things are for, if the table has them."""
    if language == "en":
        found = roles.at_end(stems(role.noun))
        whole = found and stems(found.en.noun) == stems(role.noun)
    else:
        found = whole = roles.named(role.noun)
    return replace(role, purpose=found.role(language).purpose) if found and whole else role


def _kinds(facts: BundleFacts, roles: Roles, language: str) -> list[tuple[list[int], RoleType | None]]:
    """Rows that are told together, and what they are in common."""
    titles, categories = facts.catalogue.titles, facts.catalogue.categories
    found: list[tuple[list[int], RoleType | None]] = []
    for row in facts.rows:
        rows, kind = [row], roles.type_of(titles[row], categories[row])
        for other in list(found):
            short, long = sorted((categories[row], categories[other[0][0]]), key=len)
            like = short if short == long[: len(short)] else ()
            if kind and other[1] and (common := roles.in_common(other[1], kind, like, language)):
                found.remove(other)
                rows, kind = [*other[0], *rows], common
        found.append((rows, kind))
    return sorted(found, key=lambda each: facts.rows.index(each[0][0]))
