"""Words on the page: what is no wish is answered in words; what can't be met offers ways out as buttons."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.steps import answered, ask, say, titles, total

pytestmark = pytest.mark.slow


def reply(page: Page, text: str, turns: int) -> str:
    """Say something that is answered in words: these."""
    say(page, text)
    said = page.locator(".turn").nth(turns - 1).locator(".reply")
    said.wait_for()
    page.get_by_role("button", name="Send", exact=True).last.wait_for()
    return said.inner_text()


def test_what_is_no_wish_is_answered_in_words(address: str, visit: Visit) -> None:
    page = visit(address)
    assert "Hello" in reply(page, "hi", 1)
    assert "customer service" in reply(page, "what is your return policy?", 2)
    assert page.locator(".card").count() == 0
    turn = ask(page, "a weekend camping trip, 3 items")
    assert len(titles(turn)) == 3
    assert "in stock" in reply(page, "is it in stock?", 4).lower()
    assert len(titles(turn)) == 3


def test_what_cannot_be_met_offers_ways_out_by_keyboard(address: str, visit: Visit) -> None:
    page = visit(address)
    assert "fits" in reply(page, "a weekend camping trip, with a tent, 4 items, under 9", 1)
    offers = page.get_by_role("group", name="What you can say next")
    expect(offers).to_be_visible()
    assert offers.get_by_role("button").count() >= 1
    offers.get_by_role("button").first.focus()
    page.keyboard.press("Enter")
    turn = page.locator(".turn").nth(1)
    turn.get_by_role("button", name="Add to basket").wait_for()
    assert len(titles(turn)) >= 1
    assert page.get_by_role("group", name="What you can say next").count() == 0


def test_a_message_undoes_and_begins_anew(address: str, visit: Visit) -> None:
    page = visit(address)
    first = ask(page, "coffee for two, 3 items")
    before, costs = titles(first), total(first)
    cheaper = ask(page, "cheaper please")
    assert total(cheaper) < costs
    again = ask(page, "undo")
    assert titles(again) == before
    assert "beginning" in reply(page, "start over", 4)
    expect(page.get_by_label("Budget for the set")).to_have_value("")


def test_directions_and_what_goes_with_a_set_are_buttons_that_are_spoken(ranked_address: str, visit: Visit) -> None:
    page = visit(ranked_address)
    words = reply(page, "something nice", 1)
    assert page.locator("#live").text_content() and "What is it for?" in words
    directions = page.get_by_role("group", name="What you can say next").get_by_role("button")
    assert 2 <= directions.count() <= 3
    directions.nth(1).focus()
    page.keyboard.press("Space")
    held = titles(answered(page, 2))
    reply(page, "what goes with it?", 3)
    alternatives = page.get_by_role("group", name="What you can say next").get_by_role("button")
    expect(alternatives.first).to_be_visible()
    assert not any(title in alternatives.first.inner_text() for title in held)
    alternatives.first.focus()
    page.keyboard.press("Enter")
    assert len(titles(answered(page, 4))) > len(held)
