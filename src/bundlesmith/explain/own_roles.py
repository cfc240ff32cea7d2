"""A shop's own table of roles, `roles.yaml` in the run's folder, by category: the last part of a path, or "A > B".

Tents: {en: [tent, to sleep in], zh: [帐篷, 睡觉]}
"""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from bundlesmith.errors import BundlesmithError
from bundlesmith.explain.kinds import ProductRole, RoleType

LANGUAGES = ("en", "zh")
OWN_ROLES = "roles.yaml"


def read_own(text: str) -> dict[str, RoleType]:
    """The types of a shop's own table by category."""
    fix = "Write `CATEGORY: {en: [noun, purpose], zh: [noun, purpose]}`; either language may be left out."
    try:
        table: Any = yaml.safe_load(text) or {}
        return {str(category): _own_type(values) for category, values in table.items()}
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise BundlesmithError(f"{OWN_ROLES} is no table of roles: {error}.", fix) from None


def _own_type(values: Mapping[str, Sequence[str]]) -> RoleType:
    if not set(values) <= set(LANGUAGES) or not values:
        raise ValueError(f"{sorted(values)} instead of en, zh")
    found = {language: ProductRole(*map(str, pair)) for language, pair in values.items()}
    first = next(iter(found.values()))
    return RoleType(found.get("en", first), found.get("zh", first))
