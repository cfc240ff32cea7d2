"""The ranker: which item comes next in a set, by text, words and training bundles; a language model isn't asked.

    bundlesmith rank --run RUN --data DATA          learns it, in a minute or two, and writes RUN/ranker
    ranker.asked(ranker.features(catalogue), "a weekend in the woods")      what speaks for each item

exp(score) is in proportion to an item's chance to be next: a conditional logit over `bundlesmith.ranking.features`
(McFadden, Frontiers in Econometrics, 1974). It ranks the shop as it is now: an item that came a moment ago is embedded
when it is ranked first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from bundlesmith.catalogue import Catalogue
from bundlesmith.embedding import MINILM, embed, item_texts
from bundlesmith.encoder.adapter import shopping_encoder
from bundlesmith.encoder.situations import situations
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import read_json
from bundlesmith.livecatalogue import LiveCatalogue
from bundlesmith.ranking.evidence import Numbers, Table, of_bundles
from bundlesmith.ranking.features import Asked, Features, Words
from bundlesmith.ranking.naming import Names
from bundlesmith.ranking.needs import met_needs, of_situations, profiles, shipped_needs
from bundlesmith.ranking.pairs import Rows, described, marked_sessions
from bundlesmith.ranking.parting import Parting
from bundlesmith.ranking.weights import Weights

FOLDER, RANKER, VECTORS, BUNDLES = "ranker", "ranker.json", "vectors.npz", "bundles.parquet"
FORMAT = 4


@dataclass(frozen=True, slots=True, eq=False)
class Bundles:
    """The bundles that a ranker was learnt from.

    Attributes:
        rows: the items of each.
        names: what each was called; "" where that isn't known.
        intents, plain: float32 [M, E] and [M, D]; the names by the encoder of words, and by the one that tells like
            items; zeros where there is none.
    """

    rows: tuple[Rows, ...]
    names: tuple[str, ...]
    intents: Table
    plain: Table


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """Scores the items of a shop.

    Attributes:
        texts: the items' texts when it was learnt, in the order of their rows.
        vectors, for_words: theirs, as in `Features`: float32 [N, D] and [N, E].
        bundles: of the training split.
        weights: of the features.
        parting: how sessions are parted.
    """

    texts: tuple[str, ...]
    vectors: Table
    for_words: Table
    bundles: Bundles
    weights: Weights
    parting: Parting
    _known: list[Features] = field(default_factory=list)
    _names: list[Names] = field(default_factory=list)

    @classmethod
    def load(cls, folder: Path, catalogue: Catalogue) -> Self:
        """The ranker in a run's folder `ranker`, for the run's catalogue.

        Raises:
            BundlesmithError: if it is of another format or catalogue, or its files can't be read.
        """
        import polars as pl

        texts = tuple(item_texts(catalogue))
        kept = np.load(folder / VECTORS)
        if not made_here(folder) or len(kept["items"]) != len(texts):
            raise BundlesmithError(f'"{folder}" is not a ranker of this run.', "Learn it again: `bundlesmith rank`.")
        made, table = read_json(folder / RANKER), pl.read_parquet(folder / BUNDLES)
        rows, sessions = (tuple(map(tuple, table[name].to_list())) for name in ("rows", "session"))
        bundles = Bundles(rows, tuple(table["name"]), kept["intents"], kept["plain"])
        parting = Parting.of(made["sessions"], marked_sessions(sessions, rows), catalogue.categories)
        return cls(texts, kept["items"], kept["for_words"], bundles, Weights.of(made["weights"]), parting)

    def asked(self, features: Features, words: str = "") -> Asked:
        """The features of the catalogue's items for one request; *words* may be empty."""
        return Asked(features, self.words(words))

    def words(self, words: str) -> Words | None:
        """The words of a request, embedded; None if there are none."""
        return Words(_embedded(words), _embedded(words, MINILM)) if words.strip() else None

    def sizes(self, asked: Asked) -> tuple[Numbers, Table]:
        """How many items such sets have: the sizes of the bundles, and how much each counts, adding up to 1."""
        sizes = np.array([len(rows) for rows in self.bundles.rows] or [self.weights.size])
        alike = np.full(len(sizes), 1 / len(sizes), np.float32)
        return sizes, alike if asked.votes is None else asked.votes

    def names(self, features: Features) -> Names:
        """What sets of a shop's items are called, as its bundles and the situations are."""
        if not self._names or self._names[0].features is not features:
            texts = (*self.bundles.names, *(each.name for each in situations()))
            self._names[:] = [Names(features, texts, np.concatenate([self.bundles.plain, shipped_needs().names]))]
        return self._names[0]

    def groups(self, catalogue: Catalogue | LiveCatalogue, rows: Rows) -> list[Rows]:
        """The bundles in a session of these rows: all of it, and parts of it, as rows."""
        titles, paths = [catalogue.titles[row] for row in rows], [tuple(catalogue.categories[row]) for row in rows]
        return self.parting.groups(rows, described(titles, paths, _each))

    def features(self, catalogue: Catalogue | LiveCatalogue) -> Features:
        """The features of the run's catalogue, or of what it has become: its rows are those of the run, then new ones.

        They are made when a text has changed, and kept until one changes again.
        """
        texts = tuple(item_texts(catalogue))  # type: ignore[arg-type]
        for known in self._known:
            if known.texts == texts:
                return known
        vectors, for_words = (_longer(table, len(texts)) for table in (self.vectors, self.for_words))
        for row, text in enumerate(texts):
            if row >= len(self.texts) or text != self.texts[row]:
                vectors[row], for_words[row] = _embedded(text, MINILM), _embedded(text)
        made = make_features(texts, vectors, for_words, catalogue.categories, self.bundles)
        self._known[:] = [made]
        return made


def made_here(folder: Path) -> bool:
    """Whether a ranker is there that this version reads."""
    made = read_json(folder / RANKER) if (folder / RANKER).exists() else {}
    return made.get("format") == FORMAT and made.get("encoder") == shopping_encoder().name


def make_features(
    texts: tuple[str, ...], vectors: Table, for_words: Table, categories: Any, bundles: Bundles
) -> Features:
    """The features of items with these texts, vectors and category paths."""
    kinds, departments = numbered(map(tuple, categories)), numbered(tuple(path[:1]) for path in categories)
    own, met = of_bundles(bundles.rows, bundles.intents, vectors, kinds), met_needs(for_words)
    needed = of_situations(met, kinds)
    return Features(texts, vectors, for_words, kinds, departments, own, needed, profiles(met))


def numbered(paths: Iterable[tuple[str, ...]]) -> Numbers:
    """The number of each path, in the order in which they come: [N]."""
    number: dict[tuple[str, ...], int] = {}
    return np.array([number.setdefault(path, len(number)) for path in paths], np.int64)


def _longer(table: Table, rows: int) -> Table:
    made: Table = np.zeros((rows, table.shape[1]), np.float32)
    made[: len(table)] = table
    return made


def _each(texts: Sequence[str]) -> Table:
    return np.stack([_embedded(text, MINILM) for text in texts]) if texts else np.zeros((0, 1), np.float32)


@lru_cache(maxsize=4096)
def _embedded(text: str, encoder: str = "") -> Table:
    vector: Table = embed([text], encoder or str(shopping_encoder()))[0]
    return vector
