"""The page as it comes."""

from tests.browser.conftest import Visit


def test_the_page_is_shown_within_a_second(address: str, visit: Visit) -> None:
    page = visit(address)
    painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    page.wait_for_function(painted)
    assert page.evaluate(painted) < 1000
