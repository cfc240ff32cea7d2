"""`bundlesmith tasks` writes tasks; `bundlesmith eval` answers them, or takes answers, and works out figures."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bundlesmith.errors import BundlesmithError

if TYPE_CHECKING:
    from bundlesmith.eval.groups import SplitData
    from bundlesmith.eval.leaks import Leak
    from bundlesmith.eval.predict import Cost
    from bundlesmith.eval.result import AllPoints
    from bundlesmith.eval.score import Sheet
    from bundlesmith.recommender import Recommends

screen, aside = Console(), Console(stderr=True)


def tasks(
    data: Annotated[Path, typer.Option(help="A folder of prepared data.")],
    out: Annotated[Path, typer.Option(help="The folder to write: tasks.jsonl and gold.jsonl.")],
    split: Annotated[str, typer.Option(help="train, valid or test.")] = "test",
) -> None:
    """Write the tasks of a split, and their true answers: complete, generate, sessions.

    Example: `bundlesmith tasks --data data/shop --split valid --out data/shop-valid`
    """
    from bundlesmith.eval.making import write_tasks

    screen.print(f"{write_tasks(data, split, out):,} tasks and their true answers are in {out}.", soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Given:
    """What is asked for; one of run, url, method and predictions is given."""

    run: Path | None
    method: str | None
    predictions: Path | None
    data: Path | None
    tasks: Path
    gold: Path
    out: Path
    no_ranker: bool = False
    base: str = ""
    url: str | None = None
    model: str = ""
    key: str = ""

    @property
    def folder(self) -> Path:
        """The folder whose catalogue and splits count."""
        folder = self.data or self.run
        if folder is None:
            raise BundlesmithError("--data is not given.", "Name the prepared data; only --run does without.")
        return folder

    @property
    def answers(self) -> Path:
        """Where the answers are, or will be."""
        return self.out / "answers.jsonl"

    @property
    def name(self) -> str:
        """What a report calls the result."""
        if self.method:
            from bundlesmith.eval.references.methods import METHODS

            title = METHODS[self.method].title
            return f"{title} ({self.base})" if self.base else title
        path = self.run or self.predictions
        name = path.resolve().stem if path else ""
        return f"{name} without its ranker" if self.no_ranker else name


def evaluate(
    tasks: Annotated[Path, typer.Option(help="Tasks, one JSON object a line.")],
    gold: Annotated[Path, typer.Option(help="Their true answers, one JSON object a line.")],
    out: Annotated[Path, typer.Option(help="The folder to write: answers, values of each task, figures.")],
    run: Annotated[Path | None, typer.Option(help="The folder of a run, to answer the tasks.")] = None,
    url: Annotated[str | None, typer.Option(help="Or the address of a service that runs, to be asked.")] = None,
    method: Annotated[
        str | None, typer.Option(help="Or a reference method; what it chose is kept in `work` beside OUT.")
    ] = None,
    predictions: Annotated[Path | None, typer.Option(help="Or a file of answers, one JSON object a line.")] = None,
    data: Annotated[Path | None, typer.Option(help="The prepared data; of a run, to check its bundles too.")] = None,
    allow_leaks: Annotated[
        bool, typer.Option("--allow-leaks", help="Score even if training leaks into tasks.")
    ] = False,
    no_ranker: Annotated[bool, typer.Option("--no-ranker", help="Let a run's model choose the items.")] = False,
    base: Annotated[
        str, typer.Option(help="The model that lm-zero-shot and lm-few-shot ask; SmolLM2-135M-Instruct if left out.")
    ] = "",
    model: Annotated[str, typer.Option(help="With --url, which of its models; the default if left out.")] = "",
    key: Annotated[str, typer.Option(envvar="BUNDLESMITH_KEY", help="With --url, a key of the service.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score a run, a service, a reference method or a file of answers. Goes on where it was interrupted.

    Example: `bundlesmith eval --run runs/electronic --tasks tasks.jsonl --gold gold.jsonl --out results/electronic`
    """
    from bundlesmith.cli.show import show_scores
    from bundlesmith.files import read_json

    if sum(each is not None for each in (run, url, method, predictions)) != 1:
        raise BundlesmithError(
            "Give one of --run, --url, --method and --predictions.", "See `bundlesmith eval --help`."
        )
    if no_ranker and run is None:
        raise BundlesmithError("Only a run can be scored without its ranker.", "Give --run, too.")
    if base and method is None:
        raise BundlesmithError(f'--base is "{base}", but no method is to ask it.', "Give --method lm-zero-shot, too.")
    if model and url is None:
        raise BundlesmithError(f'--model is "{model}", but no service is to be asked.', "Give --url, too.")
    work(Given(run, method, predictions, data, tasks, gold, out, no_ranker, base, url, model, key), allow_leaks)
    found = read_json(out / "scores.json")
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        show_scores(found, screen)
        screen.print(f"The result is in {out}.", soft_wrap=True)


def work(given: Given, allow_leaks: bool) -> None:
    """Check for leaks, answer, work out the figures, and write the result.

    Raises:
        BundlesmithError: if a file is broken, or training leaks into the tasks and that is not allowed.
    """
    from bundlesmith.data.catalogue import open_catalogue
    from bundlesmith.eval.groups import read_past
    from bundlesmith.eval.predict import Cost
    from bundlesmith.eval.result import About, evaluate_sheet, write_result
    from bundlesmith.eval.score import answered, read_gold
    from bundlesmith.files import loud_writes
    from bundlesmith.hashes import hash_files
    from bundlesmith.manifest import claim

    _check_place(given)
    catalogue, past = open_catalogue(given.folder), read_past(given.folder)
    unanswered = read_gold(catalogue, given.tasks, given.gold)
    leaks = _checked(unanswered, past, given, allow_leaks)
    recommender, cost = _recommender(given), Cost()
    with loud_writes(given.out):
        claim(given.out, "eval")
    if recommender is None:
        _copied(given)
    else:
        _answer(recommender, given, cost)
    sheet = answered(unanswered, given.answers)
    found = evaluate_sheet(sheet, past, _pairs(recommender, sheet))
    about = About(
        method=getattr(recommender, "title", given.name),
        key=recommender.key if recommender else hash_files(given.answers),
        tasks=hash_files(given.tasks),
        data=hash_files(given.folder / "items.parquet"),
        cost=cost if recommender else None,
        training=_training(given.run),
        leaks=tuple(leaks),
    )
    write_result(given.out, sheet, found, about)
    if given.run is not None and not given.no_ranker:
        _keep_in_run(given.run, sheet, found.points)


def _check_place(given: Given) -> None:
    """Refuse a folder that holds anything but a result, and answers that are only to be scored."""
    from bundlesmith.files import check_folder, real

    scored = given.predictions is not None and real(given.predictions) == real(given.answers)
    known = ("answers.jsonl",) if scored else ()
    check_folder(given.out, "eval", given.run, given.data, given.tasks, given.gold, known=known)


def _checked(sheet: "Sheet", past: "SplitData", given: Given, allow: bool) -> "list[Leak]":
    """What leaks and is allowed; all else that there is to say about leaks goes to the screen."""
    from bundlesmith.eval.leaks import find_leaks, other_data, refuse, unchecked

    leaks = [*find_leaks(sheet, past), *other_data(given.run, given.data)]
    if not allow:
        refuse(leaks)
    for leak in leaks:
        aside.print(f"[red]Leak:[/red] {leak.what}", soft_wrap=True, highlight=False)
    for said in unchecked(sheet, past):
        aside.print(f"[yellow]Warning:[/yellow] {said}", soft_wrap=True, highlight=False)
    return leaks


def _recommender(given: Given) -> "Recommends | None":
    with aside.status("Loading …"):
        if given.run is not None:
            from bundlesmith.recommender import Recommender

            return Recommender.load(given.run, by_model=given.no_ranker)
        if given.url is not None:
            return _remote(given.url, given)
        if given.method is not None:
            from bundlesmith.eval.references.methods import load_method

            kept = given.out.absolute().parent / "work"
            loaded: Recommends = load_method(given.method, given.folder, kept, given.base)
            return loaded
        return None


def _remote(url: str, given: Given) -> "Recommends":
    from bundlesmith.data.catalogue import open_catalogue
    from bundlesmith.errors import need

    need("httpx2", "bundlesmith eval --url", "serve")
    from bundlesmith.eval.remote import Remote

    remote = Remote(url, open_catalogue(given.folder), given.model, given.key)
    aside.print(f"Asking {remote.title}.", soft_wrap=True, highlight=False, markup=False)
    return remote


def _copied(given: Given) -> None:
    if given.predictions is not None and given.predictions.resolve() != given.answers.resolve():
        try:
            shutil.copyfile(given.predictions, given.answers)
        except OSError as error:
            what = f'"{given.predictions}" could not be copied: {error.strerror}.'
            raise BundlesmithError(what, "Check the path.") from error


def _answer(recommender: "Recommends", given: Given, cost: "Cost") -> None:
    from bundlesmith.eval.predict import predict

    unknown = predict(recommender, given.tasks, given.answers, cost)
    if unknown:
        aside.print(f"{unknown} ids in the tasks are not in the catalogue; they were left out of what was asked.")


def _pairs(recommender: "Recommends | None", sheet: "Sheet") -> dict[str, float] | None:
    from bundlesmith.eval.beyond import ScoresItems, pairwise
    from bundlesmith.eval.statistics import EVAL_SEED

    return pairwise(recommender, sheet, EVAL_SEED) if isinstance(recommender, ScoresItems) else None


def _training(run: Path | None) -> tuple[float | None, tuple[tuple[int, float], ...]]:
    """How long a run was trained, and its valid losses by step."""
    from bundlesmith.finetune.runs import read_metrics

    if run is None or not (run / "metrics.jsonl").exists():
        return None, ()
    metrics = read_metrics(run / "metrics.jsonl")
    return metrics.seconds, tuple((point.step, point.loss) for point in metrics.valid)


def _keep_in_run(run: Path, sheet: "Sheet", points: "AllPoints") -> None:
    """The figures of BundleRec's scorer, for `bundlesmith runs`."""
    from bundlesmith.eval.score import scores
    from bundlesmith.files import write_json

    write_json(run / "scores.json", scores(sheet, points))
