"""What `--out` may replace: nothing but the same command's earlier output. All else is refused, and nothing is lost.

All refusals come before any work: none of these commands loads a model.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from bundlesmith.cli.app import app
from bundlesmith.manifest import MANIFEST, write_manifest
from tests.cli.run import bundlesmith
from tests.finetune.folders import write_run

Capture = pytest.CaptureFixture[str]
TASKS = ("--tasks", "tasks.jsonl", "--gold", "gold.jsonl")
FOLDERS: dict[str, tuple[str, ...]] = {
    "prepare": ("--source", "tables", "--path", "shop.yaml"),
    "finetune": ("--data", "."),
    "spell": ("--data", "."),
    "tasks": ("--data", "."),
    "eval": ("--run", ".", *TASKS),
    "sweep": ("--data", ".", "--config", "sweep.yaml"),
    "export": ("--run", "."),
    "prefer": ("--run", ".", "--data", "."),
    "distil": ("--data", ".", "--endpoint", "http://127.0.0.1:9/v1", "--model", "m"),
}
FILES: dict[str, tuple[tuple[str, ...], str]] = {
    "predict": (("--run", ".", "--tasks", "tasks.jsonl"), ".jsonl"),
    "report": ((".", "--data", ".", *TASKS), ".html"),
    "runs plot": (("../run",), ".png"),
    "explain": (("--run", "."), ".html"),
}
NEW = ["look"]
"""Commands that write a new file for people to go on with, and never over another."""
PARTS = {"rank": "ranker"}
"""Commands that write into a run."""
CSV = {
    "items.csv": "item_id,title\np1,Kettle\np2,Mug\np3,Tray\n",
    "bundles.csv": "bundle_id,item_id\n1,p1\n1,p2\n2,p2\n2,p3\n3,p1\n3,p3\n",
    "shop.yaml": "items: {file: items.csv}\nbundles: {file: bundles.csv}\n",
}


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that we are in, with all that the commands read, and a note; a run beside it."""
    folder = tmp_path / "mine"
    folder.mkdir()
    grid = "grid: {lora.r: [4, 8]}\n"
    texts = {**CSV, "tasks.jsonl": "{}\n", "gold.jsonl": "{}\n", "sweep.yaml": grid, "notes.txt": "precious\n"}
    for name, text in texts.items():
        (folder / name).write_text(text)
    write_run(tmp_path / "run")
    monkeypatch.chdir(folder)
    return folder


def whole(folder: Path) -> dict[str, object]:
    """All that lies under a folder: links by what they point to, files by their bytes."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else None
        for path in sorted(folder.rglob("*"))
    }


def refused(capsys: Capture, folder: Path, *words: object) -> str:
    """What a command says when it refuses; nothing under *folder* may have changed."""
    before = whole(folder)
    assert bundlesmith(*words) == 2
    assert whole(folder) == before
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


def commands(group: object = None, before: str = "") -> Iterator[str]:
    """The names of all commands that have `--out`."""
    group = typer.main.get_command(app) if group is None else group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, f"{before}{name} ")
        if any(parameter.name == "out" for parameter in command.params):
            yield before + name


def test_all_commands_with_out_are_here() -> None:
    assert sorted(commands()) == sorted([*FOLDERS, *FILES, *NEW])


@pytest.mark.parametrize("out", [".", "notes.txt", "shop.yaml"])
def test_what_is_to_be_new_is_written_over_nothing(out: str, mine: Path, capsys: Capture) -> None:
    assert "is there already" in refused(capsys, mine, "look", ".", "--out", out)


@pytest.mark.parametrize("out", [".", "../mine", "link", "..", "notes.txt"])
@pytest.mark.parametrize("command", FOLDERS)
def test_a_folder_that_is_or_holds_the_input_is_refused(command: str, out: str, mine: Path, capsys: Capture) -> None:
    if out == "link":
        out = "../link"
        (mine.parent / "link").symlink_to(mine)
    said = refused(capsys, mine.parent, command, *FOLDERS[command], "--out", out)
    assert f'"{out}" ' in said and "ame another folder" in said


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("command", FOLDERS)
def test_a_foreign_file_in_a_folder_is_named(command: str, linked: bool, mine: Path, capsys: Capture) -> None:
    other, link = mine.parent / "other", mine.parent / "link"
    (other / "drafts").mkdir(parents=True)
    (other / "drafts" / "plan.txt").write_text("precious\n")
    link.symlink_to(other)
    said = refused(capsys, mine.parent, command, *FOLDERS[command], "--out", link if linked else other)
    assert f'holds "drafts/", not written by `bundlesmith {command}`. Name another folder, or move it away.' in said


@pytest.mark.parametrize("command", FOLDERS)
def test_a_foreign_file_among_its_own_is_named(command: str, mine: Path, capsys: Capture) -> None:
    own = mine.parent / "own"
    (own / "below").mkdir(parents=True)
    (own / "below" / "data.json").write_text("{}")
    write_manifest(own, command)
    (own / "below" / "notes.txt").write_text("precious\n")
    said = refused(capsys, mine.parent, command, *FOLDERS[command], "--out", own)
    assert 'holds "below/notes.txt", not written by' in said


@pytest.mark.parametrize("command", FOLDERS)
def test_what_another_command_wrote_is_refused(command: str, mine: Path, capsys: Capture) -> None:
    other = mine.parent / "other"
    other.mkdir()
    (other / "data.json").write_text("{}")
    write_manifest(other, "something else")
    assert 'holds "data.json", not' in refused(capsys, mine.parent, command, *FOLDERS[command], "--out", other)


@pytest.mark.parametrize("text", ["", "no JSON", "[1]", '{"command": "tasks"}', '{"command": "tasks", "files": 3}'])
def test_a_broken_list_of_files_makes_none_its_own(text: str, mine: Path, capsys: Capture) -> None:
    other = mine.parent / "other"
    other.mkdir()
    (other / "tasks.jsonl").write_text("{}")
    (other / MANIFEST).write_text(text)
    assert '"tasks.jsonl"' in refused(capsys, mine.parent, "tasks", *FOLDERS["tasks"], "--out", other)


@pytest.mark.parametrize("command", PARTS)
def test_a_foreign_file_in_a_part_of_a_run_is_named(command: str, mine: Path, capsys: Capture) -> None:
    part = mine.parent / "run" / PARTS[command]
    part.mkdir()
    (part / "notes.txt").write_text("precious\n")
    said = refused(capsys, mine.parent, command, "--run", "../run", "--data", ".")
    assert f'{PARTS[command]}" holds "notes.txt", not written by `bundlesmith {command}`' in said


def test_a_run_may_be_replaced_with_its_parts_but_not_with_what_is_foreign_in_them(mine: Path, capsys: Capture) -> None:
    run = mine.parent / "run"
    write_manifest(run, "finetune")
    (run / "ranker").mkdir()
    (run / "ranker" / "ranker.json").write_text("{}")
    write_manifest(run / "ranker", "rank")
    (run / "scores.json").write_text("{}")
    words = ("finetune", "--data", ".", "--out", run)
    assert "is not a folder of prepared data" in refused(capsys, mine.parent, *words)  # --out isn't what is wrong
    (run / "ranker" / "notes.txt").write_text("precious\n")
    assert 'holds "ranker/notes.txt", not' in refused(capsys, mine.parent, *words)
    (run / "ranker" / MANIFEST).unlink()
    assert 'holds "ranker/", not' in refused(capsys, mine.parent, *words)


@pytest.mark.parametrize("command", FILES)
def test_a_foreign_file_is_not_written_over(command: str, mine: Path, capsys: Capture) -> None:
    words, suffix = FILES[command]
    out = mine.parent / f"why{suffix}"
    out.write_text("precious\n")
    said = refused(capsys, mine.parent, *command.split(), *words, "--out", out)
    assert f'"{out}" was not written by `bundlesmith {command}`. Name another file, or move it away.' in said


@pytest.mark.parametrize("command", FILES)
def test_a_folder_is_no_file(command: str, mine: Path, capsys: Capture) -> None:
    words, suffix = FILES[command]
    out = mine.parent / f"why{suffix}"
    out.mkdir()
    (mine.parent / "pipe").symlink_to("/dev/null")
    said = refused(capsys, mine.parent, *command.split(), *words, "--out", out)
    assert f'"{out}" is a folder. Name a file.' in said
    if suffix == ".jsonl":
        assert "is not a file" in refused(capsys, mine.parent, command, *words, "--out", mine.parent / "pipe")


def test_an_input_is_not_written_over(mine: Path, capsys: Capture) -> None:
    (mine / "tasks.jsonl").write_text('{"id": "a", "ranking": ["p1"]}\n')  # as if it were its own
    words = ("predict", *FILES["predict"][0], "--out")
    assert "is an input of `bundlesmith predict`" in refused(capsys, mine, *words, "../mine/tasks.jsonl")


def test_tables_beside_a_report_are_not_written_over(mine: Path, capsys: Capture) -> None:
    (mine / "README.md").write_text("# Ours\n")
    said = refused(capsys, mine, "report", *FILES["report"][0], "--out", "README.html")
    assert '"README.md" was not written by `bundlesmith report`' in said


def test_the_answers_that_a_distillation_keeps_are_not_in_what_is_replaced(mine: Path, capsys: Capture) -> None:
    words = ("distil", *FOLDERS["distil"], "--out", "../new", "--cache", "../new/answers.sqlite")
    assert 'holds an input of `bundlesmith distil`: "../new/answers.sqlite"' in refused(capsys, mine.parent, *words)


PREPARE = ("prepare", *FOLDERS["prepare"], "--out")


@pytest.mark.parametrize("out", ["new", "empty", "link", "dangling"])
def test_it_is_written_and_written_again(out: str, mine: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("empty")
    (tmp_path / "dangling").symlink_to("later")
    inode = (tmp_path / "link").lstat().st_ino
    for _ in range(2):
        assert bundlesmith(*PREPARE, tmp_path / out) == 0
        assert bundlesmith("tasks", "--data", tmp_path / out, "--out", tmp_path / "tasks") == 0
    assert {path.name for path in (tmp_path / out).iterdir()} == {
        MANIFEST,
        *(f"{name}.parquet" for name in ("items", "events", "bundles")),
        *("report.json", "data.json"),
    }
    assert (tmp_path / "link").lstat().st_ino == inode and (tmp_path / "dangling").is_symlink()
    assert out not in ("empty", "link") or (tmp_path / "empty").stat().st_mode & 0o777 == 0o700
    assert {path.name for path in tmp_path.iterdir()} == {
        "mine",
        "run",
        "tasks",
        "empty",
        "link",
        "dangling",
        *(["later"] if out == "dangling" else ["new"] if out == "new" else []),
    }


def test_the_folder_that_we_are_in_stays_the_same(mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    inode = Path.cwd().stat().st_ino
    for _ in range(2):
        assert bundlesmith("prepare", "--source", "tables", "--path", mine / "shop.yaml", "--out", ".") == 0
    assert Path.cwd().stat().st_ino == inode and json.loads(Path("data.json").read_text())["format"] == 1
    assert len(list(Path.cwd().iterdir())) == 6


def test_a_result_is_scored_again_where_it_is(mine: Path, tmp_path: Path) -> None:
    assert bundlesmith(*PREPARE, "../data") == 0
    assert bundlesmith("tasks", "--data", "../data", "--split", "train", "--out", "../asked") == 0
    given = ("--data", "../data", "--tasks", "../asked/tasks.jsonl", "--gold", "../asked/gold.jsonl")
    first = json.loads(Path("../asked/tasks.jsonl").read_text().splitlines()[0])["id"]
    Path("../result").mkdir()
    Path("../result/answers.jsonl").write_text(json.dumps({"id": first, "ranking": ["p1"]}) + "\n")
    words = ("eval", "--predictions", "../result/answers.jsonl", "--allow-leaks", *given, "--out", "../result")
    for _ in range(2):
        assert bundlesmith(*words) == 0
    report = ("report", "../result", *given, "--out", "../report.html")
    for _ in range(2):
        assert bundlesmith(*report) == 0
    Path("../result/notes.txt").write_text("precious\n")
    assert bundlesmith(*words) == 2


@pytest.mark.parametrize("suffix", [".png", ".html"])
def test_a_drawing_is_drawn_again(suffix: str, mine: Path, capsys: Capture) -> None:
    out = mine.parent / f"curves{suffix}"
    (mine.parent / f"link{suffix}").symlink_to(out)
    for _ in range(2):
        assert bundlesmith("runs", "plot", "../run", "--out", mine.parent / f"link{suffix}") == 0
    assert out.is_file() and (mine.parent / f"link{suffix}").is_symlink()
    said = refused(capsys, mine.parent, "explain", "--run", ".", "--out", out)
    assert "was not written by `bundlesmith explain`" in said
