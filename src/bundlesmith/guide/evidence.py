"""What speaks for each item: numbers from texts, vectors and training bundles, for the parts of a query.

Knows nothing about how they are weighted. All is learnt from the training split; a feature is a number for each item.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bundlesmith.catalogue import Catalogue
from bundlesmith.embedding import item_texts

Table = NDArray[np.float32]
Read = Callable[[Sequence[str]], Table]
"""Texts -> their vectors, [texts, D], of length 1."""

WORDS = ("title", "text", "category", "terms", "tuned", "votes soft", "votes sharp", "neighbours")
LIKENESSES = ("title", "text", "tuned", "title terms", "terms", "letters")
ITEMS = (*(f"{how} {what}" for what in LIKENESSES for how in ("nearest", "mean")), "votes", "same category")
HISTORY = ("nearest title", "nearest tuned", "nearest title terms", "same category")
PRIOR = ("category size", "category in bundles")

SOFT, SHARP, OF_ITEMS = 10.0, 20.0, 12.0
"""How fast a training bundle's say falls with its distance: exp(-temperature (1 - cosine))."""
NEIGHBOURS = 20
UNSEEN = 0.002
"""Added to the share of votes, so that what no bundle holds has a logarithm."""


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Vectors of length 1, float32 [N, D] or [categories, D].

    Attributes:
        title, text: items by a sentence encoder: the title alone, and with its category path.
        category: the distinct categories, by the same encoder.
        tuned: items by the encoder that was tuned on training bundles.
    """

    title: Table
    text: Table
    category: Table
    tuned: Table


@dataclass(frozen=True, eq=False)
class Evidence:
    """Features of the items of one catalogue.

    Attributes:
        catalogue: the items.
        bundles, intents: those of the training split.
        sessions: the items of the session in which each bundle was found; empty if not known.
        vectors: of the items.
        read, read_tuned: encode words as `vectors` were.
    """

    catalogue: Catalogue
    bundles: tuple[tuple[int, ...], ...]
    intents: tuple[str, ...]
    sessions: tuple[tuple[int, ...], ...]
    vectors: Vectors
    read: Read
    read_tuned: Read

    def of_words(self, words: str) -> Table:
        """[N, len(WORDS)]; zeros if there are no words."""
        if not words.strip():
            return np.zeros((len(self.category), len(WORDS)), np.float32)
        asked = _one(self.read, words)
        vectors, terms = self.vectors, self._terms
        found = terms.table @ terms.model.transform([words]).T
        soft, sharp = (self._votes(np.exp(heat * (self._intents @ asked - 1))) for heat in (SOFT, SHARP))
        columns = [
            vectors.title @ asked,
            vectors.text @ asked,
            (vectors.category @ asked)[self.category],
            found.toarray().ravel(),
            vectors.tuned @ _one(self.read_tuned, words),
            soft,
            sharp,
            self._like_neighbours(asked),
        ]
        return np.stack(columns, 1).astype(np.float32)

    def of_items(self, rows: Sequence[int]) -> Table:
        """[N, len(ITEMS)], for the items that are chosen."""
        columns: list[Any] = []
        for likeness in self._likenesses(rows):
            columns += [likeness.max(1), likeness.mean(1)]
        asked = np.exp(OF_ITEMS * (self.vectors.text[list(rows)] @ self._pair_texts.T - 1)).mean(0)
        columns += [self._of_category(np.bincount(self._pair_categories, asked, self._categories)), self._same(rows)]
        return np.stack(columns, 1).astype(np.float32)

    def of_history(self, rows: Sequence[int]) -> Table:
        """[N, len(HISTORY)]; zeros if there is none."""
        if not rows:
            return np.zeros((len(self.category), len(HISTORY)), np.float32)
        own = list(rows)
        titles = self.vectors.title @ self.vectors.title[own].T
        tuned = self.vectors.tuned @ self.vectors.tuned[own].T
        terms = _dense(self._title_terms.table @ self._title_terms.table[own].T)
        return np.stack([titles.max(1), tuned.max(1), terms.max(1), self._same(rows)], 1).astype(np.float32)

    @cached_property
    def prior(self) -> Table:
        """[N, len(PRIOR)]: logarithms of how many items a category has, and of how many bundles."""
        size = np.log(np.bincount(self.category, minlength=self._categories))
        held = np.log((self._held.sum(0) + 0.3) / max(len(self.bundles), 1))
        return np.stack([size[self.category], held[self.category]], 1).astype(np.float32)

    @cached_property
    def category(self) -> NDArray[np.int64]:
        """The number of each item's category, in the order of `category_texts`: [N]."""
        number = {path: at for at, path in enumerate(_paths(self.catalogue))}
        return np.array([number[path] for path in self.catalogue.categories], np.int64)

    def _likenesses(self, rows: Sequence[int]) -> list[Table]:
        """How alike every item is to each of *rows*, in six ways: [N, len(rows)] each."""
        own = list(rows)
        encoded = [table @ table[own].T for table in (self.vectors.title, self.vectors.text, self.vectors.tuned)]
        counted = [_dense(t.table @ t.table[own].T) for t in (self._title_terms, self._terms, self._letters)]
        return encoded + counted

    def _same(self, rows: Sequence[int]) -> Table:
        return np.isin(self.category, self.category[list(rows)]).astype(np.float32)

    def _votes(self, say: Table) -> Table:
        """How the training bundles' say is shared among the categories that they hold: a logarithm an item."""
        return self._of_category(say @ self._held)

    def _of_category(self, votes: Any) -> Table:
        total = max(float(votes.sum()), 1e-9)
        shares: Table = np.log(np.asarray(votes, np.float32) / total + UNSEEN)[self.category]
        return shares

    def _like_neighbours(self, asked: Table) -> Table:
        """How alike an item is to the nearest item of each of the bundles whose intents are nearest."""
        say = np.exp(SHARP * (self._intents @ asked - 1))
        nearest = np.argsort(-say, kind="stable")[:NEIGHBOURS].tolist()
        found = np.zeros(len(self.category), np.float32)
        for at in nearest:
            found += say[at] * (self.vectors.title @ self.vectors.title[list(self.bundles[at])].T).max(1)
        return found / max(float(say[nearest].sum()), 1e-9)

    @property
    def _categories(self) -> int:
        return len(self.vectors.category)

    @cached_property
    def _held(self) -> Table:
        """1 where a training bundle holds an item of a category: [bundles, categories]."""
        held = np.zeros((len(self.bundles), self._categories), np.float32)
        for at, bundle in enumerate(self.bundles):
            held[at, self.category[list(bundle)]] = 1
        return held

    @cached_property
    def _intents(self) -> Table:
        """[bundles, D]; a bundle without an intent is far from all words."""
        said = self.read([intent or "-" for intent in self.intents])
        said[[not intent.strip() for intent in self.intents]] = 0
        return said

    @cached_property
    def _pairs(self) -> NDArray[np.int64]:
        """Every ordered pair of items that stand in a training bundle: [pairs, 2]."""
        pairs = [(a, b) for bundle in self.bundles for a in bundle for b in bundle if a != b]
        return np.array(pairs, np.int64).reshape(-1, 2)

    @cached_property
    def _pair_texts(self) -> Table:
        return self.vectors.text[self._pairs[:, 0]]

    @cached_property
    def _pair_categories(self) -> NDArray[np.int64]:
        return self.category[self._pairs[:, 1]]

    @cached_property
    def _terms(self) -> "_Terms":
        return _counted(item_texts(self.catalogue), stop_words="english")

    @cached_property
    def _title_terms(self) -> "_Terms":
        return _counted(self.catalogue.titles, stop_words="english")

    @cached_property
    def _letters(self) -> "_Terms":
        return _counted(self.catalogue.titles, analyzer="char_wb", ngram_range=(3, 5), max_features=100_000)


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    model: Any
    table: Any


def _counted(texts: Sequence[str], **options: Any) -> _Terms:
    """TF-IDF with 1 + log(tf), rows of length 1."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

    model = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **options)
    return _Terms(model, model.fit_transform(texts).tocsr())


def category_texts(catalogue: Catalogue) -> list[str]:
    """The distinct categories as texts, the last three levels of their paths; in the order of their first items."""
    return [" ".join(path[-3:]) or "-" for path in _paths(catalogue)]


def _paths(catalogue: Catalogue) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(tuple(path) for path in catalogue.categories))


def _dense(found: Any) -> Table:
    return np.asarray(found.toarray() if sparse.issparse(found) else found, np.float32)


def _one(read: Read, words: str) -> Table:
    vector: Table = read([words])[0]
    return vector


def remembered(read: Read) -> Read:
    """*read*, with the vectors of the last texts kept; each is read alone, so that company makes no difference."""
    one = lru_cache(maxsize=4096)(lambda text: read([text])[0])
    return lambda texts: np.stack([one(text) for text in texts])
