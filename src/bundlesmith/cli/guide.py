"""`bundlesmith guide`: learn what guides a run's model, and how the two are fused.

The guide and its fusion are written into the run, as `guide/`; `eval`, `predict` and `recommend` use it from then on.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

screen = Console()


def guide(
    run: Annotated[Path, typer.Option(help="The folder of a run; the guide is written into it.")],
    data: Annotated[Path, typer.Option(help="The folder of prepared data that the run was tuned on.")],
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the training bundles to tune the encoder.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Learn it again even if it is there.")] = False,
) -> None:
    """Learn a guide for a run: an encoder tuned on bundles, weights of evidence, and its fusion with the model.

    Example: `bundlesmith guide --run runs/electronic --data data/electronic`
    """
    from bundlesmith.eval.guiding import write_guide

    made = write_guide(run, data, epochs, force, screen)
    screen.print(f"{run}/guide is {'written' if made else 'up to date'}.", soft_wrap=True)
