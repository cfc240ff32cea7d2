"""Changing a set, judging it, buying it, and giving it to others."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, api
from tests.browser.steps import answered, ask, kept, titles, total

pytestmark = pytest.mark.slow


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


def test_what_is_said_of_a_changed_set_is_of_the_set_as_it_is(address: str, visit: Visit) -> None:
    page = visit(address)
    turn = ask(page, "a picnic by the lake, under 150, 4 items")
    gone = titles(turn)[1]
    before = turn.locator(".explanation").inner_text()
    turn.get_by_role("button", name=f"Leave out: {gone}").click()
    expect(turn.get_by_text("Looking at the set")).to_have_count(0)
    expect(turn.locator(".explanation")).not_to_have_text(before)
    found = kept(page)["turns"][0]["sets"][0]
    assert len(found["items"]) == 3 and len(found["reasons"]) == 3
    left = {item["item"] for item in found["items"]} | {None}
    assert {claim["item"] for claim in found["claims"]} <= left
    assert turn.locator(".claim").count() > 0
    turn.get_by_role("button", name="Why?").first.click()
    expect(turn.get_by_text("What weighed in")).to_be_visible()  # for the set as it is
    page.get_by_role("button", name="Undo").click()
    expect(turn.locator(".explanation")).to_have_text(before)


def test_cheaper_and_one_more(address: str, visit: Visit) -> None:
    page = visit(address)
    first = total(ask(page, "a desk to write at, 2 items"))
    page.get_by_role("button", name="Cheaper").click()
    cheaper = answered(page, 2)
    assert total(cheaper) < first
    before = titles(cheaper)
    cheaper.get_by_role("button", name="One more").click()
    more = answered(page, 3)
    assert len(titles(more)) == 3 and set(before) < set(titles(more))


def test_a_set_is_shared_by_link_and_copied(address: str, visit: Visit) -> None:
    page = visit(address, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_label("Customer").select_option(index=1)
    turn = ask(page, "a garden on the balcony, under 90, 2 items")
    wanted, user = titles(turn), page.get_by_label("Customer").input_value()
    turn.get_by_text("Share or copy").click()
    text = _copied(page, "Copy as text")
    assert all(title in text for title in wanted) and turn.locator(".explanation").inner_text() in text
    assert turn.locator(".total strong").inner_text() in text
    said = json.loads(_copied(page, "Copy as JSON"))
    assert [item["title"] for item in said["items"]] == wanted
    link = _copied(page, "Copy link")
    assert link.startswith(address)
    other = visit(link)
    shared = other.locator(".turn")
    expect(shared.locator(".card")).to_have_count(2)
    assert titles(shared) == wanted
    expect(other.get_by_label("Budget for the set")).to_have_value("90")
    assert user not in json.dumps(kept(other))  # it isn't said who asked


def _copied(page: Page, name: str) -> str:
    page.evaluate("navigator.clipboard.writeText('')")
    page.get_by_role("button", name=name).click()
    page.get_by_text("Copied.").last.wait_for()
    return str(page.evaluate("navigator.clipboard.readText()"))


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
