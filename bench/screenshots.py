"""Pictures of both pages for the docs, from a service of a run: phone, tablet and desktop, light and dark.

python -m bench.screenshots build/demo/run docs/images
"""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, ViewportSize, sync_playwright
from playwright.sync_api import TimeoutError as TooSlow

from bench.served import Served

PORT, FOLDER = 8311, Path("build/screenshots")
NARROW = "for (const box of document.querySelectorAll('details.panel')) box.open = innerWidth > 899"
WIDTHS = {390: 1500, 820: 1500, 1440: 1150}
"""Widths, and a height at which there is something to see."""
READY, SHOWN, TRIES = 900.0, 120_000, 5
"""So many seconds a service may take to start, and so many milliseconds an answer to appear, on a busy machine; a
request that was turned away, or took longer, is asked again, so often in all."""


def main() -> None:
    """Take them."""
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with Served(Path(sys.argv[1]), FOLDER, "transformers", PORT) as served, sync_playwright() as playwright:
        served.until_ready(READY)
        url, key = served.url, _key(served.store)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            for name, page in (
                ("page", _shop(browser, url, scheme)),
                ("admin", _admin(browser, f"{url}/admin", scheme, key)),
            ):
                for width, height in WIDTHS.items():
                    page.set_viewport_size({"width": width, "height": height})
                    page.evaluate(f"{NARROW}; scrollTo(0, 0)")
                    page.wait_for_timeout(400)
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
        browser.close()


def _key(store: str) -> str:
    make = ["-m", "bundlesmith", "keys", "add", secrets.token_hex(4), "--role", "admin", "--store", store]
    return subprocess.run([sys.executable, *make], check=True, capture_output=True, text=True).stdout.strip()


def _opened(browser: Browser, url: str, scheme: str) -> Page:
    size = ViewportSize(width=1440, height=1150)
    page = browser.new_context(viewport=size, color_scheme="dark" if scheme == "dark" else "light").new_page()
    page.set_default_timeout(SHOWN)
    page.goto(url)
    return page


def _shop(browser: Browser, url: str, scheme: str) -> Page:
    page = _opened(browser, url, scheme)
    page.locator(".example").first.wait_for()
    _until_shown(page, _ask, page.get_by_role("button", name="Add to basket"))
    page.get_by_role("button", name="Why?").first.click()
    page.locator(".rests meter").first.wait_for()
    page.mouse.click(4, 600)
    return page


def _admin(browser: Browser, url: str, scheme: str, key: str) -> Page:
    page = _opened(browser, url, scheme)
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Open").click()
    _until_shown(page, _compare, page.locator(".answer"))
    return page


def _ask(page: Page) -> None:
    page.get_by_label("Your message").fill("coffee for two, under 120, 3 items")
    page.get_by_label("Your message").press("Enter")


def _compare(page: Page) -> None:
    page.get_by_role("button", name="Compare").click()


def _until_shown(page: Page, act: Callable[[Page], None], shown: Locator) -> None:
    """Do something until what it leads to is there."""
    for left in reversed(range(TRIES)):
        act(page)
        try:
            shown.first.wait_for()
            break
        except TooSlow:
            if not left:
                raise


if __name__ == "__main__":
    main()
