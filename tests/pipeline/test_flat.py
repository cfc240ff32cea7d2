import json
from dataclasses import replace

import pytest

from bundlesmith.constraints.rules import Rules
from bundlesmith.decoding.noise import Noise
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.flat import Flat, packed, read_flat, with_noise
from bundlesmith.request import Request


def test_values_of_others_are_no_request():
    assert read_flat(None) is None and read_flat({"temperature": 3}) is None


def test_lists_may_be_texts_with_commas_lists_or_single_values():
    ask = read_flat({"bundle_exclude": "a, b", "bundle_slots": ["Tents"], "bundle_items": 7})
    assert (ask.exclude, ask.slots, ask.items) == (["a", "b"], ["Tents"], ["7"])


@pytest.mark.parametrize("value", [0, 1, "0", "1"])
def test_talk_is_0_or_1(value):
    assert read_flat({"bundle_talk": value}) == Flat(talk=int(value))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"bundle_budgt": 3}, 'Did you mean "bundle_budget"'),
        ({"bundle_talk": "yes"}, "bundle_talk.*integer"),
        ({"bundle_talk": 2}, "less than or equal to 1"),
        ({"bundle_budget": "much"}, "\"bundle_budget\" is 'much'"),
        ({"bundle_n": 3}, 'no "bundle_n"'),
        ({"bundle_noise": -1}, "greater than or equal to 0"),
        ({"bundle_seed": "x"}, "integer"),
        ({"bundle_seed": 2**63}, "less than 9223372036854775808"),
        ({"bundle_seed": 1.5}, "integer"),
        ({"bundle_seed": float("inf")}, "finite"),
        ({"bundle_version": 1e400}, "finite"),
        ({"bundle_intent": "two\nlines"}, "isn't one line"),
        ({"bundle_said": "a\tb"}, "control characters"),
        ({"bundle_weights": "[1]"}, "JSON object"),
        ({"bundle_weights": '{"a": "x"}'}, "bundle_weights.a"),
    ],
)
def test_a_wrong_name_or_value_is_an_error_that_helps(values, said):
    with pytest.raises(BundlesmithError, match=said):
        read_flat(values)


def request(recommender):
    one, two, three, four = recommender.catalogue.ids[:4]
    rules = Rules(2, 3, 90.5, 1.0, 80.0, False, (one,), (two,), (three, four), ("Camping",), 2, 1)
    weights = ((three, 2.5), (four, -1e9))
    more = {"language": "zh", "unsaid": ("cheap",), "intent": "A night out", "said": ("It is dry.", "It is light.")}
    return Request((two,), "x, y; z", (one,), rules, weights=weights, power=0.25, **more)


def test_what_is_written_flat_is_read_the_same_but_for_who_owns_what_is_left_out(recommender):
    asked, view = request(recommender), recommender.shop.view()
    flat = Flat.of(asked, talk=1, model="shop", version=12)
    for values in (flat.values, packed(flat.values), json.loads(json.dumps(flat.values))):
        read = read_flat(with_noise(values, Noise(0.7, 3)) if "bundle_all" not in values else values)
        left_out = asked.rules.excluded + asked.rules.owned
        assert read.request(view) == replace(asked, rules=replace(asked.rules, excluded=left_out, owned=()))
        assert (read.talk, read.model, read.version) == (1, "shop", 12)
    assert (read.noise, read.seed) == (0.7, 3)
    assert Flat.of(Request(), talk=0).values == {"bundle_size": "2:5", "bundle_talk": 0}


@pytest.mark.parametrize("seed", [5_000_000_004, 2**53 + 1, 2**63 - 1])
def test_a_seed_is_read_exactly_however_large(seed: int) -> None:
    values = with_noise(Flat().values, Noise(0.7, seed))
    for each in (values, packed(values), values | {"bundle_seed": str(seed)}):
        assert read_flat(each).seed == seed


def test_all_of_it_may_be_one_text() -> None:
    flat = Flat(
        words="coffee", size="2:4", budget=90.0, exclude=["A-1", "B-2"], slots=["Cups"], noise=0.5, model="demo"
    )
    assert read_flat(packed(flat.values)) == read_flat(flat.values) == flat
    for wrong in ("[]", "{", 5, None):
        with pytest.raises(BundlesmithError, match="bundle_all"):
            read_flat({"bundle_all": wrong})
