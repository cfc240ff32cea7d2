"""`bundlesmith mcp`: a run as tools of an MCP client, over standard input and output."""

from typing import Annotated

import typer

from bundlesmith.cli.serve import LOCAL_STORE, STORES, folders, make_service
from bundlesmith.errors import need


def mcp(
    run: Annotated[list[str], typer.Option("--run", help="A run's folder, or NAME=FOLDER.")],
    store: Annotated[str, typer.Option(envvar="BUNDLESMITH_STORE", help=STORES)] = LOCAL_STORE,
) -> None:
    """Serve a run to an MCP client, as the tools `recommend_bundle` and `search_items`.

    Example: `bundlesmith mcp --run runs/demo`
    """
    need("mcp", "bundlesmith mcp", "serve")
    from bundlesmith.engines.engines import OneEach
    from bundlesmith.serve.mcp_server import make_server
    from bundlesmith.serve.service import ServiceSettings

    settings = ServiceSettings()
    make_server(make_service(folders(run), OneEach(settings.places), store, settings)).run("stdio")
