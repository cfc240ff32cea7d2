"""A real run with a real guide: the rules hold, the model has a say, and what is missing is said."""

import random
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from bundlesmith.errors import BundlesmithError
from bundlesmith.eval.guiding import write_guide
from bundlesmith.request import Request
from bundlesmith.rules import Rules
from bundlesmith.serve.guided import Fusion, Guided, load_recommender
from bundlesmith.serve.recommender import Recommender

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def guided(guided_run: Path) -> Guided:
    found = load_recommender(guided_run)
    assert isinstance(found, Guided)
    return found


def asked(guided: Guided, seed: int) -> Request:
    drawn, ids = random.Random(seed), guided.catalogue.ids
    some = drawn.sample(ids, 30)
    rules = Rules(
        min_items=2 + seed % 3,
        max_items=5,
        budget=drawn.choice([None, 400.0]),
        in_stock=drawn.choice([True, False]),
        excluded=tuple(some[:5]),
        owned=tuple(some[5:8]),
        per_category=drawn.choice([None, 3]),
    )
    return Request(
        tuple(some[5:10]), drawn.choice(["", "camping", "🎁 gift"]), tuple(some[10 : 10 + seed % 2]), rules, 4
    )


def test_bundles_keep_the_rules_and_differ(guided: Guided) -> None:
    catalogue = guided.catalogue
    for request in (asked(guided, seed) for seed in range(12)):
        (bundles,) = guided.recommend([request], talk=False)
        assert 1 <= len(bundles) <= 4 and len({frozenset(bundle.items) for bundle in bundles}) == len(bundles)
        for bundle in bundles:
            rows = [catalogue.row(item) for item in bundle.items]
            written = bundle.items[len(request.items) :]
            assert bundle.items[: len(request.items)] == request.items and len(set(rows)) == len(rows)
            assert request.rules.min_items <= len(rows) <= request.rules.max_items
            assert not {*request.rules.excluded, *request.rules.owned} & set(written)
            if request.rules.budget is not None:
                assert sum(catalogue.price(row) or 0 for row in rows) <= request.rules.budget
            if request.rules.in_stock:
                assert all(catalogue.stock[catalogue.row(item)] != 0 for item in written)


def test_the_same_request_is_answered_the_same_way_beside_others(guided: Guided) -> None:
    requests = [asked(guided, seed) for seed in range(4)]
    together = guided.recommend(requests, talk=False)
    alone = [guided.recommend([request], talk=False)[0] for request in requests]
    assert [[b.items for b in found] for found in together] == [[b.items for b in found] for found in alone]


def test_rules_that_no_bundle_fits_are_an_error(guided: Guided) -> None:
    with pytest.raises(BundlesmithError, match="No bundle fits these rules together"):
        guided.recommend([Request(rules=Rules(budget=0.5, in_stock=False))], talk=False)


def test_a_ranking_is_of_what_may_come_best_first(guided: Guided) -> None:
    request = asked(guided, 1)
    (found,) = guided.rank([request], 20)
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True) and len({item for item, _ in found}) == len(found) == 20
    assert not {*request.items, *request.rules.owned, *request.rules.excluded} & {item for item, _ in found}
    (everything,) = guided.rank([Request(items=request.items, rules=Rules(in_stock=False))], 10_000)
    assert len(everything) == len(guided.catalogue) - 1


def test_weights_of_a_request_count(guided: Guided) -> None:
    last = guided.rank([Request(words="camping")], 100)[0][-1][0]
    assert guided.rank([Request(words="camping", weights=((last, 1e6),))], 1)[0][0][0] == last


def test_scores_are_those_of_the_guide(guided: Guided) -> None:
    ids = guided.catalogue.ids
    request = Request(words="camping", items=ids[:1], rules=Rules(in_stock=False, excluded=ids[1:2]))
    ((first, second, third),) = guided.score([request], [ids[1:4]])
    assert first == float("-inf") and second != third


def test_sessions_are_found_whole_and_named(guided: Guided) -> None:
    ids = guided.catalogue.ids
    whole, one, none = guided.find([ids[:6], ids[:1], ()])
    assert whole[0].items == ids[:6] and one == none == []
    assert all(set(bundle.items) <= set(ids[:6]) and len(bundle.items) >= 2 for bundle in whole)
    assert all(bundle.intent and bundle.explanation for bundle in whole)


def test_bundles_are_explained_by_the_model(guided: Guided) -> None:
    (bundles,) = guided.recommend([Request(words="camping", rules=Rules(in_stock=False), n=2)])
    assert all(bundle.intent and bundle.explanation for bundle in bundles)


def test_each_part_can_be_left_out(guided_run: Path, tiny_run: Path, guided: Guided) -> None:
    assert isinstance(load_recommender(guided_run, "guide"), Recommender)
    alone = load_recommender(guided_run, "model")
    assert isinstance(alone, Guided) and alone.key != guided.key
    assert (alone.fusion.beside, alone.fusion.opening, alone.fusion.intent) == (0, 0, 0)
    assert isinstance(load_recommender(tiny_run), Recommender)
    with pytest.raises(BundlesmithError, match="has no guide"):
        load_recommender(tiny_run, "model")


@pytest.mark.parametrize("chosen", [0, 2])
def test_the_model_has_a_say_about_words(guided: Guided, chosen: int) -> None:
    ids = guided.catalogue.ids
    request = Request(ids[7:9], "camping", ids[:chosen], Rules(in_stock=False, per_brand=2))
    fusions = [Fusion(opening=weight, beside=weight) for weight in (0.0, 1.0, 1000.0)]
    alone, both, model = (dict(Guided(guided.recommender, guided.guide, f).rank([request], 64)[0]) for f in fusions)
    offered = Request(words="camping", rules=Rules(in_stock=False, allowed=tuple(alone)))
    own = dict(guided.recommender.rank([offered], 64)[0])
    gained = [both[item] - alone[item] - own[item] for item in alone if item in both]
    assert len(gained) > 30 and max(gained) - min(gained) < 1e-2  # the model's log-probability, and one constant
    assert next(iter(model)) == max(own, key=lambda item: own[item])


def test_a_guide_is_learnt_once_and_only_from_the_runs_own_data(
    guided_run: Path, small_shop: Path, shop: Path, tmp_path: Path
) -> None:
    quiet = Console(quiet=True)
    assert not write_guide(guided_run, small_shop, 1, False, quiet)
    other = tmp_path / "other"
    shutil.copytree(small_shop, other)
    (other / "data.json").write_text('{"format": 1, "hash": "of other data", "integer_ids": false}')
    with pytest.raises(BundlesmithError, match=r"other data than .*of other data"):
        write_guide(guided_run, other, 1, False, quiet)
