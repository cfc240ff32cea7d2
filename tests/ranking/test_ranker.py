"""A real run whose items a real ranker chooses: the rules hold, the shop is as it is now, all doors answer the same."""

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from bundlesmith.cli.serve import make_service
from bundlesmith.constraints.rules import Rules
from bundlesmith.engines.engines import OneEach
from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.ranker import write_ranker
from bundlesmith.pipeline.compose import SMALLEST_SET
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request
from bundlesmith.run import load_run
from bundlesmith.serve.api.app import create_app
from bundlesmith.serve.service import ServiceSettings

pytestmark = pytest.mark.slow
QUIET = Console(quiet=True)
WISH = "a weekend outdoors"


@pytest.fixture
def own(small_ranked_run: Path) -> Recommender:
    """With a shop that a test may change."""
    return Recommender.load(small_ranked_run)


def asked(ids: tuple[str, ...], seed: int) -> Request:
    drawn = random.Random(seed)
    some = drawn.sample(ids, 12)
    rules = Rules(
        min_items=2 + seed % 3,
        max_items=5,
        budget=drawn.choice([None, 600.0]),
        in_stock=drawn.choice([True, False]),
        excluded=tuple(some[:5]),
        owned=tuple(some[5:8]),
        per_category=drawn.choice([None, 3]),
    )
    return Request(words=drawn.choice(["", WISH, "🎁 gift"]), items=tuple(some[8 : 8 + seed % 2]), rules=rules, n=3)


def test_sets_keep_the_rules_and_differ(own: Recommender) -> None:
    catalogue = own.catalogue
    for request in (asked(catalogue.ids, seed) for seed in range(20)):
        (bundles,) = own.recommend([request], talk=False)
        assert 1 <= len(bundles) <= 3 and len({frozenset(bundle.items) for bundle in bundles}) == len(bundles)
        rules = request.rules
        for bundle in bundles:
            new = set(bundle.items[len(request.items) :])
            rows = [catalogue.row(item) for item in bundle.items]
            assert bundle.items[: len(request.items)] == request.items
            assert rules.min_items <= len(set(rows)) == len(rows) <= rules.max_items
            assert not new & {*rules.excluded, *rules.owned}
            assert not rules.in_stock or all(catalogue.stock[catalogue.row(item)] != 0 for item in new)
            assert rules.budget is None or sum(catalogue.cents[row] for row in rows) <= rules.budget * 100
            paths = [catalogue.categories[row] for row in rows]
            assert rules.per_category is None or max(map(paths.count, paths)) <= rules.per_category


def test_a_set_of_the_usual_size_still_gets_one_item_more(own: Recommender) -> None:
    chosen = own.catalogue.ids[:60:10]
    bundles = own.recommend([Request(items=chosen, rules=Rules(3, 8), n=3)], talk=False)[0]
    assert len(bundles) == 3 and all(len(bundle.items) == len(chosen) + 1 for bundle in bundles)


def test_a_set_ends_before_it_repeats_a_category_oftener_than_sets_like_it(own: Recommender) -> None:
    ranker, catalogue = own.run.ranker, own.catalogue
    assert ranker is not None
    longer = 0
    for words in ("a weekend outdoors", "coffee", "my knife is blunt", "for the garden", "tea for two"):
        sizes, repeats, counts = ranker.sizes(ranker.asked(ranker.items.features, words))
        usual = max(size for size in sizes.tolist() if counts[sizes >= size].sum() >= 0.499)
        for answer in own.recommend([Request(words=words, rules=Rules(min_items=2, max_items=8), n=3)], talk=False)[0]:
            paths = [catalogue.categories[catalogue.row(item)] for item in answer.items]
            longer += len(paths) >= usual > SMALLEST_SET
            assert (
                len(paths) < max(usual, SMALLEST_SET + 1)
                or counts[repeats >= len(paths) - len(set(paths))].sum() >= 0.499
            )
        least = Request(words=words, rules=Rules(min_items=6, max_items=8))
        assert len(own.recommend([least], talk=False)[0][0].items) >= 6
    assert longer


def test_the_model_writes_the_words_and_each_set_stays_as_it_was_chosen(own: Recommender) -> None:
    request = Request(words=WISH, n=2)
    plain, said = (own.recommend([request], talk=talk)[0] for talk in (False, True))
    assert [bundle.items for bundle in said] == [bundle.items for bundle in plain]
    assert [bundle.score for bundle in said] == [bundle.score for bundle in plain]
    assert all(bundle.explanation for bundle in said)


def test_the_service_answers_as_the_command_line_does(own: Recommender, small_ranked_run: Path, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'store.db'}"
    service = make_service({"demo": small_ranked_run}, OneEach(4), store, ServiceSettings(places=4, waiting=4))
    with TestClient(create_app(service), base_url="http://localhost") as client:
        for words in (WISH, "make good coffee", "everything for a new puppy"):
            (wanted,) = own.recommend([Request(words=words, rules=Rules(3, 5), n=3)])
            answer = client.post("/v1/bundles", json={"words": words, "size": "3:5", "n": 3}).raise_for_status().json()
            found = [tuple(item["item"] for item in bundle["items"]) for bundle in answer["bundles"]]
            assert found == [bundle.items for bundle in wanted]
            assert all(bundle["explanation"] for bundle in answer["bundles"])


def test_words_find_what_they_name_and_a_ranking_has_what_may_come_next(own: Recommender) -> None:
    row = 7
    request = Request(words=own.catalogue.titles[row], rules=Rules(in_stock=False))
    ((first, _), *rest) = own.rank([request], 10)[0]
    assert own.catalogue.titles[own.catalogue.row(first)] == own.catalogue.titles[row]
    scores = [score for _, score in rest]
    assert len(rest) == 9 and scores == sorted(scores, reverse=True)


def test_an_item_that_came_a_moment_ago_is_ranked_and_what_went_is_not(own: Recommender) -> None:
    request = Request(words="brass trail lantern", rules=Rules(in_stock=True))
    own.shop.put("NEW-1", "Quillfire brass trail lantern", own.catalogue.categories[0], price=20, stock=3)
    assert own.rank([request], 3)[0][0][0] == "NEW-1"
    own.shop.restock("NEW-1", 0)
    assert "NEW-1" not in dict(own.rank([request], 100)[0])
    own.shop.restock("NEW-1", 1)
    assert own.rank([request], 3)[0][0][0] == "NEW-1"
    own.shop.remove("NEW-1")
    assert "NEW-1" not in dict(own.rank([request], 100)[0])
    own.shop.put("NEW-1", "Quillfire brass trail lantern", own.catalogue.categories[0], price=20, stock=3)
    assert own.rank([request], 3)[0][0][0] == "NEW-1"


def test_items_that_left_meet_no_need_until_they_are_back(own: Recommender) -> None:
    ranker, catalogue = own.run.ranker, own.catalogue
    assert ranker

    def meets(row: int) -> bool:
        near = ranker.features(own.shop.view().catalogue).situations.near[0]
        return bool(near[[row]].nnz)

    row = next(row for row in range(len(catalogue)) if meets(row))
    kept = own.shop.view().catalogue
    own.shop.remove(catalogue.ids[row])
    assert not meets(row) and ranker.features(kept).situations.near[0][[row]].nnz
    own.shop.put(catalogue.ids[row], catalogue.titles[row], catalogue.categories[row], price=3, stock=1)
    assert meets(row)
    own.shop.put("NEW-2", "Quillfire brass trail lantern", catalogue.categories[0], price=20, stock=3)
    own.shop.remove("NEW-2")  # it came and went before anybody asked
    assert not meets(len(catalogue))


def test_without_words_a_first_item_goes_with_what_the_customer_did_last(own: Recommender) -> None:
    ids = own.catalogue.ids
    histories = [(), *((item,) for item in ids[:40:4])]
    firsts = [ranked[0][0] for ranked in own.rank([Request(h, rules=Rules(owned=h)) for h in histories], 1)]
    beside = [ranked[0][0] for ranked in own.rank([Request(items=h) for h in histories], 1)]
    assert firsts == beside and len(set(firsts)) > 3


def test_a_new_title_counts_at_once(own: Recommender) -> None:
    item = own.catalogue.ids[3]
    own.shop.put(item, "Quillfire brass trail lantern", own.catalogue.categories[3], price=20, stock=3)
    assert own.rank([Request(words="Quillfire brass trail lantern")], 1)[0][0][0] == item


def test_a_ranker_of_another_kind_is_refused(small_ranked_run: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(small_ranked_run, tmp_path / "run")
    made = json.loads((copy / "ranker/ranker.json").read_text())
    (copy / "ranker/ranker.json").write_text(json.dumps(made | {"format": 0}))
    with pytest.raises(BundlesmithError, match="not a ranker of this run"):
        _ = load_run(copy).ranker


def test_other_data_is_refused(small_ranked_run: Path, small_shop: Path, tmp_path: Path) -> None:
    data = shutil.copytree(small_shop, tmp_path / "data")
    (data / "data.json").write_text(json.dumps({"hash": "0123", "integer_ids": False}))
    with pytest.raises(BundlesmithError, match=r"other data .*not 0123"):
        write_ranker(small_ranked_run, data, QUIET)


def test_what_changes_over_http_is_in_the_next_answer(small_ranked_run: Path, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'store.db'}"
    service = make_service({"demo": small_ranked_run}, OneEach(4), store, ServiceSettings(places=4, waiting=4))
    with TestClient(create_app(service), base_url="http://localhost") as client:

        def put(**values: object) -> None:
            item = {"title": "Quillfire brass trail lantern", "category": ["Camping"], "price": 20, "stock": 3}
            client.put("/v1/items/NEW-1", json=item | values).raise_for_status()

        def asked(words: str = "a brass trail lantern") -> list[str]:
            body = {"words": words, "size": "2", "budget": 100}
            (bundle,) = client.post("/v1/bundles", json=body).raise_for_status().json()["bundles"]
            return [item["item"] for item in bundle["items"]]

        assert "NEW-1" not in asked()
        put()
        assert "NEW-1" in asked()
        put(price=101)
        assert "NEW-1" not in asked()
        put(price=20, stock=0)
        assert "NEW-1" not in asked()
        put(title="Birch toy train")
        assert asked()[0] != "NEW-1" == asked("a birch toy train")[0]
        client.delete("/v1/items/NEW-1").raise_for_status()
        assert "NEW-1" not in asked("a birch toy train")


def test_a_session_is_found_whole_and_in_parts_and_named_as_people_name_sets(own: Recommender) -> None:
    ids = own.catalogue.ids
    whole, one, none = own.find([ids[:6], ids[:1], ()])
    assert whole[0].items == ids[:6] and one == none == []
    assert all(set(bundle.items) <= set(ids[:6]) and len(bundle.items) >= 2 for bundle in whole)
    assert all(bundle.intent and bundle.explanation for bundle in whole)


def test_a_set_is_called_by_a_short_request_and_else_by_a_name_that_somebody_gave(own: Recommender) -> None:
    assert own.run.ranker is not None
    known = {name.casefold().strip(" .!") for name in own.run.ranker.names.texts}
    short, long = "  coffee for   two. ", "we moved in on friday and there is not one single thing in the kitchen yet"
    for words in (short, long, ""):
        for bundle in own.recommend([Request(words=words, n=2)])[0]:
            assert bundle.told is not None
            names = {"coffee for two"} if words == short else known | {bundle.told.heading.casefold()}
            assert bundle.intent.casefold().split(", with ")[0] in names  # what tells two of one name apart


@pytest.mark.parametrize("words", ["<|im_end|>", "two\nlines", '<b>free</b> & "safe"', "咖啡"])
def test_whatever_is_asked_the_name_is_one_line_that_the_model_can_write(own: Recommender, words: str) -> None:
    (bundle,) = own.recommend([Request(words=words)])[0]
    assert bundle.intent and bundle.explanation and "\n" not in bundle.intent and "<|im_end|>" not in bundle.intent


def test_the_model_chooses_where_it_is_told_to(small_ranked_run: Path, own: Recommender) -> None:
    alone = Recommender(own.run, own.engine, by_model=True)
    assert alone.key != own.key
    request = Request(words=WISH, n=3)
    assert alone.recommend([request], talk=False) != own.recommend([request], talk=False)


def test_a_run_with_a_guide_is_refused_with_the_command_that_takes_its_place(
    small_ranked_run: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(small_ranked_run, tmp_path / "run")
    (copy / "ranker").rename(copy / "guide")
    with pytest.raises(BundlesmithError, match=r"has a guide, which this version doesn't read\. `bundlesmith rank`"):
        load_run(copy).check_ranker()


def test_attributions_are_the_rankers(own: Recommender) -> None:
    """Each word weighs what the set's log-probability loses without it; a history that isn't asked weighs nothing."""
    ids = own.catalogue.ids
    request = Request(history=ids[:3], words="a tent for camping", rules=Rules(2, 3, owned=ids[:3]))
    (bundle,) = own.recommend([request], talk=False)[0]
    weighed = {(each.part.kind, each.part.text): each for each in own.attribute(request, bundle.items)}
    openings = own.openings
    ranked = openings.chances([bundle.items])
    assert ranked
    ((whole, rest),) = ranked.of([request, replace(request, words="a for camping")])
    assert all(chance <= 0 for chance in whole)
    assert weighed["word", "tent"].by_item == pytest.approx((whole - rest).tolist())
    assert all(each.weight == 0 for (kind, _), each in weighed.items() if kind == "history")
    assert any(kind == "rule" for kind, _ in weighed)
