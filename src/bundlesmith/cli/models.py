"""`bundlesmith models`: lists, adds and removes the models of a service that runs, over its API."""

from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from bundlesmith.errors import need

models = typer.Typer(
    help="The models of a running service, live.\n\nExample: `bundlesmith models add spring runs/spring`",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
screen = Console()
ServiceUrl = Annotated[str, typer.Option(envvar="BUNDLESMITH_URL", help="Where the service is.")]
ServiceKey = Annotated[str, typer.Option(envvar="BUNDLESMITH_KEY", help="A key, to add and remove an administrator's.")]
HERE = "http://localhost:8000"


@models.command(name="list")
def list_(url: ServiceUrl = HERE, key: ServiceKey = "") -> None:
    """List the models that can be asked, the default first.

    Example: `bundlesmith models list --url http://localhost:8000`
    """
    table = Table("Model", "State", "Base", Column("Items", justify="right"), box=SIMPLE)
    for model in _asked("GET", url, "/v1/models", key)["data"]:
        table.add_row(*map(Text, (model["id"], model["state"], model["base"], f"{model['items']:,}")))
    screen.print(table)


@models.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What requests call it.")],
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="The run, where the service sees it.")],
    url: ServiceUrl = HERE,
    key: ServiceKey = "",
) -> None:
    """Offer one more run from the next request on. On vLLM it is loaded as an adapter, without a restart.

    Example: `bundlesmith models add spring /srv/runs/spring`
    """
    model = _asked("POST", url, "/v1/admin/models", key, {"name": name, "folder": folder})
    typer.echo(f'"{model["id"]}" is {model["state"]}: {model["items"]:,} items.')


@models.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What requests call it.")],
    url: ServiceUrl = HERE,
    key: ServiceKey = "",
) -> None:
    """Offer a run no longer; answers under way are finished.

    Example: `bundlesmith models remove spring`
    """
    typer.echo(f'"{_asked("DELETE", url, f"/v1/admin/models/{name}", key)["removed"]}" is removed.')


def _asked(method: str, url: str, route: str, key: str, body: dict[str, str] | None = None) -> Any:
    need("httpx2", "bundlesmith models", "serve")
    from bundlesmith.client import Client

    with Client(url, key) as service:
        return service.ask(method, route, body)
