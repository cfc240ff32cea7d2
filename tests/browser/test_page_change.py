"""Changing a set, judging it, buying it, and giving it to others."""

import json

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, api
from tests.browser.steps import ask, kept, titles


def test_items_are_kept_dropped_swapped_and_all_is_undone(address: str, visit: Visit) -> None:
    page = visit(address)
    turn = ask(page, "a present for a friend who loves tea, under 100, 4 items")
    first = titles(turn)
    turn.get_by_role("button", name=f"Keep: {first[0]}").click()
    _swap(page, first[2])
    swapped = titles(turn)
    assert len(set(swapped) - set(first)) == 1 and first[2] not in swapped and first[0] in swapped
    assert sum(item["price"] for item in kept(page)["turns"][0]["sets"][0]["items"]) <= 100
    turn.get_by_role("button", name=f"Leave out: {swapped[1]}").click()
    assert titles(turn) == [title for title in swapped if title != swapped[1]]
    page.keyboard.press("Control+z")
    assert titles(turn) == swapped
    for _ in range(2):
        page.get_by_role("button", name="Undo").click()
    assert titles(turn) == first
    expect(turn.get_by_role("button", name=f"Keep: {first[0]}")).to_have_attribute("aria-pressed", "false")


def _swap(page: Page, title: str) -> None:
    page.get_by_role("button", name=f"Swap: {title}").click()
    page.get_by_role("button", name="Take: ").first.click()
    page.locator(".swaps").wait_for(state="detached")


def test_several_sets_to_choose_from(address: str, visit: Visit) -> None:
    page = visit(address)
    turn = ask(page, "toys for a rainy day, 2 items")
    first = titles(turn)
    page.get_by_role("tab").first.press("ArrowRight")
    expect(page.get_by_role("tab").nth(1)).to_be_focused()
    expect(page.get_by_role("tab").nth(1)).to_have_attribute("aria-selected", "true")
    assert titles(turn) != first


def test_the_basket_is_an_event_and_a_thumb_is_feedback(address: str, visit: Visit) -> None:
    page = visit(address)
    turn = ask(page, "a weekend in the mountains, 2 items")
    items = [item["item"] for item in kept(page)["turns"][0]["sets"][0]["items"]]
    turn.get_by_role("button", name="Add to basket").click()
    expect(turn.get_by_role("button", name="In the basket")).to_be_disabled()
    guest = page.evaluate("localStorage.getItem('bundlesmith.guest')")
    history = api(f"{address}/v1/users/{guest}")["history"]
    assert {(item["item"], item["kind"]) for item in history} == {(item, "cart") for item in items}
    with page.expect_response("**/v1/feedback") as good:
        turn.get_by_role("button", name="I like it").click()
    assert good.value.ok
    turn.get_by_role("button", name="I don't like it").click()
    with page.expect_response("**/v1/feedback") as bad:
        turn.get_by_role("button", name="Too expensive").click()
    assert bad.value.ok
    assert json.loads(bad.value.request.post_data or "")["reason"] == "Too expensive"
    assert api(f"{address}/v1/users/{guest}", "DELETE")["feedback"] >= 1


def test_a_link_of_nonsense_is_no_set(address: str, visit: Visit) -> None:
    page = visit(f"{address}/#set=nonsense")
    page.locator(".example").first.wait_for()
    assert page.locator(".turn").count() == 0
