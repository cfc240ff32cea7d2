"""`bundlesmith prefer`: its options."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

screen = Console()


def prefer(
    run: Annotated[Path, typer.Option("--run", help="The run to start from.")],
    data: Annotated[Path, typer.Option(help="The folder of prepared data that it was fine-tuned on.")],
    out: Annotated[Path, typer.Option(help="The run to write.")],
    config: Annotated[Path | None, typer.Option("--config", help="A YAML file with the section `preference`.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="`preference.beta=0.2` …")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the effective config and stop.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Train even if the run is up to date.")] = False,
) -> None:
    """Tune a run on pairs of a true and a corrupted bundle (DPO), and write another run.

    Example: `bundlesmith prefer --run runs/demo --data data/demo --out runs/demo-dpo preference.beta=0.2`
    """
    from bundlesmith.settings import Preferences, load_config

    settings = load_config(Preferences, config, overrides or [])
    if dry_run:
        import yaml

        typer.echo(yaml.safe_dump(settings.model_dump(), sort_keys=False).rstrip())
        return
    from bundlesmith.finetune.prefer import prefer as work

    if work(run, data, out, settings.preference, force, screen):
        screen.print(f"The run is in {out}.")
