"""`bundlesmith runs`: lists, compares and plots runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text
from typer.core import TyperGroup

from bundlesmith.errors import BundlesmithError

if TYPE_CHECKING:
    from bundlesmith.finetune.compare import TableRows
    from bundlesmith.finetune.runs import Record


class _ListsByDefault(TyperGroup):
    """A group whose first word may be a folder: `runs FOLDER` is `runs list FOLDER`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["list", *args]
        return list(super().parse_args(ctx, args))


runs = typer.Typer(
    cls=_ListsByDefault,
    help="List, compare and plot runs. `bundlesmith runs FOLDER` lists all under a folder.\n\n"
    "Example: `bundlesmith runs runs/`",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
screen = Console()
Folders = Annotated[list[Path], typer.Argument(metavar="RUN...", help="The folders of runs.")]


@runs.command(name="list")
def list_(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where runs lie, at any depth.")]) -> None:
    """List all runs under a folder, and what should be one and isn't, with the reason.

    Example: `bundlesmith runs list runs/`
    """
    from bundlesmith.finetune.runs import Broken, list_runs

    found = list_runs(folder)
    good = [run for run in found if not isinstance(run, Broken)]
    broken = [run for run in found if isinstance(run, Broken)]
    if good:
        screen.print(_listing(good))
    for run in broken:
        screen.print(Text.assemble("Not a run: ", (run.name, "bold"), f": {run.reason}"), soft_wrap=True)


def _listing(found: "Sequence[Record]") -> Table:
    titles = ("Run", "Base", "Method", "Spelling", "When", "Steps", "Tokens", "Best valid loss", "Time", "Scores")
    columns = list(zip(*map(_cells, found), strict=True))
    shown = [at for at, column in enumerate(columns) if any(column) or titles[at] != "Scores"]
    table = Table(*(Column(titles[at], overflow="fold") for at in shown), box=SIMPLE)
    for row in zip(*(columns[at] for at in shown), strict=True):
        table.add_row(*map(Text, row))
    return table


def _cells(run: "Record") -> tuple[str, ...]:
    from bundlesmith.finetune.compare import duration, headlines, shown_count

    metrics = run.metrics
    return (
        run.name,
        _base(run),
        _method(run),
        str(run.settings.get("examples.spelling", "")),
        f"{run.when:%Y-%m-%d %H:%M}",
        shown_count(metrics.steps) if run.trained else "",
        shown_count(metrics.tokens),
        f"{metrics.best.loss:.4f} at {metrics.best.step}" if metrics.best else "",
        duration(metrics.seconds),
        "\n".join(headlines(run)),
    )


def _base(run: "Record") -> str:
    """The base model without the owner or the folder that it lies in."""
    return Path(str(run.settings.get("base", ""))).name


def _method(run: "Record") -> str:
    if not run.trained:
        return "none"
    signs = {"quantize": str(run.settings.get("quantize")), "lora.rslora": "rslora", "lora.dora": "dora"}
    return " ".join(
        [str(run.settings.get("method", "")), *(name for key, name in signs.items() if run.settings.get(key))]
    )


@runs.command()
def compare(folders: Folders) -> None:
    """Show the settings that differ, what the runs were made from, and their figures side by side.

    Example: `bundlesmith runs compare runs/a runs/b`
    """
    from bundlesmith.finetune.compare import differing, made_of, training_figures, warnings_of
    from bundlesmith.finetune.runs import read_named

    if len(folders) < 2:
        raise BundlesmithError(f'Only one run is given: "{folders[0]}".', "Name two or more.")
    found = read_named(folders)
    names = [run.name for run in found]
    differ = differing([run.settings for run in found])
    screen.print(_side_by_side("Settings that differ", names, differ) if differ else "All settings are the same.")
    screen.print(_side_by_side("Figures", names, training_figures(found)))
    screen.print(_side_by_side("Made from", names, made_of(found)))
    for warning in warnings_of(found):
        screen.print(Text.assemble(("Warning: ", "yellow"), warning), soft_wrap=True)


def _side_by_side(title: str, names: Sequence[str], rows: "TableRows") -> Table:
    table = Table("", *(Column(Text(name)) for name in names), title=title, title_justify="left")
    for key, row in rows.items():
        table.add_row(Text(key), *map(Text, row))
    return table


@runs.command()
def plot(
    folders: Folders,
    out: Annotated[Path, typer.Option(help="The file to write: `.png` or `.html`.")],
) -> None:
    """Draw training and valid loss by steps and by tokens.

    Example: `bundlesmith runs plot runs/a runs/b --out curves.html`
    """
    from bundlesmith.finetune.plots import plot as work
    from bundlesmith.finetune.runs import read_named

    work(read_named(folders), out)
    screen.print(f"The curves are in {out}.", soft_wrap=True)
