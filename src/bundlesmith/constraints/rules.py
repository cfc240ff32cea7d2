"""What a bundle must obey: as people write it (`AskedRules`), and as it is kept (`Rules`).

What is known of a rule is said here, once; `bundlesmith.constraints.lookahead` turns rules into the items that may come
next.
"""

import math
import re
from collections.abc import Callable
from dataclasses import Field as RuleField
from dataclasses import dataclass, field, fields
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bundlesmith.constraints.shelf import Shelf
from bundlesmith.constraints.view import Flags, View
from bundlesmith.errors import BundlesmithError

LARGEST = 100
"""The most items of a bundle."""
MOST_SLOTS = 50
MOST_LISTED = {"items": LARGEST, "exclude": 5_000, "only": 5_000, "slots": 20}
"""So much a field of a request may name."""
IdText = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Amount = Annotated[float, Field(gt=0, lt=1e9, allow_inf_nan=False)]
Leaves = Callable[[Any, Shelf, View], Flags]
"""Of the value of a rule, a shelf and a view of it: which items of the view may be written."""


def _rule(default: Any, said: "Callable[[Rules], str]", none: Any = None, leaves: Leaves | None = None) -> Any:
    """A field of `Rules`.

    Args:
        default: what holds where nothing is said.
        said: how a conflict names it; fields that share this function are one rule.
        none: the value that asks nothing.
        leaves: what it leaves, for a rule that holds for each item alone; with prices where these are asked about.
    """
    return field(default=default, metadata={"said": said, "none": none, "leaves": leaves})


def _prices(rules: "Rules") -> str:
    return f"price of an item {rules.min_price or 0:g} to {rules.max_price or 'any'}"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one request; all hold together.

    Attributes:
        min_items, max_items: the size of the whole bundle, items already chosen included.
        budget: the most that the whole bundle may cost, in units of the currency; None: no limit. With a budget,
            items without a price are left out.
        min_price, max_price: what one written item may cost; None: any price, or none known.
        in_stock: whether every written item must be in stock.
        excluded: ids that must not be written.
        owned: ids that the customer has already; not written either, and named apart so that a conflict says so.
        allowed: the only ids that may be written; None: the whole catalogue.
        slots: categories of which the bundle must hold an item, each an item of its own ("Tents", "Camping > Stoves";
            twice for two of them).
        per_category, per_brand: the most items of the same category path, or of the same brand; None: any number.
    """

    min_items: int = _rule(2, lambda rules: f"size of at least {rules.min_items}", none=1)
    max_items: int = _rule(5, lambda rules: f"size of at most {rules.max_items}")
    budget: float | None = _rule(None, lambda rules: f"budget {rules.budget:.12g}")
    min_price: float | None = _rule(None, _prices, leaves=lambda least, _, view: view.cents >= -to_cents(-least))
    max_price: float | None = _rule(
        None, _prices, leaves=lambda most, _, view: (view.cents >= 0) & (view.cents <= to_cents(most))
    )
    in_stock: bool = _rule(True, lambda _: "in stock", none=False)
    excluded: tuple[str, ...] = _rule((), lambda rules: number_of(len(rules.excluded), "excluded"), none=())
    owned: tuple[str, ...] = _rule((), lambda rules: number_of(len(rules.owned), "owned"), none=())
    allowed: tuple[str, ...] | None = _rule(
        None, lambda rules: f"only {number_of(len(rules.allowed or ()), 'allowed')}"
    )
    slots: tuple[str, ...] = _rule((), lambda rules: f"one each of {', '.join(rules.slots)}", none=())
    per_category: int | None = _rule(None, lambda rules: f"at most {rules.per_category} of a category")
    per_brand: int | None = _rule(None, lambda rules: f"at most {rules.per_brand} of a brand")

    def __post_init__(self) -> None:
        if not 1 <= self.min_items <= self.max_items:
            raise BundlesmithError(
                f"The size {self.min_items}:{self.max_items} is not a range.",
                'Write it as "2:5": the smallest number first, at least 1.',
            )
        if self.max_items > LARGEST:
            raise BundlesmithError(f"A bundle of {self.max_items} items is too large.", f"Ask for at most {LARGEST}.")
        if self.budget is not None and not 0 < self.budget < math.inf:
            raise BundlesmithError(f"The budget is {self.budget:.12g}.", "Give an amount above 0.")
        least, most = self.min_price or 0, math.inf if self.max_price is None else self.max_price
        if not (0 <= least <= most and least < math.inf):
            raise BundlesmithError(f"The price range {self.min_price}:{self.max_price} is empty.", "Widen it.")
        if len(self.slots) > MOST_SLOTS:
            raise BundlesmithError(f"There are {len(self.slots)} slots.", f"Give {MOST_SLOTS} at most.")
        for name in CAPS:
            if (cap := getattr(self, name)) is not None and cap < 1:
                raise BundlesmithError(f"{name} is {cap}.", "Give at least 1, or leave it out.")

    def named(self) -> list[tuple[str, dict[str, Any]]]:
        """Each rule that is set: how it is named, and its values."""
        parts: dict[Callable[[Rules], str], list[RuleField[Any]]] = {}
        for rule in fields(self):
            parts.setdefault(rule.metadata["said"], []).append(rule)
        return [
            (said(self), {rule.name: getattr(self, rule.name) for rule in some})
            for said, some in parts.items()
            if any(self._is_set(rule) for rule in some)
        ]

    def of_items(self) -> list[tuple[Any, Leaves]]:
        """The value of each rule that is set and holds for each item alone, and what it leaves."""
        found = ((rule, rule.metadata["leaves"]) for rule in fields(self))
        return [(getattr(self, rule.name), leaves) for rule, leaves in found if leaves and self._is_set(rule)]

    def _is_set(self, rule: RuleField[Any]) -> bool:
        return bool(getattr(self, rule.name) != rule.metadata["none"])


CAPS = tuple(rule.name for rule in fields(Rules) if rule.type == int | None)
"""Names of the rules that are the most items of a group."""
FLAGS = tuple(rule.name for rule in fields(Rules) if rule.type is bool)
"""Names of the rules that hold or don't."""
Some = Annotated[list[IdText], Field(max_length=MOST_LISTED["only"])]


class AskedRules(BaseModel):
    """Rules as people write them; those of the same name mean what they mean in `Rules`.

    Attributes:
        size: "2:5", or "3" for exactly three.
        exclude: ids that must not be written.
        only: the only ids that may be written, if not empty.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    budget: Amount | None = None
    size: str = Field("2:5", max_length=9)
    exclude: Some = Field(default=[])
    only: Some = Field(default=[])
    slots: Annotated[list[IdText], Field(max_length=MOST_LISTED["slots"])] = Field(default=[])
    per_category: int | None = None
    per_brand: int | None = None
    min_price: float | None = None
    max_price: float | None = None
    in_stock: bool = True

    def rules(self, owned: tuple[str, ...] = ()) -> Rules:
        """As they are kept.

        Args:
            owned: what the customer has.

        Raises:
            BundlesmithError: if a rule makes no sense.
        """
        least, most = parse_size(self.size)
        alike: dict[str, Any] = {name: getattr(self, name) for name in ASKED_ALIKE}
        alike = {name: tuple(value) if isinstance(value, list) else value for name, value in alike.items()}
        excluded, allowed = tuple(self.exclude), tuple(self.only) or None
        return Rules(min_items=least, max_items=most, excluded=excluded, owned=owned, allowed=allowed, **alike)


ASKED_ALIKE = tuple(rule.name for rule in fields(Rules) if rule.name in AskedRules.model_fields)
"""Names of the rules that people write as they are kept."""


def as_asked(rules: Rules) -> dict[str, Any]:
    """Rules as the values of `AskedRules`; what is owned is excluded there."""
    values = {name: getattr(rules, name) for name in ASKED_ALIKE}
    return {
        "size": f"{rules.min_items}:{rules.max_items}",
        "exclude": list(dict.fromkeys((*rules.excluded, *rules.owned))),
        "only": list(rules.allowed or ()),
        **{name: list(value) if isinstance(value, tuple) else value for name, value in values.items()},
    }


def unruled() -> dict[str, Any]:
    """The values of `AskedRules` that ask nothing; whether items must be in stock is left as it is."""
    return AskedRules().model_dump(exclude={"in_stock"})


def number_of(n: int, kind: str = "") -> str:
    """So many items, of a kind: "1 owned item"."""
    return f"{n} {kind} item{'' if n == 1 else 's'}".replace("  ", " ")


def parse_size(text: str) -> tuple[int, int]:
    """Read "2:5" (or "3", for exactly three) as the smallest and the largest size.

    Raises:
        BundlesmithError: if the text is neither.
    """
    match = re.fullmatch(r"(\d{1,4})(?::(\d{1,4}))?", text.strip())
    if not match:
        raise BundlesmithError(f'The size "{text}" is not a range.', 'Write it as "2:5" or as "3".')
    return int(match[1]), int(match[2] or match[1])


def to_cents(amount: float) -> int:
    """An amount in hundredths, rounded down: a float such as 29.99 may lie just below its cents."""
    return math.floor(amount * 100 + 1e-6)
