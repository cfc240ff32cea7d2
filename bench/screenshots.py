"""Pictures of both pages for the docs, from a service of a run: phone, tablet and desktop, light and dark.

python -m bench.screenshots build/demo/run docs/images
"""

import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from bench.served import Served

PORT, FOLDER = 8311, Path("build/screenshots")
NARROW = "for (const box of document.querySelectorAll('details.panel')) box.open = innerWidth > 899"
WIDTHS = {390: 1500, 820: 1500, 1440: 1150}
"""Widths, and a height at which there is something to see."""


def main() -> None:
    """Take them."""
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with Served(Path(sys.argv[1]), FOLDER, "transformers", PORT) as served, sync_playwright() as playwright:
        served.until_ready()
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
    page.set_default_timeout(120_000)
    page.goto(url)
    return page


def _shop(browser: Browser, url: str, scheme: str) -> Page:
    page = _opened(browser, url, scheme)
    page.locator(".example").first.wait_for()
    page.get_by_label("Your message").fill("coffee for two, under 120, 3 items")
    page.get_by_label("Your message").press("Enter")
    page.get_by_role("button", name="Add to basket").wait_for()
    page.get_by_role("button", name="Why?").first.click()
    page.get_by_text("What weighed in").wait_for()
    page.mouse.click(4, 600)
    return page


def _admin(browser: Browser, url: str, scheme: str, key: str) -> Page:
    page = _opened(browser, url, scheme)
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="Compare").click()
    page.locator(".answer").first.wait_for()
    return page


if __name__ == "__main__":
    main()
