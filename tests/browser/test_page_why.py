"""Why: what an item rests on, and where each claim comes from."""

import json
import re
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.steps import ask, kept

pytestmark = pytest.mark.slow


def test_an_item_says_what_it_rests_on(address: str, visit: Visit) -> None:
    page = visit(address, has_touch=True)
    page.get_by_label("Customer").select_option(index=1)
    turn = ask(page, "more like what I have, 3 items")
    card = turn.locator(".card").first
    card.get_by_role("button", name="Why?").tap()
    reason = kept(page)["turns"][0]["sets"][0]["reasons"][0]
    expect(card.locator(".reason")).to_have_text(reason["text"])
    expect(card.locator(".rests ul:not(.weights) li")).to_have_count(max(1, len(reason["claims"])))
    if reason["claims"]:
        expect(card.locator(".rests ul:not(.weights) li").first).to_contain_text(reason["claims"][0]["text"])


def test_each_claim_has_a_source(address: str, visit: Visit) -> None:
    page = visit(address)
    turn = ask(page, "coffee for two, under 90, 3 items")
    claims = turn.locator(".claim")
    assert claims.count() >= 3
    assert all(claim.get_attribute("title") for claim in claims.all())
    item = turn.locator(".claim[data-item]").first
    item.click()
    expect(turn.locator(".source")).to_have_text("what such a product is for")
    turn.locator(f".card[data-item='{item.get_attribute('data-item')}']").hover()
    expect(item).to_have_class("claim lit")


WISHES = [
    "bath time for the baby",
    "a birthday party for children",
    "a garden party",
    "newborn basics",
    "decorating a party",
]


def test_what_is_missing_is_added_by_one_tap_and_each_piece_says_what_it_is_for(
    ranked_address: str, visit: Visit
) -> None:
    wish = next(words for words in WISHES if _asked(ranked_address, words)["missing"])
    page = visit(ranked_address, has_touch=True)
    turn = ask(page, f"{wish}, 2 items")
    found = kept(page)["turns"][0]["sets"][0]
    for card, reason in zip(turn.locator(".card").all(), found["reasons"], strict=True):
        expect(card.locator(".reason")).to_have_text(reason["text"])
    card = turn.locator(".card").first
    card.get_by_role("button", name="Why?").tap()
    expect(card.locator(".rests .weights meter").first).to_be_visible()
    expect(turn.locator(".gap")).to_contain_text(found["missing"]["title"])
    turn.get_by_role("button", name="Add: ").tap()
    expect(turn.locator(".card")).to_have_count(len(found["items"]) + 1)
    expect(turn.locator(".card h3").last).to_have_text(found["missing"]["title"])
    expect(turn.locator(".explanation")).to_contain_text(re.compile("^(You get|This set)"))
    expect(turn.get_by_role("button", name=f"Add: {found['missing']['title']}")).to_have_count(0)


def _asked(address: str, words: str) -> dict[str, Any]:
    """The first bundle that the API answers some words with."""
    body = json.dumps({"words": f"{words}, 2 items", "size": "2"}).encode()
    asked = urllib.request.Request(f"{address}/v1/bundles", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        bundle: dict[str, Any] = json.load(answer)["bundles"][0]
    return bundle
