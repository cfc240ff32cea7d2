import json
from pathlib import Path

import pytest

from bundlesmith.constraints.rules import Rules
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.ask import Ask, checked_ask, read_asks
from bundlesmith.request import Request
from bundlesmith.run import Run
from bundlesmith.settings import Settings
from tests.shops import write_prepared

ITEMS = [{"item_id": name, "title": f"Item {name}"} for name in "abcd"]
EVENTS = [
    {"user_id": "u", "item_id": "a", "timestamp": 1, "kind": "buy"},
    {"user_id": "u", "item_id": "c", "timestamp": 2, "kind": "view"},
    {"user_id": "u", "item_id": "b", "timestamp": 3, "kind": "purchase"},
    {"user_id": "u", "item_id": "c", "timestamp": 4, "kind": "view"},
]


@pytest.fixture
def run(tmp_path) -> Run:
    """A run's catalogue and histories; a request needs nothing else."""
    return Run(write_prepared(tmp_path / "run", ITEMS, EVENTS), Settings(), {"integer_ids": False})


@pytest.fixture
def write(tmp_path):
    def lines(*rows: object) -> Path:
        path = tmp_path / "asks.jsonl"
        texts = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_text("\n".join(texts), encoding="utf-8")
        return path

    return lines


def test_an_ask_that_says_nothing_is_a_request_for_anything(run):
    assert checked_ask().request(run) == Request()


def test_an_ask_becomes_a_request(run):
    ask = checked_ask(
        history=["d", "a"], words="a desk", items=["b"], budget=30, size="2:3", exclude=["c"], in_stock=False, n=4
    )
    rules = Rules(2, 3, 30, in_stock=False, excluded=("c",))
    assert ask.request(run) == Request(("d", "a"), "a desk", ("b",), rules, 4)


def test_a_user_brings_a_history_of_distinct_items_and_owns_what_was_bought(run):
    request = checked_ask(user="u").request(run)
    assert request.history == ("a", "b", "c") and request.rules.owned == ("a", "b")


def test_an_owned_item_may_be_chosen_all_the_same(run):
    assert checked_ask(user="u", items=["a"]).request(run).rules.owned == ("b",)


def test_a_size_of_one_number_is_exact(run):
    rules = checked_ask(size="3").request(run).rules
    assert (rules.min_items, rules.max_items) == (3, 3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"user": "w"}, 'no user "w"'),
        ({"history": ["z"]}, 'no item "z"'),
        ({"items": ["z"]}, 'no item "z"'),
        ({"exclude": ["z"]}, 'no item "z"'),
        ({"size": "5:2"}, "The size 5:2 is not a range"),
        ({"size": "two"}, 'The size "two" is not a range'),
        ({"budget": 0}, '"budget" is 0: '),
        ({"budget": float("nan")}, '"budget" is nan: '),
    ],
)
def test_an_ask_that_makes_no_sense_for_this_run_is_an_error(run, values, message):
    with pytest.raises(BundlesmithError, match=message):
        checked_ask(**values).request(run)


@pytest.mark.parametrize(
    ("field", "near"), [("budgte", "budget"), ("word", "words"), ("in-stock", "in_stock"), ("excluded", "exclude")]
)
def test_an_unknown_field_names_the_nearest(field, near):
    with pytest.raises(BundlesmithError, match=f'A request has no "{field}". Did you mean "{near}"?'):
        checked_ask(**{field: 1})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"n": 0}, '"n" is 0: Input should be greater than or equal to 1'),
        ({"n": 51}, '"n" is 51: Input should be less than or equal to 50'),
        ({"n": "many"}, "\"n\" is 'many': "),
        ({"budget": "cheap"}, "\"budget\" is 'cheap': "),
        ({"items": "a"}, "\"items\" is 'a': "),
        ({"items": [1]}, '"items.0" is 1: '),
        ({"words": None}, '"words" is None: '),
        ({"size": 3}, '"size" is 3: '),
    ],
)
def test_a_wrong_value_is_shown_with_its_field(values, message):
    with pytest.raises(BundlesmithError) as caught:
        checked_ask(**values)
    assert caught.value.what.startswith(message)


def test_asks_are_read_in_order_without_blank_lines(write):
    assert read_asks(write({"words": "a"}, "", {"words": "b\u2028c"}, " ")) == [Ask(words="a"), Ask(words="b\u2028c")]


def test_a_file_without_asks_holds_none(write):
    assert read_asks(write("")) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"words": ', r"asks\.jsonl:3 is not a JSON object: Expecting value"),
        ("[1]", r"asks\.jsonl:3 is not a JSON object"),
        ('"a desk"', r"asks\.jsonl:3 is not a JSON object"),
        ("null", r"asks\.jsonl:3 is not a JSON object"),
        ('{"wrods": "a"}', r'asks\.jsonl:3: A request has no "wrods"\. Did you mean "words"\?'),
        ('{"n": 0}', r'asks\.jsonl:3: "n" is 0: '),
        ('{"self": 1}', r'asks\.jsonl:3: A request has no "self"'),
    ],
)
def test_a_line_that_is_no_ask_is_an_error_that_names_it(write, line, message):
    with pytest.raises(BundlesmithError, match=message):
        read_asks(write({"words": "fine"}, "", line))


def test_a_file_that_is_not_utf8_is_an_error_that_names_the_byte(tmp_path):
    path = tmp_path / "asks.jsonl"
    path.write_bytes('{"words": "Stühle"}'.encode("latin-1"))
    with pytest.raises(BundlesmithError, match=r'asks\.jsonl" is not UTF-8: byte 13'):
        read_asks(path)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(BundlesmithError, match="could not be read: No such file"):
        read_asks(tmp_path / "none.jsonl")
