"""The page of the shop's people, as they use it."""

import re
import subprocess
import sys

import httpx2 as httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, Visit


@pytest.fixture(scope="module")
def key(address: str, store: str) -> str:
    make = [sys.executable, "-m", "bundlesmith", "keys", "add", "boss", "--role", "admin", "--store", store]
    return subprocess.run(make, check=True, capture_output=True, text=True).stdout.strip()


def opened(page: Page, key: str) -> Page:
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Open").click()
    return page


def test_without_an_administrators_key_nothing_is_shown(address: str, visit: Visit) -> None:
    page = opened(visit(f"{address}/admin"), "not-a-key")
    expect(page.get_by_label("Key")).to_have_value("")
    expect(page.get_by_text("The last hour")).to_be_hidden()
    expect(page.get_by_text("An administrator's key")).to_be_visible()


def test_figures_are_shown_and_a_price_holds_at_once(address: str, key: str, visit: Visit) -> None:
    page = opened(visit(f"{address}/admin"), key)
    expect(page.get_by_role("region", name="Now").get_by_text("Valid bundles")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Requests of each minute"))).to_be_visible()
    page.get_by_role("searchbox", name="Search").fill("tent")
    page.get_by_role("search").get_by_role("button").click()
    expect(page.get_by_text(re.compile(r"^\d+ items"))).to_be_visible()
    row = (
        page.get_by_role("region", name="Catalogue").get_by_role("row").filter(has_text=re.compile("tent", re.I)).first
    )
    name = row.get_by_role("cell").first.inner_text()
    row.get_by_label(re.compile("^Price of")).fill("12.34")
    row.get_by_label(re.compile("^Stock of")).fill("7")
    row.get_by_role("button").click()
    expect(page.locator(".toast")).to_contain_text("Saved")
    found = httpx.get(f"{address}/v1/items/{name}").json()
    assert (found["price"], found["stock"]) == (12.34, 7)


def test_two_models_answer_side_by_side_and_mistakes_are_said(address: str, key: str, visit: Visit) -> None:
    page = opened(visit(f"{address}/admin"), key)
    page.get_by_role("textbox", name="Request").fill("two things for tea")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".answer")).to_have_count(2, timeout=PATIENCE)
    assert page.locator(".answer li").count() >= 4
    page.get_by_role("textbox", name="Name").fill("blend")
    page.get_by_role("button", name="Begin").click()  # there is but one model
    expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(address: str, key: str, visit: Visit, theme: str) -> None:
    page = opened(visit(f"{address}/admin", color_scheme=theme, viewport={"width": 390, "height": 844}), key)
    expect(page.get_by_role("region", name="Catalogue").get_by_role("row")).to_have_count(21)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
