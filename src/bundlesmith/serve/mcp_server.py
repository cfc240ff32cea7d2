"""The service as tools of an MCP client: bundles, and a search in the catalogue.

make_server(service).run("stdio")
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from bundlesmith import __version__
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.ask import checked_ask
from bundlesmith.serve.api.bodies import AnswerBody, BundlesBody, ItemsBody
from bundlesmith.serve.api.items import found
from bundlesmith.serve.api.talking import with_rules_of_words
from bundlesmith.serve.service import Service

_T = TypeVar("_T")


def make_server(service: Service) -> MCPServer:
    """A server with the tools `recommend_bundle` and `search_items`; it starts and stops the service's engines."""

    @asynccontextmanager
    async def lifespan(server: MCPServer) -> AsyncGenerator[None]:
        await service.start()
        yield
        await service.stop()

    server = MCPServer("bundlesmith", version=__version__, lifespan=lifespan, log_level="WARNING")

    @server.tool()
    async def recommend_bundle(
        words: str = "",
        user: str | None = None,
        items: list[str] | None = None,
        budget: float | None = None,
        size: str = "2:5",
        slots: list[str] | None = None,
        exclude: list[str] | None = None,
        n: int = 1,
        seed: int = 0,
        understand: bool = True,
    ) -> AnswerBody:
        """Recommend bundles of items that the shop sells and that belong together.

        Args:
            words: what is wanted; rules in them hold, too ("under 80, no tents").
            user: a customer's id.
            items: ids already chosen.
            budget: the most that a whole bundle may cost.
            size: how many items, as "2:5" or "3".
            slots: categories of which a bundle must have an item.
            exclude: ids that must not be in it.
            n: how many bundles.
            seed: the same seed, the same bundles.
            understand: whether rules in the words are understood; a rule that is given apart wins.
        """
        named = {"items": items or [], "slots": slots or [], "exclude": exclude or []}
        values = {"words": words, "user": user, "budget": budget, "size": size, "n": n, **named}
        return await _told(_recommended(service, values, seed, understand))

    @server.tool()
    async def search_items(search: str, limit: int = 20) -> ItemsBody:
        """Find items on sale whose title, category or id holds all words of *search*."""
        values = await asyncio.to_thread(found, service.run(""), search, max(1, min(limit, 200)))
        return ItemsBody.model_validate(values)

    return server


async def _recommended(service: Service, values: dict[str, Any], seed: int, understood: bool) -> AnswerBody:
    ask, manner, more = checked_ask(**values), BundlesBody(**values, seed=seed).manner, dict[str, Any]()
    if understood:
        given = set(ask.model_dump(exclude_defaults=True))
        ask, more = await service.heard(with_rules_of_words, service, ask, "", given)
    answer = await service.answer(ask, manner)
    return AnswerBody.model_validate(answer.values() | more)


async def _told(work: Awaitable[_T]) -> _T:
    """What comes of *work*; an error is one that the client's model can read and mend."""
    try:
        return await work
    except (BundlesmithError, ValueError) as error:
        raise ToolError(str(error)) from error
