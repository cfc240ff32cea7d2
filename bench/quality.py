"""Every figure of quality, from the data folder to the report: prepare, fine-tune, answer, score, compare.

    BUNDLEREC_DIR=folder make bench-quality
    BUNDLEREC_DIR=folder python -m bench.quality [CONFIG …] [--alone CONFIG …] [--jobs N] [--out build/quality]

A config is fine-tuned and its ranker learnt; the run is scored with the ranker and without it. One that is named after
`--alone` has no ranker. All domains of the folder (`DOMAIN.items.jsonl`,
`DOMAIN.sessions.jsonl`, `DOMAIN/tasks.jsonl`, `DOMAIN/gold.jsonl`) go through the same commands with the same configs
and seeds. Each step is a call of the command line, as a user would type it. A step that was finished with the same
command on the same inputs is not done again; remove the folder to begin from nothing. A step that fails ends it all.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Any

from bench.table import publish
from bundlesmith.files import read_json, write_json
from bundlesmith.hashes import hash_files, hash_texts

LIMIT = 2 * 3600
"""Seconds that prepare, finetune, predict and score of a domain may take together."""
SHOWN = {
    "complete": ("R@10", "NDCG@10"),
    "generate": ("bestF1@10", "category-F1@1"),
    "sessions": ("soft-F1", "intent-F1"),
}
"""Figures on screen; the JSON has all."""
CONFIGS = (Path("configs/ranked.yaml"),)
ALONE = (Path("configs/t5-scratch.yaml"),)
"""What is fine-tuned if nothing else is named."""
WITHOUT = "-without-ranker"
"""What the result of a run is called that is scored without its ranker, too."""
SOURCES = Path(__file__).resolve().parents[1] / "src" / "bundlesmith"


@dataclass(frozen=True, slots=True)
class Domain:
    """One data set and its tasks."""

    name: str
    source: Path

    @property
    def tasks(self) -> Path:
        return self.source / self.name / "tasks.jsonl"

    @property
    def gold(self) -> Path:
        return self.source / self.name / "gold.jsonl"

    @property
    def tables(self) -> tuple[Path, Path]:
        return self.source / f"{self.name}.items.jsonl", self.source / f"{self.name}.sessions.jsonl"


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the command line.

    Attributes:
        name: of the step, also of its record.
        words: what is typed after `bundlesmith`.
        out: what stands there when it is done.
        inputs: the files that it reads, but for what other steps wrote.
        after: the steps whose outputs it reads.
    """

    name: str
    words: tuple[str, ...]
    out: Path
    inputs: tuple[Path, ...] = ()
    after: tuple["Step", ...] = ()

    @property
    def key(self) -> str:
        """A hash of the command and of all that it depends on."""
        return hash_texts(*self.words, hash_files(*self.inputs), *(step.key for step in self.after))


def domains(folder: Path) -> list[Domain]:
    """The data sets of a folder, by name; a missing file of one, or no data set at all, ends it."""
    found = [Domain(path.name.removesuffix(".items.jsonl"), folder) for path in sorted(folder.glob("*.items.jsonl"))]
    needed = [path for domain in found for path in (*domain.tables, domain.tasks, domain.gold)]
    if missing := [str(path) for path in needed if not path.is_file()]:
        raise SystemExit(f"Missing: {', '.join(missing)}.")
    if not found:
        raise SystemExit(f'"{folder}" holds no DOMAIN.items.jsonl.')
    return found


def steps(
    domain: Domain,
    configs: Sequence[Path],
    methods: Sequence[str],
    out: Path,
    leaks: bool = False,
    alone: Sequence[Path] = (),
) -> list[Step]:
    """All steps of a domain in their order: prepare; finetune and eval of each config; eval of methods; report.

    A run is scored twice: as it is, and without its ranker. Runs of *alone* have no ranker. With *leaks*, what leaks
    from training into the tasks doesn't stop `eval`; it is said in the report.
    """
    at = out / domain.name
    asked = ("--tasks", str(domain.tasks), "--gold", str(domain.gold))
    files = (domain.tasks, domain.gold)
    words: tuple[str, ...] = ("--path", str(domain.source), "--domain", domain.name, "--out", str(at / "data"))
    data = Step("prepare", ("prepare", "--source", "bundlerec", *words), at / "data" / "data.json", domain.tables)
    what = ("--data", str(at / "data"), *(("--allow-leaks",) if leaks else ()))
    found = [data]
    for config in (*configs, *alone):
        run = at / "runs" / config.stem
        left = ("--no-ranker",) if config in alone else ()
        words = ("finetune", "--data", str(at / "data"), "--out", str(run), "--config", str(config), *left)
        tuned = Step(f"finetune-{config.stem}", words, run / "run.json", (config,), (data,))
        asking = ("--run", str(run), *what)
        found += [tuned, _eval(config.stem, asking, asked, at, files, tuned)]
        if not left:
            found.append(_eval(f"{config.stem}{WITHOUT}", (*asking, "--no-ranker"), asked, at, files, tuned))
    found += [_eval(method, ("--method", method, *what), asked, at, files, data) for method in methods]
    scored = [step for step in found if step.words[0] == "eval"]
    folders = [str(step.out.parent) for step in scored]
    page = at / "report.html"
    words = ("report", *folders, *asked, "--data", str(at / "data"), "--out", str(page))
    found.append(Step("report", words, page, files, (data, *scored)))
    names = [step.name for step in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SystemExit(f"Two configs or methods have one name: {', '.join(twice)}.")
    return found


def _eval(
    name: str, what: tuple[str, ...], asked: tuple[str, ...], at: Path, files: tuple[Path, ...], after: Step
) -> Step:
    result = at / "results" / name
    words = ("eval", *what, *asked, "--out", str(result))
    return Step(f"eval-{name}", words, result / "scores.json", files, (after,))


def do(step: Step, records: Path) -> dict[str, Any]:
    """Do a step unless it is done; its record says with what, and in how many seconds.

    Raises:
        SystemExit: if the command fails or doesn't write what it should.
    """
    record, key = records / f"{step.name}.json", step.key
    if record.exists() and step.out.exists() and (done := read_json(record))["key"] == key:
        print(f"{step.name}: done before, in {done['seconds']:.0f} s", flush=True)
        return dict(done)
    record.unlink(missing_ok=True)
    command = " ".join(("bundlesmith", *step.words))
    print(f"{step.name}: {command}", flush=True)
    start = time.perf_counter()
    ended = subprocess.run([sys.executable, "-m", "bundlesmith", *step.words])
    if ended.returncode or not step.out.exists():
        raise SystemExit(f"The step {step.name} failed (exit {ended.returncode}): {command}")
    made = {"key": key, "command": command, "seconds": time.perf_counter() - start, "code": code()}
    records.mkdir(parents=True, exist_ok=True)
    write_json(record, made)
    return made


def code() -> str:
    """A hash of the package's own files: figures of other code are named when they are shown."""
    kinds = (".py", ".jinja", ".yaml")
    return hash_files(*sorted(path for path in SOURCES.rglob("*") if path.suffix in kinds))


def rows(domain: Domain, at: Path, done: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each result of a domain: all its figures, and the seconds of its steps."""
    found = []
    for name in (step.removeprefix("eval-") for step in done if step.startswith("eval-")):
        scores = read_json(at / "results" / name / "scores.json")
        row = {"domain": domain.name, "method": scores["method"], "result": name}
        row |= {f"{kind} {figure}": value for kind, each in scores["kinds"].items() for figure, value in each.items()}
        needed = ("prepare", f"finetune-{name.removesuffix(WITHOUT)}", f"eval-{name}")
        used = [step for step in needed if step in done]
        row |= {f"seconds of {step.split('-')[0]}": done[step]["seconds"] for step in used}
        total = sum(done[step]["seconds"] for step in used)
        found.append(row | {"minutes in all": total / 60, "under 2 hours": "yes" if total < LIMIT else "NO"})
    return found


def stale(domain: Domain, done: dict[str, dict[str, Any]]) -> list[str]:
    """The steps that were made by other code than the present."""
    return [f"{domain.name}/{name}" for name, record in done.items() if record["code"] != code()]


def split(jobs: int) -> SimpleQueue[list[int]]:
    """This process's cores in *jobs* equal shares; SystemExit if there are fewer cores than jobs."""
    cores, shares = sorted(os.sched_getaffinity(0)), SimpleQueue[list[int]]()
    if not 1 <= jobs <= len(cores):
        raise SystemExit(f"--jobs {jobs}: give 1 to {len(cores)}, the number of cores.")
    for job in range(jobs):
        shares.put(cores[job::jobs][: len(cores) // jobs])
    return shares


@contextmanager
def own(shares: SimpleQueue[list[int]]) -> Iterator[None]:
    """A share of the cores for this thread and all that it starts; it goes back in the end."""
    share, before = shares.get(), os.sched_getaffinity(0)
    os.sched_setaffinity(0, share)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
        shares.put(share)


def measure(
    source: Path,
    configs: Sequence[Path],
    methods: Sequence[str],
    out: Path,
    leaks: bool = False,
    alone: Sequence[Path] = (),
    jobs: int = 1,
) -> None:
    """Do all steps of all domains, *jobs* of them at once, and publish the figures; when one fails, no other begins."""

    def make(domain: Domain) -> dict[str, dict[str, Any]]:
        done: dict[str, dict[str, Any]] = {}
        with own(shares):
            for step in steps(domain, configs, methods, out, leaks, alone):
                if failed.is_set():
                    break
                try:
                    done[step.name] = do(step, out / domain.name / "steps")
                except BaseException:
                    failed.set()
                    raise
        return done

    found, shares, failed = domains(source), split(jobs), Event()
    with ThreadPoolExecutor(jobs) as pool:
        made = list(zip(found, pool.map(make, found), strict=True))
    table = [row for domain, done in made for row in rows(domain, out / domain.name, done)]
    old = [step for domain, done in made for step in stale(domain, done)]
    shown = [f"{kind} {figure}" for kind, figures in SHOWN.items() for figure in figures]
    publish("quality", table, ["domain", "method", *shown, "minutes in all"])
    if slow := [f"{row['domain']}/{row['result']}" for row in table if row["under 2 hours"] == "NO"]:
        print(f"More than 2 hours: {', '.join(slow)}.")
    if old:
        print(f"Made by other code than the present, remove {out} to make them anew: {', '.join(old)}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configs", nargs="*", type=Path, default=CONFIGS)
    parser.add_argument("--alone", nargs="*", type=Path, default=ALONE, help="configs whose runs get no ranker")
    parser.add_argument("--out", type=Path, default=Path("build/quality"))
    parser.add_argument(
        "--jobs", type=int, default=1, help="domains that are made at once, each on its share of the cores"
    )
    parser.add_argument("--allow-leaks", action="store_true", help="go on if training leaks into tasks")
    given = parser.parse_args()
    if not (source := os.environ.get("BUNDLEREC_DIR")):
        raise SystemExit("BUNDLEREC_DIR is not set: name the folder with DOMAIN.items.jsonl, DOMAIN/tasks.jsonl ….")
    if missing := [str(path) for path in (*given.configs, *given.alone) if not path.is_file()]:
        raise SystemExit(f"There is no config {', '.join(missing)}.")
    from bundlesmith.eval.references.methods import METHODS

    alone = [path for path in given.alone if path not in given.configs]
    measure(Path(source), given.configs, list(METHODS), given.out, given.allow_leaks, alone, given.jobs)


if __name__ == "__main__":
    main()
