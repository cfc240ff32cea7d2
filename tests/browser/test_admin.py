"""The page of the shop's people, as they use it."""

import re
import subprocess
import sys
from pathlib import Path

import httpx2 as httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, Visit, api, serving

pytestmark = pytest.mark.slow

USERS = ("user-1", "user-2", "user-3")


def made_key(store: str) -> str:
    make = [sys.executable, "-m", "bundlesmith", "keys", "add", "boss", "--role", "admin", "--store", store]
    return subprocess.run(make, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def key(address: str, store: str) -> str:
    return made_key(store)


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
    expect(page.locator(".answer")).to_have_count(2, timeout=3 * PATIENCE)  # two models share the machine
    assert page.locator(".answer li").count() >= 4
    page.get_by_role("textbox", name="Name").fill("blend")
    page.get_by_role("button", name="Begin").click()  # there is but one model
    expect(page.get_by_role("alert")).to_be_visible()


def test_an_experiment_is_begun_watched_and_ended(tiny_run: Path, tmp_path: Path, visit: Visit) -> None:
    store = f"sqlite:///{tmp_path / 'store.db'}"
    with serving("--run", f"old={tiny_run}", "--run", f"new={tiny_run}", "--store", store) as url:
        page = opened(visit(f"{url}/admin"), made_key(store))
        page.get_by_role("textbox", name="Name").fill("spring")
        page.get_by_role("button", name="Begin").click()
        experiment = page.locator("#running > div")
        expect(experiment).to_contain_text("spring: old against new, 50 % on B")
        answers = [
            api(f"{url}/v1/bundles", "POST", {"user": user, "words": "tea", "n": 1}) for user in (*USERS, *USERS)
        ]
        models = [found["model"] for found in answers]
        assert models[: len(USERS)] == models[len(USERS) :]
        page.reload()
        shown = experiment.get_by_role("row").nth(1).get_by_role("cell")
        counted = [int(re.search(r"of (\d+)", shown.nth(side).inner_text()).group(1)) for side in (1, 2)]
        assert counted == [models[: len(USERS)].count(model) for model in ("old", "new")]
        experiment.get_by_role("button", name="End it").click()
        expect(experiment).to_contain_text("over")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(address: str, key: str, visit: Visit, theme: str) -> None:
    page = opened(visit(f"{address}/admin", color_scheme=theme, viewport={"width": 390, "height": 844}), key)
    expect(page.get_by_role("region", name="Catalogue").get_by_role("row")).to_have_count(21)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
