"""Can one tell from its explanation alone which bundle is meant? Names, brands, prices and attributes are masked.

    reidentified(said, "meaning"), reidentified(said, "words")

An explanation that says something of its bundle finds it among others; "A set of 3: A, B and C." says nothing but
names, and with these masked finds it by chance, 1 / 50.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from bundlesmith.explain.facts import BundleFacts, one_line, short_name

if TYPE_CHECKING:
    from bundlesmith.eval.texts import BundleTexts

TOLD_APART = 50
"""So many bundles are told apart."""
_AMOUNT = re.compile(r"\d+[.,]\d\d\b")
_WORD = re.compile(r"\w+")


def reidentified(said: "Sequence[BundleTexts]", by: Literal["meaning", "words"]) -> float:
    """The share of explanations whose own bundle is ranked first among the first MOST with distinct intents.

    A bundle is its items' titles and categories. *by* meaning: the cosine of the masked explanation and the mean of the
    items, in all-MiniLM-L6-v2's space. *by* words: the sum of the inverse document frequencies of words in common,
    log(N / n), by the root of how many words the bundle has. Ties are lost. 0 of less than two bundles.
    """
    told = list({(each.human or each.intent).strip().casefold(): each for each in said if each.explanation}.values())
    told = told[:TOLD_APART]
    if len(told) < 2:
        return 0.0
    texts = [masked(each.explanation, each.facts, each.facts.request.words) for each in told]
    likeness = _by_meaning(texts, told) if by == "meaning" else _by_words(texts, told)
    first = [
        max(range(len(row)), key=row.__getitem__) == at and row.count(row[at]) == 1 for at, row in enumerate(likeness)
    ]
    return sum(first) / len(first)


def masked(text: str, facts: BundleFacts, asked: str = "") -> str:
    """A text without names, brands and attribute values of a bundle's items, amounts, and the words of its request."""
    titles = [facts.catalogue.titles[row] for row in facts.rows]
    hidden = {*titles, *map(short_name, titles)}
    for row in facts.rows:
        hidden |= {one_line(value) for value in facts.catalogue.attributes[row].values()}
    for phrase in sorted(hidden, key=len, reverse=True):
        if len(phrase) > 1:
            text = re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", " ", text, flags=re.IGNORECASE)
    own = set(_words(asked))
    return " ".join(word for word in _AMOUNT.sub(" ", text).split() if not own & set(_words(word)))


def _by_meaning(texts: Sequence[str], told: "Sequence[BundleTexts]") -> list[list[float]]:
    import numpy as np

    from bundlesmith.encoder.embedding import embed

    items = [_described(each.facts) for each in told]
    vectors = embed([text for some in items for text in some])
    ends = np.cumsum([len(some) for some in items])[:-1]
    middles = np.stack([part.mean(0) for part in np.split(vectors, ends)])
    middles /= np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-9)
    found: list[list[float]] = (embed(list(texts)) @ middles.T).tolist()
    return found


def _by_words(texts: Sequence[str], told: "Sequence[BundleTexts]") -> list[list[float]]:
    bundles = [set(_words(" ".join(_described(each.facts)))) for each in told]
    held = Counter(word for words in bundles for word in words)
    weight = {word: math.log(len(bundles) / number) for word, number in held.items()}
    return [
        [sum(weight[word] for word in own & words) / math.sqrt(len(words) or 1) for words in bundles]
        for own in (set(_words(text)) for text in texts)
    ]


def _described(facts: BundleFacts) -> list[str]:
    catalogue = facts.catalogue
    return [f"{catalogue.titles[row]} {' '.join(catalogue.categories[row])}" for row in facts.rows]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]
