"""How an item is written in tokens: one interface, `spell`, and its implementations.

Knows nothing about requests or models. A spelling is text without the grammar's own marks (`;` and line breaks), and
every item's is unique. Needs the tokenizer only to know what a word costs.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from bundlesmith.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError

Cost = Callable[[str], int]
"""The number of tokens of a word with a space before it."""

_WORD = re.compile(r"\w+(?:[.'’/-]\w+)*")
_LONGEST = 14
_STOP = frozenset(
    ["a", "an", "and", "the", "for", "with", "of", "in", "to", "by", "on", "from", "or", "w", "x", "is", "at"]
)


def words_of(text: str) -> list[str]:
    """The words of a text in order, without marks; very long ones (an unspaced script, a hash) are cut."""
    return [word[:_LONGEST] for word in _WORD.findall(text)]


def terms(catalogue: Catalogue, cost: Cost, least: int = 2, most: int = 4) -> list[str]:
    """Spell every item by its kind and a few telling words of its title: "HDMI Cables: Belkin 6ft".

    The kind is the leaf of the category path. Words are taken greedily, first the one that rules out the most other
    items of the same kind for the tokens it costs (words that stand early and in capitals count more: a title names
    first and describes later), until the item stands alone with *least* words, or *most* are used. The most frequent
    is written first, so that related items share prefixes. What is still equal then gets a number.

    Returns:
        one text an item, in the catalogue's order.
    """
    titles = [_telling(title) for title in catalogue.titles]
    frequency = Counter(word for words in titles for word in words)
    kinds: dict[str, list[int]] = defaultdict(list)
    for row, path in enumerate(catalogue.categories):
        kinds[_kind(path)].append(row)
    texts = [""] * len(titles)
    for kind, rows in kinds.items():
        holders = _holders(rows, titles)
        for row in rows:
            words = [word for word in titles[row] if word not in kind.split()] or titles[row]
            chosen = _choose_words(words, set(rows), holders, cost, least, most)
            chosen.sort(key=lambda word: (-frequency[word], word))
            texts[row] = f"{kind}: {' '.join(chosen)}".strip(" :") or "Item"
    return _numbered(texts)


def _telling(title: str) -> list[str]:
    return list(dict.fromkeys(word for word in words_of(title) if word.lower() not in _STOP))


def _kind(path: Sequence[str]) -> str:
    return " ".join(words_of(path[-1])[:3]) if path else ""


def _holders(rows: Sequence[int], titles: Sequence[list[str]]) -> dict[str, set[int]]:
    holders: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        for word in titles[row]:
            holders[word].add(row)
    return holders


def _choose_words(
    words: Sequence[str], rivals: set[int], holders: dict[str, set[int]], cost: Cost, least: int, most: int
) -> list[str]:
    chosen: list[str] = []
    while len(chosen) < min(most, len(words)) and (len(rivals) > 1 or len(chosen) < least):
        scores = {
            word: (1 + math.log(len(rivals) / len(rivals & holders[word]))) * _weight(word, place) / cost(word)
            for place, word in enumerate(words)
            if word not in chosen
        }
        best = max(scores, key=scores.__getitem__)
        chosen.append(best)
        rivals = rivals & holders[best]
    return chosen


def _weight(word: str, place: int) -> float:
    return (0.5 if word.islower() else 1.0) / (1 + place / 8)


def _numbered(texts: Sequence[str]) -> list[str]:
    """Make texts unique: the second of equal ones gets " 2", and so on, past any text that is taken already."""
    taken, result, count = set(texts), [], Counter[str]()
    for text in texts:
        count[text] += 1
        unique = text
        while count[text] > 1 and unique in taken:
            unique = f"{text} {count[text]}"
            count[text] += unique in taken
        taken.add(unique)
        result.append(unique)
    return result


def titles(catalogue: Catalogue, cost: Cost) -> list[str]:
    """Spell every item by its title, without marks; equal ones get a number."""
    return _numbered([" ".join(words_of(title)) or "Item" for title in catalogue.titles])


SPELLINGS: dict[str, Callable[[Catalogue, Cost], list[str]]] = {"terms": terms, "title": titles}


def spell(kind: str, catalogue: Catalogue, cost: Cost) -> list[str]:
    """Spell every item of a catalogue.

    Raises:
        BundlesmithError: if there is no spelling *kind*.
    """
    if kind not in SPELLINGS:
        raise BundlesmithError(f'There is no spelling "{kind}".', f"Known: {', '.join(SPELLINGS)}.")
    return SPELLINGS[kind](catalogue, cost)
