import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from bundlesmith.constraints.lookahead import begin
from bundlesmith.constraints.rules import Rules
from bundlesmith.constraints.shelf import VIEWS, make_shelf
from bundlesmith.decoding.decoder import Decoder
from bundlesmith.decoding.grammar import Grammar
from bundlesmith.decoding.index import ALIGNED, MAGIC, load_index, made_from, save_index
from bundlesmith.decoding.trie import build_trie
from bundlesmith.errors import BundlesmithError
from bundlesmith.live.live_shelf import LiveShelf
from tests.oracle import cases
from tests.shops import MARKS, begin_on, items_decoder, make_catalogue

SPELLINGS = [(10,), (10, 11), (12,), (12, 10), (13, 13)]
CATALOGUE = make_catalogue()


def saved(path: Path, spellings=SPELLINGS, catalogue=CATALOGUE):
    trie = build_trie(spellings)
    save_index(path, trie, make_shelf(catalogue, trie.row_of_leaf, trie.ranges))
    return trie


def test_the_columns_come_back_as_they_were_and_can_not_be_written_to(tmp_path):
    trie = saved(tmp_path / "index")
    again, shelf = load_index(tmp_path / "index")
    for name in ("first", "token", "low", "high", "ends", "row_of_leaf", "leaf_of_row"):
        mine, theirs = getattr(trie, name), getattr(again, name)
        assert mine.tolist() == theirs.tolist() and mine.dtype == theirs.dtype
        assert theirs.ctypes.data % ALIGNED == 0 and not theirs.flags.writeable
    fresh = make_shelf(CATALOGUE, trie.row_of_leaf, trie.ranges)
    for name in ("cents", "in_stock", "listed", "category", "brand"):
        assert getattr(shelf, name).tolist() == getattr(fresh, name).tolist()
    assert (shelf.paths, shelf.brands, shelf.base) == (fresh.paths, fresh.brands, None)
    for name in ("ordered", "starts"):
        assert getattr(shelf.groups, name).tolist() == getattr(fresh.groups, name).tolist()
    for name in ("of", "category", "brand"):
        assert getattr(shelf.groups.pairs, name).tolist() == getattr(fresh.groups.pairs, name).tolist()


def test_the_shared_views_come_back_ready(tmp_path):
    trie = saved(tmp_path / "index")
    shelf, fresh = load_index(tmp_path / "index")[1], make_shelf(CATALOGUE, trie.row_of_leaf, trie.ranges)
    for key in VIEWS:
        (mine,), (theirs,) = shelf.sections(*key), fresh.sections(*key)
        assert "_before" in vars(mine.view)
        assert all((name in vars(mine.view)) == key[1] for name in ("_priced_at", "_order", "_minima", "_least"))
        known = theirs.view.arrays()
        assert mine.view.arrays().keys() == known.keys()
        assert all(array.tolist() == known[name].tolist() for name, array in mine.view.arrays().items())


@settings(max_examples=100, deadline=None)
@given(case=cases().filter(lambda case: next(case.bundles(), None) is not None))
def test_requests_on_a_loaded_index_allow_what_they_did_before(tmp_path_factory, case):
    path = tmp_path_factory.mktemp("index") / "index"
    trie = saved(path, case.spellings, case.catalogue)
    again, shelf = load_index(path)
    ours = items_decoder(trie, begin_on(trie, case.rules, case.catalogue, case.items))
    choice = begin(case.rules, shelf, lambda item: int(again.leaf_of_row[case.catalogue.row(item)]), case.items)
    theirs = Decoder(Grammar(again, MARKS, None), choice)
    while not ours.done:
        tokens = ours.allowed().tolist()
        assert theirs.allowed().tolist() == tokens
        ours.advance(tokens[0])
        theirs.advance(tokens[0])
    assert theirs.done


DECODE = """
import sys
from pathlib import Path
from bundlesmith.decoding.decoder import Decoder
from bundlesmith.decoding.grammar import Grammar, Marks
from bundlesmith.decoding.index import load_index
from bundlesmith.constraints.lookahead import begin
from bundlesmith.constraints.rules import Rules

trie, shelf = load_index(Path(sys.argv[1]))
decoder = Decoder(Grammar(trie, Marks(1, 2, (3,), (4, 6), 5), None), begin(Rules(2, 3, budget=150.0), shelf, int, ()))
while not decoder.done:
    tokens = decoder.allowed().tolist()
    print(tokens)
    decoder.advance(tokens[-1])
print(decoder.taken)
"""


def test_two_processes_read_one_file_and_write_the_same(tmp_path):
    saved(tmp_path / "index")
    arguments = [sys.executable, "-c", DECODE, str(tmp_path / "index")]
    running = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in running]
    assert said[0] == said[1] and said[0].splitlines()[-1] == "(4, 0)"


def test_a_loaded_shelf_can_live(tmp_path):
    trie = saved(tmp_path / "index")
    ids = [CATALOGUE.ids[row] for row in trie.row_of_leaf]
    live = LiveShelf(*load_index(tmp_path / "index"), ids, MARKS)
    live.restock("chair", 1)
    live.add("new", (11,))
    for _ in range(2):
        assert live.snapshot.shelf.in_stock[live.snapshot.find("chair")]
        choice = begin(Rules(1, 1), live.snapshot.shelf, live.snapshot.find, ())
        assert sum(choice.may_take(position) for position in range(6)) == 6
        live.merge()


def test_a_shelf_with_changes_is_merged_first(tmp_path):
    trie = build_trie(SPELLINGS)
    live = LiveShelf(trie, make_shelf(CATALOGUE, trie.row_of_leaf, trie.ranges), CATALOGUE.ids, MARKS)
    live.remove("desk")
    with pytest.raises(BundlesmithError, match="has 1 changes"):
        save_index(tmp_path / "index", live.snapshot.trie, live.snapshot.shelf)
    assert list(tmp_path.iterdir()) == []


def test_a_new_index_takes_the_place_of_the_old_and_readers_of_the_old_go_on(tmp_path):
    saved(tmp_path / "index")
    old, _ = load_index(tmp_path / "index")
    saved(tmp_path / "index", [(7,), (8,), (9,), (7, 7), (8, 8)])
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
    assert old.token.tolist() == [10, 12, 13, 11, 10, 13]
    assert load_index(tmp_path / "index")[0].token.tolist() == [7, 8, 9, 7, 8]


def test_an_index_that_can_not_be_written_leaves_nothing_behind(tmp_path):
    with pytest.raises(BundlesmithError, match="could not be written"):
        saved(tmp_path / "nowhere" / "index")
    (tmp_path / "index").mkdir()
    with pytest.raises(BundlesmithError, match="could not be written"):
        saved(tmp_path / "index")
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(BundlesmithError, match="No such file"):
        load_index(tmp_path / "index")


@pytest.mark.parametrize("content", [b"", b"PAR1" * 100, MAGIC[:5]])
def test_a_foreign_file_is_an_error(tmp_path, content):
    (tmp_path / "index").write_bytes(content)
    with pytest.raises(BundlesmithError, match="is not an index of this version"):
        load_index(tmp_path / "index")


@pytest.mark.parametrize("kept", [len(MAGIC), len(MAGIC) + 8, 200, 3000, -ALIGNED, -1])
def test_a_file_that_was_cut_off_is_an_error(tmp_path, kept):
    saved(tmp_path / "index")
    whole = (tmp_path / "index").read_bytes()
    (tmp_path / "index").write_bytes(whole[:kept])
    with pytest.raises(BundlesmithError, match=r"([Ss]ave it again|could not be read)"):
        load_index(tmp_path / "index")
    assert made_from(tmp_path / "index") is None


@pytest.mark.parametrize("at", [len(MAGIC), len(MAGIC) + 7, len(MAGIC) + 8, len(MAGIC) + 16, 300, 900])
def test_a_damaged_header_is_an_error_and_no_header(tmp_path, at):
    saved(tmp_path / "index")
    whole = bytearray((tmp_path / "index").read_bytes())
    whole[at] ^= 0xFF
    (tmp_path / "index").write_bytes(whole)
    with pytest.raises(BundlesmithError, match="cut off or damaged"):
        load_index(tmp_path / "index")
    assert made_from(tmp_path / "index") is None
