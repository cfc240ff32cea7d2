import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.prepare.readers.files import as_text, read_json_lines, read_rows


def test_not_utf8_names_the_byte(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("item_id,title\n1,Stühle\n".encode("latin-1"))
    with pytest.raises(BundlesmithError, match=r'a.csv" is not UTF-8: .* at byte 18'):
        read_rows(path)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_missing_and_empty_files(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    with pytest.raises(BundlesmithError, match="There is no file"):
        read_rows(path)
    path.write_bytes(b"")
    with pytest.raises(BundlesmithError, match="is empty"):
        read_rows(path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"a": 1', "line 3 is not JSON"),
        ("[1]", "line 3 is not a JSON object"),
        (r'{"a": "\ud83d"}', "line 3 is not JSON"),
    ],
)
def test_broken_json_line(tmp_path, line, message):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n\n' + line + "\n")
    with pytest.raises(BundlesmithError, match=message):
        list(read_json_lines(path))


def test_broken_parquet_and_csv(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"nothing")
    (tmp_path / "a.csv").write_text("a,b\n1,2,3,4\n")
    for name in ("a.parquet", "a.csv"):
        with pytest.raises(BundlesmithError, match=f'{name}" could not be read'):
            read_rows(tmp_path / name)


def test_byte_order_mark_and_windows_line_ends(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("\ufeffitem_id,title\r\n1,X\r\n".encode())
    assert read_rows(path).to_dicts() == [{"item_id": "1", "title": "X"}]


def test_numbers_of_json_keep_what_they_say(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1, "b": 2.0, "c": 2.5, "d": 123456789012345678901}\n{"a": null, "b": 3, "c": 1e999}\n')
    table = read_rows(path)
    texts = {name: as_text(table[name]).to_list() for name in table.columns}
    assert texts["a"] == ["1", None] and texts["b"] == ["2", "3"]
    assert [float(text) for text in texts["c"]] == [2.5, float("inf")]
    assert texts["d"] == ["123456789012345678901", None]
