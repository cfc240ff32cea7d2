"""What was shown, what was said of it, and what is counted."""

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.store import Feedback, Figures, NewEvent, Shown, Store
from bundlesmith.store.feedback import Verdict


def showing(
    bundle: str, variant: str | None = None, user: str | None = "ann", model: str = "m", run: str = "r"
) -> Shown:
    return Shown(bundle, model, run, variant, user, ("tent", "lamp"), 1)


def saying(bundle: str, verdict: Verdict, variant: str | None = None, reason: str = "") -> Feedback:
    return Feedback("ann", bundle, verdict, reason, ("tent",), "m", variant, 1)


def test_a_bundle_that_was_shown_is_found(store: Store) -> None:
    store.shown.add([showing("b1", "A"), showing("b2", user=None)])
    store.shown.add([showing("b2", "B"), showing("b3")])
    store.shown.add([])
    assert store.shown.find("b1") == showing("b1", "A")
    assert store.shown.find("b2") == showing("b2", user=None)  # as it was told first
    assert store.shown.find("b3") == showing("b3")
    assert store.shown.find("b4") is None


def test_figures_count_bundles_by_model_run_and_variant(store: Store) -> None:
    store.shown.add([showing(f"a{n}", "A") for n in range(4)] + [showing(f"b{n}", "B") for n in range(2)])
    store.shown.add([showing("n", None, run="q"), showing("p", None, run="q"), showing("o", None, model="other")])
    for said in (
        saying("a0", "down", "A"),
        saying("a0", "up", "A"),
        saying("a1", "down", "A"),
        saying("b0", "up", "B"),
    ):
        store.feedback.add(said)
    events = [("a0", "cart"), ("a0", "cart"), ("a0", "buy"), ("a1", "basket"), ("b1", "purchase"), ("b0", "view")]
    store.events.add("ann", [NewEvent("tent", kind, 1, bundle_id=bundle) for bundle, kind in events])
    store.events.add("ann", [NewEvent("tent", "buy", 1), NewEvent("tent", "buy", 1, bundle_id="never shown")])
    assert store.feedback.figures() == [
        Figures("m", "q", None, 2, 0, 0, 0, 0),
        Figures("m", "r", "A", 4, 1, 1, 2, 1),
        Figures("m", "r", "B", 2, 1, 0, 0, 1),
        Figures("other", "r", None, 1, 0, 0, 0, 0),
    ]


def test_there_are_no_figures_of_nothing(store: Store) -> None:
    assert store.feedback.figures() == []


def test_feedback_is_up_or_down(store: Store) -> None:
    with pytest.raises(BundlesmithError, match='The verdict is "maybe"'):
        store.feedback.add(saying("b", "maybe"))  # type: ignore[arg-type]
    with pytest.raises(BundlesmithError, match="NUL"):
        store.feedback.add(saying("b", "up", reason="a\0b"))
    assert store.feedback.figures() == []
