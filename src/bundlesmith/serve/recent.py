"""The latest requests for bundles that this process answered, and what they say together."""

import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

REQUESTS_KEPT = 50_000
"""The most requests that are kept."""


@dataclass(frozen=True, slots=True)
class TimedRequest:
    """One request.

    Attributes:
        model: the name of the run that answered, or was to.
        seconds, first_item: until its end, and until the first item was decided.
        bundles, wanted: how many came, and how many were asked for.
        valid: how many of them keep the rules, as `bundlesmith.pipeline.satisfied` reads them.
        cached: whether it was answered before.
        error: the kind of error, "" for an answer.
        time: when it ended, in seconds since 1970.
    """

    model: str
    seconds: float
    first_item: float = 0.0
    bundles: int = 0
    wanted: int = 0
    valid: int = 0
    cached: bool = False
    error: str = ""
    time: float = field(default_factory=time.time)


class Recent:
    """The latest requests.

    Attributes:
        since: when counting began, in seconds since 1970.
    """

    def __init__(self) -> None:
        self.since = time.time()
        self._asked: deque[TimedRequest] = deque(maxlen=REQUESTS_KEPT)

    def add(self, asked: TimedRequest) -> None:
        """Keep one."""
        self._asked.append(asked)

    def of(self, minutes: int, now: float) -> list[TimedRequest]:
        """Those of the last minutes, oldest first."""
        return [asked for asked in list(self._asked) if now - 60 * minutes <= asked.time <= now]


def together(asked: Sequence[TimedRequest], minutes: int, now: float) -> dict[str, Any]:
    """What requests of the last minutes say, as JSON values: counts, milliseconds, and a row for each minute."""
    answers = [one for one in asked if not one.error]
    written = [one for one in answers if not one.cached]
    return {
        "requests": len(asked),
        "answers": len(answers),
        "cached": len(answers) - len(written),
        "short": sum(one.bundles < one.wanted for one in answers),
        "bundles": sum(one.bundles for one in written),
        "valid": sum(one.valid for one in written),
        "errors": dict(sorted(Counter(one.error for one in asked if one.error).items())),
        "whole": quantiles([one.seconds for one in written]),
        "first_item": quantiles([one.first_item for one in written]),
        "minutes": _by_minute(asked, minutes, now),
    }


def quantiles(seconds: Sequence[float]) -> dict[str, float | None]:
    """The median and the 95th percentile, in milliseconds; None of nothing."""
    if not seconds:
        return {"p50": None, "p95": None}
    middle, late = np.percentile(seconds, [50, 95])
    return {"p50": round(1000 * float(middle), 1), "p95": round(1000 * float(late), 1)}


def _by_minute(asked: Sequence[TimedRequest], minutes: int, now: float) -> list[dict[str, Any]]:
    """Each of the last minutes, oldest first: when it began, its requests, errors, and what its answers took."""
    rows: list[list[TimedRequest]] = [[] for _ in range(minutes)]
    for one in asked:
        rows[max(minutes - 1 - int((now - one.time) / 60), 0)].append(one)
    return [
        {
            "time": int(now) - 60 * (minutes - place),
            "requests": len(row),
            "errors": sum(bool(one.error) for one in row),
            **quantiles([one.seconds for one in row if not (one.error or one.cached)]),
        }
        for place, row in enumerate(rows)
    ]
