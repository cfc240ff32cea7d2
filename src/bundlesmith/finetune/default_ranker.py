"""Learns the weights that the package ships, on the sample shop: for shops that have little of their own to learn from.

    python -m bundlesmith.finetune.default_ranker          some minutes; rewrites bundlesmith/ranking/weights.json

The questions are the same for each kind of shop: what a bundle has, by what it was called. What is in sight while they
are asked differs: nothing but the catalogue; also what was bought together; also what those sets were called.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from bundlesmith.data.cases import load_cases
from bundlesmith.data.catalogue import load_catalogue
from bundlesmith.data.prepare import DataSource, prepare
from bundlesmith.encoder.adapter import shopping_encoder
from bundlesmith.encoder.embedding import embed, item_texts
from bundlesmith.files import write_json
from bundlesmith.finetune.left_out import LeftOut
from bundlesmith.finetune.ranker import bundles_of, learnt_weights
from bundlesmith.ranking.items import Bundles, make_items
from bundlesmith.ranking.terms import Terms
from bundlesmith.ranking.weights import SHIPPED, Shop

_SEED = 7
SURE = 0.25
"""Where nothing was ever bought, a set is as small as this quantile of bundles: each further item is less sure."""


def learnt_defaults(data: Path) -> dict[str, Any]:
    """The weights for each kind of shop, as JSON values, learnt on prepared data."""
    catalogue = load_catalogue(data / "items.parquet", integer_ids=False)
    cases = [case for case in load_cases(data, catalogue, "train") if len(case.bundle) > 1]
    texts, bundles = tuple(item_texts(catalogue)), bundles_of(cases)
    vectors, for_words = embed(texts), embed(texts, str(shopping_encoder()))
    terms, left_out, found = Terms.of(catalogue.titles), LeftOut(bundles, cases), {}
    for shop in get_args(Shop):
        features = make_items(vectors, for_words, terms, catalogue.categories, _in_sight(shop, bundles)).features
        found[shop] = learnt_weights(features, cases, left_out).values
    found["catalogue"]["size"] = int(np.quantile([len(case.bundle) for case in cases], SURE))
    return found


def _in_sight(shop: Shop, bundles: Bundles) -> Bundles:
    if shop == "catalogue":
        return Bundles((), (), bundles.intents[:0], bundles.plain[:0])
    return replace(bundles, intents=np.zeros_like(bundles.intents)) if shop == "baskets" else bundles


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        prepare(DataSource(kind="sample", seed=_SEED), Path(work) / "shop")
        write_json(SHIPPED, learnt_defaults(Path(work) / "shop"))
