"""The index that a run holds: mapped by all who load it, and made again if it isn't of this run."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bundlesmith.constraints.shelf import make_shelf
from bundlesmith.decoding.index import made_from, save_index
from bundlesmith.decoding.trie import build_trie
from bundlesmith.run import INDEX, load_run
from tests.cli.run import bundlesmith

from .shops import make_catalogue

SHARED = """
import sys
from pathlib import Path
from bundlesmith.run import load_run

run = load_run(Path(sys.argv[1]))
trie, shelf = run.index
assert run.lexicon.trie is trie and not trie.token.flags.writeable
print(trie.token.sum() + shelf.cents.sum())
maps = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
print([(words[1], words[3], words[4]) for words in maps if words[-1].endswith("/index.bin")])
"""


@pytest.fixture
def copy(tiny_run: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_run, tmp_path / "run")


def test_a_fine_tuned_run_holds_the_index_of_its_items(tiny_run: Path) -> None:
    run = load_run(tiny_run)
    assert made_from(tiny_run / INDEX) == run.made["lexicon"]
    assert run.lexicon.trie.leaf_of_row[7] == run.index[0].leaf_of_row[7]
    leaves = run.index[0].row_of_leaf
    assert run.index[1].cents.tolist() == run.catalogue.cents[leaves].tolist()
    trie = build_trie(run.lexicon.tokens)
    assert trie.token.tolist() == run.index[0].token.tolist() and trie.row_of_leaf.tolist() == leaves.tolist()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells what is mapped")
def test_two_processes_map_one_file(copy: Path) -> None:
    arguments = [sys.executable, "-c", SHARED, str(copy)]
    running = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120)[0].splitlines() for process in running]
    inode = (copy / INDEX).stat().st_ino
    assert said[0] == said[1] and f"'{inode}'" in said[0][1] and "('r--" in said[0][1]


def test_a_missing_index_is_made(copy: Path) -> None:
    before = (copy / INDEX).read_bytes()
    (copy / INDEX).unlink()
    assert len(load_run(copy).index[0]) == len(load_run(copy).catalogue)
    assert (copy / INDEX).read_bytes() == before


@pytest.mark.parametrize("foreign", [b"", b"an index of some other version"])
def test_an_index_of_another_version_is_made_again(copy: Path, foreign: bytes) -> None:
    before = (copy / INDEX).read_bytes()
    (copy / INDEX).write_bytes(foreign)
    assert load_run(copy).index
    assert (copy / INDEX).read_bytes() == before


READ_ONLY = """
mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && ! touch "$1/new" 2>/dev/null || exit 77
exec "$2" -m bundlesmith recommend --run "$1" --words tent --json
"""


@pytest.mark.slow
def test_a_run_on_a_read_only_disk_with_an_index_of_another_version_answers_from_memory(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bundlesmith("recommend", "--run", copy, "--words", "tent", "--json") == 0
    wanted = capsys.readouterr().out
    (copy / INDEX).write_bytes(b"an index of some other version")
    if (
        shutil.which("unshare") is None
        or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode
    ):
        pytest.skip("this user may not mount")
    mounted = ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", copy, sys.executable]
    found = subprocess.run(mounted, capture_output=True, text=True)
    if found.returncode == 77:
        pytest.skip("this user may not mount a disk read-only")
    assert found.stdout == wanted and found.returncode == 0
    assert "Read-only file system" in found.stderr and "in memory" in found.stderr


def test_an_index_of_other_items_is_made_again(copy: Path) -> None:
    catalogue = make_catalogue()
    trie = build_trie([(row + 10,) for row in range(len(catalogue))])
    save_index(copy / INDEX, trie, make_shelf(catalogue, trie.row_of_leaf, trie.ranges), "other items")
    assert len(load_run(copy).index[0]) == len(load_run(copy).catalogue) > len(catalogue)


def test_an_index_that_was_cut_off_is_made_again(copy: Path) -> None:
    content = (copy / INDEX).read_bytes()
    (copy / INDEX).write_bytes(content[:-1])
    assert len(load_run(copy).index[0]) == len(load_run(copy).catalogue)
    assert (copy / INDEX).read_bytes() == content
