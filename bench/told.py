"""What explanations tell of people's own bundles: which one is meant, what pieces are for, and what counts are worth.

    python -m bench.told RUN DATA [RUN DATA …] [--split valid]

Fifty bundles of a split with distinct intents are explained without words, by a run that has a ranker, and by the
template "A set of 3: A, B and C."; see `bundlesmith.eval.reidentified` and `bundlesmith.eval.texts` for the figures.
Then the sets that a count names are left out of the ranker, and as many others instead: how far the item's score falls.
Last, customers and sets to complete are answered without words: which share of the headings is less likely a token, by
SmolLM2-135M as it is, than the worst tenth of the split's human intents.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bundlesmith.base import SMOLLM2, base_path, load_model, load_tokenizer
from bundlesmith.constraints.lookahead import begin
from bundlesmith.constraints.rules import Rules
from bundlesmith.eval.reidentified import TOLD_APART, reidentified
from bundlesmith.eval.texts import BundleTexts, item_coverage, length
from bundlesmith.explain.facts import BundleFacts, facts_of
from bundlesmith.explain.grounds import Grounds
from bundlesmith.explain.tell import tell
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.compose import Composer
from bundlesmith.pipeline.explainer import Explainer
from bundlesmith.pipeline.opening import Openings
from bundlesmith.ranking.features import RequestFeatures
from bundlesmith.request import Request
from bundlesmith.run import Run, load_run
from bundlesmith.shop.live_shop import LiveShop, ShopView

SEED = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A bundle, what decided it, and how it is explained."""

    facts: BundleFacts
    human: str
    grounds: Grounds
    text: str


def bundles_of(data: Path, split: str) -> list[tuple[tuple[str, ...], str]]:
    """Bundles of a split with distinct intents, drawn with a fixed seed: items and intent."""
    table = pl.read_parquet(data / "bundles.parquet").filter(
        (pl.col("split") == split) & pl.col("intent").is_not_null() & (pl.col("items").list.len() > 1)
    )
    rows = table.sample(fraction=1, seed=SEED, shuffle=True).select("items", "intent").iter_rows()
    found = {intent.strip().casefold(): (tuple(items), intent) for items, intent in rows}
    return list(found.values())[:TOLD_APART]


def told_of(run: Run, view: ShopView, data: Path, split: str) -> tuple[list[Told], Explainer, Composer]:
    """How each bundle is explained, without words."""
    assert run.ranker, "the run has to have a ranker"
    start = begin(Rules(1, 2), view.snapshot.shelf, view.snapshot.find, ())
    composer = Composer(run.ranker, view, Request(), start)
    explainer = Explainer(composer.scorer, composer.rows, view, run.roles, run.typed_sets)
    found = []
    for items, human in bundles_of(data, split):
        facts = facts_of(Request(), items, view.catalogue)
        grounds = explainer.grounds(facts.rows, lambda row: True)
        text = tell(facts, "en", run.roles, grounds).explanations[0].text
        found.append(Told(facts, human, grounds, text))
    return found, explainer, composer


def falls(told: Sequence[Told], composer: Composer) -> tuple[list[float], list[float]]:
    """How far scores fall without the sets that counts name, and without as many others, in nats."""
    scorer, drawn = composer.scorer, np.random.default_rng(SEED)
    named: list[float] = []
    others: list[float] = []
    for each in told:
        for row, support in each.grounds.support.items():
            rest = [other for other in each.facts.rows if other != row]
            if not support.tells or not rest:
                continue
            every = np.setdiff1d(np.arange(len(scorer.asked.kept)), support.sets)
            for sets, found in (
                (np.array(support.sets), named),
                (drawn.choice(every, min(support.count, len(every)), replace=False), others),
            ):
                kept = scorer.asked.kept.copy()
                kept[sets] = 0
                scores = (
                    asked.going_on(rest)[row] @ scorer.weights.going_on
                    for asked in (scorer.asked, RequestFeatures(scorer.features, None, kept))
                )
                found.append(float(next(scores) - next(scores)))
    return named, others


def headings(openings: Openings, data: Path, split: str, number: int) -> tuple[list[str], list[str]]:
    """What sets are called without words, half of them for customers, half to be completed; and the human intents."""
    events = pl.read_parquet(data / "events.parquet")["user_id"].drop_nulls().unique().sort()
    bundles = pl.read_parquet(data / "bundles.parquet").filter(
        (pl.col("split") == split) & pl.col("intent").is_not_null() & (pl.col("items").list.len() > 2)
    )
    half = number // 2
    asks = [Ask(user=user, size="3:5") for user in events.sample(min(half, len(events)), seed=SEED)]
    rows = bundles["items"].sample(min(half, len(bundles)), seed=SEED)
    asks += [Ask(items=list(items)[:2], size="3:5") for items in rows]
    found = [openings.composed(ask.request(openings.shop), talk=False) or [] for ask in asks]
    return [bundle.intent for each in found for bundle in each[:1]], bundles["intent"].to_list()


def log_likelihoods(texts: Sequence[str]) -> NDArray[np.float64]:
    """The mean log-probability of each text's tokens by SmolLM2-135M as it is, in nats."""
    import torch

    tokenizer: Any = load_tokenizer(base_path(SMOLLM2))
    model: Any = load_model(base_path(SMOLLM2))
    found = []
    for text in texts:
        ids = torch.tensor([[tokenizer.bos_token_id, *tokenizer(text)["input_ids"]]])
        with torch.inference_mode():
            logs = model(ids).logits[0, :-1].log_softmax(-1)
        found.append(float(logs.gather(1, ids[0, 1:, None]).mean()))
    return np.array(found)


def template(facts: BundleFacts) -> str:
    """What says nothing but names."""
    names = [facts.name(row) for row in facts.rows]
    return f"A set of {len(names)}: {', '.join(names[:-1])} and {names[-1]}."


def main() -> None:
    """Print the figures of each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--split", default="valid")
    parser.add_argument("--headings", type=int, default=170, help="so many sets are called by each run")
    options = parser.parse_args()
    table = Table("", *(folder.name for folder in options.folders[::2]))
    columns = []
    for folder, data in zip(options.folders[::2], options.folders[1::2], strict=True):
        run = load_run(folder)
        told, _, composer = told_of(run, LiveShop(run).view(), data, options.split)
        said = [BundleTexts(each.facts, each.human, each.text, each.human) for each in told]
        plain = [BundleTexts(each.facts, each.human, template(each.facts), each.human) for each in told]
        named, others = falls(told, composer)
        called, human = headings(Openings(LiveShop(run).view()), data, options.split, options.headings)
        bound = np.quantile(log_likelihoods(human), 0.1)
        columns.append(
            {
                "bundles": str(len(told)),
                "re-identified": f"{reidentified(said, 'meaning'):.2f}",
                "by words": f"{reidentified(said, 'words'):.2f}",
                "the template": f"{reidentified(plain, 'meaning'):.2f}, {reidentified(plain, 'words'):.2f}",
                "pieces covered": f"{np.mean([item_coverage(each.text, each.facts) for each in told]):.3f}",
                "words, most": f"{np.mean([length(each.text) for each in told]):.0f}, "
                f"{max(length(each.text) for each in told)}",
                "counts": str(len(named)),
                "median fall, named": f"{median(named):.2f}" if named else "",
                "median fall, others": f"{median(others):.2f}" if others else "",
                "headings": str(len(called)),
                "of low likelihood": f"{np.mean(log_likelihoods(called) < bound):.3f}",
            }
        )
    for name in columns[0]:
        table.add_row(name, *(column[name] for column in columns))
    Console().print(table)


if __name__ == "__main__":
    main()
