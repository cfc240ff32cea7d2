"""`bundlesmith report`: its options."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

screen = Console()


def report(
    results: Annotated[list[Path], typer.Argument(metavar="RESULT...", help="Folders that `eval --out` wrote.")],
    tasks: Annotated[Path, typer.Option(help="The tasks that they answer.")],
    gold: Annotated[Path, typer.Option(help="Their true answers.")],
    data: Annotated[Path, typer.Option(help="The prepared data, for titles.")],
    out: Annotated[Path, typer.Option(help="The file to write, `.html`; the tables go beside it as `.md`.")],
) -> None:
    """Compare results: tables with intervals and tests, plots, examples, in one HTML file that loads nothing.

    Example: `bundlesmith report results/a results/b --tasks t.jsonl --gold g.jsonl --data data/shop --out report.html`
    """
    from bundlesmith.eval.report import report as work

    for written in work(results, tasks, gold, data, out):
        screen.print(f"Written: {written}.", soft_wrap=True)
