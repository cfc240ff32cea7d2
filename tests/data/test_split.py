from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundlesmith.data.split import split
from bundlesmith.data.tables import BUNDLES, EVENTS, SPLITS
from bundlesmith.errors import BundlesmithError


def events_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(EVENTS) | {"item_id": "a"} | row for row in rows], schema=EVENTS)


def bundles_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(BUNDLES) | {"items": ["a", "b"]} | row for row in rows], schema=BUNDLES)


def test_sessions_go_in_time_order_80_10_10():
    rows = [{"user_id": f"u{n % 3}", "session_id": str(n), "timestamp": 100 - n} for n in range(20)]
    events, _ = split(events_of(rows), bundles_of([]), seed=0)
    assert events["split"].to_list() == ["test"] * 2 + ["valid"] * 2 + ["train"] * 16


def test_sessions_of_one_moment_stay_together():
    rows = [{"user_id": "u", "session_id": str(n), "timestamp": 1 if n < 5 else 2 if n < 9 else 3} for n in range(10)]
    events, _ = split(events_of(rows), bundles_of([]), seed=0)
    names = dict(zip(events["timestamp"], events["split"], strict=True))
    assert names == {1: "train", 2: "valid", 3: "test"}
    assert len(set(zip(events["timestamp"], events["split"], strict=True))) == 3


def test_a_session_goes_by_its_first_moment():
    rows = [{"user_id": "u", "session_id": str(n), "timestamp": n} for n in range(10)]
    late = {"user_id": "u", "session_id": "0", "timestamp": 1000}
    events, _ = split(events_of([*rows, late]), bundles_of([]), seed=0)
    assert events["split"].to_list() == ["train"] * 8 + ["valid", "test", "train"]


def test_users_go_by_their_last_moment():
    rows = [{"user_id": f"u{n}", "timestamp": n} for n in range(10)]
    rows.append({"user_id": "u0", "timestamp": 99})
    bundles = bundles_of([{"user_id": "u0", "timestamp": 0}, {"user_id": "u1"}])
    events, bundles = split(events_of(rows), bundles, seed=0)
    assert events["split"].to_list() == ["test"] + ["train"] * 8 + ["valid", "test"]
    assert bundles["split"].to_list() == ["test", "train"]


def test_users_without_time_are_dealt_out_by_the_seed():
    bundles = bundles_of([{"user_id": f"u{n % 40}"} for n in range(80)])
    first, again, other = (split(events_of([]), bundles, seed)[1]["split"] for seed in (1, 1, 2))
    assert first.to_list() == again.to_list() != other.to_list()
    assert first.value_counts().sort("split")["count"].to_list() == [8, 64, 8]
    assert first[:40].to_list() == first[40:].to_list()


def test_identical_bundles_without_user_and_session_stay_together():
    sets = [["a", str(n % 15)] for n in range(30)]
    bundles = bundles_of([{"items": items if n < 15 else items[::-1]} for n, items in enumerate(sets)])
    names = split(events_of([]), bundles, seed=0)[1]["split"].to_list()
    assert names[:15] == names[15:] and set(names) == set(SPLITS)


def test_one_moment_for_all_is_no_order():
    rows = [{"user_id": "u", "session_id": str(n), "timestamp": 7} for n in range(20)]
    events, _ = split(events_of(rows), bundles_of([]), seed=0)
    assert events["split"].value_counts().sort("split")["count"].to_list() == [2, 16, 2]


def test_no_split_is_empty_from_three_units_on():
    rows = [{"user_id": "u", "session_id": str(n), "timestamp": n} for n in range(3)]
    assert split(events_of(rows), bundles_of([]), 0)[0]["split"].to_list() == ["train", "valid", "test"]
    rows += [{"user_id": "u", "session_id": f"x{n}", "timestamp": 2} for n in range(50)]
    assert split(events_of(rows), bundles_of([]), 0)[0]["split"].to_list()[-1] == "test"


def test_given_splits_hold_and_reach_the_session_and_what_is_open_trains():
    events = events_of([{"user_id": "u", "session_id": name, "timestamp": 9} for name in "ab"])
    bundles = bundles_of([{"session_id": "a", "split": "test"}, {"user_id": "w"}])
    events, bundles = split(events, bundles, seed=0)
    assert events["split"].to_list() == ["test", "train"]
    assert bundles["split"].to_list() == ["test", "train"]


def test_two_splits_for_one_session():
    events = events_of([{"user_id": "u", "session_id": "a", "timestamp": 9, "split": "train"}])
    with pytest.raises(BundlesmithError, match=r'session "a" into two splits: test and train'):
        split(events, bundles_of([{"session_id": "a", "split": "test"}]), seed=0)


def test_unknown_split():
    with pytest.raises(BundlesmithError, match=r'"validation" is not a split. Did you mean "valid"'):
        split(events_of([]), bundles_of([{"session_id": "a", "split": "validation"}]), seed=0)


KEYS = st.sampled_from([None, "1", "2", "3", "4", "5"])
TIMES = st.one_of(st.none(), st.integers(0, 6))
EVENT = st.fixed_dictionaries(
    {"user_id": st.sampled_from("uvwxyz"), "session_id": KEYS, "timestamp": st.integers(0, 6)}
)
BUNDLE = st.fixed_dictionaries(
    {
        "user_id": st.sampled_from([None, *"uvwxyz"]),
        "session_id": KEYS,
        "timestamp": TIMES,
        "items": st.permutations("abcd").map(lambda items: items[:2]),
    }
)


@given(st.lists(EVENT, max_size=25), st.lists(BUNDLE, max_size=25), st.integers(0, 3))
def test_no_unit_is_in_two_splits(event_rows, bundle_rows, seed):
    events, bundles = split(events_of(event_rows), bundles_of(bundle_rows), seed)
    assert dict(events.schema) == EVENTS and dict(bundles.schema) == BUNDLES
    assert events.drop("split").equals(events_of(event_rows).drop("split"))
    seen: dict[Any, str] = {}
    for row in [*events.iter_rows(named=True), *bundles.iter_rows(named=True)]:
        assert row["split"] in SPLITS
        unit = ("session", row["session_id"]) if row["session_id"] else ("user", row["user_id"])
        if unit == ("user", None):
            unit = ("set", frozenset(row["items"]))
        assert seen.setdefault(unit, row["split"]) == row["split"]


def folded(events: pl.DataFrame, bundles: pl.DataFrame, folds: int) -> list[tuple[list[str], list[str]]]:
    """The splits of events and bundles, for each fold."""
    found = [split(events, bundles, 1, folds, fold) for fold in range(folds)]
    return [(table["split"].to_list(), sets["split"].to_list()) for table, sets in found]


def test_folds_partition_the_sessions():
    rows = [{"user_id": "u", "session_id": str(n // 2), "timestamp": n} for n in range(200)]
    sets = [{"session_id": str(n), "items": [f"a{n}", f"b{n}"]} for n in range(100)]
    found = folded(events_of(rows), bundles_of(sets), 5)
    tested = [{n for n, name in enumerate(bundles) if name == "test"} for _, bundles in found]
    assert sorted(n for fold in tested for n in fold) == list(range(100))
    assert all(8 < len(fold) < 35 for fold in tested)
    for number, (events, bundles) in enumerate(found):
        assert events[::2] == events[1::2] == bundles
        assert {n for n, name in enumerate(bundles) if name == "valid"} == tested[(number + 1) % 5]
        assert bundles.count("train") == 100 - len(tested[number]) - len(tested[(number + 1) % 5])


def test_a_session_keeps_its_fold_when_there_are_more_and_changes_it_with_the_seed():
    few, many = (
        bundles_of([{"session_id": str(n), "items": ["a", str(n)]} for n in range(count)]) for count in (40, 80)
    )
    names = split(events_of([]), few, 1, 5, 0)[1]["split"]
    assert split(events_of([]), many, 1, 5, 0)[1]["split"][:40].to_list() == names.to_list()
    assert split(events_of([]), few, 2, 5, 0)[1]["split"].to_list() != names.to_list()


def test_sessions_that_are_tied_by_identical_bundles_share_a_fold():
    chain = [{"session_id": f"s{n}", "items": [f"i{n + k}", "x"][:: 1 - 2 * k]} for n in range(40) for k in (0, 1)]
    lone = [{"session_id": f"t{n}", "items": ["y", str(n)]} for n in range(40)]
    for _, bundles in folded(events_of([]), bundles_of(chain + lone), 5):
        assert len(set(bundles[:80])) == 1
        assert len(set(bundles[80:])) == 3


def test_without_a_session_the_user_has_the_fold_and_without_either_the_set():
    rows = [{"user_id": f"u{n % 30}", "timestamp": n} for n in range(60)]
    sets = [{"user_id": f"u{n}", "items": ["a", str(n)]} for n in range(30)] + [
        {"items": ["b", "c"]},
        {"items": ["c", "b"]},
    ]
    for events, bundles in folded(events_of(rows), bundles_of(sets), 3):
        assert events[:30] == events[30:] == bundles[:30]
        assert bundles[30] == bundles[31]


def test_folds_overrule_the_splits_of_the_source():
    sets = [{"session_id": str(n), "split": "train", "items": ["a", str(n)]} for n in range(40)]
    assert set(split(events_of([]), bundles_of(sets), 1, 5, 0)[1]["split"]) == set(SPLITS)


def test_a_fold_that_would_be_empty_is_refused():
    with pytest.raises(BundlesmithError, match=r'With 5 folds and seed 1 the split "\w+" of fold 0 is empty'):
        split(events_of([]), bundles_of([{"session_id": "1"}, {"session_id": "2"}]), 1, 5, 0)


@given(st.lists(EVENT, max_size=25), st.lists(BUNDLE, max_size=25), st.integers(0, 3))
def test_no_session_and_no_identical_bundle_is_in_two_folds(event_rows, bundle_rows, fold):
    try:
        events, bundles = split(events_of(event_rows), bundles_of(bundle_rows), 0, 4, fold)
    except BundlesmithError:
        return
    seen: dict[Any, str] = {}
    for row in events.iter_rows(named=True):
        unit = ("session", row["session_id"]) if row["session_id"] else ("user", row["user_id"])
        assert seen.setdefault(unit, row["split"]) == row["split"]
    for row in bundles.iter_rows(named=True):
        assert seen.setdefault(frozenset(row["items"]), row["split"]) == row["split"]
        if row["session_id"]:
            assert seen.setdefault(("session", row["session_id"]), row["split"]) == row["split"]
