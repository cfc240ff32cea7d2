"""Log-probabilities of a real ranker's bundles under variants of their request: those that single steps have."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from bundlesmith.constraints.lookahead import Choice
from bundlesmith.constraints.rules import Rules
from bundlesmith.data.cases import load_cases
from bundlesmith.encoder.adapter import shopping_encoder
from bundlesmith.encoder.embedding import embed, item_texts
from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.finetune import spell
from bundlesmith.finetune.ranker import bundles_of
from bundlesmith.pipeline.attribution import Chances, attribute, parts_of, without
from bundlesmith.pipeline.opening import Openings
from bundlesmith.pipeline.scorer import SHORTLIST, Scorer, positions_of, rows_at
from bundlesmith.ranking import candidates
from bundlesmith.ranking.beside import SetsOf
from bundlesmith.ranking.items import make_items
from bundlesmith.ranking.parting import Parting
from bundlesmith.ranking.ranker import Ranker
from bundlesmith.ranking.terms import Terms
from bundlesmith.ranking.weights import shipped_weights
from bundlesmith.request import Request
from bundlesmith.run import load_run
from bundlesmith.settings import Settings
from bundlesmith.shop.live_shop import LiveShop, ShopView

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def openings(tmp_path_factory: pytest.TempPathFactory, small_shop: Path, quick_settings: Settings) -> Openings:
    """A small shop with its bundles, and the weights that the package ships."""
    folder = tmp_path_factory.mktemp("runs") / "ranked"
    spell(small_shop, folder, quick_settings, Console(quiet=True))
    run = load_run(folder)
    cases = [case for case in load_cases(small_shop, run.catalogue, "train") if len(case.bundle) > 1][:300]
    texts, bundles = tuple(item_texts(run.catalogue)), bundles_of(cases)
    vectors, for_words = embed(texts), embed(texts, str(shopping_encoder()))
    items = make_items(vectors, for_words, Terms.of(run.catalogue.titles), run.catalogue.categories, bundles)
    run.__dict__["ranker"] = Ranker(items, bundles, shipped_weights("bundles"), Parting(None, 1.0, 1))
    return Openings(LiveShop(run).view())


def step_by_step(ranker: Ranker, view: ShopView, request: Request, choice: Choice, rows: Sequence[int]) -> list[float]:
    """The log-probability of each row after those before it, each worked out anew, item by item."""
    found, begun = [], choice
    for row in rows:
        scorer = Scorer(ranker, view, request)
        scorer.look(begun, rows)
        scores = scorer.scores(rows_at(view, choice.taken))
        order = [(int(scorer.rows[at]), float(scores[at])) for at in np.argsort(-scores, kind="stable").tolist()]
        best = [
            (other, score)
            for other, score in order
            if (position := int(positions_of(view, np.array([other]))[0])) >= 0 and choice.may_take(position)
        ][:SHORTLIST]
        own = float(scores[int(np.searchsorted(scorer.rows, row))])
        rivals = np.array([own, *(score for other, score in best if other != row)])
        found.append(own - float(np.logaddexp.reduce(rivals)))
        position = int(positions_of(view, np.array([row]))[0])
        after = None if position < 0 else choice.after(position)
        assert after is not None
        choice = after
    return found


REQUESTS: dict[str, Any] = {
    "words": {"words": "a weekend outdoors", "rules": Rules(3, 6)},
    "nothing": {"rules": Rules(2, 4)},
    "rules": {"words": "coffee for two", "rules": Rules(4, 6, budget=300.0, per_category=2, per_brand=2)},
    "large": {"words": "a present", "rules": Rules(12, 12, min_price=3.0, per_category=3)},
}


@pytest.mark.parametrize("large_shop", [False, True])
@pytest.mark.parametrize("name", REQUESTS)
def test_they_are_those_of_single_steps(
    openings: Openings, name: str, large_shop: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a shop whose items are all scored, and in one of which only the likeliest are."""
    if large_shop:
        for what, value in (("FEW", 300), ("_MOST", 120), ("_BESIDE", 40)):
            monkeypatch.setattr(candidates, what, value)
    ids, ranker = openings.shop.run.catalogue.ids, openings.ranker
    assert ranker
    chosen, weights = ((), ()) if "rules" not in name else (ids[40:42], ((ids[9], 2.0),))
    request = Request(history=ids[:2], items=chosen, weights=weights, n=2, **REQUESTS[name])
    bundles = [each.items for each in openings.composed(request, talk=False) or ()]
    variants = [request, *(without(request, [part]) for part in parts_of(request, openings)[:5])]
    ranked = openings.chances(bundles)
    assert ranked and len(bundles) > 1
    for items, found in zip(bundles, ranked.of(variants), strict=True):
        rows = [openings.shop.catalogue.row(item) for item in items[len(chosen) :]]
        for variant, own in zip(variants, found, strict=True):
            wanted = step_by_step(ranker, openings.shop, variant, openings._choice(variant), rows)
            assert own == pytest.approx(wanted, abs=2e-4)


def test_each_item_is_worked_out_once_and_each_set_of_rules_walked_once(
    openings: Openings, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(words="a long weekend outdoors with coffee", rules=Rules(8, 10, per_category=3), n=3)
    bundles = [each.items for each in openings.composed(request, talk=False) or ()]
    beside, walked = list[int](), list[int]()
    one, after = SetsOf._beside, Choice.after

    def counted(sets: SetsOf, row: int) -> Any:
        beside.append(row)
        return one(sets, row)

    def stepped(choice: Choice, position: int) -> Choice | None:
        walked.append(position)
        return after(choice, position)

    monkeypatch.setattr(SetsOf, "_beside", counted)
    monkeypatch.setattr(Choice, "after", stepped)
    ranked = openings.chances(bundles)
    assert ranked and len(bundles) == 3
    parts = [attribute(openings, request, Chances(ranked, number)) for number in range(3)]
    rules, items = 1 + 3, sum(map(len, bundles))
    assert {part.part.kind for part in parts[0]} == {"word", "rule"} and len(parts[0]) == 6 + 3
    assert len(walked) == rules * items
    assert len(beside) == 2 * len({item for bundle in bundles for item in bundle[:-1]})  # bundles, and situations


def test_a_history_beside_words_costs_nothing(openings: Openings, monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[str]()

    def counted(scorer: Scorer, *given: Any) -> None:
        made.append(given[2].words)
        initial(scorer, *given)

    initial = Scorer.__init__
    request = Request(history=openings.shop.run.catalogue.ids[:50], words="camping trip", rules=Rules(3, 3))
    (bundle,) = openings.composed(request, talk=False) or ()
    monkeypatch.setattr(Scorer, "__init__", counted)
    ranked = openings.chances([bundle.items])
    assert ranked
    weighed = attribute(openings, request, Chances(ranked))
    assert len(weighed) == 50 + 2 + 2 and sorted(made) == ["camping", "camping trip", "trip"]


def test_what_is_no_answer_has_none(openings: Openings) -> None:
    ids = openings.shop.run.catalogue.ids
    ranked = openings.chances([ids[:2]])
    assert ranked
    with pytest.raises(BundlesmithError, match=ids[1]):
        ranked.of([Request(rules=Rules(2, 3, excluded=(ids[1],), in_stock=False))])
