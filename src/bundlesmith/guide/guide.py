"""The guide: which items speak for themselves in a request, from texts and training bundles, before a model is asked.

    Guide.load(RUN, catalogue).scores(Query(words="protecting an ipod"))

Lies in a run as `guide/`: vectors, training bundles, the tuned encoder, weights, and trees for words. Knows nothing
about models that write, rules or requests.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bundlesmith.catalogue import Catalogue
from bundlesmith.embedding import MINILM, embed, item_texts
from bundlesmith.files import read_json
from bundlesmith.finetune.cases import Case
from bundlesmith.guide.evidence import Evidence, Table, Vectors, category_texts, remembered
from bundlesmith.guide.pairs import Pairs
from bundlesmith.guide.wording import Wording, load_trees

VECTORS, WEIGHTS, BUNDLES, ENCODER, TREES = "vectors.npz", "guide.json", "bundles.parquet", "encoder", "words.txt"


@dataclass(frozen=True, slots=True)
class Query:
    """What is known: rows of the customer's items, rows of the items chosen so far, the words of the request."""

    history: tuple[int, ...] = ()
    items: tuple[int, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A weight a feature, in the order of `evidence`: where nothing is chosen yet, and beside chosen items."""

    opening: Table
    going_on: Table


@dataclass(frozen=True, eq=False)
class Guide:
    """Scores items: a weighted sum of features, so that exp(score) is in proportion to the chance of being next.

    Attributes:
        evidence: the features.
        weights: theirs.
        pairs: how likely items of a session stand together; None if training has no sessions to learn it from.
        wording: the words of intents.
        fusion: how a model's scores are added to the guide's, and how bundles are made; see `bundlesmith.serve.guided`.
    """

    evidence: Evidence
    weights: Weights
    pairs: Pairs | None
    wording: Wording
    fusion: dict[str, float] = field(default_factory=dict)

    @classmethod
    def load(cls, run: Path, catalogue: Catalogue) -> Self:
        """The guide of a run, for its catalogue.

        Raises:
            BundlesmithError: if its files can't be read, or an encoder can't be loaded.
        """
        made = read_json(run / "guide" / WEIGHTS)
        weights = Weights(*(np.array(made[name], np.float32) for name in ("opening", "going_on")))
        evidence = load_evidence(run / "guide", catalogue)
        pairs = Pairs(evidence, np.array(made["pairs"])) if made["pairs"] else None
        return cls(evidence, weights, pairs, Wording(evidence, load_trees(run / "guide" / TREES)), made["fusion"])

    def scores(self, query: Query) -> Table:
        """The scores of all items: [N]."""
        return self._weighted(features(self.evidence, query), bool(query.items))

    def after_each(self, query: Query, rows: Sequence[int]) -> NDArray[np.float32]:
        """The scores of all items once one more of *rows* is chosen: [len(rows), N]."""
        known = features(self.evidence, Query(query.history, (), query.words))
        chosen = [self.evidence.of_items((*query.items, row)) for row in rows]
        scores = [self._weighted(np.concatenate([known, own], 1), True) for own in chosen]
        return np.stack(scores) if scores else np.zeros((0, len(known)), np.float32)

    def _weighted(self, table: Table, chosen: bool) -> Table:
        scores: Table = table @ (self.weights.going_on if chosen else self.weights.opening)
        return scores


def features(evidence: Evidence, query: Query) -> Table:
    """All features of a query, [N, F]; those of chosen items are there only if there are some."""
    parts = [evidence.prior, evidence.of_words(query.words), evidence.of_history(query.history)]
    if query.items:
        parts.append(evidence.of_items(query.items))
    return np.concatenate(parts, 1)


def load_evidence(folder: Path, catalogue: Catalogue) -> Evidence:
    """The evidence that `save_evidence` wrote."""
    import polars as pl

    kept: Any = np.load(folder / VECTORS)
    bundles = pl.read_parquet(folder / BUNDLES)
    return Evidence(
        catalogue,
        tuple(map(tuple, bundles["rows"].to_list())),
        tuple(bundles["intent"].to_list()),
        tuple(map(tuple, bundles["session"].to_list())),
        Vectors(**{name: kept[name] for name in ("title", "text", "category", "tuned")}),
        remembered(lambda texts: embed(texts, MINILM)),
        remembered(lambda texts: embed(texts, str(folder / ENCODER))),
    )


def save_evidence(folder: Path, catalogue: Catalogue, cases: Sequence[Case]) -> None:
    """Encode a catalogue, and write it with the training bundles; the tuned encoder is in the folder already."""
    import polars as pl

    texts = item_texts(catalogue)
    np.savez(
        folder / VECTORS,
        title=embed(catalogue.titles, MINILM),
        text=embed(texts, MINILM),
        category=embed(category_texts(catalogue), MINILM),
        tuned=embed(texts, str(folder / ENCODER)),
    )
    rows = [(list(case.bundle), list(case.session), case.intent) for case in cases]
    numbers: Any = pl.List(pl.Int64)
    schema = [("rows", numbers), ("session", numbers), ("intent", pl.String)]
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(folder / BUNDLES)
