"""The benchmark of everyday words: its figures worked out by hand, and requests that keep their promises."""

import json
import random
import re
from collections import Counter
from pathlib import Path

import httpx2
import pytest
from bench import everyday
from bench.everyday import Request, Scored, figures, load_requests, read_answers, scored, types_of, vocabulary

from bundlesmith.data.sample import make_shop
from bundlesmith.data.sample_shop.products import make_products
from bundlesmith.encoder.situations import situations
from bundlesmith.errors import BundlesmithError

# weekend-for-two: needs tent-2p, sleeping-bag-double|sleeping-bag, camp-stove; lanterns fit.
# first-camping-trip: needs tent-2p, sleeping-bag; camp chairs fit.
ITEMS = {
    "t1": "tent-2p",
    "t2": "tent-2p",
    "b1": "sleeping-bag",
    "s1": "camp-stove",
    "l1": "lantern",
    "c1": "camp-chair",
    "x1": "teapot",
    "x2": "helmet",
}
WEEKEND = Request("two nights in the woods", "Camping & Outdoor", ("weekend-for-two",))
FILES = ("en", "zh", "valid", "oblique")
EITHER = Request("a night in the woods", "Camping & Outdoor", ("weekend-for-two", "first-camping-trip"))


def test_a_set_of_the_purpose() -> None:
    first = scored([["t1", "b1", "s1", "l1"]], WEEKEND, ITEMS).first
    assert (first.sensible, first.of_purpose, first.needs_met, first.types) == (True, 1, 1, 1)


def test_a_set_with_a_stranger_and_two_of_a_type() -> None:
    result = scored([["t1", "t2", "b1", "x1"]], WEEKEND, ITEMS)
    assert (result.first.sensible, result.first.of_purpose, result.first.types) == (False, 0.75, 0.75)
    assert result.first.needs_met == pytest.approx(2 / 3)
    assert result.found and not result.best_of_three


def test_a_small_set_needs_no_more_than_it_can_meet() -> None:
    assert scored([["t1", "s1"]], WEEKEND, ITEMS).first.needs_met == 1
    assert scored([["t1", "l1"]], WEEKEND, ITEMS).first.needs_met == 0.5


def test_half_of_the_items_are_not_most() -> None:
    assert not scored([["t1", "x1"]], WEEKEND, ITEMS).found


def test_one_of_up_to_three_answers() -> None:
    bad, good = ["x1", "x2"], ["t1", "b1"]
    assert scored([bad, bad, good], WEEKEND, ITEMS).best_of_three
    assert not scored([bad, bad, bad, good], WEEKEND, ITEMS).best_of_three


def test_the_purpose_that_a_set_serves_best() -> None:
    assert not scored([["t1", "b1", "c1"]], WEEKEND, ITEMS).first.sensible
    chair, stove = scored([["t1", "b1", "c1"], ["t1", "b1", "s1"]], EITHER, ITEMS).sets
    assert (chair.purpose, chair.sensible) == ("first-camping-trip", True)
    assert stove.sensible and stove.needs_met == 1


def test_no_answer_is_not_sensible() -> None:
    for sets in ([], [[]]):
        result = scored(sets, WEEKEND, ITEMS)
        assert not (result.best_of_three or result.found or result.first.sensible)
        assert result.first.of_purpose == result.first.needs_met == result.first.types == 0


def test_the_figures_of_a_recommender() -> None:
    answers = [[["t1", "b1", "s1", "l1"]], [["t1", "t2", "b1", "x1"], ["t1", "b1"]], [["x1", "x2"]], []]
    found = figures([scored(sets, WEEKEND, ITEMS) for sets in answers])
    assert found == {
        "requests": 4,
        "sensible %": 25,
        "±": pytest.approx(1.96 * 100 * (0.25 * 0.75 / 4) ** 0.5),
        "of the purpose %": pytest.approx(100 * 1.75 / 4),
        "needs met %": pytest.approx(100 * (1 + 2 / 3) / 4),
        "types %": pytest.approx(100 * 2.75 / 4),
        "best of three %": 50,
        "found %": 50,
        "sensible, if found %": 50,
    }
    assert figures([Scored(())])["sensible, if found %"] is None


@pytest.mark.parametrize("seed", [7, 8])
def test_types_are_those_that_the_shop_was_made_of(seed: int) -> None:
    made = make_products(vocabulary(), random.Random(f"{seed} products"))
    assert types_of(make_shop(seed)[0]) == {product.item_id: product.type for product in made}


def test_another_shop_is_refused() -> None:
    items = make_shop()[0]
    with pytest.raises(BundlesmithError, match="not of the sample shop"):
        types_of(items.with_columns(item_id=items["item_id"].reverse()))


def test_answers_are_read_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(json.dumps({"words": WEEKEND.words, "set": ["t1"]}) + "\n")
    assert read_answers(path, [WEEKEND], ITEMS) == {WEEKEND.words: [["t1"]]}
    with pytest.raises(SystemExit, match="no answer for 1 requests"):
        read_answers(path, [WEEKEND, EITHER], ITEMS)
    path.write_text(json.dumps({"words": WEEKEND.words, "sets": [["t1"], ["?"]]}) + "\n")
    with pytest.raises(SystemExit, match="doesn't have"):
        read_answers(path, [WEEKEND], ITEMS)


def test_a_service_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        assert request.url.path == "/v1/bundles"
        fixed = {"size": "3:5", "n": 3, "talk": False, "understand": False, "model": "small"}
        assert body == {"words": body["words"], **fixed}
        if body["words"] == EITHER.words:
            return httpx2.Response(429, text="too many")
        return httpx2.Response(200, json={"bundles": [{"items": [{"item": "t1"}, {"item": 7}]}]})

    real = httpx2.Client
    monkeypatch.setattr(
        everyday.httpx2, "Client", lambda **given: real(**given, transport=httpx2.MockTransport(answer))
    )
    assert everyday.asked("http://shop", "small", [WEEKEND]) == {WEEKEND.words: [["t1", "7"]]}
    with pytest.raises(SystemExit, match="429: too many"):
        everyday.asked("http://shop", "small", [EITHER])


def test_there_are_enough_requests_and_none_twice() -> None:
    assert min(len(load_requests(name)) for name in ("en", "oblique")) >= 105
    assert len(load_requests("zh")) >= 20
    words = Counter(request.words.lower() for request in [each for name in FILES for each in load_requests(name)])
    assert max(words.values()) == 1


@pytest.mark.parametrize("name", FILES)
def test_purposes_are_of_the_shop_and_of_the_department(name: str) -> None:
    requests, themes = load_requests(name), vocabulary().themes
    assert all(request.purposes for request in requests)
    assert all(themes[key].department == request.department for request in requests for key in request.purposes)
    assert {request.department for request in requests} == set(vocabulary().departments)


@pytest.mark.parametrize("name", ["en", "oblique"])
def test_every_theme_is_asked_for_in_english(name: str) -> None:
    assert {request.purposes[0] for request in load_requests(name)} == set(vocabulary().themes)


def test_every_theme_is_asked_for_twice_to_choose_by() -> None:
    asked = Counter(request.purposes[0] for request in load_requests("valid"))
    assert asked.total() >= 252
    assert all(asked[theme] >= 2 for theme in vocabulary().themes)


def test_no_request_shares_five_words_in_a_row_with_a_situation() -> None:
    told = {run for each in situations() for saying in each.words for run in _runs(saying)}
    for request in [each for name in FILES for each in load_requests(name)]:
        assert not told.intersection(_runs(request.words)), request.words


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[\w']+", text.lower())
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


def test_no_request_has_an_intent_of_the_shop() -> None:
    for request in [each for name in FILES for each in load_requests(name)]:
        for key in request.purposes:
            for wording in vocabulary().themes[key].wordings:
                parts = map(re.escape, re.split(r"<\w+>", wording.lower()))
                assert not re.search(r"\w+".join(parts), request.words.lower()), (request.words, wording)
