"""What decided sets of a real ranker, beside the same worked out anew from its bundles and its scores."""

from pathlib import Path

import numpy as np
import pytest

from bundlesmith.constraints.lookahead import begin
from bundlesmith.constraints.rules import Rules
from bundlesmith.data.cases import load_cases
from bundlesmith.explain.grounds import KINDS, LEAST, Grounds
from bundlesmith.explain.roles import Group
from bundlesmith.finetune.ranker import bundles_of
from bundlesmith.pipeline.compose import Composer
from bundlesmith.pipeline.explainer import FEWEST, Explainer
from bundlesmith.ranking.features import RequestFeatures, Shortlist
from bundlesmith.ranking.items import make_items
from bundlesmith.ranking.parting import Parting
from bundlesmith.ranking.ranker import FOLDER, VECTORS, Ranker
from bundlesmith.ranking.terms import Terms
from bundlesmith.ranking.weights import shipped_weights
from bundlesmith.request import Request
from bundlesmith.run import Run, load_run
from bundlesmith.shop.live_shop import LiveShop, ShopView

pytestmark = pytest.mark.slow
BUNDLES = 2000
WISHES = ["a weekend outdoors", "coffee at home", "", "painting the flat", "a birthday party"]
MORE = [*WISHES, "camping", "tea for two", "bath time for the baby", "new desk", "learning the guitar", "a puppy"]
MANY = [*MORE, "pour-over coffee", "espresso", "first tent", "hiking day", "bike to work", "road bike", "yoga at home"]
MANY += [
    "home gym",
    "running",
    "baking bread",
    "sushi evening",
    "wedding table",
    "garden party",
    "balcony herbs",
    "cat",
]
MANY += ["raised bed", "skincare", "shaving", "manicure", "dog walks", "portrait photos", "podcast", "long flight"]


@pytest.fixture(scope="module")
def run(ranked_run: Path, shop: Path) -> Run:
    """A run whose ranker has most bundles of the sample shop, and the weights that the package ships."""
    run = load_run(ranked_run)
    cases = [case for case in load_cases(shop, run.catalogue, "train") if len(case.bundle) > 1][:BUNDLES]
    bundles, kept = bundles_of(cases), np.load(ranked_run / FOLDER / VECTORS)
    items = make_items(
        kept["items"], kept["for_words"], Terms.of(run.catalogue.titles), run.catalogue.categories, bundles
    )
    run.__dict__["ranker"] = Ranker(items, bundles, shipped_weights("bundles"), Parting(None, 1.0, 1))
    return run


def explained(run: Run, words: str, least: int = 3, most: int = 4) -> tuple[ShopView, Composer, list[int], Grounds]:
    """The first set that answers some words, and what decided it."""
    assert run.ranker
    view, request = LiveShop(run).view(), Request(words=words, rules=Rules(least, most))
    start = begin(request.rules, view.snapshot.shelf, view.snapshot.find, ())
    composer = Composer(run.ranker, view, request, start)
    (positions, _), *_ = composer.sets()
    rows = [view.catalogue.row(view.snapshot.item(position)) for position in positions]
    explainer = Explainer(composer.scorer, composer.rows, view, run.roles, run.typed_sets)
    return view, composer, rows, explainer.grounds(rows, lambda row: True)


@pytest.mark.parametrize("words", WISHES)
def test_what_an_item_weighs_adds_up_to_its_score_above_the_shortlist(run: Run, words: str) -> None:
    _, composer, rows, grounds = explained(run, words)
    scorer = composer.scorer
    for row in rows:
        others = [other for other in rows if other != row]
        scores = scorer.beside(Shortlist(scorer.asked, None), others)
        assert set(grounds.weights[row]) == set(KINDS)
        wanted = scores[row] - scores[composer.rows].mean()
        assert sum(grounds.weights[row].values()) == pytest.approx(float(wanted), abs=1e-3)


@pytest.mark.parametrize("words", WISHES)
def test_counts_are_those_of_the_bundles(run: Run, words: str) -> None:
    _, _, _, grounds = explained(run, words)
    assert run.ranker
    for row, support in grounds.support.items():
        holding = {
            number
            for number, bundle in enumerate(run.ranker.bundles.rows)
            if any(_group(run, one) == _group(run, row) for one in bundle)
        }
        assert FEWEST <= support.of <= 30 and support.count == len(support.sets) <= support.of
        assert set(support.sets) <= holding
        assert support.usual == pytest.approx(len(holding) / len(run.ranker.bundles.rows), abs=1e-6)


def test_what_is_missing_is_of_a_type_that_many_sets_have_and_this_one_has_not(run: Run) -> None:
    gaps = 0
    for words in MANY:
        _, composer, rows, grounds = explained(run, words, 2, 2)
        if gap := grounds.missing:
            gaps += 1
            assert _group(run, gap.row) not in {_group(run, row) for row in rows}
            assert gap.row not in rows and gap.row in composer.rows
            assert gap.support.type == run.typed_sets.names[_group(run, gap.row)]
            assert gap.support.share >= LEAST
    assert gaps


def test_what_the_rules_do_not_allow_is_not_missed(run: Run) -> None:
    for words in WISHES:
        _, composer, rows, _ = explained(run, words)
        view = LiveShop(run).view()
        explainer = Explainer(composer.scorer, composer.rows, view, run.roles, run.typed_sets)
        assert explainer.grounds(rows, lambda row: False).missing is None


def test_without_the_sets_that_a_count_names_the_item_falls(run: Run) -> None:
    """The count is evidence of the score: leaving its sets out costs the item more than leaving out as many others."""
    named, others = [], []
    random = np.random.default_rng(0)
    for words in MANY[:20]:
        _, composer, rows, grounds = explained(run, words)
        scorer = composer.scorer
        for row, support in grounds.support.items():
            if not support.tells:
                continue
            rest = [other for other in rows if other != row]
            every = np.arange(len(scorer.asked.kept))
            drawn = random.choice(np.setdiff1d(every, support.sets), support.count, replace=False)
            falls = []
            for left_out in (np.array(support.sets), drawn):
                kept = scorer.asked.kept.copy()
                kept[left_out] = 0
                asked = RequestFeatures(
                    scorer.features, run.ranker.words(words) if words and run.ranker else None, kept
                )
                weights = scorer.weights.going_on
                before, after = (each.going_on(rest)[row] @ weights for each in (scorer.asked, asked))
                falls.append(float(before - after))
            named.append(falls[0])
            others.append(falls[1])
    assert len(named) >= 5
    assert np.median(named) > 2 * max(np.median(others), 0)


def _group(run: Run, row: int) -> Group | None:
    return run.roles.group_of(run.catalogue.titles[row], run.catalogue.categories[row])
