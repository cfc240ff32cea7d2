"""Rules read from the catalogue agree with the ones that tests of the decoder read."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bundlesmith.request import Request
from bundlesmith.serve.kept import keeps
from tests.oracle import EXAMPLES, Case, cases


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(), st.data())
def test_a_set_is_kept_if_it_is_a_bundle(case: Case, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(case.spellings) - 1), max_size=5))
    whole = [*case.chosen, *rows]
    if not rows:  # a bundle has more than what was chosen
        return
    request = Request(items=tuple(case.items), rules=case.rules)
    assert keeps([f"i{row}" for row in whole], request, case.catalogue) == case.is_bundle(whole)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_every_bundle_keeps_the_rules(case: Case) -> None:
    request = Request(items=tuple(case.items), rules=case.rules)
    for rows in list(case.bundles())[:50]:
        assert keeps([f"i{row}" for row in rows], request, case.catalogue)
