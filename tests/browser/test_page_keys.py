"""The page away from this machine: with a customer's token, with a public key, and without what has no place in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bundlesmith.store import KeyRights, Store, open_store
from tests.browser.conftest import Visit, api, serving
from tests.browser.steps import ask, kept

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def far(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Store]]:
    """A service that asks for keys, and its store."""
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    with serving("--run", f"demo={tiny_run}", "--store", store, "--host", "0.0.0.0") as url:
        opened = open_store(store)
        yield url, opened
        opened.close()


def held(page: Page) -> str:
    return str(page.evaluate("sessionStorage.getItem('bundlesmith.key') ?? ''"))


def until_held(page: Page, parts: int) -> None:
    """Wait until the page holds a key, or a token of so many parts; 1 for nothing."""
    for _ in range(600):
        if held(page).count(".") + 1 == parts and (parts > 1 or not held(page)):
            return
        page.wait_for_timeout(50)
    raise AssertionError(held(page))


def type_key(page: Page, key: str) -> None:
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Use").click()


def basket(page: Page) -> Any:
    ask(page, "coffee, 2 items").get_by_role("button", name="Add to basket").click()
    expect(page.locator(".toast")).to_be_visible()
    return [item["item"] for item in kept(page)["turns"][0]["sets"][0]["items"]]


def test_a_customers_token_names_that_customer_alone(far: tuple[str, Store], visit: Visit) -> None:
    url, store = far
    server = store.keys.add("server", KeyRights(role="server"))
    (known,) = api(f"{url}/v1/users?sample=1", key=server)["users"]
    token = api(f"{url}/v1/tokens", "POST", {"user": known["user"]}, server)["token"]
    page = visit(f"{url}/#token={token}")
    expect(page.locator("#user")).to_have_value(known["user"])
    expect(page.locator("#user option")).to_have_count(2)
    assert token not in page.url and held(page) == token
    items = basket(page)
    assert [event.item for event in store.events.of_user(known["user"])] == items


def test_a_public_key_becomes_a_guests_token_and_others_are_refused(far: tuple[str, Store], visit: Visit) -> None:
    url, store = far
    page = visit(url)
    expect(page.locator("#door")).to_be_visible()
    for role in ("server", "admin"):
        type_key(page, store.keys.add(f"the {role}'s", KeyRights(role=role)))
        expect(page.locator("#door")).to_be_visible()
        until_held(page, 1)
    public = store.keys.add("public")
    type_key(page, public)
    until_held(page, 3)
    guest = api(f"{url}/v1/me", key=held(page))["user"]
    expect(page.locator("#user option")).to_have_count(1)
    items = basket(page)
    assert [event.item for event in store.events.of_user(guest)] == items
    page.reload()
    expect(page.locator(".turn .card")).to_have_count(2)
    assert api(f"{url}/v1/me", key=held(page))["user"] == guest
