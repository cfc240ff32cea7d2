"""How soon the page shows something: its first content, and the first card after the engine's first item.

    python -m bench.page build/demo/run

Drives Debian's Chromium on a service of a run.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.served import Served, percentile
from bench.table import publish

ASKS, PORT, FOLDER = 10, 8310, Path("build/bench/page")
NAMES = ("first content", "the engine's first item", "the first card, after that")
MARKS = "performance.getEntriesByType('mark').map((one) => [one.name, one.startTime, one.detail])"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def main() -> None:
    """Measure."""
    with Served(Path(sys.argv[1]), FOLDER, "transformers", PORT) as served, sync_playwright() as playwright:
        served.until_ready()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        found = [_measured(browser.new_context().new_page(), served.url, number) for number in range(ASKS)]
        browser.close()
    rows: list[dict[str, Any]] = []
    for name, values in zip(NAMES, zip(*found, strict=True), strict=True):
        times = list(values)
        rows.append({"milliseconds to": name, "median": percentile(times, 0.5), "worst": max(times)})
    publish("page", rows)


def _measured(page: Page, url: str, number: int) -> tuple[float, float, float]:
    """Times of one visitor, whose request nobody made before."""
    page.goto(url)
    page.wait_for_function(PAINTED)
    page.locator(".example").first.wait_for()
    page.get_by_label("Your message").fill(f"a present, under {90 + number}, 3 items")
    page.get_by_label("Your message").press("Enter")
    page.get_by_role("button", name="Add to basket").wait_for(timeout=120_000)
    marks = page.evaluate(MARKS)
    when = {name: time for name, time, _ in reversed(marks)}
    engine = next(detail["first_item"] for name, _, detail in marks if name == "answered")
    return page.evaluate(PAINTED), engine, when["item"] - when["asked"] - engine


if __name__ == "__main__":
    main()
