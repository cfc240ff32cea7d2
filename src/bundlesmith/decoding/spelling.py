"""How an item is written in tokens: one interface, `spell_catalogue`, and its implementations.

A spelling is text without the grammar's own marks (`;` and line breaks), and every item's is unique. Needs the
tokenizer only to know what a word costs.
"""

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
TokenCost = Callable[[Sequence[str]], Sequence[int]]
"""The number of tokens of each of some words, with a space before it."""

_WORD = re.compile(r"\w+(?:[.'’/-]\w+)*")
_LONGEST = 14
_PART = 100_000  # rows
_STOP = frozenset(
    ["a", "an", "and", "the", "for", "with", "of", "in", "to", "by", "on", "from", "or", "w", "x", "is", "at"]
)


def words_of(text: str) -> list[str]:
    """The words of a text in order, without marks; very long ones (an unspaced script, a hash) are cut."""
    return [word[:_LONGEST] for word in _WORD.findall(text)]


def terms(catalogue: Catalogue, cost: TokenCost, least: int = 2, most: int = 4) -> list[str]:
    """Spell every item by its kind and a few telling words of its title: "HDMI Cables: Belkin 6ft".

    The kind is the leaf of the category path. Words are taken greedily, first the one that rules out the most other
    items of the same kind for the tokens it costs (words that stand early and in capitals count more: a title names
    first and describes later), until the item stands alone with *least* words, or *most* are used. The most frequent
    is written first, so that related items share prefixes. What is still equal then gets a number.

    Returns:
        one text an item, in the catalogue's order.
    """
    words = _telling(catalogue.titles)
    kinds, kind = _kinds(catalogue.categories)
    free = _outside(words, kinds, kind)
    chosen = _choose(words, kind, free, _weights(words, free), np.asarray(cost(words.names)), least, most)
    frequency = np.bincount(words.word, minlength=len(words.names)).tolist()
    by_rank = sorted(range(len(words.names)), key=lambda word: (-frequency[word], words.names[word]))
    rank = np.append(np.argsort(by_rank), len(by_rank))  # the last one is where a row chose fewer words
    names = [*(words.names[word] for word in by_rank), ""]
    ordered = (" ".join([names[at] for at in ranks]) for ranks in np.sort(rank[chosen], axis=1).tolist())
    texts = (f"{kinds[of]}: {row}".strip(" :") for of, row in zip(kind.tolist(), ordered, strict=True))
    return _numbered([text or "Item" for text in texts])


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """The telling words of all titles, one after another: of each title the distinct ones, but for the commonest.

    Attributes:
        names: the distinct words, which have numbers here.
        word, row: [W]; which word, and the row whose title says it.
        start: [N + 1]; the words of row r are `start[r]:start[r + 1]`.
    """

    names: list[str]
    word: Ints
    row: Ints
    start: Ints

    def of_rows(self, rows: Ints) -> tuple[Ints, Ints]:
        """The places of all words of some rows, row after row; and for each the place in *rows* that it comes from."""
        lengths = self.start[rows + 1] - self.start[rows]
        shifts = self.start[rows] - np.cumsum(lengths) + lengths
        return np.arange(lengths.sum()) + np.repeat(shifts, lengths), np.repeat(np.arange(len(rows)), lengths)


def _telling(titles: Sequence[str]) -> _Words:
    number: defaultdict[str, int] = defaultdict(lambda: len(number))
    word, lengths = array("i"), array("i")
    for title in titles:
        distinct = dict.fromkeys(words_of(title))
        word.extend(map(number.__getitem__, distinct))
        lengths.append(len(distinct))
    row = np.repeat(np.arange(len(titles)), lengths)
    telling = np.array([name.lower() not in _STOP for name in number], bool)[word]
    start = np.searchsorted(row[telling], np.arange(len(titles) + 1))
    return _Words(list(number), np.asarray(word)[telling].astype(np.int64), row[telling], start)


def _kinds(categories: Sequence[Sequence[str]]) -> tuple[list[str], Ints]:
    """The names of all kinds, and the kind of each row: the leaf of its path, cut to three words."""
    of_path = {path: " ".join(words_of(path[-1])[:3]) if path else "" for path in set(categories)}
    number = {kind: at for at, kind in enumerate(dict.fromkeys(of_path.values()))}
    return list(number), np.array([number[of_path[path]] for path in categories], np.int64)


def _outside(words: _Words, kinds: Sequence[str], kind: Ints) -> Bools:
    """[W]; the words that the row's kind doesn't say already; all, if it says all."""
    number = {name: at for at, name in enumerate(words.names)}
    said = np.array([[*(number.get(word, -1) for word in name.split()), -1, -1, -1][:3] for name in kinds])
    outside: Bools = (said[kind[words.row]] != words.word[:, None]).all(axis=1)
    return outside | ~np.isin(words.row, words.row[outside])


def _weights(words: _Words, free: Bools) -> NDArray[np.float64]:
    """[W]; words weigh less the later they come among the free ones of their row, and in lower case half."""
    lower = np.array([name.islower() for name in words.names], bool)
    before = np.append(0, np.cumsum(free))
    place = before[:-1] - before[words.start[words.row]]
    weights: NDArray[np.float64] = np.where(lower[words.word], 0.5, 1.0) / (1 + place / 8)
    return weights


def _choose(
    words: _Words, kind: Ints, free: Bools, weights: NDArray[np.float64], costs: Ints, least: int, most: int
) -> Ints:
    """Choose the words of all rows at once, a word each in every step: [N, most], filled up with -1.

    Rows that took the same words so far are a group; its rivals are all rows of their kind that hold these words,
    its members and others. So what a word rules out is counted once a group, not once a row.
    """
    chosen, free = np.full((len(kind), most), -1), free.copy()
    todo = _parts(0, np.arange(len(kind)), kind, np.ones(len(kind), bool))
    while todo:
        step, rival, group, member = todo.pop()
        at, of = words.of_rows(rival)
        keys = group[of] * len(words.names) + words.word[at]
        _, pair, holding = np.unique(keys, return_inverse=True, return_counts=True)
        own = np.flatnonzero(member[of] & free[at])
        gain = 1 + np.log(np.bincount(group)[group[of[own]]] / holding[pair[own]])
        best = own[_first_best(of[own], gain * weights[at[own]] / costs[words.word[at[own]]])]
        chosen[words.row[at[best]], step] = words.word[at[best]]
        free[at[best]] = False
        going_on = np.zeros(len(holding), bool)
        going_on[pair[best]] = (step + 1 < most) & ((holding[pair[best]] > 1) | (step + 1 < least))
        member = np.zeros(len(at), bool)
        member[best] = True
        kept = np.flatnonzero(going_on[pair])
        todo += _parts(step + 1, words.row[at[kept]], pair[kept], member[kept])
    return chosen


def _parts(step: int, rival: Ints, group: Ints, member: Bools) -> list[tuple[int, Ints, Ints, Bools]]:
    """Rivals sorted by group, in parts that keep groups whole and number them from 0, so that memory stays small."""
    order = np.argsort(group, kind="stable")
    group = np.cumsum(np.diff(group[order], prepend=group[order[:1]]) != 0)
    cuts = np.unique(np.searchsorted(group, group[_PART::_PART]))
    parts = zip(np.split(rival[order], cuts), np.split(group, cuts), np.split(member[order], cuts), strict=True)
    return [(step, rows, of - of[0], own) for rows, of, own in parts if len(rows)]


def _first_best(of: Ints, scores: NDArray[np.float64]) -> Ints:
    """The place of the first best score of each thing; *of* says whose a score is, and they stand together."""
    begins = np.flatnonzero(np.diff(of, prepend=-1))
    best = np.maximum.reduceat(scores, begins) if len(begins) else scores
    places = np.flatnonzero(scores == np.repeat(best, np.diff(begins, append=len(of))))
    return places[np.flatnonzero(np.diff(of[places], prepend=-1))]


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


def titles(catalogue: Catalogue, cost: TokenCost) -> list[str]:
    """Spell every item by its title, without marks; equal ones get a number."""
    return _numbered([" ".join(words_of(title)) or "Item" for title in catalogue.titles])


SPELLINGS: dict[str, Callable[[Catalogue, TokenCost], list[str]]] = {"terms": terms, "title": titles}


def spell_catalogue(kind: str, catalogue: Catalogue, cost: TokenCost) -> list[str]:
    """Spell every item of a catalogue.

    Raises:
        BundlesmithError: if there is no spelling *kind*.
    """
    if kind not in SPELLINGS:
        raise BundlesmithError(f'There is no spelling "{kind}".', f"Known: {', '.join(SPELLINGS)}.")
    return SPELLINGS[kind](catalogue, cost)
