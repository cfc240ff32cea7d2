"""The bundles that a recommender finds in test sessions and that people marked, too: as score.py pairs them.

Its intent-F1 of `sessions` tasks is the mean over these pairs.
"""

import random
from pathlib import Path

from bundlesmith.eval.making import make_tasks
from bundlesmith.eval.texts import BundleTexts
from bundlesmith.explain.facts import facts_of
from bundlesmith.ranking.set_similarity import matched
from bundlesmith.recommender import Recommends
from bundlesmith.request import Request

SEED = 7


def found_in_sessions(data: Path, recommender: Recommends, most: int) -> list[BundleTexts]:
    """What a recommender says of each bundle that it is paired for, in *most* sessions of the test split."""
    tasks, gold = make_tasks(data, "test")
    pairs = [(task, row) for task, row in zip(tasks, gold, strict=True) if task.kind == "sessions"]
    drawn = random.Random(SEED).sample(pairs, min(most, len(pairs)))
    catalogue, said = recommender.catalogue, []
    known = [tuple(item for item in task.items if item in catalogue.rows) for task, _ in drawn]
    for bundles, (_, row) in zip(recommender.find(known), drawn, strict=True):
        kept = [bundle for bundle in bundles if len(bundle.items) > 1]
        found = [[str(catalogue.outside_id(catalogue.rows[item])) for item in bundle.items] for bundle in kept]
        for at, place, _ in matched(found, [[str(item) for item in each] for each in row["bundles"]]):
            facts = facts_of(Request(), kept[at].items, catalogue)
            said.append(BundleTexts(facts, kept[at].intent, kept[at].explanation, row["intents"][place] or ""))
    return said
