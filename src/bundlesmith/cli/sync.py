"""`bundlesmith sync`: its options."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bundlesmith.errors import need

screen = Console()


def sync(
    data: Annotated[Path, typer.Option(help="A folder that `prepare` wrote.")],
    url: Annotated[str, typer.Option(help="The service.")] = "http://localhost:8000",
    model: Annotated[str, typer.Option(help="Whose catalogue; the service's default if it isn't given.")] = "",
    key: Annotated[str, typer.Option(envvar="BUNDLESMITH_KEY", help="An administrator's key of the service.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be sent and stop.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Send an export that looks broken, too.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Send all items, changed or not.")] = False,
) -> None:
    """Let a running service sell what prepared data has: what changed is sent, and what is gone is taken off sale.

    Example: `bundlesmith sync --data data/shop --url http://localhost:8000`
    """
    need("httpx2", "bundlesmith sync", "serve")
    from bundlesmith.sync.sync import Sync
    from bundlesmith.sync.sync import sync as work

    done = work(Sync(data, url, model, key, force, everything), dry_run, screen)
    screen.print("Nothing was sent." if dry_run or not len(done) else "The service sells what the export has.")
