import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.files import beside, check_file, put, read_json, read_lines, recover, write_json, written_whole
from bundlesmith.hashes import hash_files, hash_texts
from bundlesmith.manifest import MANIFEST


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
    target.rename(target.with_name(".run.bundlesmith.old"))
    with pytest.raises(ValueError), written_whole(target):
        raise ValueError
    with written_whole(target) as fresh:
        (fresh / "new.txt").write_text("new")
    assert names(target) == ["new.txt"] and names(target.parent) == ["run"]


def test_a_link_stays_and_what_it_points_to_is_replaced(target):
    link = target.with_name("link")
    link.symlink_to(target)
    with written_whole(link) as fresh:
        (fresh / "new.txt").write_text("new")
    assert link.is_symlink() and names(target) == ["new.txt"] and names(target.parent) == ["link", "run"]


def test_what_comes_into_the_folder_in_the_meantime_is_not_lost(tmp_path):
    target = tmp_path / "run"
    with pytest.raises(BundlesmithError, match=r'holds "notes.txt", not written'), written_whole(target, "tasks"):
        target.mkdir()
        (target / "notes.txt").write_text("precious")
    assert names(target) == ["notes.txt"] and names(tmp_path) == ["run"]


def written(target: Path, text: str) -> None:
    """What a command does: another file at each time, and one in a folder that is always there."""
    with written_whole(target, "tasks") as fresh:
        (fresh / "below").mkdir()
        for path in (fresh / "below" / "always", fresh / f"{text}.txt"):
            path.write_text(text)


def test_the_folder_that_we_are_in_stays_and_its_own_files_are_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inode = tmp_path.stat().st_ino
    for text in ("one", "two"):
        written(Path(), text)
        assert names(tmp_path) == [MANIFEST, "below", f"{text}.txt"] and tmp_path.stat().st_ino == inode
        assert (tmp_path / "below" / "always").read_text() == text
    with pytest.raises(ValueError), written_whole(Path(), "tasks"):
        raise ValueError
    assert names(tmp_path) == [MANIFEST, "below", "two.txt"]


def test_what_is_half_done_is_kept_beside_a_folder_or_in_the_one_that_we_are_in(tmp_path, monkeypatch):
    assert beside(tmp_path / "run", "training") == tmp_path / ".run.training"
    monkeypatch.chdir(tmp_path)
    assert beside(Path(), "training") == tmp_path / ".bundlesmith.training"


KILLED_INSIDE = """
import os, signal, sys
from pathlib import Path
from tests.test_files import written
os.chdir(sys.argv[1])
written(Path(), "one")
left = int(sys.argv[2])
def kill_in_time(event, seen):
    global left
    if event in ("os.rename", "os.remove", "os.rmdir"):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(kill_in_time)
written(Path(), "two")
"""


def test_a_kill_within_a_swap_inside_a_folder_leaves_the_old_one_or_is_gone_on_from(tmp_path):
    ends = set()
    for at in range(1, 20):
        folder = tmp_path / str(at)
        folder.mkdir()
        process = python(KILLED_INSIDE, folder, at)
        process.communicate(timeout=60)
        if process.returncode == 0:
            break
        recover(folder)
        (text,) = (path.stem for path in folder.glob("*.txt"))
        assert [name for name in names(folder) if not name.endswith(".new")] == [MANIFEST, "below", f"{text}.txt"]
        assert (folder / "below" / "always").read_text() == text
        written(folder, "three")
        assert names(folder) == [MANIFEST, "below", "three.txt"]
        ends.add(text)
    assert ends == {"one", "two"} and at > 5


MOUNTED = """
import sys
from pathlib import Path
from bundlesmith.files import check_file, put
from tests.test_files import names, written
target = Path(sys.argv[1])
(target / "lost+found").mkdir()
for text in ("one", "two"):
    written(target, text)
print(*names(target), (target / "below" / "always").read_text())
"""


def mounted(what: str, target: Path, code: str) -> str:
    """What a program prints that sees something mounted at *target*."""
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c", f'mount {what} && exec "$@"', "-"]
    words += [sys.executable, "-c", code, str(target)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"nothing can be mounted here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    return done.stdout


needs_mounts = pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is Linux's")


@needs_mounts
def test_a_mount_point_stays_and_its_own_files_are_replaced(tmp_path):
    target = tmp_path / "volume"
    target.mkdir()
    assert mounted(f"-t tmpfs tmpfs {target}", target, MOUNTED) == f"{MANIFEST} below lost+found two.txt two\n"
    assert names(tmp_path) == ["volume"] and not names(target)


@needs_mounts
def test_so_does_a_folder_of_the_same_disk_that_is_mounted_twice(tmp_path):
    target, disk = tmp_path / "volume", tmp_path / "disk"
    for folder in (target, disk):
        folder.mkdir()
    code = MOUNTED.replace('(target / "lost+found").mkdir()', "")
    assert mounted(f"--bind {disk} {target}", target, code) == f"{MANIFEST} below two.txt two\n"
    assert names(tmp_path) == ["disk", "volume"] and names(disk) == [MANIFEST, "below", "two.txt"]


@needs_mounts
def test_a_file_that_is_mounted_is_written_into(tmp_path):
    target, disk = tmp_path / "out.jsonl", tmp_path / "disk.jsonl"
    for file in (target, disk):
        file.write_text("")
    (tmp_path / "part").write_text("new")
    code = "import sys; from pathlib import Path; from bundlesmith.files import put\n"
    code += "target = Path(sys.argv[1]); put(target.with_name('part'), target); print(target.read_text())"
    assert mounted(f"--bind {disk} {target}", target, code) == "new\n"
    assert disk.read_text() == "new" and names(tmp_path) == ["disk.jsonl", "out.jsonl"]


def test_a_file_goes_where_a_link_points_to(tmp_path):
    (tmp_path / "link").symlink_to("out")
    (tmp_path / "part").write_text("new")
    put(tmp_path / "part", tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "out").read_text() == "new"


def test_an_empty_file_may_be_written(tmp_path):
    (tmp_path / "out").write_text("")
    for name in ("out", "none"):
        check_file(tmp_path / name, "predict", lambda head: False, tmp_path / "in", None)


def test_recover_clears_an_old_folder_that_has_been_replaced(target):
    (target.parent / ".run.bundlesmith.old").mkdir()
    recover(target)
    assert names(target) == ["old.txt"] and names(target.parent) == ["run"]


def test_what_was_there_before_a_kill_outlives_what_somebody_puts_in_its_place(target):
    old = target.with_name(".run.bundlesmith.old")
    (target / "old.txt").unlink()
    with written_whole(target, "finetune") as fresh:
        (fresh / "model").write_text("weights")
    target.rename(old)
    target.mkdir()
    (target / "notes.txt").write_text("mine")
    recover(target)
    assert (old / "model").read_text() == "weights" and names(target) == ["notes.txt"]
    with pytest.raises(BundlesmithError, match="nothing has replaced it"), written_whole(target):
        pass
    (target / "notes.txt").unlink()
    recover(target)
    assert (target / "model").read_text() == "weights" and not old.exists()


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
