from pathlib import Path

import pytest

from bundlesmith.manifest import MANIFEST, claim, own_entries, strangers, write_manifest


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A folder that `finetune` wrote: a file, a file below, and an empty folder."""
    folder = tmp_path / "run"
    for name in ("tensorboard", "empty"):
        (folder / name).mkdir(parents=True)
    for name in ("run.json", "tensorboard/events"):
        (folder / name).write_text("own")
    write_manifest(folder, "finetune")
    return folder


def test_what_was_written_is_its_own(run):
    assert strangers(run, "finetune") == [] and own_entries(run) == ["empty", "run.json", "tensorboard", MANIFEST]


def test_what_was_not_written_is_foreign_wherever_it_lies(run):
    for name in ("notes.txt", "tensorboard/notes.txt", "empty/notes.txt", ".hidden"):
        (run / name).write_text("precious")
    (run / "drafts").mkdir()
    (run / "link").symlink_to(run / "run.json")
    found = [".hidden", "drafts/", "empty/notes.txt", "link", "notes.txt", "tensorboard/notes.txt"]
    assert strangers(run, "finetune") == found and "notes.txt" not in own_entries(run)


def test_a_folder_in_the_place_of_a_file_is_looked_into(run):
    (run / "run.json").unlink()
    (run / "run.json").mkdir()
    (run / "run.json" / "notes.txt").write_text("precious")
    assert strangers(run, "finetune") == ["run.json/notes.txt"]


def test_to_another_command_all_is_foreign(run):
    assert strangers(run, "spell") == ["empty/", "run.json", "tensorboard/"]


def test_what_a_file_manager_leaves_and_what_is_half_written_is_nobody_s(run):
    (run / ".DS_Store").write_text("")
    (run / ".bundlesmith.training").mkdir()
    assert strangers(run, "finetune") == []


def test_a_folder_that_is_claimed_stays_so(tmp_path):
    for _ in range(2):
        claim(tmp_path / "result", "eval")
        assert strangers(tmp_path / "result", "eval") == [] and own_entries(tmp_path / "result")[-1] == MANIFEST
        (tmp_path / "result" / "answers.jsonl").write_text("{}")
    assert own_entries(tmp_path / "result") == ["answers.jsonl", MANIFEST]


def test_without_a_list_nothing_is_its_own(tmp_path):
    assert own_entries(tmp_path) == []
