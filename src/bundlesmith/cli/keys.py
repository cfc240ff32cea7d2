"""`bundlesmith keys`: makes, lists and revokes the API keys of a service."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from bundlesmith.errors import need

if TYPE_CHECKING:
    from bundlesmith.store import Store

keys = typer.Typer(
    help="Make, list and revoke the API keys of a service.\n\nExample: `bundlesmith keys add website`",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
screen = Console()
KeyName = Annotated[str, typer.Argument(metavar="NAME", help="What the key is called here, such as who has it.")]
StoreUrl = Annotated[
    str,
    typer.Option(
        "--store", envvar="BUNDLESMITH_STORE", metavar="URL", help="`sqlite:///FILE` or `postgresql://USER@HOST/NAME`."
    ),
]
DEFAULT = "sqlite:///bundlesmith.db"


@keys.command()
def add(
    name: KeyName,
    role: Annotated[
        Literal["user", "server", "admin"],
        typer.Option(
            help="A user names no customer; the shop's server names any, and gets tokens for their browsers; an admin"
            " also sees `/admin` and changes items."
        ),
    ] = "user",
    per_minute: Annotated[int, typer.Option(help="How many requests it may make in a minute.")] = 600,
    store: StoreUrl = DEFAULT,
) -> None:
    """Make a key and print it, once: only a hash of it is kept.

    Example: `bundlesmith keys add website --role server --per-minute 600`
    """
    from bundlesmith.store import KeyRights

    opened = _open(store)
    typer.echo(opened.keys.add(name, KeyRights(per_minute, role)))
    typer.echo(f"Keep it: it is not shown again. Its hash is in {opened.url}.", err=True)


@keys.command(name="list")
def list_(store: StoreUrl = DEFAULT) -> None:
    """List all keys: their names, how they begin, and what they may do.

    Example: `bundlesmith keys list`
    """
    opened = _open(store)
    found = opened.keys.all()
    if not found:
        typer.echo(f"There are no keys in {opened.url}.")
        return
    table = Table("Name", "Begins with", "Role", Column("A minute", justify="right"), "Made", box=SIMPLE)
    for key in found:
        made = f"{datetime.fromtimestamp(key.created, UTC):%Y-%m-%d %H:%M}"
        cells = (key.name, key.start, key.limits.role, f"{key.limits.per_minute:,}", made)
        table.add_row(*map(Text, cells))
    screen.print(table)


@keys.command()
def revoke(name: KeyName, store: StoreUrl = DEFAULT) -> None:
    """Let a key be none, from the next request on.

    Example: `bundlesmith keys revoke website`
    """
    _open(store).keys.revoke(name)
    typer.echo(f'The key "{name}" is revoked.')


def _open(url: str) -> "Store":
    need("sqlalchemy", "a store", "serve")
    from bundlesmith.store import open_store

    return open_store(url)
