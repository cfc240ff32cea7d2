"""`bundlesmith sweep`: its options and its table."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

if TYPE_CHECKING:
    from bundlesmith.finetune.sweep import Trial

screen = Console()


def sweep(
    data: Annotated[Path, typer.Option(help="A folder that `prepare` wrote.")],
    out: Annotated[Path, typer.Option(help="The folder for the study and the runs of its trials.")],
    config: Annotated[Path, typer.Option(help="A YAML file with `settings` and `grid`; see configs/sweep.yaml.")],
) -> None:
    """Fine-tune with each setting of a grid, and name the best by valid loss. Goes on where it was interrupted.

    Example: `bundlesmith sweep --data data/electronic --out runs/sweep --config configs/sweep.yaml`
    """
    from bundlesmith.finetune.sweep import Sweep, run_sweep
    from bundlesmith.settings import load_config

    trials = run_sweep(data, out, load_config(Sweep, config, []), screen)
    screen.print(_table(trials))
    best = trials[0]
    if math.isfinite(best.loss):
        screen.print(f"The best is {best.run}: valid loss {best.loss:.4f}.", soft_wrap=True)
    else:
        screen.print("No trial has a finite valid loss.")


def _table(trials: "Sequence[Trial]") -> Table:
    from bundlesmith.finetune.compare import duration, shown_setting

    table = Table(
        "Trial", "Run", *(Column(Text(key)) for key in trials[0].values), "Valid loss", "At step", "Training time"
    )
    for trial in trials:
        best = trial.metrics.best
        figures = (f"{trial.loss:.4f}", str(best.step) if best else "", duration(trial.metrics.seconds))
        cells = (str(trial.number), trial.run.name, *map(shown_setting, trial.values.values()), *figures)
        table.add_row(*map(Text, cells))
    return table
