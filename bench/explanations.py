"""What is said of the test bundles of data folders, and how faithful attributions are.

    python -m bench.explanations RUN DATA [RUN DATA …]

Each test bundle is named and explained by the run, with its ranker if it has one, by the run's model alone, by the
untuned base and by the template; all are asked for the bundle's items, without words. So are the bundles that the run
finds in test sessions, paired with those that people marked. Then for bundles that the model
recommends to customers, the parts of the request that speak most for it are taken away, and others instead: drawn at
random, and those that the model's attention is on. Last, what the words cost in time beside the items.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.stats import wilcoxon

from bench.session_intents import found_in_sessions
from bench.words_cost import words_cost
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.eval.making import make_tasks
from bundlesmith.eval.predict import request_of
from bundlesmith.eval.texts import BundleTexts, rouge_l, text_figures
from bundlesmith.explain.facts import facts_of
from bundlesmith.explain.roles import shipped_roles
from bundlesmith.explain.sentences import explanations
from bundlesmith.pipeline.attribution import Likelihood, parts_of, without
from bundlesmith.ranking.set_similarity import f1, words
from bundlesmith.recommender import Recommender, Recommends
from bundlesmith.request import Request

BUNDLES, ASKED, TIMED, SEED, GONE = 60, 40, 12, 7, 2
DRAWS = 3
"""How often parts are drawn at random."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A test bundle and the intent that a person gave it."""

    items: tuple[str, ...]
    human: str


def test_bundles(data: Path, most: int) -> list[Bundle]:
    """Test bundles with an intent, drawn with a fixed seed."""
    table = pl.read_parquet(data / "bundles.parquet").filter(
        (pl.col("split") == "test") & pl.col("intent").is_not_null() & (pl.col("items").list.len() > 1)
    )
    rows = table.sample(min(most, len(table)), seed=SEED).iter_rows(named=True)
    return [Bundle(tuple(row["items"]), row["intent"]) for row in rows]


def by_template(bundles: Sequence[Bundle], catalogue: Catalogue) -> list[BundleTexts]:
    """The template alone: the deepest category that most items have, and the first true sentence."""
    found = []
    for bundle in bundles:
        facts = facts_of(Request(), bundle.items, catalogue)
        leaves = Counter(path[-1] for row in facts.rows if (path := catalogue.categories[row]))
        intent = leaves.most_common(1)[0][0] if leaves else ""
        found.append(BundleTexts(facts, intent, explanations(facts, "en", shipped_roles())[0].text, bundle.human))
    return found


def by_recommender(bundles: Sequence[Bundle], recommender: Recommends) -> list[BundleTexts]:
    """What a recommender says of the whole of each bundle."""
    found = recommender.find([bundle.items for bundle in bundles])
    facts = [facts_of(Request(), bundle.items, recommender.catalogue) for bundle in bundles]
    return [
        BundleTexts(known, answer[0].intent, answer[0].explanation, bundle.human)
        for known, answer, bundle in zip(facts, found, bundles, strict=True)
    ]


def untuned_base(data: Path) -> Recommends:
    """The base model as it is, under the same grammar."""
    from bundlesmith.base import SMOLLM2
    from bundlesmith.eval.references.methods import load_method

    loaded: Recommends = load_method("lm-zero-shot", data, data.parent / f"{data.name}-work", SMOLLM2)
    return loaded


def compare(methods: dict[str, list[BundleTexts]], run: Recommender, screen: Console) -> dict[str, Any]:
    """Figures of all methods, and of the first one against the others by Wilcoxon's test over bundles."""
    found: dict[str, Any] = {}
    ours = _of_bundles(next(iter(methods.values())))
    for name, said in methods.items():
        of = _of_bundles(said)
        figures = text_figures(said, run.run.named_values) | {"intent-F1": float(np.mean(of["intent-F1"]))}
        tests = {f"p {key}": _p(np.subtract(ours[key], of[key])) for key in of}
        found[name] = figures | (tests if said is not next(iter(methods.values())) else {})
    names = list(dict.fromkeys(name for figures in found.values() for name in figures))
    table = Table("", *found)
    for name in names:
        table.add_row(name, *(f"{figures[name]:.4g}" if name in figures else "" for figures in found.values()))
    screen.print(table)
    return found


def _of_bundles(said: Sequence[BundleTexts]) -> dict[str, list[float]]:
    return {
        "intent-ROUGE-L": [rouge_l(each.intent, each.human) for each in said],
        "intent-F1": [f1(words(each.intent), words(each.human)) for each in said],
    }


def _p(differences: NDArray[np.float64]) -> float:
    """The chance of such differences if there were none, one-sided: that they are above 0."""
    return float(wilcoxon(differences, alternative="greater").pvalue) if np.any(differences) else 1.0


def deletions(run: Recommender, data: Path, screen: Console) -> dict[str, Any]:
    """How much less likely a bundle is without the two parts of the request that weigh most, by three ways to weigh.

    Only the history's items and the words count. Parts are weighed one by one, and taken
    away together, so that it isn't what was measured before. "moved" is the share of items of the bundle that the model
    writes then that it didn't write before.
    """
    rng, catalogue = random.Random(SEED), run.catalogue
    tasks = [task for task in make_tasks(data, "test")[0] if task.kind == "generate" and task.history]
    rows: dict[str, list[tuple[float, float]]] = {"attributed": [], "attended": [], "random": []}
    for task in rng.sample(tasks, min(ASKED, len(tasks))):
        request = replace(request_of(task, catalogue), n=1)
        request = replace(request, rules=replace(request.rules, owned=request.rules.owned, max_items=5))
        parts = [part for part in parts_of(request, run.openings) if part.kind != "rule"]
        if len(parts) < GONE + 2:
            continue
        bundle = run.recommend([request], talk=False)[0][0]
        weighed = {each.part: each.weight for each in run.attribute(request, bundle.items)}
        attended = attention(run, request, bundle.items, parts)
        orders = {
            "attributed": [sorted(parts, key=lambda part: -weighed[part])[:GONE]],
            "attended": [[parts[at] for at in np.argsort(-attended)[:GONE]]],
            "random": [rng.sample(parts, GONE) for _ in range(DRAWS)],
        }
        sets = [gone for some in orders.values() for gone in some]
        asked = [request, *(without(request, gone) for gone in sets)]
        likely = run.weighs(request, bundle.items).of(asked).sum(1)
        written = run.recommend([replace(each, n=1) for each in asked[1:]], talk=False)
        at = 0
        for name, some in orders.items():
            drops = [float(likely[0] - likely[1 + at + k]) for k in range(len(some))]
            moved = [
                len(set(bundle.items) - set(written[at + k][0].items)) / len(bundle.items) for k in range(len(some))
            ]
            rows[name].append((float(np.mean(drops)), float(np.mean(moved))))
            at += len(some)
    return _tested(rows, screen)


def _tested(rows: dict[str, list[tuple[float, float]]], screen: Console) -> dict[str, Any]:
    table = Table("taken away", "bundles", "log-probability lost", "p", "items moved", "p")
    found: dict[str, Any] = {}
    base = np.array(rows["random"])
    for name, some in rows.items():
        values = np.array(some)
        lost, moved = values.mean(0)
        p = [_p(values[:, column] - base[:, column]) for column in (0, 1)]
        found[name] = {"bundles": len(some), "lost": lost, "p lost": p[0], "moved": moved, "p moved": p[1]}
        table.add_row(name, str(len(some)), f"{lost:.3f}", f"{p[0]:.2g}", f"{moved:.3f}", f"{p[1]:.2g}")
    screen.print(table)
    return found


def attention(run: Recommender, request: Request, items: Sequence[str], parts: Sequence[Any]) -> NDArray[np.float64]:
    """How much attention an answer's tokens give to each part's tokens in the prompt: the mean over layers and heads.

    A part's tokens are those between what the prompt with it and that without it have in common.
    """
    import torch

    engine: Any = run.engine
    answer = Likelihood(run.openings, request, items, run.engine.reads).answer
    prompt = run.openings.prompt(request)
    before = engine.model.config._attn_implementation
    engine.model.set_attn_implementation("eager")
    with torch.inference_mode():
        looks = engine.model(torch.tensor([[*prompt, *answer]]), output_attentions=True, use_cache=False).attentions
    engine.model.set_attn_implementation(before)
    seen = torch.stack(looks)[:, 0, :, len(prompt) - 1 : -1].mean((0, 1, 2)).numpy()
    return np.array(
        [float(seen[slice(*_span(prompt, run.openings.prompt(without(request, [p]))))].sum()) for p in parts]
    )


def _span(whole: Sequence[int], rest: Sequence[int]) -> tuple[int, int]:
    start = 0
    while start < min(len(whole), len(rest)) and whole[start] == rest[start]:
        start += 1
    end = 0
    while end < min(len(whole), len(rest)) - start and whole[-1 - end] == rest[-1 - end]:
        end += 1
    return start, len(whole) - end


def of_sessions(run: Recommender, data: Path, most: int) -> dict[str, list[BundleTexts]]:
    """What all methods say of the bundles that the run finds in test sessions: score.py's intent-F1, paired."""
    ours = found_in_sessions(data, run, most)
    bundles = [Bundle(tuple(map(each.facts.item_id, each.facts.rows)), each.human) for each in ours]
    methods = {"run, sessions": ours}
    if run.run.ranker:
        methods["its model alone"] = by_recommender(bundles, Recommender(run.run, run.engine, by_model=True))
    return methods | {
        "untuned base": by_recommender(bundles, untuned_base(data)),
        "template": by_template(bundles, run.catalogue),
    }


def measure(folder: Path, data: Path, most: int, screen: Console) -> dict[str, Any]:
    """All figures of one run."""
    screen.print(f"\n{folder} on {data}", style="bold")
    run = Recommender.load(folder)
    bundles = test_bundles(data, most)
    methods = {"run": by_recommender(bundles, run)}
    if run.run.ranker:
        methods["its model alone"] = by_recommender(bundles, Recommender(run.run, run.engine, by_model=True))
    methods["untuned base"] = by_recommender(bundles, untuned_base(data))
    methods["template"] = by_template(bundles, run.catalogue)
    figures: dict[str, Any] = {"bundles": len(bundles), "texts": compare(methods, run, screen)}
    figures["sessions"] = compare(of_sessions(run, data, most), run, screen)
    figures["deletions"] = deletions(run, data, screen)
    figures["cost"] = words_cost(run, [bundle.human for bundle in bundles[: TIMED + 1]], screen)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("pairs", nargs="+", type=Path, metavar="RUN DATA", help="a run and the data that it is of")
    parser.add_argument("--bundles", type=int, default=BUNDLES, help="how many test bundles are named")
    parser.add_argument("--out", type=Path, default=Path("build/explanations.json"))
    given = parser.parse_args()
    screen = Console(width=160)
    pairs = list(zip(given.pairs[::2], given.pairs[1::2], strict=True))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {}
    for run, data in pairs:  # written after each, so that what was measured isn't lost with the next
        figures[str(data)] = measure(run, data, given.bundles, screen)
        given.out.write_text(json.dumps(figures, indent=2, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
