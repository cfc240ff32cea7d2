"""How a model and a guide are fused, chosen on the valid split.

Weights of the model's scores are those under which the wanted items are likeliest; what names intents and parts
sessions is chosen by the figure that it is scored on. Knows nothing about how guides are learnt.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bundlesmith.eval.metrics import matched
from bundlesmith.finetune.cases import Case
from bundlesmith.guide.guide import Guide, Query
from bundlesmith.guide.learn import Asked, openings, rests, spaced
from bundlesmith.guide.parts import whole_and_parts
from bundlesmith.overlap import f1, words
from bundlesmith.request import Request
from bundlesmith.rules import Rules
from bundlesmith.serve.guided import Fusion, Guided
from bundlesmith.serve.recommender import Recommender

MOST = 250
"""The most valid queries of each kind that the model is asked."""
BATCH = 8

LANGUAGE = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
INTENT = (0.0, 0.5, 1.0, 2.0, 4.0)
ALIKE = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
PARTS = (1, 2, 3)


def chosen_fusion(recommender: Recommender, guide: Guide, cases: Sequence[Case]) -> Fusion:
    """The fusion that is best on the bundles of the valid split."""
    guided = Guided(recommender, guide, Fusion())
    beside = _language(guided, spaced(rests(cases), MOST))
    opening = _language(guided, spaced(openings(cases), MOST))
    intent = _naming(guided, spaced([case for case in cases if words(case.intent)], MOST))
    alike, parts = _parting(guided, cases)
    return replace(guided.fusion, beside=beside, opening=opening, intent=intent, alike=alike, parts=parts)


def _language(guided: Guided, asked: Sequence[Asked]) -> float:
    """The weight of the model's log-probabilities under which wanted items are likeliest, among those offered."""
    tables = list(_tables(guided, asked))
    return max(LANGUAGE, key=lambda weight: sum(_likelihood(*table, weight) for table in tables))


def _tables(
    guided: Guided, asked: Sequence[Asked]
) -> Iterable[tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.bool_]]]:
    """For each query the offered items' scores by guide and by model, and which of them are wanted."""
    for start in range(0, len(asked), BATCH):
        some = asked[start : start + BATCH]
        requests = [_request(guided, query) for query, _ in some]
        offers = guided.offers(requests, [guided.rows.begin(request.for_one_more()) for request in requests])
        for (_, wanted), (scores, rows, own) in zip(some, offers, strict=True):
            yield scores[rows], own, np.isin(rows, wanted)


def _request(guided: Guided, query: Query) -> Request:
    ids = guided.catalogue.ids
    history, items = (tuple(ids[row] for row in rows) for rows in (query.history, query.items))
    return Request(history, query.words, items, Rules(in_stock=False, owned=history))


def _likelihood(
    guide: NDArray[np.float32], model: NDArray[np.float64], wanted: NDArray[np.bool_], weight: float
) -> float:
    """Mean log softmax(guide + weight model) of the wanted items; 0 if none is offered."""
    logits = guide + weight * model
    logs = logits - logits.max() - np.log(np.exp(logits - logits.max()).sum())
    return float(logs[wanted].mean()) if wanted.any() else 0.0


def _naming(guided: Guided, cases: Sequence[Case]) -> float:
    """The weight of the model's words under which intents overlap most with those that people wrote."""
    ids, wording = guided.catalogue.ids, guided.guide.wording
    found = guided.talked([Request().exactly(tuple(ids[row] for row in case.bundle)) for case in cases])

    def overlap(trust: float) -> float:
        named = [wording.intent(case.bundle, own.intent, trust) for case, own in zip(cases, found, strict=True)]
        return sum(f1(words(name), words(case.intent)) for name, case in zip(named, cases, strict=True))

    return max(INTENT, key=overlap)


def _parting(guided: Guided, cases: Sequence[Case]) -> tuple[float, int]:
    """Where sessions are cut, and into how many parts: by soft-F1 of what is found in the sessions of the cases."""
    sessions: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for case in cases:
        if len(case.session) > 1:
            sessions.setdefault(case.session, []).append(case.bundle)

    likeness = {rows: guided.likeness(rows) for rows in sessions}

    def overlap(alike: float, most: int) -> float:
        found = {rows: whole_and_parts(rows, likeness[rows], alike, most) for rows in sessions}
        return sum(_soft_f1(found[rows], wanted) for rows, wanted in sessions.items())

    return max(product(ALIKE, PARTS), key=lambda pair: overlap(*pair))


def _soft_f1(found: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]) -> float:
    """2 Σ Jaccard of matched pairs / (|found| + |wanted|)."""
    return 2 * sum(shared for _, _, shared in matched(found, wanted)) / (len(found) + len(wanted))
