import polars as pl
import pytest

from bundlesmith.data.readers.cells import as_lists, as_text
from bundlesmith.data.readers.paths import as_paths


@pytest.mark.parametrize(
    "text",
    [
        "[7, 8, 9]",
        "['7', '8', '9']",
        '["7","8","9"]',
        "{7,8,9}",
        "(7, 8, 9)",
        "{'7', '8', '9'}",
        "[7 8 9]",
        "7,8,9",
        "7, 8, 9",
        "7;8;9",
        "7|8|9",
        "7 8 9",
        "[7.0, 8.0, 9.0]",
        "[[7, 8], [9]]",
        "[7;8;9]",
        '{"7",8,"9"}',
        "[7,8,9,]",
        "['7', None, '8', '9']",
        "7,,8,9",
    ],
)
def test_no_member_of_a_list_is_lost(text):
    assert as_lists(pl.Series("items", [text]), None).to_list() == [["7", "8", "9"]]


@pytest.mark.parametrize(
    "text",
    [
        "['7' '8']",
        "['7'\n '8']",
        "set([7, 8])",
        "frozenset({7, 8})",
        "array([7, 8])",
        "array(['7', '8'], dtype=object)",
    ],
)
def test_lists_as_programs_print_them(text):
    assert as_lists(pl.Series("items", [text]), None).to_list() == [["7", "8"]]


@pytest.mark.parametrize("text", ["7;8;", "7/8", "7\n8", "7&8", "[7|8]", "<7,8>", "(7;8)"])
def test_a_cell_that_is_written_otherwise_than_its_column(text):
    column = pl.Series("items", ["7,9", text, "8", "x/y"])
    expected = [["7", "9"], ["7", "8"], ["8"], ["x/y"]]
    assert as_lists(column, None, pl.Series(["7", "8", "9"])).to_list() == expected


@pytest.mark.parametrize(
    "text",
    [
        "7:2;8:1",
        "2x7, 1 x 8",
        "7 (2), 8 (1)",
        "7*2|8*1",
        "7 x2, 8 x1",
        '"7","8"',
        '[{"sku": 7, "qty": 2}, {"sku": "8"}]',
        "{'7': 2, '8': 1}",
    ],
)
def test_numbers_of_pieces_beside_the_ids_of_the_catalogue(text):
    assert as_lists(pl.Series("items", [text, text]), None, pl.Series(["7", "8"])).to_list() == [["7", "8"]] * 2


def test_ids_that_look_like_numbers_of_pieces():
    column = pl.Series("items", ["2x7, 1x8", "8,2x7"])
    assert as_lists(column, None, pl.Series(["2x7", "1x8", "7", "8"])).to_list() == [["2x7", "1x8"], ["8", "2x7"]]


def test_a_list_of_one_of_none_and_of_words():
    column = pl.Series("items", ["[7]", "7", "[]", None, "[tea pot, 'cup']", '["a, b", "c"]'])
    assert as_lists(column, ",").to_list() == [["7"], ["7"], [], None, ["tea pot", "cup"], ["a, b", "c"]]


def test_the_separator_that_gives_ids_of_the_catalogue():
    column = pl.Series("items", ["tea pot|cup, red", "cup, red"])
    assert as_lists(column, None, pl.Series(["tea pot", "cup, red"])).to_list() == [
        ["tea pot", "cup, red"],
        ["cup, red"],
    ]


def test_lists_of_parquet():
    arrays = pl.Series("items", [[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2))
    assert as_lists(arrays, None).to_list() == [["1", "2"], ["3", "4"]]
    floats = pl.Series("items", [[1.0, 2.0], [], None, [3.0, None]])
    assert as_lists(floats, None).to_list() == [["1", "2"], [], None, ["3"]]
    nested = pl.Series("items", [[["a"], ["b", "c"]]])
    assert as_lists(nested, None).to_list() == [["a", "b", "c"]]


@pytest.mark.parametrize(
    ("texts", "paths"),
    [
        (["Home > Tea", "Home>Cups", "Home"], [["Home", "Tea"], ["Home", "Cups"], ["Home"]]),
        (["['Home', 'Tea']", '["Home"]', "[['Home', 'Tea'], ['Sale']]"], [["Home", "Tea"], ["Home"], ["Home", "Tea"]]),
        (["Home > Tea, Home > Gifts", "Home > Cups, Sale"], [["Home", "Tea"], ["Home", "Cups"]]),
        (
            ["Food, Drinks > Tea", "Food, Drinks > Pots, Pans"],
            [["Food, Drinks", "Tea"], ["Food, Drinks", "Pots, Pans"]],
        ),
        (["Home > Tea|Sale", "Home"], [["Home", "Tea"], ["Home"]]),
        (["Home|Tea", "Home"], [["Home", "Tea"], ["Home"]]),
        (["Home » Tea", None], [["Home", "Tea"], None]),
        (["Home > Pots\\, Pans, Home > Sale"], [["Home", "Pots, Pans"]]),
    ],
)
def test_paths(texts, paths):
    assert as_paths(pl.Series("category", texts), None)[0].to_list() == paths


def test_paths_with_another_separator_and_of_lists():
    assert as_paths(pl.Series("category", ["Home/Tea", "Home / Cups"]), "/")[0].to_list() == [
        ["Home", "Tea"],
        ["Home", "Cups"],
    ]
    assert as_paths(pl.Series("category", [["Home", "Tea"]]), None)[0].to_list() == [["Home", "Tea"]]
    assert as_paths(pl.Series("category", [[["Home", "Tea"], ["Sale"]]]), None)[0].to_list() == [["Home", "Tea"]]


def test_words_for_nothing():
    words = ["NULL", "null", "\\N", "nan", "NaN", "None", "N/A", "#N/A", "<NA>", "-", " ", "", "NaT"]
    assert as_text(pl.Series([*words, "Nan bread", "0", "no"])).to_list() == [None] * len(words) + [
        "Nan bread",
        "0",
        "no",
    ]
