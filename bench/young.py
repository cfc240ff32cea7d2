"""Sets for everyday words from shops that nothing was trained for: of a catalogue alone, and of one with baskets.

    make bench-young
    python -m bench.young build/second-shop/catalogue build/second-shop/data

Serves both by `bundlesmith serve --data`, and asks them over HTTP what `bench.everyday` asks the second shop.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2

from bench.everyday import asked, figures, load_requests, scored, types_of
from bench.table import publish
from bundlesmith.prepare.tables import load

LOADING = 600.0
"""Seconds that the service has to be ready; it makes both runs first."""
PORT = 8093


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalogue", type=Path, help="the second shop's catalogue, prepared")
    parser.add_argument("baskets", type=Path, help="the same with baskets, prepared")
    parser.add_argument("--port", type=int, default=PORT)
    given = parser.parse_args()
    requests, items = load_requests("en", "second"), types_of(load(given.catalogue).items, "second")
    rows = []
    with tempfile.TemporaryDirectory() as work:
        command = [sys.executable, "-m", "bundlesmith", "serve", "--port", str(given.port)]
        command += ["--data", f"catalogue={given.catalogue}", "--data", f"baskets={given.baskets}"]
        service = subprocess.Popen([*command, "--store", f"sqlite:///{work}/store.db"], start_new_session=True)
        try:
            url = _ready(f"http://127.0.0.1:{given.port}", service)
            for name in ("catalogue", "baskets"):
                sets = asked(url, name, requests)
                rows.append({"": name, **figures([scored(sets[each.words], each, items) for each in requests])})
        finally:
            if service.poll() is None:
                os.killpg(service.pid, signal.SIGTERM)
            service.wait()
    publish("young", rows, upright=True)


def _ready(url: str, service: "subprocess.Popen[bytes]") -> str:
    end = time.monotonic() + LOADING
    while time.monotonic() < end and service.poll() is None:
        try:
            if httpx2.get(f"{url}/readyz", trust_env=False).is_success:
                return url
        except httpx2.TransportError:
            pass
        time.sleep(1)
    raise SystemExit(f"The service was not ready within {LOADING:.0f} s, or ended with {service.poll()}.")


if __name__ == "__main__":
    main()
