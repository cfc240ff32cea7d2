import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundlesmith.ingest.events import Fields, read_messages
from bundlesmith.ingest.source import Place, StreamMessage
from bundlesmith.store import NewEvent

PLACE = Place("visits", "3")


def read(content: Any, fields: Fields | None = None) -> Any:
    """The (user, event) of one message, or why it is none."""
    sent = content if isinstance(content, bytes) else json.dumps(content).encode()
    told, dead = read_messages(PLACE, [StreamMessage("17-0", sent, 900)], fields or Fields())
    return (told[0].user, told[0].event) if told else dead[0].reason


def test_a_message_with_all_its_fields() -> None:
    sent = {"user": "ann", "item": 7, "kind": "buy", "time": 5.9, "session": "s", "event_id": "e", "bundle_id": "b"}
    assert read(sent) == ("ann", NewEvent("7", "buy", 5, "s", "e", "b"))


def test_what_a_message_leaves_out_follows_from_its_place() -> None:
    assert read({"user": "ann", "item": "tent"}) == ("ann", NewEvent("tent", "view", 900, None, "visits/3/17-0", None))


@pytest.mark.parametrize(
    ("at", "unit", "time"),
    [
        (1760000000123, "ms", 1760000000),
        ("2025-10-09T08:53:20Z", "iso", 1760000000),
        ("2025-10-09 08:53:20", "iso", 1760000000),
        ("2025-10-09T10:53:20+02:00", "iso", 1760000000),
        ("1760000000", "s", 1760000000),
    ],
)
def test_other_names_and_units(at: Any, unit: Any, time: int) -> None:
    fields = Fields(user="customer.id", item="sku", time="at", time_unit=unit)
    assert read({"customer": {"id": 5}, "sku": "x", "at": at}, fields)[1].time == time


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ([1], "not a JSON object"),
        ({"item": "x"}, 'no "user"'),
        ({"user": "", "item": "x"}, 'no "user"'),
        ({"user": "ann"}, 'no "item"'),
        ({"user": {"id": 1}, "item": "x"}, "not a text"),
        ({"user": True, "item": "x"}, "not a text"),
        ({"user": "a" * 257, "item": "x"}, "257 characters"),
        ({"user": "a\0", "item": "x"}, "NUL"),
        ({"user": "a", "item": "x", "time": 1760000000000}, "not between 1970 and 9999"),
        ({"user": "a", "item": "x", "time": -1}, "not between 1970 and 9999"),
        ({"user": "a", "item": "x", "time": "yesterday"}, "not a number of s"),
        (b'{"user": "a", "item": "x", "time": Infinity}', "not a number of s"),
        (b'{"user": "a", "item": "\\ud800"}', "surrogate"),
    ],
)
def test_a_broken_message_is_a_dead_letter_with_its_reason(content: Any, reason: str) -> None:
    assert reason in read(content)


@pytest.mark.parametrize("field", ["user", "item", "time"])
def test_a_message_that_is_nested_as_deeply_as_can_be_read_is_a_dead_letter(field: str) -> None:
    for depth in range(850, 1000):
        nested = b"[" * depth + b"]" * depth
        rest = b"".join(b'"%s": "x", ' % name.encode() for name in ("user", "item") if name != field)
        assert read(b"{" + rest + b'"%s": %s}' % (field.encode(), nested))  # why it is none


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                lambda inner: st.dictionaries(
                    st.sampled_from(["user", "item", "time", "kind", "event_id", "x"]), inner, max_size=6
                ),
                max_leaves=8,
            ).map(lambda value: json.dumps(value).encode()),
        )
    )
)
def test_any_message_is_an_event_or_a_dead_letter(contents: list[bytes]) -> None:
    messages = [StreamMessage(str(at), content, 1) for at, content in enumerate(contents)]
    told, dead = read_messages(PLACE, messages, Fields())
    assert len(told) + len(dead) == len(contents)
    for letter in dead:
        letter.content.encode()  # which a database must be able to take
        assert letter.reason and "\0" not in letter.content
