"""Asking: cards and words as they come, controls, customers, examples, and what was understood."""

import itertools
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit, api
from tests.browser.steps import amount, answered, ask, kept, total

pytestmark = pytest.mark.slow


def test_a_set_comes_as_cards_with_total_intent_and_explanation(address: str, visit: Visit) -> None:
    page = visit(address)
    turn = ask(page, "coffee for two, under 120, 3 items")
    expect(turn.locator(".card")).to_have_count(3)
    expect(turn.locator(".card .picture")).to_have_count(3)
    prices = [amount(text) for text in turn.locator(".card .cost strong").all_inner_texts()]
    assert round(sum(prices), 2) == total(turn)
    assert sum(prices) <= 120
    assert turn.locator(".intent").inner_text() and turn.locator(".explanation").inner_text()
    ids = [item["item"] for item in kept(page)["turns"][0]["sets"][0]["items"]]
    assert all(api(f"{address}/v1/items/{item}")["stock"] != 0 for item in ids)


SEEN = """() => { window.seen = []; new MutationObserver(() => {
    const text = document.querySelector(".explanation")?.innerText;
    if (text && text !== window.seen.at(-1)) window.seen.push(text);
}).observe(document.getElementById("turns"), {childList: true, subtree: true, characterData: true}); }"""


def test_words_come_one_by_one(address: str, visit: Visit) -> None:
    """However they come: the engine says most of them at once."""
    page = visit(address)
    page.evaluate(SEEN)
    turn = ask(page, "for a walk in the woods, 3 items")
    said, seen = turn.locator(".explanation").inner_text(), page.evaluate("window.seen")
    assert seen[-1] == said
    assert all(after.startswith(before) for before, after in itertools.pairwise(seen[:-1]))
    assert len(seen) >= len(said.split())


SAID_AT_ONCE = """async () => {
    const { Saying } = await import("/page/saying.js"), words = [];
    new Saying((place, part, word) => words.push(word), "en").say(0, "explanation", "three words together");
    return words;
}"""


def test_words_come_at_once_to_those_who_want_no_motion(address: str, visit: Visit) -> None:
    page = visit(address, reduced_motion="reduce")
    assert page.evaluate(SAID_AT_ONCE) == ["three words together"]
    assert visit(address).evaluate(SAID_AT_ONCE) == []
    turn = ask(page, "for a walk in the hills, 3 items")
    assert turn.locator(".set").evaluate("set => set.getAnimations({subtree: true}).length") == 0


def test_what_was_understood_can_be_removed(address: str, visit: Visit) -> None:
    page = visit(address)
    turn = ask(page, "something for the kitchen, under 60, 3 items")
    expect(turn.locator(".chip")).to_have_count(2)
    expect(page.get_by_label("Budget for the set")).to_have_value("60")
    turn.get_by_role("button", name="Remove: Budget").click()
    answered(page, 1)
    expect(turn.locator(".chip")).to_have_count(1)
    expect(page.get_by_label("Budget for the set")).to_have_value("")
    assert kept(page)["turns"][0]["ask"]["budget"] is None


def test_controls_are_rules(address: str, visit: Visit) -> None:
    page = visit(address)
    slot = "Coffee & Tea > Accessories"
    page.get_by_label("Budget for the set").fill("150")
    page.get_by_label("At most").select_option("3")
    page.get_by_label("With one each of").select_option(slot)
    page.get_by_label("Only in stock").uncheck()
    page.get_by_label("Sets to choose from").select_option("1")
    ask(page, "a quiet morning")
    turn = kept(page)["turns"][0]
    assert turn["ask"]["in_stock"] is False
    assert turn["ask"]["slots"] == [slot]
    assert len(turn["sets"]) == 1
    items = turn["sets"][0]["items"]
    assert len(items) <= 3
    assert sum(item["price"] for item in items) <= 150
    assert slot.split(" > ") in [item["category"] for item in items]


def test_a_customer_is_chosen_with_their_history(address: str, visit: Visit) -> None:
    page = visit(address)
    user = api(f"{address}/v1/users?sample=8")["users"][0]
    page.get_by_label("Customer").select_option(user["user"])
    expect(page.locator(".history li").first).to_contain_text(user["history"][0]["title"])
    ask(page, "a party")
    assert kept(page)["turns"][0]["ask"]["user"] == user["user"]


def test_an_example_is_a_request(address: str, visit: Visit) -> None:
    page = visit(address)
    example = page.locator(".example").first
    text = example.inner_text()
    example.click()
    turn = answered(page, 1)
    assert turn.locator(".said").inner_text() == text
    assert re.search(r"Budget: at most \d+", turn.locator(".chips").inner_text())
