"""Whatever people send is stored as it is, or refused as bad input by both databases alike."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bundlesmith.errors import BundlesmithError
from bundlesmith.store import Feedback, NewEvent, Store, StoreError, open_store
from bundlesmith.store.checks import LONGEST_ID, LONGEST_TEXT
from tests.store.postgres import PostgresServer

ANY = st.text(st.characters(), max_size=300)
ODD = (
    "\0",
    "a\0b",
    "\ud83d",
    "\ud83d\ude00",
    "",
    "😀" * LONGEST_ID,
    "x" * (LONGEST_ID + 1),
    "'; --",
    "é",
    "e\u0301",
    "%s :x",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
quick = settings(max_examples=40, deadline=None)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that all examples share."""
    folder: Path = tmp_path_factory.mktemp("kept")
    postgres: PostgresServer | None = None if request.param == "sqlite" else request.getfixturevalue("postgres")
    store = open_store(postgres.new_database() if postgres else f"sqlite:///{folder}/store.db")
    yield store
    store.close()


def storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def is_id(text: str) -> bool:
    return 1 <= len(text) <= LONGEST_ID and storable(text)


@pytest.mark.parametrize("text", ODD)
def test_odd_ids(kept: Store, text: str) -> None:
    check_event(kept, text, "tent", "key")
    check_event(kept, "ann", text, "key")
    check_event(kept, "ann", "tent", text)


@quick
@given(user=ANY, item=ANY, key=ANY)
def test_any_ids(kept: Store, user: str, item: str, key: str) -> None:
    check_event(kept, user, item, key)


def check_event(store: Store, user: str, item: str, key: str) -> None:
    """An event comes back as it was, or is refused and changes nothing; the user is forgotten afterwards."""
    event = NewEvent(item, "view", 1, session=item, event_id=key)
    if not all(map(is_id, (user, item, key))):
        with pytest.raises(BundlesmithError) as caught:
            store.events.add(user, [event])
        assert not isinstance(caught.value, StoreError)
        assert str(caught.value).isprintable()
        return
    assert store.events.add(user, [event, event])[0] == store.events.add(user, [event])[0]
    (found,) = store.events.of_user(user)
    assert (found.item, found.session, found.event_id) == (item, item, key)
    assert store.users.forget(user)["events"] == 1
    assert store.events.of_user(user) == []
    assert store.users.forgotten(user)


@quick
@given(values=st.dictionaries(st.text(), JSON, max_size=4), model=ANY.filter(is_id))
@example(values={"title": "a\0b", "\0": "\u2028"}, model="m")
def test_any_values(kept: Store, values: dict[str, Any], model: str) -> None:
    with kept.changing(model) as log:
        seq = log.append("tent", values)
    (found,) = kept.changes.after(model, seq - 1)
    assert found.values == values


def test_half_a_character_in_values(kept: Store) -> None:
    with pytest.raises(BundlesmithError, match="surrogate"), kept.changing("m") as log:
        log.append("tent", {"title": ["\ud800"]})


def test_huge_texts(kept: Store) -> None:
    for text in ("帐" * LONGEST_TEXT, "😀" * LONGEST_TEXT):
        kept.feedback.add(Feedback(None, "b", "up", text, ("tent",), "m", None, 1))
        with kept._database.reading() as connection:
            query = "SELECT reason FROM bundlesmith_feedback ORDER BY id DESC LIMIT 1"
            assert connection.exec_driver_sql(query).scalar_one() == text
    before = kept.feedback.figures()
    for feedback in (
        Feedback(None, "c", "up", "x" * (LONGEST_TEXT + 1), ("tent",), "m", None, 1),
        Feedback(None, "c", "up", "", ("x" * 250,) * 5000, "m", None, 1),
        Feedback(None, "c", "up", "", ("tent\0",), "m", None, 1),
    ):
        with pytest.raises(BundlesmithError) as caught:
            kept.feedback.add(feedback)
        assert len(str(caught.value)) < 300
    assert kept.feedback.figures() == before


@pytest.mark.parametrize("depth", [50, 190, 195, 198, 199, 200, 201, 250, 900, 100_000])
def test_deep_values_are_refused_or_read_again(kept: Store, depth: int) -> None:
    deep: list[Any] = []
    for _ in range(depth):
        deep = [deep]
    last = kept.changes.last("deep")
    try:
        with kept.changing("deep") as log:
            log.append("tent", {"deep": deep})
    except BundlesmithError as error:
        assert depth > 150 and "can't be written as JSON" in str(error)
        assert not kept.changes.after("deep", last)
    else:
        assert kept.changes.after("deep", last)[0].values == {"deep": deep}
