"""From a run and its data to the run with a ranker: the one function behind `bundlesmith rank`.

The weights are learnt for words that no bundle has: while a bundle is asked for, its session and all bundles with a
like intent are left out of every statistic.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from bundlesmith.data.cases import Case, load_cases
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.encoder.adapter import shopping_encoder
from bundlesmith.encoder.embedding import embed, item_texts
from bundlesmith.encoder.situations import situations_hash
from bundlesmith.encoder.words import embed_words, words_encoder
from bundlesmith.files import check_folder, loud_writes, write_json, written_whole
from bundlesmith.finetune.coherence import coherent
from bundlesmith.finetune.left_out import LeftOut
from bundlesmith.ranking.evidence import FEWEST_VOTERS, Table
from bundlesmith.ranking.features import OF_WORDS, Features
from bundlesmith.ranking.items import Bundles, make_items
from bundlesmith.ranking.pairs import Described, Rows, last_levels, learnt_pairs, marked_sessions
from bundlesmith.ranking.parting import Parting, chosen_parting
from bundlesmith.ranking.ranker import BUNDLES, FOLDER, RANKER, RANKER_FORMAT, VECTORS, made_here
from bundlesmith.ranking.rows8 import Rows8, stored_rows
from bundlesmith.ranking.terms import Terms, counts
from bundlesmith.ranking.weights import RankerWeights, shipped_weights
from bundlesmith.run import load_run

_MOST = 2000
"""Of more training bundles, so many are drawn to learn from."""
HARD, OTHERS = 40, 500
"""Of the other items a question has its hardest, by words, and random ones, so many altogether."""
PRECISION = 4.0
"""Of the prior of the weights; so many bundles count as much as it does, where a feature is about 1."""
_SEED = 3


def ensure_ranker(run: Path, data: Path, console: Console) -> None:
    """Learn a run's ranker if it has none that this version reads; see `write_ranker`."""
    if not made_here(run / FOLDER):
        write_ranker(run, data, console)


def write_ranker(run: Path, data: Path, console: Console) -> None:
    """Learn a run's ranker on the training split, and write it into the run.

    A shop without bundles, or whose bundles have no intents, gets the weights that the package ships for such shops.

    Raises:
        BundlesmithError: if the data isn't the run's.
    """
    import polars as pl

    check_folder(run / FOLDER, "rank", data)
    opened = load_run(run)
    opened.check_data(data)
    catalogue = opened.catalogue
    splits = (load_cases(data, catalogue, split) for split in ("train", "valid"))
    cases, valid = ([case for case in split if len(case.bundle) > 1] for split in splits)
    texts = tuple(item_texts(catalogue))
    with console.status("Embedding items and intents …"):
        vectors, for_words = embed(texts), embed(texts, str(shopping_encoder()))
        bundles = bundles_of(cases)
    found = counts(catalogue.titles)
    features = make_items(vectors, for_words, Terms.of_counts(found), catalogue.categories, bundles).features
    with console.status("Weighing the evidence …"):
        weights = shop_weights(features, bundles, cases)
    with console.status("Learning how sessions are parted …"):
        parting = learnt_parting(catalogue, cases, valid, vectors)
    made = {"format": RANKER_FORMAT, "encoder": words_encoder(), "situations": situations_hash()}
    made |= {"weights": weights.values, "sessions": parting.values}
    with loud_writes(run), written_whole(run / FOLDER, "rank", data) as fresh:
        tables: dict[str, Any] = {"intents": bundles.intents, "plain": bundles.plain}
        tables |= {"places": found.indices, "ends": found.indptr}
        for name, rows in (("items", stored_rows(vectors)), ("for_words", stored_rows(for_words))):
            if isinstance(rows, Rows8):
                rows.save(fresh, name)
            else:
                tables[name] = rows
        np.savez(fresh / VECTORS, **tables)
        numbers: Any = pl.List(pl.Int64)
        columns = [(list(case.bundle), list(case.session), case.intent) for case in cases]
        schema = [("rows", numbers), ("session", numbers), ("name", pl.String)]
        pl.DataFrame(columns, schema=schema, orient="row").write_parquet(fresh / BUNDLES)
        write_json(fresh / RANKER, made)


def bundles_of(cases: Sequence[Case]) -> Bundles:
    """What a ranker keeps of the bundles of these cases."""
    names, rows = tuple(case.intent.strip() for case in cases), tuple(case.bundle for case in cases)
    intents, plain = embed_words(names), embed(names)
    for table in (intents, plain):
        table[[not name for name in names]] = 0
    return Bundles(rows, names, intents, plain)


def learnt_parting(catalogue: Catalogue, cases: Sequence[Case], valid: Sequence[Case], vectors: Table) -> Parting:
    """How sessions are parted: which items stand together is learnt from the training cases, where to cut on *valid*.

    Args:
        catalogue: the items.
        cases, valid: the bundles of two splits, with their sessions.
        vectors: [N, D], the items' texts by the encoder that tells like items.
    """
    train, other = (
        marked_sessions([case.session for case in some], [case.bundle for case in some]) for some in (cases, valid)
    )
    rows = sorted({row for session in (*train, *other) for row in session.rows})
    place = {row: at for at, row in enumerate(rows)}
    titles = embed([catalogue.titles[row] for row in rows])
    ends = embed([last_levels(catalogue.categories[row]) for row in rows])

    def describe(session: Rows) -> Described:
        at = [place[row] for row in session]
        paths = tuple(catalogue.categories[row] for row in session)
        return Described(paths, titles[at], vectors[list(session)], ends[at])

    return chosen_parting(learnt_pairs(train, catalogue.categories, describe), other, describe)


def shop_weights(features: Features, bundles: Bundles, cases: Sequence[Case]) -> RankerWeights:
    """The weights for a shop: learnt from its bundles where these have intents, else those that the package ships."""
    if features.bundles.named.sum() < FEWEST_VOTERS:
        return shipped_weights("baskets" if cases else "catalogue")
    return learnt_weights(features, cases, LeftOut(bundles, cases), shipped_weights("bundles"))


def learnt_weights(
    features: Features, cases: Sequence[Case], left_out: LeftOut, prior: RankerWeights | None = None
) -> RankerWeights:
    """The likeliest weights, given a prior: a Gaussian around *prior*, or around 0.

    *cases* are those of the features' bundles, in their order; the features may have none of them, though.
    """
    draw = random.Random(_SEED)
    opening, going_on = [], []
    drawn = draw.sample(range(len(cases)), len(cases))
    if len(drawn) > _MOST:  # those with an intent first
        drawn = sorted(drawn, key=lambda at: left_out.words(at) is None)[:_MOST]
    for at in drawn:
        about = left_out.asked(features, at)
        order = draw.sample(cases[at].bundle, len(cases[at].bundle))
        cut = draw.randint(1, len(order) - 1)
        if left_out.words(at) is not None:
            opening.append(_question(about.opening, order, [], draw))
        going_on.append(_question(about.going_on(order[:cut]), order[cut:], order[:cut], draw))
    first, then = (prior.opening, prior.going_on) if prior else (np.zeros(1, np.float32),) * 2
    weights = fitted(opening, first), fitted(going_on, then)
    size = int(np.median([len(case.bundle) for case in cases]))
    losses = (prior.alike, prior.same_need, prior.repeat) if prior else (1.01, 1.01, 0.0)
    return coherent(features, cases, left_out, RankerWeights(*weights, *losses, size))


def _question(table: Table, right: list[int], chosen: list[int], draw: random.Random) -> tuple[Table, Table]:
    """The features of one right item and of others, and what is added to each score so that these stand for all."""
    out = {*right, *chosen}
    hard = [at for at in np.argsort(-table[:, :OF_WORDS].sum(1))[:HARD].tolist() if at not in out]
    barred = out | set(hard)
    drawn = draw.sample(range(len(table)), min(len(table), OTHERS + len(barred)))
    easy = [at for at in drawn if at not in barred][: OTHERS - len(hard)]
    shift = np.zeros(1 + len(hard) + len(easy), np.float32)
    shift[1 + len(hard) :] = np.log(max(len(table) - len(barred), 1) / max(len(easy), 1))
    return table[[draw.choice(right), *hard, *easy]], shift


def fitted(questions: Sequence[tuple[Table, Table]], prior: Table) -> Table:
    """The weights that make the first item of each question likeliest, with an L2 penalty on what is not *prior*'s."""
    if not questions:
        return prior
    longest = max(len(shift) for _, shift in questions)
    table = np.zeros((len(questions), longest, questions[0][0].shape[1]), np.float32)
    shifts = np.full((len(questions), longest), -1e9, np.float32)
    for at, (found, shift) in enumerate(questions):
        table[at, : len(found)], shifts[at, : len(shift)] = found, shift
    return conditional_logit(table, PRECISION / len(questions), prior, prior, shifts)


def conditional_logit(
    table: Table,
    penalty: float,
    prior: Table | float = 0.0,
    start: Table | float = 0.0,
    shifts: Table | float = 0.0,
    least: float | None = None,
) -> Table:
    """The weights w that make the first answer to each question likeliest: the mean of log softmax(table w + shifts).

    (McFadden, Frontiers in Econometrics, 1974)

    Args:
        table: float32 [questions, answers, F].
        penalty: of each squared weight, less *prior*.
        prior: [F], or one for all.
        start: where the search begins; as *prior*.
        shifts: [questions, answers], added to the scores.
        least: the least weight; None: any.
    """
    from scipy.optimize import minimize

    def loss(weights: Any) -> tuple[float, Any]:
        logits = table @ weights.astype(np.float32) + shifts
        chances = np.exp(logits - logits.max(1, keepdims=True))
        chances /= chances.sum(1, keepdims=True)
        value = -float(np.log(np.maximum(chances[:, 0], 1e-30)).mean())
        chances[:, 0] -= 1
        slope = np.tensordot(chances, table, ([0, 1], [0, 1])) / len(table)
        away = weights - prior
        return value + penalty * float(away @ away), slope.astype(np.float64) + 2 * penalty * away

    begin, bounds = np.zeros(table.shape[2]) + start, [(least, None)] * table.shape[2]
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100})
    return np.asarray(found.x, np.float32)
