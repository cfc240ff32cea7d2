"""The ranker's scores of questions whose sessions it never saw, as log-probabilities over the whole catalogue.

domain = Domain.of(Path("build/folds/electronic/data"), Path("build/folds/electronic/vectors"))
domain.scores(known, asked)       learnt from the bundles *known*, asked about others
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from bench.folds.kept import kept
from bench.folds.questions import Question, known_cases, questions_of
from bundlesmith.data.cases import Case
from bundlesmith.data.catalogue import Catalogue, open_catalogue
from bundlesmith.encoder.adapter import shopping_encoder
from bundlesmith.encoder.embedding import embed, item_texts
from bundlesmith.finetune.left_out import LeftOut
from bundlesmith.finetune.ranker import bundles_of, learnt_weights, shop_weights
from bundlesmith.hashes import hash_texts
from bundlesmith.ranking.evidence import Table
from bundlesmith.ranking.features import Features, RequestFeatures, Shortlist
from bundlesmith.ranking.items import Bundles, make_items
from bundlesmith.ranking.likeness import WordVectors
from bundlesmith.ranking.terms import Terms
from bundlesmith.ranking.weights import RankerWeights, shipped_weights


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """A shop's items and bundles, embedded.

    Attributes:
        catalogue: the items.
        cases: their bundles, of all splits but test.
        vectors: [N, D], the items' texts, by the encoder that tells like items.
        for_words: the same by the one that reads words.
        bundles: the cases, embedded.
    """

    catalogue: Catalogue
    cases: list[Case]
    vectors: Table
    for_words: Table
    bundles: Bundles

    @classmethod
    def of(cls, data: Path, vectors: Path) -> Self:
        """Read prepared data; the items' vectors are kept in the folder *vectors*."""
        catalogue = open_catalogue(data)
        cases, texts = known_cases(data, catalogue), item_texts(catalogue)
        key = hash_texts(*texts, shopping_encoder().name)[:12]
        by_minilm = kept(vectors / f"minilm-{key}.npy", lambda: embed(texts))
        for_words = kept(vectors / f"for-words-{key}.npy", lambda: embed(texts, str(shopping_encoder())))
        return cls(catalogue, cases, by_minilm, for_words, bundles_of(cases))

    def questions(self, asked: Sequence[int]) -> list[Question]:
        """What is asked of the bundles of these numbers."""
        return list(questions_of(self.cases, asked, self.catalogue))

    def scores(self, known: Sequence[int], asked: Sequence[int], votes: bool = True) -> Table:
        """Log-probabilities for what is asked, by a ranker that is learnt from the bundles *known*: [Q, N].

        Args:
            known: the numbers of bundles that are seen.
            asked: those of bundles that are asked about.
            votes: without them the ranker knows of no bundle that others are like: it has the texts and situations
                alone, weighed on *known*.
        """
        from scipy.special import log_softmax

        features, weights = self._learnt(known, votes)
        made = [
            log_softmax(scores).astype(np.float32) for at in asked for scores in self._of_case(features, weights, at)
        ]
        return np.stack(made)

    def _learnt(self, known: Sequence[int], votes: bool) -> tuple[Features, RankerWeights]:
        cases, bundles = [self.cases[at] for at in known], self._bundles(known)
        seen = bundles if votes else self._bundles([])
        terms = Terms.of(self.catalogue.titles)
        features = make_items(self.vectors, self.for_words, terms, self.catalogue.categories, seen).features
        if votes:
            return features, shop_weights(features, bundles, cases)
        return features, learnt_weights(features, cases, LeftOut(bundles, cases), shipped_weights("catalogue"))

    def _bundles(self, some: Sequence[int]) -> Bundles:
        rows, names = (tuple(each[at] for at in some) for each in (self.bundles.rows, self.bundles.names))
        at = np.array(some, np.int64)
        return Bundles(rows, names, self.bundles.intents[at], self.bundles.plain[at])

    def _of_case(self, features: Features, weights: RankerWeights, at: int) -> Iterator[Table]:
        """The scores for each question about one bundle, in the order of `questions_of`; chosen items have -inf."""
        known, bundle = self.bundles, self.bundles.rows[at]
        words = WordVectors(known.intents[at], known.plain[at], known.names[at]) if known.names[at] else None
        asked = RequestFeatures(features, words)
        if words:
            yield asked.opening @ weights.opening
        then = asked.opening @ weights.going_on[: features.of_opening]
        beside = Shortlist(asked, None).beside_others(bundle)
        for place, found in enumerate(beside):
            scores = then + found @ weights.going_on[features.of_opening :]
            scores[[*bundle[:place], *bundle[place + 1 :]]] = -np.inf
            yield scores
