"""The steps of the quality benchmark: what is done, what is skipped, what stops it. The commands are the real ones."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import yaml
from bench.quality import Domain, do, domains, measure, own, rows, split, stale, steps

from bundlesmith.data.prepare import DataSource, prepare
from bundlesmith.eval.making import write_tasks
from bundlesmith.files import write_json
from tests.data.shops import ITEMS, session, write_lines

CONFIG = Path("configs/smollm2-135m.yaml")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A data folder with the domain "home" and its tasks."""
    folder = tmp_path / "source"
    (folder / "home").mkdir(parents=True)
    write_lines(folder / "home.items.jsonl", ITEMS)
    write_lines(folder / "home.sessions.jsonl", [session(0, "train"), session(1, "test", user=6)])
    write_lines(folder / "home" / "tasks.jsonl", [{"id": "t", "kind": "sessions", "items": [12, 7, 3]}])
    write_lines(
        folder / "home" / "gold.jsonl", [{"id": "t", "kind": "sessions", "bundles": [[12, 7]], "intents": [""]}]
    )
    return folder


def test_all_domains_of_the_folder_are_found(source: Path) -> None:
    assert domains(source) == [Domain("home", source)]


def test_a_missing_file_and_an_empty_folder_stop_it(source: Path, tmp_path: Path) -> None:
    (source / "home" / "gold.jsonl").unlink()
    with pytest.raises(SystemExit, match=r"Missing: .*home/gold\.jsonl"):
        domains(source)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit, match="holds no DOMAIN"):
        domains(tmp_path / "empty")


def test_the_steps_stand_in_their_order(source: Path, tmp_path: Path) -> None:
    found = steps(Domain("home", source), [CONFIG], ["popularity", "tfidf"], tmp_path)
    run = "smollm2-135m"
    scored = [f"eval-{run}", f"eval-{run}-without-ranker", "eval-popularity", "eval-tfidf"]
    by_name = {step.name: step for step in found}
    assert [step.name for step in found] == ["prepare", f"finetune-{run}", *scored, "report"]
    assert {name for name, step in by_name.items() if "--no-ranker" in step.words} == {scored[1]}
    assert by_name[scored[1]].after == (by_name[f"finetune-{run}"],)
    at = tmp_path / "home"
    words = by_name["eval-popularity"].words
    assert words[:5] == ("eval", "--method", "popularity", "--data", str(at / "data"))
    assert words[-2:] == ("--out", str(at / "results" / "popularity"))
    results = [str(at / "results" / name.removeprefix("eval-")) for name in scored]
    assert list(by_name["report"].words[1:5]) == results


def test_leaks_are_allowed_only_if_it_is_said(source: Path, tmp_path: Path) -> None:
    domain = Domain("home", source)
    for leaks in (False, True):
        found = steps(domain, [CONFIG], ["tfidf"], tmp_path, leaks)
        assert [step.name for step in found if "--allow-leaks" in step.words] == (
            [step.name for step in found if step.name.startswith("eval-")] if leaks else []
        )


def test_a_run_that_stands_alone_has_no_ranker(source: Path, tmp_path: Path) -> None:
    t5 = Path("configs/t5-scratch.yaml")
    found = steps(Domain("home", source), [], ["lm-zero-shot"], tmp_path, alone=[t5])
    assert [step.name for step in found] == [
        *("prepare", "finetune-t5-scratch", "eval-t5-scratch", "eval-lm-zero-shot", "report")
    ]
    assert found[2].after == (found[1],) and "--no-ranker" in found[1].words and "--no-ranker" not in found[2].words


def test_two_of_one_name_stop_it(source: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="Two configs or methods have one name: eval-smollm2-135m"):
        steps(Domain("home", source), [CONFIG], ["smollm2-135m"], tmp_path)


def test_a_step_is_done_once_and_again_when_its_inputs_change(source: Path, tmp_path: Path) -> None:
    prepare = steps(Domain("home", source), [], [], tmp_path)[0]
    first = do(prepare, tmp_path / "steps")
    made = prepare.out.stat().st_mtime_ns
    assert first["seconds"] > 0 and do(prepare, tmp_path / "steps") == first
    assert prepare.out.stat().st_mtime_ns == made
    write_lines(source / "home.sessions.jsonl", [session(0, "train"), session(1, "test"), session(3, "train")])
    again = do(prepare, tmp_path / "steps")
    assert again["key"] != first["key"] and prepare.out.stat().st_mtime_ns != made


def test_a_step_without_its_output_is_done_again(source: Path, tmp_path: Path) -> None:
    prepare = steps(Domain("home", source), [], [], tmp_path)[0]
    do(prepare, tmp_path / "steps")
    prepare.out.unlink()
    do(prepare, tmp_path / "steps")
    assert prepare.out.exists()


def test_what_a_step_builds_on_is_part_of_its_key(source: Path, tmp_path: Path) -> None:
    def keys() -> dict[str, str]:
        return {step.name: step.key for step in steps(Domain("home", source), [CONFIG], ["tfidf"], tmp_path)}

    before = keys()
    write_lines(source / "home.items.jsonl", ITEMS[:3])
    after = keys()
    assert len(after) == 6 and all(before[name] != after[name] for name in after)
    write_lines(source / "home" / "gold.jsonl", [{"id": "t", "kind": "sessions", "bundles": [], "intents": []}])
    last = keys()
    changed = [name for name in last if last[name] != after[name]]
    assert changed == [name for name in last if name.startswith("eval-") or name == "report"]


def test_a_failing_step_stops_it_and_leaves_no_record(source: Path, tmp_path: Path) -> None:
    prepare = steps(Domain("home", source), [], [], tmp_path)[0]
    wrong = replace(prepare, words=(*prepare.words, "--source", "nowhere"))
    with pytest.raises(SystemExit, match=r"step prepare failed \(exit 2\): bundlesmith prepare"):
        do(wrong, tmp_path / "steps")
    assert not (tmp_path / "steps" / "prepare.json").exists()


def test_a_step_that_fails_ends_all_domains(source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(source / "home", source / "attic")
    write_lines(source / "attic.items.jsonl", [])  # its first step fails
    shutil.copy(source / "home.sessions.jsonl", source / "attic.sessions.jsonl")
    with pytest.raises(SystemExit, match=r"step prepare failed"):
        measure(source, [], ["tfidf"], tmp_path / "out")
    assert "--domain home" not in capfd.readouterr().out


def test_rows_hold_all_figures_and_the_time_of_the_pipeline(source: Path, tmp_path: Path) -> None:
    for name in ("a", "tfidf"):
        (tmp_path / "results" / name).mkdir(parents=True)
        scores = {"method": name.upper(), "kinds": {"complete": {"R@10": 0.5}, "sessions": {"soft-F1": 0.25}}}
        write_json(tmp_path / "results" / name / "scores.json", scores)
    seconds = {"prepare": 60.0, "finetune-a": 7080.0, "eval-a": 120.0, "eval-tfidf": 30.0, "report": 9.0}
    done = {name: {"seconds": value, "code": "old"} for name, value in seconds.items()}
    run, method = rows(Domain("home", source), tmp_path, done)
    assert run["method"] == "A" and run["complete R@10"] == 0.5 and run["sessions soft-F1"] == 0.25
    assert run["minutes in all"] == 121 and run["under 2 hours"] == "NO"  # 60 + 7080 + 120 = 7260 s
    assert method["minutes in all"] == 1.5 and method["under 2 hours"] == "yes"  # 60 + 30 s
    assert "seconds of finetune" not in method and run["seconds of finetune"] == 7080
    assert len(stale(Domain("home", source), done)) == 5


def test_the_time_of_a_run_without_its_ranker_holds_the_fine_tune(source: Path, tmp_path: Path) -> None:
    seconds = {"prepare": 60.0, "finetune-a": 600.0}
    names = ("a", "a-without-ranker")
    for name in names:
        (tmp_path / "results" / name).mkdir(parents=True)
        write_json(tmp_path / "results" / name / "scores.json", {"method": name, "kinds": {}})
        seconds[f"eval-{name}"] = 60.0
    done = {name: {"seconds": value, "code": "old"} for name, value in seconds.items()}
    found = {row["result"]: row["minutes in all"] for row in rows(Domain("home", source), tmp_path, done)}
    assert found == {"a": 12, "a-without-ranker": 12}


def test_jobs_share_the_cores() -> None:
    cores = os.sched_getaffinity(0)
    shares = split(len(cores))

    def job(_: int) -> set[int]:
        with own(shares):
            return os.sched_getaffinity(0)

    with ThreadPoolExecutor(len(cores)) as pool:
        held = list(pool.map(job, range(2 * len(cores))))
    assert all(len(each) == 1 for each in held) and set().union(*held) <= cores
    assert os.sched_getaffinity(0) == cores and shares.qsize() == len(cores)
    with pytest.raises(SystemExit, match=rf"--jobs 0: give 1 to {len(cores)}"):
        split(0)


def test_figures_are_json(source: Path, tmp_path: Path) -> None:
    prepare = steps(Domain("home", source), [], [], tmp_path)[0]
    do(prepare, tmp_path / "steps")
    assert set(json.loads((tmp_path / "steps" / "prepare.json").read_text())) == {"key", "command", "seconds", "code"}


def as_bundlerec(shop: Path, folder: Path, each: int) -> Path:
    """The first *each* sessions of each split of a prepared shop as the domain "mini", with its tasks."""
    items = pl.read_parquet(shop / "items.parquet")
    number = {item: at for at, item in enumerate(items["item_id"])}
    titles = zip(items["title"], items["category"], strict=True)
    bundles = pl.read_parquet(shop / "bundles.parquet").filter(pl.int_range(pl.len()).over("split") < each)
    events = pl.read_parquet(shop / "events.parquet").unique(["session_id", "item_id"], maintain_order=True)
    held = dict(events.group_by("session_id").agg("item_id").iter_rows())
    sessions = [
        session(at, row["split"], user=at % 7, time=at)
        | {"items": [number[item] for item in held[row["session_id"]]]}
        | {"bundles": [{"bundle": at, "intent": row["intent"], "items": [number[item] for item in row["items"]]}]}
        for at, row in enumerate(bundles.iter_rows(named=True))
    ]
    folder.mkdir()
    named = [{"item": at, "title": title, "category": ",".join(path)} for at, (title, path) in enumerate(titles)]
    write_lines(folder / "mini.items.jsonl", named)
    write_lines(folder / "mini.sessions.jsonl", sessions)
    prepare(DataSource(kind="bundlerec", path=folder, domain="mini"), folder / "prepared")
    write_tasks(folder / "prepared", "test", folder / "mini")
    return folder


@pytest.mark.slow
def test_from_the_folder_to_the_report_twice(
    small_shop: Path,
    tiny_base: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    source = as_bundlerec(small_shop, tmp_path / "source", 8)
    training = {"max_steps": 2, "eval_every": 2, "eval_blocks": 1}
    config = tmp_path / "tiny.yaml"
    config.write_text(yaml.safe_dump({"base": str(tiny_base), "lora": {"r": 4}, "training": training}))
    figures = []
    for out in (Path("first"), Path("second")):
        measure(source, [], [], out, leaks=True, alone=[config])
        assert (out / "mini" / "report.html").exists() and (out / "mini" / "report.md").exists()
        table = json.loads(Path("build/bench/quality.json").read_text())["rows"]
        assert [row["result"] for row in table] == ["tiny"]
        figures.append([{key: value for key, value in row.items() if "seconds" not in key} for row in table])
    assert all(row["complete valid"] == 1.0 and row["complete tasks"] > 8 for row in figures[0])
    for row in (*figures[0], *figures[1]):
        del row["minutes in all"]
    assert figures[0] == figures[1]
    capfd.readouterr()
    measure(source, [], [], Path("first"), leaks=True, alone=[config])
    assert capfd.readouterr().out.count("done before") == 4
