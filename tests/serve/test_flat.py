import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.serve.ask import Ask
from bundlesmith.serve.flat import Flat, packed, read_flat, write_flat
from bundlesmith.serve.noise import Noise


def test_values_of_others_are_no_request():
    assert read_flat(None) is None and read_flat({"temperature": 3}) is None


def test_lists_may_be_texts_with_commas_lists_or_single_values():
    ask = read_flat({"bundle_exclude": "a, b", "bundle_slots": ["Tents"], "bundle_items": 7}).ask
    assert (ask.exclude, ask.slots, ask.items) == (["a", "b"], ["Tents"], ["7"])


@pytest.mark.parametrize("value", [0, 1, "0", "1"])
def test_talk_is_0_or_1(value):
    assert read_flat({"bundle_talk": value}) == Flat(Ask(), bool(int(value)))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"bundle_budgt": 3}, 'Did you mean "bundle_budget"'),
        ({"bundle_talk": "yes"}, "Give 0 or 1"),
        ({"bundle_budget": "much"}, "\"budget\" is 'much'"),
        ({"bundle_n": 3}, 'no "bundle_n"'),
        ({"bundle_noise": -1}, "Give a number from 0"),
        ({"bundle_seed": "x"}, "Give a number from 0"),
        ({"bundle_seed": 2**63}, "Give a number from 0"),
        ({"bundle_seed": 1.5}, "a whole one"),
        ({"bundle_seed": float("inf")}, "a whole one"),
        ({"bundle_version": 1e400}, "Give a number from 0"),
    ],
)
def test_a_wrong_name_or_value_is_an_error_that_helps(values, said):
    with pytest.raises(BundlesmithError, match=said):
        read_flat(values)


def test_what_is_written_flat_is_read_the_same():
    ask = Ask(words="x, y", size="2:3", budget=9.5, exclude=["a"], slots=["B"], per_brand=1, in_stock=False)
    flat = Flat(ask, True, Noise(0.7, 3), "shop", 12)
    assert read_flat(write_flat(flat)) == flat and read_flat(write_flat(Flat(ask))) == Flat(ask)


@pytest.mark.parametrize("seed", [5_000_000_004, 2**53 + 1, 2**63 - 1])
def test_a_seed_is_read_exactly_however_large(seed: int) -> None:
    flat = Flat(Ask(), noise=Noise(0.7, seed))
    for values in (write_flat(flat), packed(write_flat(flat)), write_flat(flat) | {"bundle_seed": str(seed)}):
        assert read_flat(values) == flat


def test_all_of_it_may_be_one_text() -> None:
    ask = Ask(words="coffee", size="2:4", budget=90.0, exclude=["A-1", "B-2"], slots=["Cups"])
    flat = Flat(ask, True, Noise(0.5, 7), "demo", 3)
    assert read_flat(packed(write_flat(flat))) == read_flat(write_flat(flat))
    for wrong in ("[]", "{", 5, None):
        with pytest.raises(BundlesmithError, match="bundle_all"):
            read_flat({"bundle_all": wrong})
