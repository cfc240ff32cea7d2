"""Experiments: begun, ended, one at a time, and what came of either side."""

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.store import Experiment, Feedback, NewEvent, Shown, Store, VariantCounts


def test_one_runs_at_a_time_and_no_name_is_given_twice(store: Store) -> None:
    assert store.experiments.running() is None and store.experiments.all() == []
    begun = store.experiments.start("blend", "old", "new", 30)
    assert store.experiments.running() == begun == Experiment("blend", "old", "new", 30, begun.started)
    with pytest.raises(BundlesmithError, match='"blend" runs'):
        store.experiments.start("next", "old", "new")
    ended = store.experiments.end("blend")
    assert ended.ended is not None and ended == store.experiments.end("blend") and store.experiments.running() is None
    with pytest.raises(BundlesmithError, match='"blend" already'):
        store.experiments.start("blend", "old", "new")
    store.experiments.start("next", "old", "new")
    assert {one.name for one in store.experiments.all()} == {"blend", "next"}


@pytest.mark.parametrize(
    ("name", "percent", "said"), [("a:b", 50, "no name"), ("", 50, "no name"), ("x", 0, "0 %"), ("x", 100, "100 %")]
)
def test_what_makes_no_sense_is_not_begun(store: Store, name: str, percent: int, said: str) -> None:
    with pytest.raises(BundlesmithError, match=said):
        store.experiments.start(name, "old", "new", percent)
    assert store.experiments.all() == []


def test_ending_what_there_is_not(store: Store) -> None:
    store.experiments.start("blend", "old", "new")
    with pytest.raises(BundlesmithError, match='no experiment "blond"'):
        store.experiments.end("blond")


def test_outcomes_count_customers_each_once(store: Store) -> None:
    blend = store.experiments.start("blend", "old", "new")
    shown = [("a1", "A", "ann"), ("a2", "A", "ann"), ("a3", "A", "abe"), ("b1", "B", "bob"), ("b2", "B", None)]
    store.shown.add([Shown(bundle, "m", "r", f"blend:{side}", user, ("tent",), 1) for bundle, side, user in shown])
    store.shown.add([Shown("other", "m", "r", "next:A", "eve", ("tent",), 1)])
    for user, kind, bundle in [
        ("ann", "buy", "a1"),
        ("ann", "purchase", "a2"),
        ("abe", "cart", "a3"),
        ("abe", "buy", "a1"),  # that was shown to another
        ("bob", "buy", None),  # of no bundle
        ("eve", "buy", "other"),
    ]:
        store.events.add(user, [NewEvent("tent", kind, 1, bundle_id=bundle)])
    for bundle, verdict in (("a1", "up"), ("a3", "up"), ("a3", "down"), ("b1", "up"), ("b2", "up")):
        store.feedback.add(Feedback("ann", bundle, verdict, "", ("tent",), "m", None, 1))  # type: ignore[arg-type]
    assert store.experiments.outcomes(blend) == {"A": VariantCounts(2, 1, 1, 1), "B": VariantCounts(1, 1, 0, 0)}
