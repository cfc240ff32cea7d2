"""Claims of real texts beside the rows and events that they rest on, to be read by a person.

    python -m bench.claim_sheet RUN DATA [--claims 100] [--out build/claims.txt]

A run recommends bundles to customers with a past, in English and Chinese, half of them with a budget. Some claims of
its intents, explanations and reasons are drawn, at most five a bundle; each is printed with its sentence, what the
checker finds, and what the catalogue, the history or the request say of it.
"""

import argparse
import random
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from bundlesmith.claim import Claim
from bundlesmith.explain.claims.facts import BundleFacts, facts_of
from bundlesmith.explain.claims.language import language_for
from bundlesmith.explain.claims.read import read_claims
from bundlesmith.explain.reasons import reasons
from bundlesmith.explain.roles import shipped_roles
from bundlesmith.pipeline.ask import Ask
from bundlesmith.recommendation import Recommendation
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request
from bundlesmith.run import Run

SEED, EACH = 7, 5
Line = tuple[str, Claim, bool, BundleFacts]
"""The text, a claim of it, whether the checker finds that it holds, and what is known."""


def asks(data: Path, most: int) -> list[Ask]:
    """Customers of test bundles with the words that a person gave these, one language after the other."""
    table = pl.read_parquet(data / "bundles.parquet").filter(
        (pl.col("split") == "test") & pl.col("intent").is_not_null()
    )
    rows = table.sample(min(most, len(table)), seed=SEED).iter_rows(named=True)
    return [
        Ask(
            user=row["user_id"],
            words=row["intent"] if at % 3 else "",
            language="zh" if at % 2 else "en",
            budget=300 if at % 4 < 2 else None,
            size="2:4",
        )
        for at, row in enumerate(rows)
    ]


def lines(request: Request, bundle: Recommendation, run: Run) -> Iterator[Line]:
    """All claims that are made of a bundle."""

    facts = facts_of(request, bundle.items, run.catalogue)
    for text in (bundle.intent, bundle.explanation):
        yield from ((text, each.claim, each.holds, facts) for each in read_claims(text, facts, run.book))
    for reason in reasons(facts, language_for(request), shipped_roles()):
        name = facts.name(facts.catalogue.row(reason.item))
        yield from ((f"[{name}] {reason.text}", claim, True, facts) for claim in reason.claims)


def evidence(claim: Claim, facts: BundleFacts) -> Iterator[str]:
    """What is known of that which a claim rests on."""
    if claim.event is not None:
        when = "no time" if claim.event.time is None else time.strftime("%Y-%m-%d", time.gmtime(claim.event.time))
        yield f"event: {claim.event.kind} of {claim.event.item}, {when}"
    rows = facts.rows if claim.item is None else (facts.catalogue.row(claim.item),)
    for row in rows:
        where = "in the bundle" if row in facts.rows else "in the past" if row in facts.past_rows else "NOWHERE"
        path, price = " > ".join(facts.catalogue.categories[row]), facts.catalogue.price(row)
        yield f"{facts.item_id(row)}, {where}: {facts.catalogue.titles[row]} | {path} | {price} | " + ", ".join(
            f"{name}={value}" for name, value in facts.catalogue.attributes[row].items()
        )
    if claim.kind in ("total", "budget"):
        yield f"total {facts.total}, budget {facts.request.rules.budget}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("run", type=Path)
    parser.add_argument("data", type=Path, help="the data that the run is of")
    parser.add_argument("--claims", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("build/claims.txt"))
    given = parser.parse_args()
    recommender = Recommender.load(given.run)
    asked = [ask.request(recommender.run) for ask in asks(given.data, given.claims // EACH + 5)]
    rng, drawn = random.Random(SEED), []
    for request, found in zip(asked, recommender.recommend(asked), strict=True):
        every = list(lines(request, found[0], recommender.run)) if found else []
        drawn += rng.sample(every, min(EACH, len(every)))
    sheet = []
    for number, (text, claim, holds, facts) in enumerate(drawn[: given.claims], 1):
        sheet.append(
            f"{number}. {'holds' if holds else 'FAILS'} {claim.kind} «{claim.text}» = {claim.value}\n   {text}"
        )
        sheet += [f"     {line}" for line in evidence(claim, facts)]
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text("\n".join(sheet) + "\n", "utf-8")
    print(f"{len(drawn[: given.claims])} claims are in {given.out}.")


if __name__ == "__main__":
    main()
