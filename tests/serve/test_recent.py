"""What the latest requests say together."""

from bundlesmith.serve.recent import REQUESTS_KEPT, Recent, TimedRequest, quantiles, together

NOW = 10_000.0


def test_the_median_and_the_95th_percentile_by_hand() -> None:
    assert quantiles([n / 100 for n in range(101)]) == {"p50": 500.0, "p95": 950.0}
    assert quantiles([]) == {"p50": None, "p95": None}


def test_answers_from_the_cache_and_errors_say_nothing_of_times() -> None:
    asked = [
        TimedRequest("m", 2.0, 1.0, 2, 3, 2, time=NOW - 5),
        TimedRequest("m", 4.0, 3.0, 1, 1, 0, time=NOW - 5),
        TimedRequest("m", 0.001, 0.0, 1, 1, cached=True, time=NOW - 70),
        TimedRequest("m", 60.0, wanted=1, error="DeadlineError", time=NOW - 70),
    ]
    found = together(asked, 3, NOW)
    assert (found["requests"], found["answers"], found["cached"], found["short"]) == (4, 3, 1, 1)
    assert (found["bundles"], found["valid"], found["errors"]) == (3, 2, {"DeadlineError": 1})
    assert found["whole"] == {"p50": 3000.0, "p95": 3900.0} and found["first_item"] == {"p50": 2000.0, "p95": 2900.0}
    rows = [(row["time"], row["requests"], row["errors"], row["p50"]) for row in found["minutes"]]
    assert rows == [(9820, 0, 0, None), (9880, 2, 1, None), (9940, 2, 0, 3000.0)]


def test_only_the_latest_are_kept() -> None:
    recent = Recent()
    for n in range(REQUESTS_KEPT + 5):
        recent.add(TimedRequest("m", 1.0, time=float(n)))
    assert len(recent.of(60_000, NOW * 100)) == REQUESTS_KEPT
    assert [asked.time for asked in recent.of(1, NOW)] == [float(n) for n in range(9940, 10_001)]
