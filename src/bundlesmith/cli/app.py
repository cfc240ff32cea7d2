"""All commands in one place: their options, help and examples. The work is done elsewhere and imported when needed."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bundlesmith.cli.distil import distil
from bundlesmith.cli.evaluate import evaluate, tasks
from bundlesmith.cli.explain import explain
from bundlesmith.cli.export import export
from bundlesmith.cli.ingest import ingest
from bundlesmith.cli.keys import keys
from bundlesmith.cli.mcp import mcp
from bundlesmith.cli.models import models
from bundlesmith.cli.predict import predict
from bundlesmith.cli.prefer import prefer
from bundlesmith.cli.quiet import quiet_libraries
from bundlesmith.cli.rank import rank
from bundlesmith.cli.report import report
from bundlesmith.cli.runs import runs
from bundlesmith.cli.serve import serve
from bundlesmith.cli.sweep import sweep
from bundlesmith.cli.sync import sync
from bundlesmith.cli.vllm import vllm
from bundlesmith.errors import BundlesmithError

app = typer.Typer(
    help="Write bundles of catalogue items with a fine-tuned language model.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
screen = Console()
Overrides = Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="`training.epochs=2` …")]
RunFolder = Annotated[Path, typer.Option("--run", help="The folder of a run.")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="A YAML file; `configs/` holds some.")]


def main() -> None:
    """Run the command line; exit with 2 if the user has to mend something."""
    quiet_libraries()
    try:
        app()
    except BundlesmithError as error:
        Console(stderr=True, soft_wrap=True).print(f"[red]Error:[/red] {_plain(str(error))}", highlight=False)
        sys.exit(2)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _version(wanted: bool) -> None:
    if wanted:
        from bundlesmith import __version__

        typer.echo(f"bundlesmith {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    pass


@app.command()
def prepare(
    source: Annotated[str, typer.Option(help="sample, tables, sql, bundlerec, recbole, or a preset such as shopify.")],
    out: Annotated[Path | None, typer.Option(help="The folder to write.")] = None,
    path: Annotated[
        str | None, typer.Option(help="Where it lies; for `tables` a YAML file, for `sql` that or a URL.")
    ] = None,
    domain: Annotated[str | None, typer.Option(help="The name of one data set in PATH.")] = None,
    seed: Annotated[int, typer.Option(help="Deals out splits where neither data nor times do.")] = 7,
    folds: Annotated[int | None, typer.Option(help="Deal the sessions into that many folds, 3 or more.")] = None,
    fold: Annotated[int | None, typer.Option(help="Which of the folds, from 0, is the test split.")] = None,
    show: Annotated[bool, typer.Option(help="Print the YAML of a preset, to write one's own by it.")] = False,
) -> None:
    """Read a source, clean it, split it, and report what was dropped and why.

    Example: `bundlesmith prepare --source bundlerec --path FOLDER --domain electronic --out data/electronic`
    """
    from bundlesmith.data.prepare import checked_source
    from bundlesmith.data.prepare import prepare as work
    from bundlesmith.data.presets import shown_preset

    checked = checked_source(kind=source, path=path, domain=domain, seed=seed, folds=folds, fold=fold)
    if show:
        typer.echo(shown_preset(source))
        return
    if out is None:
        raise BundlesmithError("`prepare` needs a folder to write.", "Name it: --out FOLDER.")
    work(checked, out, Console(stderr=True)).show(screen)


@app.command()
def look(
    folder: Annotated[Path, typer.Argument(help="A folder of exports: CSV, JSON, Parquet, Excel.")],
    out: Annotated[Path | None, typer.Option(help="The YAML file to write; without it, it is printed.")] = None,
) -> None:
    """Tell which file is which table and which column is which, and write the YAML for `prepare --source tables`.

    Example: `bundlesmith look exports --out exports/shop.yaml`
    """
    from bundlesmith.data.look import look as work

    found = work(folder, out.parent if out else None)
    found.show(screen)
    if out is None:
        typer.echo(found.yaml)
        return
    if out.exists():
        raise BundlesmithError(f'"{out}" is there already.', "Name another file, or move it away.")
    out.write_text(found.yaml, encoding="utf-8")
    screen.print(f"Read {out}, mend it, and go on: bundlesmith prepare --source tables --path {out} --out DATA")


@app.command()
def finetune(
    data: Annotated[Path, typer.Option(help="A folder that `prepare` wrote.")],
    out: Annotated[Path, typer.Option(help="The run to write.")],
    config: ConfigFile = None,
    overrides: Overrides = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the effective config and stop.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Train even if the run is up to date.")] = False,
    no_ranker: Annotated[bool, typer.Option("--no-ranker", help="Let the model choose items, too.")] = False,
) -> None:
    """Fine-tune a LoRA adapter on prepared data, learn its ranker, and write a run.

    Example: `bundlesmith finetune --data data/electronic --out runs/electronic training.epochs=2`
    """
    from bundlesmith.settings import load_settings

    settings = load_settings(config, overrides or [])
    if dry_run:
        _print_yaml(settings.model_dump())
        return
    from bundlesmith.finetune.finetune import finetune as work

    if work(data, out, settings, force, screen):
        screen.print(f"The run is in {out}.")
    from bundlesmith.finetune.processes import processes
    from bundlesmith.finetune.ranker import ensure_ranker

    if not no_ranker and processes().is_main_process:
        ensure_ranker(out, data, screen)


def _print_yaml(values: dict[str, Any]) -> None:
    import yaml

    typer.echo(yaml.safe_dump(values, sort_keys=False).rstrip())


@app.command()
def examples(
    data: Annotated[Path, typer.Option(help="A folder that `prepare` wrote.")],
    config: ConfigFile = None,
    overrides: Overrides = None,
    n: Annotated[int, typer.Option(help="How many of each kind.", min=1)] = 1,
) -> None:
    """Show training examples as the model reads them, prompt and answer tokens in different colours.

    Example: `bundlesmith examples --data data/electronic --n 2`
    """
    from bundlesmith.cli.show import show_examples
    from bundlesmith.data.tables import load
    from bundlesmith.finetune.finetune import load_lesson
    from bundlesmith.settings import load_settings

    settings = load_settings(config, overrides or [])
    show_examples(load_lesson(data, load(data), settings), settings.training.seed, n, screen)


@app.command()
def spell(
    data: Annotated[Path, typer.Option(help="A folder that `prepare` wrote.")],
    out: Annotated[Path, typer.Option(help="The run to write, without an adapter.")],
    config: ConfigFile = None,
    overrides: Overrides = None,
) -> None:
    """Spell a catalogue for a model as it is: a run without an adapter, for vLLM or to try a base model.

    Example: `bundlesmith spell --data data/electronic --out runs/plain base=Qwen/Qwen3-0.6B`
    """
    from bundlesmith.cli.show import show_spellings
    from bundlesmith.finetune.finetune import spell as work
    from bundlesmith.settings import load_settings

    show_spellings(work(data, out, load_settings(config, overrides or []), screen), screen)
    screen.print(f"The run is in {out}.")


@app.command()
def recommend(
    run: RunFolder,
    user: Annotated[str | None, typer.Option(help="A customer that the run knows.")] = None,
    words: Annotated[str, typer.Option(help="What is wanted, in words.")] = "",
    item: Annotated[list[str] | None, typer.Option(help="An item already chosen; may repeat.")] = None,
    budget: Annotated[float | None, typer.Option(help="The most that the whole bundle may cost.")] = None,
    size: Annotated[str, typer.Option(help="How many items: 2:5, or 3.")] = "2:5",
    exclude: Annotated[list[str] | None, typer.Option(help="An item to leave out; may repeat.")] = None,
    slot: Annotated[list[str] | None, typer.Option(help="A category that must have an item; may repeat.")] = None,
    per_category: Annotated[int | None, typer.Option(help="The most items of one category.")] = None,
    per_brand: Annotated[int | None, typer.Option(help="The most items of one brand.")] = None,
    max_price: Annotated[float | None, typer.Option(help="The most that one item may cost.")] = None,
    any_stock: Annotated[bool, typer.Option("--any-stock", help="Write items that are out of stock, too.")] = False,
    n: Annotated[int, typer.Option(help="How many bundles.")] = 1,
    requests: Annotated[Path | None, typer.Option(help="Instead: a file with one JSON request a line.")] = None,
    understand: Annotated[
        bool, typer.Option("--understand/--as-it-is", help='Whether rules in the words hold, such as "under 80".')
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Recommend bundles for a customer, for words, or to complete a set.

    Example: `bundlesmith recommend --run runs/demo --words "a weekend camping trip for two" --budget 250 --n 3`
    """
    from bundlesmith.cli.show import show_answers, show_understood
    from bundlesmith.conversation.heard import understood_asks
    from bundlesmith.pipeline.answers import bundle_values, told_values
    from bundlesmith.pipeline.ask import checked_ask, read_asks
    from bundlesmith.recommender import Recommender

    one = checked_ask(
        user=user,
        words=words,
        items=item or [],
        budget=budget,
        size=size,
        exclude=exclude or [],
        slots=slot or [],
        per_category=per_category,
        per_brand=per_brand,
        max_price=max_price,
        in_stock=not any_stock,
        n=n,
    )
    asks, said = read_asks(requests) if requests else [one], list[Any]()
    with Console(stderr=True).status("Loading the run …") as status:
        recommender = Recommender.load(run)
        if understand:
            found = understood_asks(asks, recommender.shop.view())
            asks, said = [ask for ask, _ in found], [phrases for _, phrases in found]
        status.update("Writing …")
        asked = [ask.request(recommender.run) for ask in asks]
        answers = recommender.recommend(asked)
    if as_json:
        shop = recommender.run.catalogue
        values = [
            [bundle_values(bundle, shop) | told_values(bundle, request, shop, recommender.run) for bundle in found]
            for request, found in zip(asked, answers, strict=True)
        ]
        typer.echo(json.dumps(values if requests else values[0], indent=2, ensure_ascii=False))
    else:
        show_understood(said, screen)
        show_answers(asks, answers, recommender.run.catalogue, screen)


@app.command()
def items(
    run: Annotated[Path | None, typer.Option(help="The folder of a run.")] = None,
    data: Annotated[Path | None, typer.Option(help="Or a folder that `prepare` wrote.")] = None,
    search: Annotated[str, typer.Option(help="Only items whose title or category holds these words.")] = "",
    n: Annotated[int, typer.Option(help="How many at most.", min=1)] = 20,
) -> None:
    """List items of a catalogue, with ids, prices and stock.

    Example: `bundlesmith items --run runs/demo --search tent`
    """
    from bundlesmith.cli.show import show_items
    from bundlesmith.data.catalogue import open_catalogue

    folder = run or data
    if folder is None:
        raise BundlesmithError("Neither --run nor --data is given.", "Name the folder whose items are wanted.")
    show_items(open_catalogue(folder), search, n, screen)


@app.command()
def doctor() -> None:
    """Print versions, devices, engines and what is missing, ready to paste into a bug report.

    Example: `bundlesmith doctor`
    """
    from bundlesmith.cli.doctor import machine_state

    typer.echo(machine_state())


app.command()(predict)
app.command()(tasks)
app.command(name="eval")(evaluate)
app.command()(report)
app.add_typer(runs, name="runs")
app.command()(sweep)
app.command()(export)
app.command()(prefer)
app.command()(distil)
app.command()(rank)
app.command()(explain)
app.command()(serve)
app.command()(sync)
app.command()(ingest)
app.command()(mcp)
app.add_typer(keys, name="keys")
app.add_typer(models, name="models")
app.command()(vllm)
