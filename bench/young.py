"""Sets for everyday words from shops that nothing was trained for: of a catalogue alone, and of one with baskets.

    make bench-young
    python -m bench.young build/second-shop/catalogue build/second-shop/data

Serves both by `bundlesmith serve --data`, and asks them over HTTP what `bench.everyday` asks the second shop.
"""

import argparse
from pathlib import Path

from bench.everyday import asked, figures, load_requests, scored, types_of
from bench.served import Served
from bench.table import publish
from bundlesmith.data.tables import load

LOADING = 600.0
"""Seconds that the service has to be ready; it makes both runs first."""
FOLDER, PORT = Path("build/young"), 8093


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalogue", type=Path, help="the second shop's catalogue, prepared")
    parser.add_argument("baskets", type=Path, help="the same with baskets, prepared")
    parser.add_argument("--port", type=int, default=PORT)
    given = parser.parse_args()
    shops = {"catalogue": given.catalogue.absolute(), "baskets": given.baskets.absolute()}
    requests, items = load_requests("en", "second"), types_of(load(given.catalogue).items, "second")
    rows = []
    data = [word for name, folder in shops.items() for word in ("--data", f"{name}={folder}")]
    with Served(None, FOLDER, "transformers", given.port, *data) as served:
        served.until_ready(LOADING)
        for name in shops:
            sets = asked(served.url, name, requests)
            rows.append({"": name, **figures([scored(sets[each.words], each, items) for each in requests])})
    publish("young", rows, upright=True)


if __name__ == "__main__":
    main()
