"""Write events, and say so once each is acknowledged: `python -m tests.serve.store.crash_job URL USER FIRST [COUNT]`.

Prints a line for each number from FIRST on, whose events are stored (two each: `events_of`). Without COUNT it goes on
until it is killed. `python` runs it; `killed_at` starts and kills it.
"""

import subprocess
import sys
import time
from itertools import count

from bundlesmith.serve.store import NewEvent, open_store


def events_of(number: int) -> list[NewEvent]:
    """What is written at once for a number."""
    return [NewEvent(f"i{number}", kind, number, event_id=f"{number}-{kind}") for kind in ("view", "cart")]


def main(url: str, user: str, first: str, many: str = "") -> None:
    """Write."""
    store = open_store(url)
    print("ready", flush=True)
    for number in range(int(first), int(first) + int(many)) if many else count(int(first)):
        store.events.add(user, events_of(number))
        print(number, flush=True)


def start(url: str, user: str, first: int, many: int | str = "") -> subprocess.Popen[str]:
    """Start a writer; its first line is "ready"."""
    words = [sys.executable, "-m", "tests.serve.store.crash_job", url, user, str(first), *([str(many)] if many else [])]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def killed(job: subprocess.Popen[str], seconds: float) -> list[int]:
    """SIGKILL a writer so long after it is ready; the numbers that it said were stored."""
    assert job.stdout is not None
    assert job.stdout.readline() == "ready\n"
    time.sleep(seconds)
    job.kill()
    said = job.stdout.read().splitlines(keepends=True)
    job.stdout.close()
    job.wait()
    return [int(line) for line in said if line.endswith("\n")]


if __name__ == "__main__":
    main(*sys.argv[1:])
