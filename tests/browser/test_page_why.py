"""Why: what an item rests on, and where each claim comes from."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.steps import ask, kept


def test_an_item_says_what_it_rests_on(address: str, visit: Visit) -> None:
    page = visit(address, has_touch=True)
    page.get_by_label("Customer").select_option(index=1)
    turn = ask(page, "more like what I have, 3 items")
    card = turn.locator(".card").first
    card.get_by_role("button", name="Why?").tap()
    reason = kept(page)["turns"][0]["sets"][0]["reasons"][0]
    expect(card.locator(".reason")).to_have_text(reason["text"])
    expect(card.locator(".rests li")).to_have_count(max(1, len(reason["claims"])))
    expect(card.locator(".rests li").first).to_contain_text("from the ")


def test_each_claim_has_a_source(address: str, visit: Visit) -> None:
    page = visit(address)
    turn = ask(page, "coffee for two, under 90, 3 items")
    claims = turn.locator(".claim")
    assert claims.count() >= 3
    assert all(claim.get_attribute("title") for claim in claims.all())
    item = turn.locator(".claim[data-item]").first
    item.click()
    expect(turn.locator(".source")).to_contain_text("from the catalogue")
    turn.locator(f".card[data-item='{item.get_attribute('data-item')}']").hover()
    expect(item).to_have_class("claim lit")
