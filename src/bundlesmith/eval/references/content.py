"""Scorers by what items say of themselves: TF-IDF, BM25, and the vectors of a sentence encoder.

Of an item, its title and category path are read (`bundlesmith.encoder.embedding.item_texts`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import sparse

from bundlesmith.encoder.embedding import MINILM, embed, item_texts
from bundlesmith.eval.references.scorer import PartWeights, Query, ScoreTable, Vectors, dense, item_weights, unit
from bundlesmith.eval.references.training import TrainingSplit
from bundlesmith.files import written_whole
from bundlesmith.hashes import hash_texts


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """Scores by the product of a query's vector and each item's.

    Attributes:
        vectors: [N, D], of length 1.
        asking: [N, D]; what an item adds to a query in which it stands.
        answering: [D, N]; what a query is multiplied with.
        read: texts -> [texts, D], what words add to a query.
        mix: the weights of the query's parts.
    """

    vectors: Vectors
    asking: Vectors
    answering: Vectors
    read: Callable[[Sequence[str]], Vectors]
    mix: PartWeights = field(default_factory=PartWeights)

    def asked(self, queries: Sequence[Query], mix: PartWeights) -> Vectors:
        """The queries' vectors, [B, D]."""
        known = item_weights(queries, mix, self.vectors.shape[0]) @ self.asking
        place = {words: at for at, words in enumerate(dict.fromkeys(query.words for query in queries))}
        weights = [mix.of_words(query) for query in queries]
        columns = [place[query.words] for query in queries]
        shape = (len(queries), len(place))
        words = sparse.csr_matrix((np.array(weights, np.float32), (range(len(queries)), columns)), shape=shape)
        return known + words @ self.read(list(place))

    def scores(self, queries: Sequence[Query]) -> ScoreTable:
        """Scores, [B, N]."""
        return dense(self.asked(queries, self.mix) @ self.answering)


def tfidf(training: TrainingSplit, words: int, sublinear: bool) -> Content:
    """TF-IDF: term frequency times log inverse document frequency, cosine. (Salton and Buckley, IPM 24(5), 1988)

    Args:
        training: the catalogue.
        words: terms are runs of up to so many words.
        sublinear: whether 1 + log(tf) stands for tf.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

    model = TfidfVectorizer(ngram_range=(1, words), sublinear_tf=sublinear, stop_words="english", dtype=np.float32)
    vectors = model.fit_transform(item_texts(training.catalogue)).tocsr()
    return Content(vectors, vectors, vectors.T.tocsr(), model.transform)


def bm25(training: TrainingSplit, k1: float, b: float) -> Content:
    """BM25: Σ idf(t) tf (k1 + 1) / (tf + k1 (1 - b + b |d| / avg |d|)) over the query's terms, in Lucene's variant.

    A query's terms count as often as they occur, scaled to length 1 for each item and for the words.
    (Robertson and Zaragoza, Foundations and Trends in IR 3(4), 2009)
    """
    import bm25s  # type: ignore[import-untyped]
    from sklearn.feature_extraction.text import CountVectorizer

    texts = item_texts(training.catalogue)
    counter = CountVectorizer(stop_words="english", dtype=np.float32)
    counts = counter.fit_transform(texts).tocsr()
    read = counter.build_analyzer()
    model = bm25s.BM25(k1=k1, b=b, method="lucene")
    model.index([read(text) for text in texts], show_progress=False)
    places = [model.vocab_dict[term] for term in counter.get_feature_names_out()]
    found = model.scores
    columns = sparse.csc_matrix((found["data"], found["indices"], found["indptr"]))[:, places]
    return Content(unit(columns.tocsr()), unit(counts), columns.T.tocsr(), lambda some: unit(counter.transform(some)))


def encoded(training: TrainingSplit, encoder: str = MINILM) -> Content:
    """The cosine of a sentence encoder's vectors (Reimers and Gurevych, EMNLP 2019); an item's are kept on the disk."""
    texts = item_texts(training.catalogue)
    vectors = _kept(training, encoder, texts)
    return Content(vectors, vectors, vectors.T, _reader(encoder, vectors.shape[1]))


def _kept(training: TrainingSplit, encoder: str, texts: Sequence[str]) -> Any:
    folder = training.work / f"vectors-{hash_texts(encoder, *texts)}"
    if not (folder / "vectors.npy").exists():
        with written_whole(folder) as fresh:
            np.save(fresh / "vectors.npy", embed(texts, encoder))
    return np.load(folder / "vectors.npy")


def _reader(encoder: str, width: int) -> Callable[[Sequence[str]], Vectors]:
    def read(texts: Sequence[str]) -> Vectors:
        said = any(text.strip() for text in texts)
        return embed(texts, encoder) if said else np.zeros((len(texts), width), np.float32)

    return remembered(read)


def remembered(read: Callable[[Sequence[str]], ScoreTable]) -> Callable[[Sequence[str]], ScoreTable]:
    """*read*, with the vectors of the last texts kept; each is read alone, so that company makes no difference."""
    one = lru_cache(maxsize=4096)(lambda text: read([text])[0])
    return lambda texts: np.stack([one(text) for text in texts])
