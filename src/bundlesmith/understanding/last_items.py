"""How the items of the last bundle may be spoken of: by names and by places."""

from collections.abc import Iterable, Sequence

from bundlesmith.understanding.change import LastItem
from bundlesmith.understanding.text import fold, split_words
from bundlesmith.understanding.titles import Title
from bundlesmith.understanding.words import HEAD, forms, join


def last_names(items: Iterable[LastItem]) -> dict[str, tuple[str, ...]]:
    """How items may be called: by what kind of thing they are; where none is of that kind, by any of their words."""
    kinds: dict[str, dict[str, None]] = {}
    others: dict[str, dict[str, None]] = {}
    for item in items:
        titles = [word.text for word in split_words(fold(item.title))]
        names = {join(titles[at : at + length]) for at in range(len(titles)) for length in range(1, HEAD + 1)}
        names |= {word[at:] for word in titles for at in range(3, len(word) - 3)}  # the lamp: a headlamp
        names |= {join([word.text for word in split_words(fold(step))]) for step in item.category[-1:]}
        heads = set(Title.read(item.title).heads())
        for name in names - {""}:
            for form in forms(name):
                (kinds if name in heads else others).setdefault(form, {})[item.item_id] = None
    return {name: tuple(ids) for name, ids in (others | kinds).items()}


def items_at(items: Sequence[LastItem], place: int | str | list[int]) -> list[LastItem]:
    """The items at a place, or at several; "dearest" and "cheapest" are places, too."""
    if isinstance(place, list):
        return [item for at in place for item in items[at:][:1]]
    if isinstance(place, int):
        return list(items[place:][:1])
    ordered = sorted((item for item in items if item.price is not None), key=lambda item: item.price or 0)
    return ordered[-1:] if place == "dearest" else ordered[:1]
