import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundlesmith.data.readers import delimited
from bundlesmith.data.readers.delimited import read_delimited
from bundlesmith.errors import BundlesmithError


def read(text, **how):
    table, _ = read_delimited(Path("a.csv"), text, **how)
    return table.rows()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "\x01"])
def test_separators_are_told(separator):
    text = separator.join(["sku", "name, or so" if separator != "," else "name", "eur"]) + "\n"
    text += separator.join(["1", "Cup", "1,5" if separator != "," else "2"]) + "\n"
    assert read(text)[0][:2] == ("1", "Cup")


def test_a_line_that_names_the_separator():
    assert read("sep=|\r\na|b\r\n1|2,3\r\n") == [("1", "2,3")]


def test_a_separator_of_two_characters_and_a_header():
    assert read("1::2::x, y\n3::4::z\n", separator="::", header=["a", "b", "c"]) == [
        ("1", "2", "x, y"),
        ("3", "4", "z"),
    ]


def test_a_header_in_quotes():
    assert read('sku;"Price, net, EUR";name\n1;2,5;Cup\n') == [("1", "2,5", "Cup")]
    assert read('sku;"Price\nnet";name\n1;2,5;Cup\n') == [("1", "2,5", "Cup")]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a\tb\n1\tPan 12"\n2\t"Old" pot\n3\t"Tea set"\n', [("1", 'Pan 12"'), ("2", '"Old" pot'), ("3", "Tea set")]),
        ('a,b\n1,5" nail\n2,"a ""b"", c"\n', [("1", '5" nail'), ("2", 'a "b", c')]),
        ('a,b\n1,"two\nlines"\n2,"a, b"\n', [("1", "two\nlines"), ("2", "a, b")]),
        ('a,b\n1, "x, y"\n2,z\n', [("1", "x, y"), ("2", "z")]),
        ('a,b\n1,"open\n2,x\n', [("1", '"open'), ("2", "x")]),
        ('a,b\n1,"x \\"y\\", z"\n2,"z"\n', [("1", 'x "y", z'), ("2", "z")]),
        ('a,b\n1,""\n2,\n', [("1", None), ("2", None)]),
    ],
)
def test_quotes_that_hold_a_field_and_quotes_that_do_not(text, rows):
    assert read(text) == rows


def test_a_quote_of_two_readings_is_refused():
    with pytest.raises(BundlesmithError, match="line 2 has a quote that may hold the lines to 3"):
        read('a,b\n1,"Trail lamp\n2,TV 55"\n')


@pytest.mark.parametrize(
    ("text", "line", "size"),
    [
        ("a,b,c\n1,2,3\n1,2\n", 3, 2),
        ("a,b,c\n1,2,3\n\n1,2,3,4\n", 4, 4),
        ('a,b\n1,"x\ny"\n2,"z\nw"\n1,2,3\n', 6, 3),
        ('a,b\n1,5" x\n1,2,3\n', 3, 3),
        ("sep=,\na,b\n1,2,3\n", 3, 3),
    ],
)
@pytest.mark.parametrize("chunk", [3, 1 << 24])
def test_a_line_of_another_size_is_named(monkeypatch, text, line, size, chunk):
    monkeypatch.setattr(delimited, "_CHUNK", chunk)
    with pytest.raises(BundlesmithError, match=f"line {line} has {size} field"):
        read(text)


def test_blank_lines_and_spaces_around_names():
    table, _ = read_delimited(Path("a.csv"), " a , b\n1,2\n\n   \n3,4\n")
    assert table.to_dicts() == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_two_columns_of_one_name_are_told_apart():
    table, _ = read_delimited(Path("a.csv"), "a,b,a\n1,2,3\n")
    assert table.to_dicts() == [{"a (1)": "1", "b": "2", "a (2)": "3"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Stock list\nof 1 May\n\na,b\n1,2\n", "3 lines above the header left out"),
        ("Stock list,\na,b\n1,2\n", "1 line above the header left out"),
        ("# from the till\na;b\n1;2\n", "1 line above the header left out"),
        ("a,b\n1,2,\n1,2,\n", "separator ','"),
        ("a^b\n1^2\n", "separator '^'"),
    ],
)
def test_titles_above_the_header_and_separators_after_the_rows(text, said):
    table, how = read_delimited(Path("a.csv"), text)
    assert table.rows()[0][:2] == ("1", "2")
    assert table.columns[:2] == ["a", "b"]
    assert how.endswith(said)


def test_lines_above_the_header_can_be_counted():
    assert read("from,2024-01-01\na,b,c\n1,2,3\n", skip=1) == [("1", "2", "3")]
    with pytest.raises(BundlesmithError, match="skip: 3"):
        read("from,2024-01-01\na,b,c\n1,2,3\n")


def test_values_beyond_the_header_are_refused():
    with pytest.raises(BundlesmithError, match="2 columns of its header"):
        read("a,b\n1,2,\n1,2,\n1,2,3\n")


def test_a_list_of_any_length_at_the_end_of_a_line():
    assert read("7, 1, 2\n8, 3\n", separator=",", header=["set", "items*"]) == [("7", "1, 2"), ("8", "3")]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\x1f", exclude_categories=["Cs"]), max_size=8)


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=6),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_csv_writes_is_read_as_it_was(rows, separator, quoting):
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=separator, quoting=quoting, lineterminator="\n")
    writer.writerow(["id", "first", "second", "third"])
    for number, row in enumerate(rows):
        writer.writerow([number, *row])
    found = read(sink.getvalue(), separator=separator)
    assert [[part or "" for part in row[1:]] for row in found] == [list(row) for row in rows]


@pytest.mark.parametrize("rule", ["---------", "|---|:---|", "+-----+-----+"])
def test_tables_that_are_drawn(rule):
    rows = ["Stock list", "", rule, "|Material |Text     |", rule, '|M-1      |Hose 1"  |', "| M-2 | Tap |", rule, ""]
    assert read("\n".join(rows)) == [("M-1", 'Hose 1"'), ("M-2", "Tap")]


def test_titles_that_fill_two_of_many_fields_stand_above_the_header():
    assert read("Hall 3,,printed by: ann,,\nsku,name,price,stock,unit\n1,Pen,2,3,pc\n") == [
        ("1", "Pen", "2", "3", "pc")
    ]
