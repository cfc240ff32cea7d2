import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.files import hash_files, hash_texts, read_json, read_lines, recover, write_json, written_whole


@pytest.fixture
def target(tmp_path) -> Path:
    """A folder that stands where a new one will be written."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "old.txt").write_text("old")
    return tmp_path / "run"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_appears_with_its_parents(tmp_path):
    with written_whole(tmp_path / "a" / "b") as fresh:
        (fresh / "new.txt").write_text("new")
        assert not (tmp_path / "a" / "b").exists()
    assert names(tmp_path / "a") == ["b"] and names(tmp_path / "a" / "b") == ["new.txt"]


def test_a_new_folder_takes_the_place_of_the_old_one(target):
    with written_whole(target) as fresh:
        (fresh / "new.txt").write_text("new")
        assert names(target) == ["old.txt"]
    assert names(target) == ["new.txt"] and names(target.parent) == ["run"]


def test_a_new_folder_can_be_read_by_others(tmp_path):
    with written_whole(tmp_path / "run"):
        pass
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("error", [ValueError("bad data"), KeyboardInterrupt()])
def test_an_error_in_the_block_leaves_the_old_folder_and_nothing_else(target, error):
    with pytest.raises(type(error)), written_whole(target) as fresh:
        (fresh / "new.txt").write_text("new")
        raise error
    assert names(target) == ["old.txt"] and names(target.parent) == ["run"]


def test_a_file_in_the_way_of_the_parent_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(BundlesmithError, match=r'file/run" could not be written: '),
        written_whole(tmp_path / "file" / "run"),
    ):
        pass


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


OUT_OF_SPACE = """
import resource, sys
from pathlib import Path
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import written_whole
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with written_whole(Path(sys.argv[1])) as fresh:
        (fresh / "large.txt").write_text("x" * 100_000)
except BundlesmithError as error:
    print(error)
"""


def test_a_write_that_finds_no_space_is_an_error_and_leaves_the_old_folder(target):
    said, _ = python(OUT_OF_SPACE, target).communicate(timeout=60)
    assert f'"{target}" could not be written: File too large.' in said
    assert names(target) == ["old.txt"] and names(target.parent) == ["run"]


WRITE_FOR_EVER = """
import sys, time
from pathlib import Path
from bundlesmith.files import written_whole
with written_whole(Path(sys.argv[1])) as fresh:
    (fresh / "new.txt").write_text("new")
    print("writing", flush=True)
    time.sleep(60)
"""


def test_a_kill_in_the_middle_leaves_the_old_folder_whole(target):
    process = python(WRITE_FOR_EVER, target)
    assert process.stdout is not None and process.stdout.readline() == "writing\n"
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert names(target) == ["old.txt"]
    with written_whole(target) as fresh:
        (fresh / "newer.txt").write_text("newer")
    assert names(target) == ["newer.txt"]


KILLED_BETWEEN_RENAMES = """
import os, signal, sys
from pathlib import Path
from bundlesmith.files import written_whole
target = Path(sys.argv[1])
def kill_at_the_second_rename(event, seen):
    if event == "os.rename" and not target.exists():
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(kill_at_the_second_rename)
with written_whole(target) as fresh:
    (fresh / "new.txt").write_text("new")
"""


def test_a_kill_between_the_renames_is_recovered_from(target):
    process = python(KILLED_BETWEEN_RENAMES, target)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL and not target.exists()
    recover(target)
    assert names(target) == ["old.txt"] and (target / "old.txt").read_text() == "old"


def test_writing_again_after_a_kill_between_the_renames_works(target):
    target.rename(target.with_name(".run.old"))
    with pytest.raises(ValueError), written_whole(target):
        raise ValueError
    with written_whole(target) as fresh:
        (fresh / "new.txt").write_text("new")
    assert names(target) == ["new.txt"] and names(target.parent) == ["run"]


def test_recover_clears_an_old_folder_that_has_been_replaced(target):
    (target.parent / ".run.old").mkdir()
    recover(target)
    assert names(target) == ["old.txt"] and names(target.parent) == ["run"]


def test_recover_does_nothing_where_nothing_is(tmp_path):
    recover(tmp_path / "run")
    assert names(tmp_path) == []


def test_a_hash_of_files_depends_on_names_and_bytes(tmp_path):
    for name, text in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / name).write_text(text)
    hashes = [hash_files(tmp_path / name) for name in "abc"]
    assert len(set(hashes)) == 3 and all(len(value) == 16 for value in hashes)
    assert hash_files(tmp_path / "a", tmp_path / "b") != hash_files(tmp_path / "b", tmp_path / "a")


def test_a_hash_of_texts_depends_on_where_they_are_parted():
    assert hash_texts("ab", "c") != hash_texts("a", "bc") and hash_texts("a") == hash_texts("a")


def test_json_that_was_written_is_read(tmp_path):
    write_json(tmp_path / "a.json", {"ü": [1, None]})
    assert read_json(tmp_path / "a.json") == {"ü": [1, None]}
    assert "ü" in (tmp_path / "a.json").read_text(encoding="utf-8") and names(tmp_path) == ["a.json"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "There is no file"),
        (b'{"a": 1,\n}', r"is not JSON: .* line 2"),
        (b'{"a": "\xff"}', "is not UTF-8: .* at byte 7"),
    ],
)
def test_json_that_cannot_be_read_is_an_error(tmp_path, data, message):
    if data is not None:
        (tmp_path / "a.json").write_bytes(data)
    with pytest.raises(BundlesmithError, match=message):
        read_json(tmp_path / "a.json")


def test_lines_end_with_line_feeds_alone(tmp_path):
    (tmp_path / "a").write_bytes("a\u2028b\x85c\x0cd\r\n\ne\n".encode())
    assert read_lines(tmp_path / "a") == ["a\u2028b\x85c\x0cd", "", "e"]


def test_lines_that_are_not_utf8_are_an_error_that_names_the_byte(tmp_path):
    (tmp_path / "a").write_bytes("ok\nStühle\n".encode("latin-1"))
    with pytest.raises(BundlesmithError, match=r'a" is not UTF-8: byte 5'):
        read_lines(tmp_path / "a")


@pytest.mark.parametrize(("name", "reason"), [("none", "No such file"), (".", "Is a directory")])
def test_lines_of_what_is_no_file_are_an_error(tmp_path, name, reason):
    with pytest.raises(BundlesmithError, match=f"could not be read: {reason}"):
        read_lines(tmp_path / name)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_in_is_an_error(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(BundlesmithError, match="Permission denied"), written_whole(tmp_path / "run"):
        pass
