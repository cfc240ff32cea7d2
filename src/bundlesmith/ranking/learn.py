"""From a run and its data to the run with a ranker: the one function behind `bundlesmith rank`.

The weights are learnt for words that no bundle has: while a bundle is asked for, its session and all bundles with a
like intent are left out of every statistic.
"""

import random
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from bundlesmith.embedding import embed, item_texts
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import check_folder, loud_writes, read_json, write_json, written_whole
from bundlesmith.finetune.cases import Case, load_cases
from bundlesmith.ranking.features import OF_USAGE, OF_WORDS, Bundles, Features, Table
from bundlesmith.ranking.ranker import BUNDLES, FOLDER, FORMAT, RANKER, VECTORS, numbered
from bundlesmith.run import load_run

APART = 0.55
"""Bundles whose intents have a higher cosine are not seen while one of them is asked for."""
MOST = 2000
"""Of more training bundles, so many are drawn to learn from."""
HARD, OTHERS = 40, 500
"""Of the other items a question has its hardest, by words, and random ones, so many altogether."""
PENALTY = 0.01
SELDOM = 0.95
"""Titles are too alike for one bundle where they are nearer than in this share of the pairs that stand in one."""
SEED = 3


def write_ranker(run: Path, data: Path, console: Console) -> None:
    """Learn a run's ranker on the training split, and write it into the run.

    Raises:
        BundlesmithError: if the data isn't the run's, or has no training bundle of two items.
    """
    import polars as pl

    check_folder(run / FOLDER, "rank", data)
    opened = load_run(run)
    if (found := read_json(data / "data.json")["hash"]) != (own := opened.made["data"]):
        what = f'The run "{run}" was tuned on other data than "{data}" ({own}, not {found}).'
        raise BundlesmithError(what, "Name the data that it was tuned on.")
    catalogue = opened.catalogue
    cases = [case for case in load_cases(data, catalogue, "train") if len(case.bundle) > 1]
    if not cases:
        raise BundlesmithError(f'"{data}" has no training bundle of two items.', "Prepare a source with bundles.")
    texts = tuple(item_texts(catalogue))
    with console.status("Embedding items and intents …"):
        vectors = embed(texts)
        intents = embed([case.intent for case in cases])
        intents[[not case.intent.strip() for case in cases]] = 0
    bundles = Bundles(tuple(case.bundle for case in cases), intents)
    features = Features(texts, vectors, numbered(catalogue.categories), bundles)
    with console.status("Weighing the evidence …"):
        opening, going_on = learnt_weights(features, cases)
    alike = [float(vectors[a] @ vectors[b]) for case in cases for a, b in combinations(case.bundle, 2)]
    made = {"format": FORMAT, "opening": opening.tolist(), "going_on": going_on.tolist()}
    made |= {"size": int(np.median([len(case.bundle) for case in cases])), "alike": float(np.quantile(alike, SELDOM))}
    with loud_writes(run), written_whole(run / FOLDER, "rank", data) as fresh:
        np.savez(fresh / VECTORS, items=vectors, intents=intents)
        pl.DataFrame({"rows": [list(case.bundle) for case in cases]}).write_parquet(fresh / BUNDLES)
        write_json(fresh / RANKER, made)


def learnt_weights(features: Features, cases: Sequence[Case]) -> tuple[Table, Table]:
    """A weight a feature: where nothing is chosen, and beside chosen items.

    *cases* are those of the features' bundles, in their order.
    """
    draw, intents = random.Random(SEED), features.bundles.intents
    sessions = [case.session or (-1, at) for at, case in enumerate(cases)]
    opening, going_on = [], []
    for at in draw.sample(range(len(cases)), min(len(cases), MOST)):
        order = draw.sample(cases[at].bundle, len(cases[at].bundle))
        named = bool(features.bundles.named[at])
        like = intents @ intents[at] > APART if named else np.zeros(len(cases), np.bool_)
        kept = (~like & [session != sessions[at] for session in sessions]).astype(np.float32)
        words = intents[at] if named else None
        if named:
            opening.append(_question(features.of(words, [], kept), order, [], draw))
        cut = draw.randint(1, len(order) - 1)
        going_on.append(_question(features.of(words, order[:cut], kept), order[cut:], order[:cut], draw))
    after = _fitted(going_on)
    return _fitted(opening) if opening else after[: OF_WORDS + OF_USAGE], after


def _question(table: Table, right: list[int], chosen: list[int], draw: random.Random) -> tuple[Table, Table]:
    """The features of one right item and of others, and what is added to each score so that these stand for all."""
    out = {*right, *chosen}
    hard = [at for at in np.argsort(-(table[:, 0] + table[:, 1]))[:HARD].tolist() if at not in out]
    barred = out | set(hard)
    drawn = draw.sample(range(len(table)), min(len(table), OTHERS + len(barred)))
    easy = [at for at in drawn if at not in barred][: OTHERS - len(hard)]
    shift = np.zeros(1 + len(hard) + len(easy), np.float32)
    shift[1 + len(hard) :] = np.log(max(len(table) - len(barred), 1) / max(len(easy), 1))
    return table[[draw.choice(right), *hard, *easy]], shift


def _fitted(questions: Sequence[tuple[Table, Table]]) -> Table:
    """The weights that make the first item of each question likeliest, with an L2 penalty."""
    from scipy.optimize import minimize

    longest = max(len(shift) for _, shift in questions)
    table = np.zeros((len(questions), longest, questions[0][0].shape[1]), np.float32)
    shifts = np.full((len(questions), longest), -1e9, np.float32)
    for at, (found, shift) in enumerate(questions):
        table[at, : len(found)], shifts[at, : len(shift)] = found, shift

    def loss(weights: Any) -> tuple[float, Any]:
        logits = table @ weights.astype(np.float32) + shifts
        chances = np.exp(logits - logits.max(1, keepdims=True))
        chances /= chances.sum(1, keepdims=True)
        value = -float(np.log(np.maximum(chances[:, 0], 1e-30)).mean()) + PENALTY * float(weights @ weights)
        chances[:, 0] -= 1
        slope = np.tensordot(chances, table, ([0, 1], [0, 1])) / len(table)
        return value, slope.astype(np.float64) + 2 * PENALTY * weights

    start = np.zeros(table.shape[2])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 100}).x, np.float32)
