"""`bundlesmith rank`: learn what chooses a run's items.

The ranker is written into the run, as `ranker/`; whatever answers from the run uses it from then on.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

screen = Console()


def rank(
    run: Annotated[Path, typer.Option(help="The folder of a run; the ranker is written into it.")],
    data: Annotated[Path, typer.Option(help="The folder of prepared data that the run was tuned on.")],
) -> None:
    """Learn the ranker of a run: from then on it chooses the items, and the model writes the words.

    Example: `bundlesmith rank --run runs/demo --data data/sample`
    """
    from bundlesmith.finetune.ranker import write_ranker

    write_ranker(run, data, screen)
    screen.print(f"{run}/ranker is written.", soft_wrap=True)
