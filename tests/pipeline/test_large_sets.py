"""Large sets, and refusals with large caps: counted is what is done, however long it takes."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bundlesmith.constraints import lookahead
from bundlesmith.constraints.lookahead import Choice, NoBundleError, begin
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.compose import DRAFTED, Composer
from bundlesmith.pipeline.opening import Openings
from bundlesmith.pipeline.relaxing import relaxations
from bundlesmith.ranking.beside import SetsOf
from bundlesmith.run import load_run
from bundlesmith.shop.live_shop import LiveShop, ShopView

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def view(small_ranked_run: Path) -> ShopView:
    return LiveShop(load_run(small_ranked_run)).view()


@pytest.mark.parametrize(("size", "n"), [("60:70", 1), ("30:30", 3)])
def test_drafts_of_large_sets_take_a_bounded_number_of_steps(
    view: ShopView, size: str, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, worked_out = list[int](), list[int]()
    after, beside = Choice.after, SetsOf._beside

    def counted(choice: Choice, position: int) -> Choice | None:
        steps.append(position)
        return after(choice, position)

    def counted_beside(sets: SetsOf, rows: list[int]) -> Any:
        worked_out.append(len(rows))
        return beside(sets, rows)

    monkeypatch.setattr(Choice, "after", counted)
    monkeypatch.setattr(SetsOf, "_beside", counted_beside)
    request = Ask(words="a weekend outdoors", size=size, n=n, per_brand=60).request(view)
    start = begin(request.rules, view.snapshot.shelf, view.snapshot.find, ())
    ranker = view.run.ranker
    assert ranker is not None
    sets = Composer(ranker, view, request, start).sets()
    least, most = (int(each) for each in size.split(":"))
    assert len(sets) == n and all(least <= len(positions) <= most for positions, _ in sets)
    assert len(steps) <= DRAFTED + (n + 1) * most
    assert len(worked_out) <= 40  # many items at once, and not one by one


def test_a_cap_and_a_size_that_would_do_are_found_by_halving(view: ShopView, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = list[Any]()
    fits = lookahead.fits

    def counted(rules: Any, shelf: Any, find: Any, items: Sequence[str]) -> bool:
        looks.append(rules)
        return fits(rules, shelf, find, items)

    monkeypatch.setattr(lookahead, "fits", counted)
    (category, count), *_ = Counter(view.catalogue.categories).most_common(1)
    slots = [" > ".join(category)] * min(count, 8)
    ask = Ask(slots=slots, size=f"1:{len(slots)}", per_category=1, in_stock=False)
    with pytest.raises(NoBundleError) as refused:
        Openings(view).decoder(ask.request(view), talk=False)
    found = relaxations(ask, refused.value.conflict, lambda other: other.request(view), view)
    assert found and len(looks) <= 30, len(looks)
    needed = next(int(one.value) for one in found if one.kind == "per_category")
    assert needed == len(slots) > 2
    fits_with = [
        fits(other.rules, view.snapshot.shelf, view.snapshot.find, ())
        for other in (ask.model_copy(update={"per_category": cap}).request(view) for cap in (needed - 1, needed))
    ]
    assert fits_with == [False, True]


def test_rules_that_are_loosened_in_vain_are_not_tried_one_by_one(
    view: ShopView, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = list[Any]()
    fits = lookahead.fits

    def counted(*given: Any) -> bool:
        looks.append(given)
        return fits(*given)

    monkeypatch.setattr(lookahead, "fits", counted)
    catalogue = view.catalogue
    (category, _), *_ = Counter(catalogue.categories).most_common(1)
    chosen = [item for item, path in zip(catalogue.ids, catalogue.categories, strict=True) if path == category][:2]
    slots = sorted({path[-1] for path in catalogue.categories})[:12]
    ask = Ask(slots=slots, size="14:20", items=chosen, per_category=1, min_price=0.01, max_price=0.01)
    with pytest.raises(NoBundleError) as refused:
        Openings(view).decoder(ask.request(view), talk=False)
    relaxations(ask, refused.value.conflict, lambda other: other.request(view), view)
    assert len(looks) <= 24, len(looks)
