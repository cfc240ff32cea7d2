"""The page as it comes, and how soon; the keyboard, which stops what takes too long. With the real model."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visit
from tests.browser.steps import answered, ask, kept

pytestmark = pytest.mark.slow


def test_the_page_is_shown_before_the_service_answers(real_address: str, browser: Browser) -> None:
    """The first paint waits for little, and for nothing of the API; `make bench-page` measures how long it takes."""
    page = browser.new_page()
    page.route("**/v1/**", lambda route: None)  # never answered
    page.goto(real_address, wait_until="commit")
    expect(page.get_by_label("Your message")).to_be_visible()
    painted = "new Promise((done) => new PerformanceObserver(done).observe({type: 'paint', buffered: true}))"
    page.evaluate(f"{painted}.then(() => true)")
    blocking = page.evaluate(
        """performance.getEntriesByType('resource').filter((one) => one.renderBlockingStatus == 'blocking')
        .map((one) => [one.name, one.encodedBodySize])"""
    )
    assert 1 <= len(blocking) <= 3 and sum(size for _, size in blocking) < 100_000, blocking
    page.close()


def test_a_card_is_seen_before_the_next_item_is_decided(real_address: str, visit: Visit) -> None:
    """By the times in the stream: `make bench-page` measures how much before."""
    page = visit(real_address)
    ask(page, "a long evening at the stove, 4 items")
    marks: list[Any] = page.evaluate(
        "performance.getEntriesByType('mark').map((one) => [one.name, one.startTime, one.detail])"
    )
    when = {name: time for name, time, _ in reversed(marks)}  # the first of each
    told = next(detail for name, _, detail in marks if name == "answered")
    assert told["first_item"] < told["bundle"] < told["whole"]
    assert when["item"] - when["asked"] < told["bundle"]


def test_the_keyboard_is_enough(real_address: str, visit: Visit) -> None:
    page = visit(real_address)
    page.locator(".example").first.wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_text("To the message field")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Your message")).to_be_focused()
    page.keyboard.type("tea, 3 items")
    page.keyboard.press("Enter")
    turn = answered(page, 1)
    keep = turn.get_by_role("button", name="Keep: ").first
    keep.focus()
    page.keyboard.press("Space")
    expect(keep).to_have_attribute("aria-pressed", "true")
    expect(keep).to_be_focused()
    page.get_by_label("Your message").fill("and a mug")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Send", exact=True).wait_for()
    assert kept(page)["turns"][1]["state"] == "stopped"
