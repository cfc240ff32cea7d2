import pytest

from bundlesmith.data.catalogue import load_catalogue, open_catalogue
from bundlesmith.errors import BundlesmithError
from tests.shops import make_catalogue, write_prepared

ITEMS = [
    {"item_id": "7", "title": "Oak desk", "category": ["Home", "Desks"], "price": 19.99, "stock": 3},
    {"item_id": "12", "title": "Lamp", "attributes": '{"brand": "Lux"}'},
    {"item_id": "3", "title": "Gift", "price": 0.0, "stock": 0},
]


@pytest.fixture
def folder(tmp_path):
    return write_prepared(tmp_path / "data", ITEMS, integer_ids=True)


def test_rows_keep_the_order_of_the_file(folder):
    catalogue = open_catalogue(folder)
    assert catalogue.ids == ("7", "12", "3") and len(catalogue) == 3
    assert [catalogue.row(item) for item in catalogue.ids] == [0, 1, 2]


def test_prices_are_whole_cents_and_unknown_ones_are_minus_one(folder):
    catalogue = open_catalogue(folder)
    assert catalogue.cents.tolist() == [1999, -1, 0]
    assert [catalogue.price(row) for row in range(3)] == [19.99, None, 0.0]


@pytest.mark.parametrize("price", [0.07, 0.29, 1.15, 29.99, 1234567.89])
def test_a_price_that_no_float_can_hold_becomes_the_right_cents(tmp_path, price):
    folder = write_prepared(tmp_path / "data", [{"item_id": "a", "title": "A", "price": price}])
    assert open_catalogue(folder).cents.tolist() == [int(f"{price:.2f}".replace(".", ""))]


def test_stock_that_is_not_counted_is_minus_one(folder):
    assert open_catalogue(folder).stock.tolist() == [3, -1, 0]


def test_categories_and_attributes_are_read(folder):
    catalogue = open_catalogue(folder)
    assert catalogue.categories == (("Home", "Desks"), (), ())
    assert catalogue.attributes[1] == {"brand": "Lux"}


def test_ids_leave_as_the_source_wrote_them(folder):
    assert open_catalogue(folder).outside_id(1) == 12
    assert make_catalogue([{"id": "12"}]).outside_id(0) == "12"


def test_known_leaves_out_unknown_ids_and_keeps_order_and_repeats():
    assert make_catalogue().known(["pen", "sofa", "desk", "pen"]) == [4, 0, 4]


def test_an_unknown_item_is_named_with_its_nearest():
    with pytest.raises(BundlesmithError, match=r'no item "chairs"\. Did you mean "chair"\?'):
        make_catalogue().row("chairs")


def test_an_item_that_is_near_to_none_lists_some():
    with pytest.raises(BundlesmithError, match=r"Known: desk, lamp, chair, plant, pen\."):
        make_catalogue().row("???")


def test_an_empty_catalogue_is_an_error(tmp_path):
    folder = write_prepared(tmp_path / "data", [])
    with pytest.raises(BundlesmithError, match="is empty"):
        load_catalogue(folder / "items.parquet", False)


def test_a_folder_that_is_neither_run_nor_data_is_an_error(tmp_path):
    with pytest.raises(BundlesmithError, match="neither a run nor prepared data"):
        open_catalogue(tmp_path)
