"""The ranker: which item comes next in a set, by text, words and training bundles; a language model isn't asked.

    bundlesmith rank --run RUN --data DATA          learns it, in a minute or two, and writes RUN/ranker
    ranker.scores(ranker.features(catalogue), "a weekend in the woods")

exp(score) is in proportion to an item's chance to be next: a conditional logit over `bundlesmith.ranking.features`
(McFadden, Frontiers in Econometrics, 1974). It ranks the shop as it is now: an item that came a moment ago is embedded
when it is ranked first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from bundlesmith.catalogue import Catalogue
from bundlesmith.embedding import MINILM, embed, item_texts
from bundlesmith.encoder.adapter import shopping_encoder
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import read_json
from bundlesmith.livecatalogue import LiveCatalogue
from bundlesmith.ranking.features import OF_CHOSEN, OF_USAGE, OF_WORDS, Bundles, Features, Table

FOLDER, RANKER, VECTORS, BUNDLES = "ranker", "ranker.json", "vectors.npz", "bundles.parquet"
FORMAT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """Scores the items of a shop.

    Attributes:
        texts: the items' texts when it was learnt, in the order of their rows.
        vectors, for_words: theirs, as in `Features`: float32 [N, D] and [N, E].
        bundles: of the training split.
        opening, going_on: a weight a feature, where nothing is chosen and beside chosen items.
        alike: texts nearer than this hardly ever stand in one bundle.
    """

    texts: tuple[str, ...]
    vectors: Table
    for_words: Table
    bundles: Bundles
    opening: Table
    going_on: Table
    alike: float
    _known: list[Features] = field(default_factory=list)

    @classmethod
    def load(cls, folder: Path, catalogue: Catalogue) -> Self:
        """The ranker in a run's folder `ranker`, for the run's catalogue.

        Raises:
            BundlesmithError: if it is of another format or catalogue, or its files can't be read.
        """
        import polars as pl

        made = read_json(folder / RANKER)
        texts = tuple(item_texts(catalogue))
        kept, table = np.load(folder / VECTORS), pl.read_parquet(folder / BUNDLES)
        sizes = len(made["opening"]), len(made["going_on"]), len(kept["items"])
        current = made["format"] == FORMAT and made["encoder"] == shopping_encoder().name
        if not current or sizes != (OF_WORDS + OF_USAGE, OF_WORDS + OF_USAGE + OF_CHOSEN, len(texts)):
            raise BundlesmithError(f'"{folder}" is not a ranker of this run.', "Learn it again: `bundlesmith rank`.")
        bundles = Bundles(tuple(map(tuple, table["rows"].to_list())), kept["intents"])
        opening, going_on = (np.array(made[name], np.float32) for name in ("opening", "going_on"))
        return cls(texts, kept["items"], kept["for_words"], bundles, opening, going_on, made["alike"])

    def scores(self, features: Features, words: str = "", chosen: Sequence[int] = ()) -> Table:
        """The scores of all items: [N].

        Args:
            features: those of the catalogue; see `features`.
            words: what is wanted; may be empty.
            chosen: rows of what the set holds already.
        """
        asked = _embedded(words) if words.strip() else None
        weights = self.going_on if len(chosen) else self.opening
        scores: Table = features.of(asked, chosen) @ weights
        return scores

    def size(self, features: Features, words: str = "") -> int:
        """How many items such bundles usually have: the median, each bundle counting as it votes for the words."""
        votes = features.votes(_embedded(words)) if words.strip() else None
        sizes = np.array([len(rows) for rows in self.bundles.rows])
        order = np.argsort(sizes, kind="stable")
        below = np.cumsum((np.ones(len(sizes)) if votes is None else votes)[order])
        return int(sizes[order[int(np.searchsorted(below, below[-1] / 2))]])

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
        made = Features(texts, vectors, for_words, numbered(catalogue.categories), self.bundles)
        self._known[:] = [made]
        return made


def numbered(categories: Any) -> Any:
    """The number of each category path, in the order in which they come: int64 [N]."""
    number: dict[tuple[str, ...], int] = {}
    return np.array([number.setdefault(tuple(path), len(number)) for path in categories], np.int64)


def _longer(table: Table, rows: int) -> Table:
    made: Table = np.zeros((rows, table.shape[1]), np.float32)
    made[: len(table)] = table
    return made


@lru_cache(maxsize=4096)
def _embedded(text: str, encoder: str = "") -> Table:
    vector: Table = embed([text], encoder or str(shopping_encoder()))[0]
    return vector
