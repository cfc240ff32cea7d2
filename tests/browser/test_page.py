"""The page as it comes, and how soon."""

from typing import Any

from tests.browser.conftest import Visit
from tests.browser.steps import ask


def test_the_page_is_shown_within_a_second(address: str, visit: Visit) -> None:
    page = visit(address)
    painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    page.wait_for_function(painted)
    assert page.evaluate(painted) < 1000


def test_a_card_is_seen_before_the_next_item_is_decided(address: str, visit: Visit) -> None:
    """By the times in the stream: `make bench-page` measures how much before."""
    page = visit(address)
    ask(page, "a long evening at the stove, 4 items")
    marks: list[Any] = page.evaluate(
        "performance.getEntriesByType('mark').map((one) => [one.name, one.startTime, one.detail])"
    )
    when = {name: time for name, time, _ in reversed(marks)}  # the first of each
    told = next(detail for name, _, detail in marks if name == "answered")
    assert told["first_item"] < told["bundle"] < told["whole"]
    assert when["item"] - when["asked"] < told["bundle"]
