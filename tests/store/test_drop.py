"""What is too old goes, the oldest first and so many at a time."""

from bundlesmith.store import NewEvent, Shown, Store


def test_the_oldest_bundles_shown_go_first(store: Store) -> None:
    store.shown.add([Shown(f"b{time}", "demo", "r", None, "ann", ("x",), time) for time in (5, 3, 9, 7)])
    assert store.shown.drop(7, 1) == 1 and store.shown.find("b3") is None and store.shown.find("b5") is not None
    assert store.shown.drop(7, 10) == 1 and store.shown.find("b5") is None
    assert store.shown.drop(7, 10) == 0 and store.shown.find("b7") is not None


def test_the_oldest_events_go_first_whosever_they_are(store: Store) -> None:
    for user, times in (("ann", (1, 8)), ("bob", (2, 3, 4))):
        store.events.add(user, [NewEvent("tent", "view", time, event_id=f"e{time}") for time in times])
    assert store.events.drop(4, 2) == 2
    assert [event.time for event in store.events.of_user("bob")] == [3, 4]
    assert store.events.drop(4, 2) == 1 and [event.time for event in store.events.of_user("ann")] == [8]
    assert store.events.add("ann", [NewEvent("tent", "view", 8, event_id="e8")])  # known still
    assert len(store.events.of_user("ann")) == 1
