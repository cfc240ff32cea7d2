"""The reference methods by name.

load_method("tfidf", Path("data/electronic"), Path("work/electronic"))
"""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

from bundlesmith.base import SMOLLM2
from bundlesmith.encoder.embedding import item_texts
from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.references import clusters, collaborative, content, factors, fusion
from bundlesmith.eval.references.contrastive import BundledTexts, Tuning, tuned_encoder
from bundlesmith.eval.references.scorer import ItemScorer, PartWeights
from bundlesmith.eval.references.tuning import Bench, Method, PromptedMethod, grid
from bundlesmith.recommender import Recommends

MIXES = tuple(PartWeights(words, history) for words, history in product((0.0, 0.3, 0.8), (0.0, 0.1, 0.25)))
_HISTORY = tuple(PartWeights(0.0, history) for history in (0.0, 0.1, 0.25, 0.5))
"""For scorers that read no words."""
SEEN = ("bundles", "both", "sessions")

FUSED = ("dense-tuned", "tfidf", "bm25", "dense", "clusters", "item-cf-cosine", "user-cf-cosine")
"""What is fused; the first one says how alike items are."""


def load_method(name: str, data: Path, work: Path, base: str = "") -> Recommends:
    """A reference method, tuned on the valid split of *data* unless *work* says how already.

    Args:
        name: of the method.
        data: prepared data.
        work: a folder for what was chosen.
        base: the language model of methods that ask one; "": SmolLM2-135M-Instruct.

    Raises:
        BundlesmithError: if there is no such method, or a base is given to one that asks none; the data or the model
            can't be read, or the valid split is empty.
    """
    if base and name in METHODS and not isinstance(METHODS[name], PromptedMethod):
        asking = [key for key, method in METHODS.items() if isinstance(method, PromptedMethod)]
        raise BundlesmithError(f'The method "{name}" asks no language model.', f"--base is for {', '.join(asking)}.")
    return Bench(data, work, METHODS, base or SMOLLM2).load(name)


def _item_cf(measure: str) -> Method:
    return Method(
        f"Item-based CF, {measure}",
        "Items that stood in training sessions and bundles with the chosen ones.",
        lambda bench, **chosen: collaborative.item_based(bench.training, measure, **chosen),
        grid(seen=SEEN),
        _HISTORY,
    )


def _user_cf(measure: str) -> Method:
    return Method(
        f"User-based CF, {measure}",
        "Items of the training sessions and bundles that are most like this one.",
        lambda bench, **chosen: collaborative.user_based(bench.training, measure, **chosen),
        grid(seen=SEEN, neighbours=(10, 50, 1000)),
        _HISTORY,
    )


def _tuned(bench: Bench) -> ItemScorer:
    training = bench.training
    together = BundledTexts(item_texts(training.catalogue), training.bundles, training.intents)
    return content.encoded(training, str(tuned_encoder(together, Tuning(), training.work)))


def _clusters(bench: Bench, **chosen: Any) -> ItemScorer:
    return clusters.session_clusters(bench.training, content.encoded(bench.training), **chosen)


def _ranks(bench: Bench, names: Sequence[str]) -> ItemScorer:
    return fusion.rank_fusion(bench.scorers(names))


def _weighted(bench: Bench, going_on: Sequence[float], starting: Sequence[float]) -> ItemScorer:
    return fusion.weighted(bench.scorers(FUSED), going_on, starting)


def _shown(bench: Bench, **shots: int) -> Recommends:
    from bundlesmith.eval.references.prompted import Shots

    return bench.untuned.showing(Shots(**shots))


def _shots(bench: Bench) -> dict[str, Any]:
    from bundlesmith.eval.references.shots import chosen_shots

    return chosen_shots(bench.data, bench.training, bench.untuned)


METHODS: dict[str, Method | PromptedMethod] = {
    "popularity": Method(
        "Popularity",
        "The items of most training sessions and bundles.",
        lambda bench: collaborative.popularity(bench.training),
    ),
    **{f"item-cf-{measure}": _item_cf(measure) for measure in collaborative.MEASURES},
    **{f"user-cf-{measure}": _user_cf(measure) for measure in collaborative.MEASURES},
    "als": Method(
        "ALS",
        "Matrix factorisation by alternating least squares.",
        lambda bench, **chosen: factors.als(bench.training, **chosen),
        grid(factors=(32, 128), regularization=(0.01, 0.1), alpha=(1.0, 20.0)),
        _HISTORY,
        package="implicit",
    ),
    "bpr": Method(
        "BPR",
        "Matrix factorisation by Bayesian personalised ranking.",
        lambda bench, **chosen: factors.bpr(bench.training, **chosen),
        grid(factors=(32, 128), regularization=(0.01, 0.001), learning_rate=(0.05, 0.2)),
        _HISTORY,
        package="implicit",
    ),
    "tfidf": Method(
        "TF-IDF",
        "Cosine of the TF-IDF of title and category.",
        lambda bench, **chosen: content.tfidf(bench.training, **chosen),
        grid(words=(1, 2), sublinear=(False, True)),
        MIXES,
    ),
    "bm25": Method(
        "BM25",
        "BM25 of title and category.",
        lambda bench, **chosen: content.bm25(bench.training, **chosen),
        grid(k1=(0.6, 1.2), b=(0.4, 0.75)),
        MIXES,
        package="bm25s",
    ),
    "dense": Method(
        "Dense",
        "Cosine of all-MiniLM-L6-v2's vectors of title and category.",
        lambda bench: content.encoded(bench.training),
        mixes=MIXES,
    ),
    "dense-tuned": Method(
        "Dense, fine-tuned",
        "The same encoder, fine-tuned contrastively on training bundles.",
        _tuned,
        mixes=MIXES,
        package="sentence_transformers",
    ),
    "clusters": Method(
        "Session clusters",
        "What the bundles of the nearest clusters of training sessions hold.",
        _clusters,
        grid(clusters=(20, 50, 100, 200), nearest=(1, 3, 10)),
        tuple(mix for mix in MIXES if mix.words in (0.0, 0.8)),
    ),
    "rrf": Method(
        "Fusion by ranks",
        "Reciprocal rank fusion of the best of these.",
        _ranks,
        grid(names=(FUSED[:2], FUSED[:3], FUSED[:4], FUSED)),
        parts=FUSED,
    ),
    "fusion": Method(
        "Fusion, learnt",
        "Weights of their scores and ranks, by conditional logistic regression on the valid split.",
        _weighted,
        parts=FUSED,
        learn=lambda bench: fusion.fusion_weights(bench.scorers(FUSED), bench.trial),
    ),
    "lm-zero-shot": PromptedMethod(
        "Language model, zero-shot",
        "The base model as it is, asked in words, with a run's constrained decoding.",
        lambda bench: bench.untuned,
    ),
    "lm-few-shot": PromptedMethod(
        "Language model, few-shot",
        "The same with training bundles in its prompt: those that are most like the request.",
        _shown,
        _shots,
    ),
}
