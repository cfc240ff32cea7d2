"""What people do on the page, in words of tests."""

import json
from typing import Any

from playwright.sync_api import Locator, Page


def ask(page: Page, text: str) -> Locator:
    """Say something, and wait for the whole answer; the turn that holds it."""
    before = page.locator(".turn").count()
    say(page, text)
    return answered(page, before + 1)


def answered(page: Page, turns: int) -> Locator:
    """The last turn, once it is answered."""
    turn = page.locator(".turn").nth(turns - 1)
    turn.get_by_role("button", name="Add to basket").wait_for()
    page.get_by_role("button", name="Send", exact=True).last.wait_for()
    return turn


def say(page: Page, text: str) -> None:
    """Say something."""
    page.get_by_label("Your message").fill(text)
    page.get_by_label("Your message").press("Enter")


def kept(page: Page) -> Any:
    """The conversation as the page keeps it."""
    return json.loads(page.evaluate("localStorage.getItem('bundlesmith.talk')"))


def amount(text: str) -> float:
    """An amount as the page writes it, with the shop's currency: "€12.30"."""
    assert text.startswith("€"), text
    return float(text.removeprefix("€"))


def total(turn: Locator) -> float:
    """What the set costs."""
    return amount(turn.locator(".total strong").inner_text())


def titles(turn: Locator) -> list[str]:
    """The titles of the cards."""
    return turn.locator(".card h3").all_inner_texts()
