"""From prepared data to a guide: the encoder is tuned on training bundles, pairs and words are learnt from them,
and features are weighted on the valid split.

Knows nothing about models that write.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from bundlesmith.catalogue import Catalogue
from bundlesmith.embedding import item_texts
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import write_json
from bundlesmith.finetune.cases import Case
from bundlesmith.guide.contrastive import Together, Tuning, tuned_encoder
from bundlesmith.guide.evidence import Evidence
from bundlesmith.guide.guide import (
    ENCODER,
    TREES,
    WEIGHTS,
    Guide,
    Query,
    Weights,
    features,
    load_evidence,
    save_evidence,
)
from bundlesmith.guide.pairs import learnt_pairs
from bundlesmith.guide.weigh import Choices, learnt_weights
from bundlesmith.guide.wording import Wording, learnt_trees, load_trees, save_trees

Some = TypeVar("Some")

MOST = 800
"""Of more valid queries, so many evenly spaced ones are used."""


def learn(
    folder: Path, catalogue: Catalogue, train: Sequence[Case], valid: Sequence[Case], tuning: Tuning, work: Path
) -> Guide:
    """Learn a guide, and write all of it but the fusion into a folder.

    Args:
        folder: see above.
        catalogue: the items.
        train, valid: the bundles of two splits.
        tuning: how the encoder is tuned.
        work: the tuned encoder is kept here, for one who is interrupted.

    Raises:
        BundlesmithError: if a split has no bundle.
    """
    if not train or not valid:
        raise BundlesmithError(
            f"A guide learns from bundles: {len(train)} are there to train on, and {len(valid)} in the valid split.",
            "Prepare a source with more bundles.",
        )
    bundles, intents = [case.bundle for case in train], [case.intent for case in train]
    encoder = tuned_encoder(Together(item_texts(catalogue), bundles, intents), tuning, work)
    shutil.copytree(encoder, folder / ENCODER)
    save_evidence(folder, catalogue, train)
    evidence, trees = load_evidence(folder, catalogue), folder / TREES
    save_trees(learnt_trees(evidence), trees)
    opening = learnt_weights(_choices(evidence, spaced(openings(valid), MOST)))
    going_on = learnt_weights(_choices(evidence, spaced(rests(valid), MOST)))
    return Guide(evidence, Weights(opening, going_on), learnt_pairs(evidence), Wording(evidence, load_trees(trees)))


def write_weights(folder: Path, guide: Guide, key: str) -> None:
    """Write a guide's weights and fusion; *key* names all that they follow from."""
    weights = {name: values.tolist() for name, values in asdict(guide.weights).items()}
    pairs = guide.pairs.weights.tolist() if guide.pairs else None
    write_json(folder / WEIGHTS, {"key": key, **weights, "pairs": pairs, "fusion": guide.fusion})


Asked = tuple[Query, tuple[int, ...]]
"""A query, and the rows that are wanted."""


def openings(cases: Sequence[Case]) -> list[Asked]:
    """For each bundle what is known before any of its items is chosen."""
    return [(Query(case.history, (), case.intent), case.bundle) for case in cases]


def rests(cases: Sequence[Case]) -> list[Asked]:
    """For each item of each bundle all others of it, and what else is known."""
    return [
        (Query(case.history, tuple(row for row in case.bundle if row != wanted), case.intent), (wanted,))
        for case in cases
        if len(case.bundle) > 1
        for wanted in case.bundle
    ]


def spaced(some: Sequence[Some], most: int) -> Sequence[Some]:
    """At most *most* of some things, evenly spaced."""
    return some[:: -(-len(some) // most)] if some else some


def _choices(evidence: Evidence, asked: Sequence[Asked]) -> Iterator[Choices]:
    for query, wanted in asked:
        yield Choices(features(evidence, query), wanted, (*query.history, *query.items))
