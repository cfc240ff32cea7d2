"""What phrases about things change: exclusions, slots, items that are kept, added or swapped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from bundlesmith.constraints.rules import LARGEST, parse_size
from bundlesmith.data.category import is_of
from bundlesmith.pipeline.ask import Ask
from bundlesmith.understanding.change import FieldChange, LastBundle, LastItem, apply
from bundlesmith.understanding.find import Found
from bundlesmith.understanding.language import Language
from bundlesmith.understanding.named import Named
from bundlesmith.understanding.words import CatalogueWords, Category

MOST_EXCLUDED = 500
"""More items than this aren't left out one by one."""
ANY_SIZE = Ask().size
"""The size of an `Ask` of which nobody has said one; more slots make it larger."""
CENT = 0.01
SAID = 3
"""So many things of a phrase are said by name."""


@dataclass(frozen=True, slots=True)
class GoodsDecision:
    """What was decided: of *things*, each a name and how many items are called so, or why nothing was (*why*).

    *of_kind* are the items of a kind that is added or included, where that is no category.
    """

    field: str
    value: Any
    name: str
    things: tuple[tuple[str, int], ...] = ()
    changes: tuple[FieldChange, ...] = ()
    why: tuple[Any, ...] = ()
    of_kind: tuple[str, ...] = ()


def said(outcome: GoodsDecision, language: Language) -> str:
    """How an outcome is said."""
    if outcome.why:
        return language.said[outcome.why[0]].format(*outcome.why[1:])
    names = [name if n <= 1 else language.said["many"].format(name, n) for name, n in outcome.things[:SAID]]
    names += ["…"] if len(outcome.things) > SAID else []
    listed = reduce(lambda some, one: language.said["list"].format(some, one), names) if names else ""
    return language.said[outcome.name].format(listed)


def exclude(found: Found, now: Ask, last: LastBundle | None, words: CatalogueWords) -> GoodsDecision:
    """Leave out what is named: "the lamp" that of the last bundle, "lamps" all."""
    ids: dict[str, None] = {}
    slots: list[str] = []
    things: list[tuple[str, int]] = []
    for named in found.names:
        some = _excluded(named, words)
        if not some:
            return _refused("exclude", "ingredients" if found.kind == "allergic" else "unknown", named.text)
        if len(some) > MOST_EXCLUDED:
            if not named.last:
                return _refused("exclude", "too_many", named.text, len(some))
            some = named.last
        ids |= dict.fromkeys(some)
        slots += _emptied(now.slots, named, some)
        if last is not None and named.last and set(some) == set(named.last):
            slots += _left(now.slots, last, named.last)
        things.append((_title(some[0], words) if len(some) == 1 else named.text, len(some)))
    changes = [FieldChange("exclude", "add", tuple(ids))]
    changes += [
        FieldChange(name, "drop", gone) for name, gone in (("items", tuple(ids)), ("slots", tuple(slots))) if gone
    ]
    name = "have" if found.kind in ("have", "owned") else "exclude"
    return GoodsDecision("exclude", tuple(ids), name, tuple(things), tuple(changes))


def _excluded(named: Named, words: CatalogueWords) -> tuple[str, ...]:
    others = named.kind or named.group or named.category or named.brand or named.colour
    if named.last and (named.definite or not others):
        return named.last
    rows = named.titled or named.brand or named.colour
    if not rows:
        rows = (*named.kind, *named.group)
        if named.category and (named.category.things or not named.kind):
            rows = (*rows, *named.category.rows)
    return tuple(dict.fromkeys([*named.last, *(words.catalogue.ids[row] for row in rows)]))


def _emptied(slots: Sequence[str], named: Named, ids: Sequence[str]) -> list[str]:
    """The slots that nothing can fill any more."""
    category = named.category
    if category is None or len(ids) < len(category.rows):
        return []
    return [
        slot for slot in slots if slot.lower().split(">")[-1].strip() == category.name.lower().split(">")[-1].strip()
    ]


def _left(slots: Sequence[str], last: LastBundle, gone: Sequence[str]) -> list[str]:
    """The slots that only these of the last bundle stand for."""
    of_slots = {slot: {item.item_id for item in last.items if is_of(item.category, slot)} for slot in slots}
    return [slot for slot, items in of_slots.items() if items and items <= set(gone)]


def keep(found: Found, now: Ask, last: LastBundle | None, words: CatalogueWords) -> GoodsDecision | None:
    """Choose what is named: of the last bundle, or a single item."""
    ids = [item for named in found.names for item in _kept(named, words)]
    if not ids:
        return _refused("items", "no_last") if last is None and found.names[0].definite else None
    return _chosen("keep", ids, words)


def _kept(named: Named, words: CatalogueWords) -> tuple[str, ...]:
    return named.last or (tuple(words.catalogue.ids[row] for row in named.titled) if len(named.titled) == 1 else ())


def _chosen(name: str, ids: Sequence[str], words: CatalogueWords) -> GoodsDecision:
    changes = (FieldChange("exclude", "drop", tuple(ids)), FieldChange("items", "add", tuple(ids)))
    return GoodsDecision("items", tuple(ids), name, tuple((_title(item, words), 1) for item in ids), changes)


def swap(found: Found, now: Ask, last: LastBundle | None, words: CatalogueWords) -> GoodsDecision | None:
    """Keep the last bundle but for what is named, and have as many others; by default of the same categories."""
    if last is None or not last.items:
        return _refused("items", "no_last") if found.names[0].definite else None
    gone = {item for named in found.names for item in named.last}
    if not gone:
        return _refused("items", "not_in_it", found.names[0].text)
    if any(named.titled for named in found.others):  # with all items chosen nothing would be left to write
        return _refused("items", "no_room")
    rest = [item for item in last.items if item.item_id not in gone and item.item_id not in now.exclude]
    swapped = [item for item in last.items if item.item_id in gone]
    slots = _slots_of(found.others, rest, words) if found.others else []
    if not found.others and found.kind != "swap_rest":
        slots = [" > ".join(item.category) for item in swapped if item.category and not _filled(now.slots, item)]
    changes = [
        FieldChange("items", "set", tuple(item.item_id for item in rest)),
        FieldChange("exclude", "add", tuple(item.item_id for item in swapped)),
        FieldChange("size", "set", (len(last.items), len(last.items))),
    ]
    changes += [FieldChange("slots", "add", tuple(slots))] if slots else []
    if found.kind == "cheaper_swap" and last.total is not None and last.total > CENT:
        changes.append(FieldChange("budget", "set", min(now.budget or last.total, round(last.total - CENT, 2))))
    things = tuple((item.title, 1) for item in swapped)
    rows = [row for one in found.others if one.category is None for row in (*one.kind, *one.group)]
    kind = tuple(dict.fromkeys(words.catalogue.ids[row] for row in rows))
    return GoodsDecision("items", tuple(item.item_id for item in rest), "swap", things, tuple(changes), of_kind=kind)


def _filled(slots: Sequence[str], item: LastItem) -> bool:
    """Whether one of the slots asks for the item's category."""
    return any(is_of(item.category, slot) for slot in slots)


def _slots_of(
    names: Sequence[Named], kept: Sequence[LastItem], words: CatalogueWords, within: bool = False
) -> list[str]:
    """The slots for what is named, besides those that kept items fill; *within*: a kind of thing has its category's."""
    slots: list[str] = []
    for named in names:
        category = named.category or (named.within if within else None)
        if category is not None and not named.titled:
            name = _beside(category, kept, words)
            filled = sum(is_of(item.category, name) for item in kept)
            slots += [name] * (filled + named.count)
    return slots


def _beside(category: Category, kept: Sequence[LastItem], words: CatalogueWords) -> str:
    """A category's name; of several departments that have one so called, that of the department of what is kept."""
    paths = {tuple(words.catalogue.categories[row]) for row in category.rows}
    tops = [item.category[0] for item in kept if item.category]
    near = [path for path in paths if path[0] in tops]
    return " > ".join(near[0]) if len(near) == 1 < len({path[0] for path in paths}) else category.name


def add(found: Found, now: Ask, last: LastBundle | None, words: CatalogueWords) -> GoodsDecision | None:
    """Keep the last bundle and have what is named besides; without a last bundle, include it."""
    if not (found.names[0].category or found.names[0].kind or len(found.names[0].titled) == 1):
        return _refused("slots", "unknown", found.names[0].text)
    if last is None or not last.items:
        return include(found, now, last, words)
    titled = [words.catalogue.ids[named.titled[0]] for named in found.names if len(named.titled) == 1]
    slots = _slots_of(found.names, last.items, words)
    kept = tuple(item.item_id for item in last.items)
    more = len(set(titled) - set(kept)) + sum(named.count for named in found.names if not named.titled)
    if more < 1 or len(kept) + more > LARGEST:
        return None
    if titled and len(titled) == len(found.names):  # these alone leave nothing to write: more goes with them
        return replace(_chosen("add", titled, words), of_kind=tuple(titled))
    changes = [
        FieldChange("exclude", "drop", (*kept, *titled)),
        FieldChange("items", "set", (*kept, *titled)),
        FieldChange("size", "set", (len(kept) + more, len(kept) + more)),
    ]
    kinds = [(*named.kind, *named.group) for named in found.names if not named.titled]
    if not slots and len(kinds) > 1 and all(kinds):  # of each something that costs neither little nor much
        ids = [*titled, *(_usual(rows, words) for rows in kinds)]
        return replace(_chosen("add", ids, words), of_kind=tuple(ids))
    if not slots:  # a kind of item that is no category
        rows = [row for named in found.names if not named.titled for row in (*named.kind, *named.group)]
        kind = tuple(dict.fromkeys(words.catalogue.ids[row] for row in rows))
        return GoodsDecision("size", str(len(kept) + more), "add_some", ((str(more), 1),), tuple(changes), of_kind=kind)
    changes += [*_let_in(found, now, words), FieldChange("slots", "add", tuple(slots))]
    return GoodsDecision("slots", tuple(slots), "add", _slot_names(found), tuple(changes))


def _usual(rows: Sequence[int], words: CatalogueWords) -> str:
    """Of some items one in the middle of their prices."""
    ordered = sorted(rows, key=lambda row: words.catalogue.price(row) or 0)
    return words.catalogue.ids[ordered[len(ordered) // 2]]


def include(found: Found, now: Ask, last: LastBundle | None, words: CatalogueWords) -> GoodsDecision | None:
    """A slot for each category that is named; items that are named are chosen."""
    if counted := _several(found, words):
        return counted
    titled = [words.catalogue.ids[named.titled[0]] for named in found.names if len(named.titled) == 1]
    slots = _slots_of(found.names, (), words, within=True)
    if not slots:
        return _chosen("named", titled, words) if titled else None
    if len(slots) > LARGEST:
        return None
    changes = [*_let_in(found, now, words), FieldChange("slots", "add", tuple(slots))]
    asked = len(apply(now, changes).slots)
    if now.size == ANY_SIZE and parse_size(now.size)[1] < asked <= LARGEST:
        changes.append(FieldChange("size", "least", asked))
    if titled:
        changes += _chosen("named", titled, words).changes
    of_kind = tuple(words.catalogue.ids[row] for one in found.names if one.within for row in one.kind)
    return GoodsDecision("slots", tuple(slots), "slots", _slot_names(found), tuple(changes), of_kind=of_kind)


def _several(found: Found, words: CatalogueWords) -> GoodsDecision | None:
    """So many of one kind and nothing else: "I need 8 lamps". If there are too few, what stands beside them counts."""
    named = found.names[0]
    if found.kind != "needed" or len(found.names) > 1 or not 2 <= named.count <= LARGEST or named.titled:
        return None
    rows = dict.fromkeys((*named.kind, *named.group, *(named.category.rows if named.category else ())))
    rows |= dict.fromkeys(words.compounds(named.called or named.text))
    if len(rows) < named.count:
        beside = {tuple(words.catalogue.categories[row]) for row in rows}
        rows |= dict.fromkeys(words.of_paths(beside))
    ids = tuple(words.catalogue.ids[row] for row in rows)
    changes = (
        FieldChange("only", "set", ids),
        FieldChange("size", "set", (named.count, named.count)),
        FieldChange("slots", "set", ()),
    )
    return GoodsDecision("only", ids, "only", ((f"{named.count} × {named.text}", 1),), changes)


def only(found: Found, now: Ask, last: LastBundle | None, words: CatalogueWords) -> GoodsDecision:
    """Nothing but what is named."""
    rows: dict[int, None] = {}
    for named in found.names:
        of_kind = (*named.kind, *named.group, *(named.category.rows if named.category else ()))
        rows |= dict.fromkeys(named.brand or of_kind or named.colour)
    ids = tuple(words.catalogue.ids[row] for row in rows)
    things = tuple((named.text, 1) for named in found.names)
    return GoodsDecision("only", ids, "only", things, (FieldChange("only", "set", ids),))


def unneeded(found: Found, now: Ask, last: LastBundle | None, words: CatalogueWords) -> GoodsDecision | None:
    """What is named need not be in the set; it may."""
    named = {named.category.name for named in found.names if named.category}
    gone = tuple(slot for slot in now.slots if any(is_of(tuple(slot.split(" > ")), name) for name in named))
    if not gone:
        return None
    return GoodsDecision(
        "slots", gone, "unneeded", tuple((slot, 1) for slot in gone), (FieldChange("slots", "drop", gone),)
    )


def _let_in(found: Found, now: Ask, words: CatalogueWords) -> list[FieldChange]:
    """The items of wanted categories of which all are left out may come again."""
    members = [[words.catalogue.ids[row] for row in one.category.rows] for one in found.names if one.category]
    barred = [ids for ids in members if set(ids) <= set(now.exclude)]
    return [FieldChange("exclude", "drop", tuple(ids)) for ids in barred]


def _slot_names(found: Found) -> tuple[tuple[str, int], ...]:
    named = [named for named in found.names if named.category or named.within or named.titled]
    names = [one.text if one.titled or one.category is None else one.category.name for one in named]
    return tuple(
        (name if one.count == 1 else f"{one.count} × {name}", 1) for name, one in zip(names, named, strict=True)
    )


def add_some(found: Found, now: Ask, last: LastBundle | None, words: CatalogueWords) -> GoodsDecision:
    """Keep the last bundle and have some more."""
    if last is None or not last.items:
        return _refused("size", "no_last")
    value = found.numbers[0].value if found.numbers else 1
    if value is None or value != int(value) or not 1 <= value <= LARGEST - len(last.items):
        return _refused("size", "not_number")
    kept = tuple(item.item_id for item in last.items)
    size = len(kept) + int(value)
    changes = (
        FieldChange("exclude", "drop", kept),
        FieldChange("items", "set", kept),
        FieldChange("size", "set", (size, size)),
    )
    return GoodsDecision("size", str(size), "add_some", ((str(int(value)), 1),), changes)


def another(found: Found, now: Ask, last: LastBundle | None, words: CatalogueWords) -> GoodsDecision:
    """Leave out the items of the last bundle, but for those that are kept."""
    if last is None or not last.items:
        return _refused("exclude", "no_last")
    ids = tuple(item.item_id for item in last.items if item.item_id not in now.items)
    return GoodsDecision("exclude", ids, "another", changes=(FieldChange("exclude", "add", ids),))


def nicer(found: Found, now: Ask, last: LastBundle | None, words: CatalogueWords) -> GoodsDecision | None:
    """Of each kind of the last bundle something dearer; what is the dearest of its kind already stays."""
    if last is None or not last.items:
        return None
    price, ids = words.catalogue.price, words.catalogue.ids
    below: dict[str, tuple[str, ...]] = {}
    for item in last.items:
        rows = words.of_paths([item.category]) if item.category else []
        prices = {row: cost for row in rows if (cost := price(row)) is not None}
        if item.price is not None and any(cost > item.price for cost in prices.values()):
            below[item.item_id] = tuple(ids[row] for row, cost in prices.items() if cost <= item.price)
    if not below:
        return _refused("exclude", "no_dearer")
    rest = [item for item in last.items if item.item_id not in below]
    gone = tuple(dict.fromkeys(one for some in below.values() for one in some))
    slots = [" > ".join(item.category) for item in last.items if item.item_id in below and not _filled(now.slots, item)]
    changes = (
        FieldChange("items", "set", tuple(item.item_id for item in rest)),
        FieldChange("exclude", "add", gone[:MOST_EXCLUDED]),
        FieldChange("size", "set", (len(last.items), len(last.items))),
        FieldChange("slots", "add", tuple(slots)),
    )
    return GoodsDecision("exclude", gone, "nicer", changes=changes)


def _title(item_id: str, words: CatalogueWords) -> str:
    rows = words.catalogue.known([item_id])
    return words.catalogue.titles[rows[0]] if rows else item_id


def _refused(field: str, why: str, *values: object) -> GoodsDecision:
    return replace(GoodsDecision(field, None, ""), why=(why, *values))
