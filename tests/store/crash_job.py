"""Write, and say what was acknowledged: `python -m tests.store.crash_job URL USER FIRST [COUNT]`.

Prints a line for each number from FIRST on that is stored: two events (`events_of`) and a change of the model "m", for
an item "USER-NUMBER". Without COUNT it goes on until it is killed. Used through `start` and `killed`.
"""

import subprocess
import sys
import time
from itertools import count

from bundlesmith.store import NewEvent, open_store


def events_of(number: int) -> list[NewEvent]:
    """What is written at once for a number."""
    return [NewEvent(f"i{number}", kind, number, event_id=f"{number}-{kind}") for kind in ("view", "cart")]


def main(url: str, user: str, first: str, many: str = "") -> None:
    """Write."""
    store = open_store(url)
    print("ready", flush=True)
    for number in range(int(first), int(first) + int(many)) if many else count(int(first)):
        store.events.add(user, events_of(number))
        with store.changing("m") as log:
            log.append(f"{user}-{number}", {"number": number})
        print(number, flush=True)


def start(url: str, user: str, first: int, many: int | str = "") -> subprocess.Popen[str]:
    """Start a writer; its first line is "ready"."""
    words = [sys.executable, "-m", "tests.store.crash_job", url, user, str(first), *([str(many)] if many else [])]
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
