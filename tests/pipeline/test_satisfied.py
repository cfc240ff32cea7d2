"""Rules read from the catalogue agree with the ones that tests of the decoder read."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bundlesmith.constraints.rules import Rules
from bundlesmith.pipeline.satisfied import keeps
from bundlesmith.request import Request
from tests.oracle import EXAMPLES, Case, cases
from tests.shops import make_catalogue


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(), st.data())
def test_a_set_is_kept_if_it_is_a_bundle(case: Case, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(case.spellings) - 1), max_size=5))
    whole = [*case.chosen, *rows]
    if not rows:  # a bundle has more than what was chosen
        return
    request = Request(items=tuple(case.items), rules=case.rules)
    assert keeps([f"i{row}" for row in whole], request, case.catalogue) == case.is_bundle(whole)


def test_twenty_slots_are_matched_and_not_tried_in_all_orders() -> None:
    catalogue = make_catalogue([{"category": ("Camping", "Tents" if row == 0 else "Stoves")} for row in range(20)])
    slots = ("Camping",) * 19 + ("Tents",)
    request = Request(items=("i0",), rules=Rules(20, 20, slots=slots))
    assert keeps(catalogue.ids, request, catalogue)
    assert not keeps(catalogue.ids, Request(items=("i0",), rules=Rules(20, 20, slots=("Tents", *slots[1:]))), catalogue)


def test_a_brand_is_what_the_decoder_takes_it_for() -> None:
    brands = (7, "7", ["Nike"])
    catalogue = make_catalogue([{"attributes": {"brand": brand}} for brand in brands])
    assert not keeps(("i0", "i1"), Request(rules=Rules(2, 2, per_brand=1)), catalogue)
    assert keeps(("i1", "i2"), Request(rules=Rules(2, 2, per_brand=1)), catalogue)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_every_bundle_keeps_the_rules(case: Case) -> None:
    request = Request(items=tuple(case.items), rules=case.rules)
    for rows in list(case.bundles())[:50]:
        assert keeps([f"i{row}" for row in rows], request, case.catalogue)
