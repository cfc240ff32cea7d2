import math
from pathlib import Path

import bm25s
import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from bundlesmith.encoder.embedding import embed, item_texts
from bundlesmith.eval.references.clusters import session_clusters
from bundlesmith.eval.references.content import bm25, encoded, tfidf
from bundlesmith.eval.references.scorer import PartWeights, Query, dense
from tests.eval.references.small import DESK, LAMP, MAT, PEN, STOVE, TENT, make_training


def test_tfidf_by_hand() -> None:
    # "green tent camping": idf = ln(7 / (1 + df)) + 1, scaled to length 1; green is in 2 items, tent 1, camping 3.
    green, tent, camping = (math.log(7 / (1 + df)) + 1 for df in (2, 1, 3))
    mat = tent  # as rare
    lengths = [math.sqrt(sum(value**2 for value in some)) for some in ((green, tent, camping), (green, mat, camping))]
    scores = tfidf(make_training(), 1, False).scores([Query((), (TENT,))])[0]
    assert scores[MAT] == pytest.approx((green**2 + camping**2) / lengths[0] / lengths[1], rel=1e-5)
    assert scores[TENT] == pytest.approx(1) and not scores[[PEN, DESK, LAMP]].any()


def test_words_and_history_are_mixed_in() -> None:
    from dataclasses import replace

    scorer = tfidf(make_training(), 1, False)
    items, words = (scorer.scores([query])[0] for query in (Query((), (TENT,)), Query(words="oak desk")))
    history = scorer.scores([Query((), (PEN,))])[0]
    mixed = replace(scorer, mix=PartWeights(words=0.5, history=0.2)).scores(
        [Query(), Query((PEN,), (TENT,), "oak desk")]
    )
    assert mixed[1] == pytest.approx(items + 0.5 * words + 0.2 * history, abs=1e-6) and not mixed[0].any()


def test_bm25_scores_words_as_its_library_does() -> None:
    training = make_training()
    read = CountVectorizer(stop_words="english").build_analyzer()
    model = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
    model.index([read(text) for text in item_texts(training.catalogue)], show_progress=False)
    scores = bm25(training, 1.2, 0.75).scores([Query(words="green camping desk")])[0]
    expected = model.get_scores(["green", "camping", "desk"]) / math.sqrt(3)
    assert scores == pytest.approx(expected, rel=1e-5) and scores[TENT] > scores[STOVE] > 0


def test_items_of_one_category_are_more_alike() -> None:
    for scorer in (tfidf(make_training(), 2, True), bm25(make_training(), 1.2, 0.75)):
        alike = dense(scorer.vectors @ scorer.vectors.T)
        assert alike.diagonal() == pytest.approx(1) and alike[PEN, DESK] > alike[PEN, TENT]


@pytest.mark.slow
def test_dense_vectors_are_kept_and_words_are_read_with_the_same_encoder(tmp_path: Path) -> None:
    training = make_training(work=tmp_path)
    first = encoded(training)
    texts = item_texts(training.catalogue)
    assert first.vectors == pytest.approx(embed(texts))
    (kept,) = tmp_path.glob("vectors-*/vectors.npy")
    np.save(kept, np.ones((6, 384), np.float32))
    assert (encoded(training).vectors == 1).all()
    scores = first.scores([Query(words=texts[LAMP]), Query(words=" ")])
    assert int(scores[0].argmax()) == LAMP and not scores[1].any()


def test_clusters_answer_with_their_own_bundles() -> None:
    training = make_training()
    content = tfidf(training, 1, False)
    scorer = session_clusters(training, content, 2, 1)
    scores = scorer.scores([Query((), (STOVE,)), Query(words="office")])
    assert np.flatnonzero(scores[0]).tolist() == [TENT, MAT] and np.flatnonzero(scores[1]).tolist() == [PEN, DESK]
    assert scorer.vectors is content.vectors
    both = session_clusters(training, content, 2, 2).scores([Query((), (STOVE,), "office")])[0]
    assert (both[[TENT, MAT, PEN, DESK]] > 0).all() and both[TENT] > both[PEN]
