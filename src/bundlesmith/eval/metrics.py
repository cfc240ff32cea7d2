"""The measures by which answers are compared, each with its formula, its source and its edge cases."""

import math
from collections.abc import Hashable

from bundlesmith.ranking.set_similarity import Members


def precision(found: Members, wanted: Members) -> float:
    """Precision of a set: |found ∩ wanted| / |found|; repeats count once, and 0 if nothing was found."""
    return len(set(found) & set(wanted)) / len(set(found)) if found else 0.0


def recall(found: Members, wanted: Members) -> float:
    """Recall of a set: |found ∩ wanted| / |wanted|; repeats count once, and 0 if nothing was wanted."""
    return len(set(found) & set(wanted)) / len(set(wanted)) if wanted else 0.0


def exact(found: Members, wanted: Members) -> float:
    """Exact match of two sets (subset accuracy): 1 if they are the same, else 0; 1 if both are empty."""
    return float(set(found) == set(wanted))


def accuracy(found: Members, wanted: Members, of: Members) -> float:
    """Accuracy of the decision "is it in the set?" over the items *of*: the share that is in both sets or in neither.

    0 if *of* is empty. It makes sense over few items (a session); over a catalogue, finding nothing gets nearly 1.
    """
    right = sum((item in set(found)) == (item in set(wanted)) for item in set(of))
    return right / len(set(of)) if of else 0.0


def rank_of(target: Hashable, ranking: Members) -> float:
    """The target's place in a ranking, from 1; infinity if it isn't there."""
    return ranking.index(target) + 1 if target in ranking else math.inf


def recall_at(k: int, rank: float) -> float:
    """Recall@k with one relevant item: 1 if rank <= k, else 0 (also called hit rate)."""
    return float(rank <= k)


def ndcg_at(k: int, rank: float) -> float:
    """NDCG@k with one relevant item: 1 / log2(rank + 1) if rank <= k, else 0; the ideal DCG is 1.

    (Järvelin and Kekäläinen, TOIS 20(4), 2002)
    """
    return 1 / math.log2(rank + 1) if rank <= k else 0.0


def mrr_at(k: int, rank: float) -> float:
    """Reciprocal rank: 1 / rank if rank <= k, else 0. (Voorhees, TREC-8, 1999)"""
    return 1 / rank if rank <= k else 0.0


def precision_at(k: int, rank: float) -> float:
    """Precision@k with one relevant item: 1 / k if rank <= k, else 0, however short the ranking is."""
    return recall_at(k, rank) / k


def f1_at(k: int, rank: float) -> float:
    """F1 of precision@k and recall@k with one relevant item: 2 / (k + 1) if rank <= k, else 0."""
    return 2 * recall_at(k, rank) / (k + 1)


def ndcg_of(k: int, ranking: Members, wanted: Members) -> float:
    """NDCG@k with several relevant items: the sum of 1 / log2(rank + 1) over those in the first k, by the best sum.

    The best sum has min(k, |wanted|) terms. 0 if nothing is wanted. With one item wanted it is `ndcg_at`.
    (Järvelin and Kekäläinen, TOIS 20(4), 2002, with gains of 0 and 1)
    """
    gained = sum(1 / math.log2(at + 1) for at, item in enumerate(ranking[:k], 1) if item in wanted)
    best = sum(1 / math.log2(at + 1) for at in range(1, min(k, len(set(wanted))) + 1))
    return gained / best if best else 0.0


def mrr_of(k: int, ranking: Members, wanted: Members) -> float:
    """Reciprocal rank of the first relevant item among the first k; 0 if there is none. (Voorhees, TREC-8, 1999)"""
    return next((1 / at for at, item in enumerate(ranking[:k], 1) if item in wanted), 0.0)
