"""What a service does with a rule that was added: a script of `tests/test_adding.py`.

    python -m tests.round_prices RUN FOLDER

The rule: the price of each written item is a multiple of 0.50.
"""

import sys
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from bundlesmith.constraints.rules import Rules
from bundlesmith.data.catalogue import Catalogue, open_catalogue
from bundlesmith.pipeline.satisfied import keeps
from bundlesmith.request import Request
from bundlesmith.serve.api import app
from tests.test_adding import PatientEngines, service_of

NAME = "round_prices"
SAID = {
    "en": ("only round prices, coffee for two", "all prices, round or not"),
    "zh": ("只要整价，喝咖啡", "零价也可以"),
}


def main(run: Path, folder: Path) -> None:
    catalogue = open_catalogue(run)
    uneven = next(row for row, cents in enumerate(catalogue.cents.tolist()) if cents % 50 and catalogue.stock[row])
    item = catalogue.ids[uneven]
    rule: dict[str, Any] = {NAME: True}
    assert keeps([item], Request(rules=Rules(1, 1)), catalogue)
    assert not keeps([item], Request(rules=Rules(1, 1, **rule)), catalogue)
    with TestClient(app.create_app(service_of(run, PatientEngines(), folder)), base_url="http://localhost") as client:

        def ask(path: str, **values: Any) -> Any:
            return client.post(path, json=values).json()

        for size, rules in ((20, {}), (10, rule)):
            answer = ask("/v1/bundles", size=str(size), only=_mixed(catalogue), **rules)
            prices = [each["price"] for bundle in answer["bundles"] for each in bundle["items"]]
            assert len(prices) == size and all(2 * price % 1 == 0 for price in prices) is bool(rules)
        refused = ask("/v1/bundles", size="1", only=[item], **rule)["error"]
        assert {"said": "round prices", "fields": [NAME]} in refused["conflict"]
        (way,) = [one for one in refused["relaxations"] if one["change"] == {NAME: False}]
        assert way["say"] == SAID["en"][1]
        for language, (on, off) in SAID.items():
            asked = ask("/v1/understand", text=on)["ask"]
            assert asked[NAME] is True and asked["words"], language
            assert ask("/v1/understand", text=off, ask=asked)["ask"][NAME] is False, language
    print("done")


def _mixed(catalogue: Catalogue) -> list[str]:
    """Ten items in stock with round prices, and ten with others."""
    stocked = [row for row in range(len(catalogue)) if catalogue.stock[row]]
    some = [[row for row in stocked if (int(catalogue.cents[row]) % 50 == 0) is even][:10] for even in (True, False)]
    return [catalogue.ids[row] for rows in some for row in rows]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
