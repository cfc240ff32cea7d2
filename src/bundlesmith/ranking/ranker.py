"""The ranker: which item comes next in a set, by text, words and training bundles; a language model isn't asked.

    bundlesmith rank --run RUN --data DATA          learns it, in a minute or two, and writes RUN/ranker
    ranker.asked(ranker.features(catalogue), "a weekend in the woods")      what speaks for each item

exp(score) is in proportion to an item's chance to be next: a conditional logit over `bundlesmith.ranking.features`
(McFadden, Frontiers in Econometrics, 1974). It ranks the shop as it is now: an item that came a moment ago is embedded
when it is ranked first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np

from bundlesmith.data.catalogue import Catalogue
from bundlesmith.encoder.adapter import shopping_encoder
from bundlesmith.encoder.embedding import MINILM, embed, text_of
from bundlesmith.encoder.gloss import has_chinese, in_english
from bundlesmith.encoder.situations import situations, situations_hash
from bundlesmith.encoder.words import embed_words, words_encoder
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import read_json
from bundlesmith.live.live_catalogue import LiveCatalogue
from bundlesmith.ranking.evidence import Numbers, Table
from bundlesmith.ranking.features import Features, RequestFeatures
from bundlesmith.ranking.items import Bundles, Items, make_items
from bundlesmith.ranking.likeness import WordVectors
from bundlesmith.ranking.naming import Names, make_names
from bundlesmith.ranking.needs import shipped_needs
from bundlesmith.ranking.other_languages import read_by_situations
from bundlesmith.ranking.pairs import Rows, described, marked_sessions
from bundlesmith.ranking.parting import Parting
from bundlesmith.ranking.rows8 import Rows8
from bundlesmith.ranking.terms import Terms, of_places
from bundlesmith.ranking.weights import RankerWeights

FOLDER, RANKER, VECTORS, BUNDLES = "ranker", "ranker.json", "vectors.npz", "bundles.parquet"
RANKER_FORMAT = 6
_LONGEST = 400
"""Of a longer request so many signs are read: the time that this takes grows with them."""
_KEPT = 4
"""So many states of the shop are kept, for those who ask of one that isn't the last."""

_TEXTS = 4096
"""So many texts are kept embedded."""
_embedded: dict[str, dict[str, Table]] = {}
"""By encoder, by text."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """Scores the items of a shop.

    Attributes:
        items: of the run's catalogue.
        bundles: of the training split.
        weights: of the features.
        parting: how sessions are parted.
    """

    items: Items
    bundles: Bundles
    weights: RankerWeights
    parting: Parting
    _live: list[tuple[Sequence[int], int, Items]] = field(default_factory=list)
    _names: list[Names] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def load(cls, folder: Path, catalogue: Catalogue) -> Self:
        """The ranker in a run's folder `ranker`, for the run's catalogue.

        Raises:
            BundlesmithError: if it is of another format or catalogue, or its files can't be read.
        """
        import polars as pl

        kept = np.load(folder / VECTORS)
        vectors, for_words = (kept[n] if n in kept else Rows8.load(folder, n) for n in ("items", "for_words"))
        if not made_here(folder) or len(vectors) != len(catalogue):
            raise BundlesmithError(f'"{folder}" is not a ranker of this run.', "Learn it again: `bundlesmith rank`.")
        made, table = read_json(folder / RANKER), pl.read_parquet(folder / BUNDLES)
        rows, sessions = (tuple(map(tuple, table[name].to_list())) for name in ("rows", "session"))
        bundles = Bundles(rows, tuple(table["name"]), kept["intents"], kept["plain"])
        terms = Terms.of_counts(of_places(kept["places"], kept["ends"]))
        items = make_items(vectors, for_words, terms, catalogue.categories, bundles)
        parting = Parting.of(made["sessions"], marked_sessions(sessions, rows), catalogue.categories)
        return cls(items, bundles, RankerWeights.of(made["weights"]), parting)

    def asked(self, features: Features, words: str = "") -> RequestFeatures:
        """The features of the catalogue's items for one request; *words* may be empty."""
        return RequestFeatures(features, self.words(words))

    def words(self, words: str) -> WordVectors | None:
        """The words of a request, embedded; None if there are none.

        The encoders of words read English. Chinese is read as the situations are that lie nearest, and by those of its
        words that have an English name in the gloss.
        """
        words = words[:_LONGEST]
        english = in_english(words)
        if not english.strip():
            return None
        if not has_chinese(words):
            return _read(english)
        glossed = _read(english[:_LONGEST]) if english != words else None
        return replace(read_by_situations(words, glossed) or glossed or _read(words), said=f"{english} {words}")

    def sizes(self, asked: RequestFeatures) -> tuple[Numbers, Numbers, Table]:
        """What bundles tell of how many items such a set has: [M] each.

        Returns:
            how many items each bundle has; how many of these are of a category that it has already; and how much it
            counts, adding up to 1. Without bundles: one of the usual size, that repeats no category.
        """
        known = asked.features.bundles
        if not len(known.sizes):
            return np.array([self.weights.size]), np.zeros(1, np.int64), np.ones(1, np.float32)
        alike = np.full(len(known.sizes), 1 / len(known.sizes), np.float32)
        return known.sizes, known.repeats, alike if asked.votes is None else asked.votes

    @property
    def names(self) -> Names:
        """What sets are called, as the shop's bundles and the situations are."""
        if not self._names:
            texts = (*self.bundles.names, *(each.name for each in situations()))
            vectors = np.concatenate([self.bundles.plain, shipped_needs().names])
            self._names.append(make_names(self.items.features, texts, vectors))
        return self._names[0]

    def groups(self, catalogue: Catalogue | LiveCatalogue, rows: Rows) -> list[Rows]:
        """The bundles in a session of these rows: all of it, and parts of it, as rows."""
        titles, paths = [catalogue.titles[row] for row in rows], [tuple(catalogue.categories[row]) for row in rows]
        return self.parting.groups(rows, described(titles, paths, lambda texts: _each(texts, MINILM)))

    def features(self, catalogue: LiveCatalogue) -> Features:
        """The features of what the run's catalogue has become: its rows are those of the run, then new ones.

        An item that came, or got another title or category, is embedded when it is ranked first.
        """
        log, count = catalogue.texts_changed
        with self._lock:
            known = [(done, items) for of, done, items in self._live if of is log and done <= count]
            done, items = max(known, key=itemgetter(0), default=(0, self.items))
            came, left = _states(log[done:count], len(items.features.kinds))
            if rows := came:
                titles, paths = [catalogue.titles[row] for row in rows], [catalogue.categories[row] for row in rows]
                texts = [text_of(title, path) for title, path in zip(titles, paths, strict=True)]
                items = items.put(rows, _each(texts, MINILM), _each(texts, str(shopping_encoder())), titles, paths)
            if left:
                items = items.drop(left)
            if came or left:
                self._live.append((log, count, items))
                del self._live[:-_KEPT]
            return items.features


def _states(log: Sequence[int], known: int) -> tuple[list[int], list[int]]:
    """The rows whose texts are to be read, and those that aren't sold any more, by a log of both; see `texts_changed`.

    A row that isn't among the first *known* is read, whatever became of it: rows have no gaps.
    """
    stays = {entry if entry >= 0 else ~entry: entry >= 0 for entry in log}
    came = [row for row, sold in stays.items() if sold or row >= known]
    return sorted(came), [row for row, sold in stays.items() if not sold]


def made_here(folder: Path) -> bool:
    """Whether a ranker is there that this version reads."""
    made = read_json(folder / RANKER) if (folder / RANKER).exists() else {}
    known = {"format": RANKER_FORMAT, "encoder": words_encoder(), "situations": situations_hash()}
    return all(made.get(name) == value for name, value in known.items())


def _each(texts: Sequence[str], encoder: str) -> Table:
    """Texts embedded: those that aren't known yet, together."""
    if not texts:
        return np.zeros((0, 1), np.float32)
    known = _embedded.setdefault(encoder, {})
    found = {text: vector for text in texts if (vector := known.get(text)) is not None}
    if new := [text for text in dict.fromkeys(texts) if text not in found]:
        found |= zip(new, embed(new, encoder), strict=True)
        if len(known) + len(new) > _TEXTS:
            known.clear()
        known |= {text: found[text] for text in new[:_TEXTS]}
    return np.stack([found[text] for text in texts])


@lru_cache(maxsize=4096)
def _read(words: str) -> WordVectors:
    return WordVectors(embed_words([words])[0], embed([words])[0], words)
