"""The words of the sample shop, and a last bundle of three of its items: a tent, a stove and a headlamp."""

from pathlib import Path

import pytest

from bundlesmith.data.catalogue import Catalogue, open_catalogue
from bundlesmith.understanding import CatalogueWords, LastBundle, LastItem

TENT, STOVE, LAMP = "CAMP-0001", "CAMP-0033", "CAMP-0027"
TOTAL = 111.44


@pytest.fixture(scope="session")
def catalogue(shop: Path) -> Catalogue:
    return open_catalogue(shop)


@pytest.fixture(scope="session")
def words(catalogue: Catalogue) -> CatalogueWords:
    return CatalogueWords.of(catalogue)


@pytest.fixture(scope="session")
def last(catalogue: Catalogue) -> LastBundle:
    bundle = bundle_of(catalogue, TENT, STOVE, LAMP)
    assert bundle.total == TOTAL
    return bundle


def bundle_of(catalogue: Catalogue, *ids: str) -> LastBundle:
    rows = [catalogue.row(item) for item in ids]
    return LastBundle(
        tuple(
            LastItem(catalogue.ids[row], catalogue.titles[row], catalogue.categories[row], catalogue.price(row))
            for row in rows
        )
    )
