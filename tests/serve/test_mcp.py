"""The MCP server as a process of its own, by the official client."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

pytestmark = pytest.mark.slow


def test_an_mcp_client_searches_and_gets_bundles_and_errors_that_help(tiny_run: Path, tmp_path: Path) -> None:
    words = ["-m", "bundlesmith", "mcp", "--run", str(tiny_run), "--store", f"sqlite:///{tmp_path / 'store.db'}"]
    server = StdioServerParameters(command=sys.executable, args=words, env={"HF_HUB_OFFLINE": "1"})

    async def talk() -> tuple[Any, ...]:
        async with Client(server) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            found = await client.call_tool("search_items", {"search": "tent", "limit": 3})
            wish = {"words": "camping", "budget": 200, "size": "2:3"}
            bundle = await client.call_tool("recommend_bundle", wish)
            refused = await client.call_tool("recommend_bundle", {"size": "5:2"})
            return tools, found, bundle, refused

    tools, found, bundle, refused = asyncio.run(talk())
    assert tools == {"recommend_bundle", "search_items"}
    assert len(found.structured_content["items"]) == 3
    first = bundle.structured_content["bundles"][0]
    assert 2 <= len(first["items"]) <= 3 and sum(item["price"] for item in first["items"]) <= 200
    assert refused.is_error and "5:2" in refused.content[0].text
