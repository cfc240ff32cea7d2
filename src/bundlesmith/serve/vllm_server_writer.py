"""The engine that writes by a vLLM server over HTTP: one that we start and watch, or one that runs elsewhere.

    writer = own_vllm({"demo": Path("runs/demo")}, VllmSettings(), log=Path("vllm.log"))
    await writer.start()

Every token is asked for with its log-probability by the model alone; the rules go along as flat values, and are held by
`bundlesmith.serve.vllm_processors` in the server. Knows nothing about what is written.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx2

from bundlesmith.errors import BundlesmithError
from bundlesmith.run import load_run
from bundlesmith.serve.following import followed, last_token
from bundlesmith.serve.vllm_command import BASE
from bundlesmith.serve.vllm_model import ADAPTER, check_adapter
from bundlesmith.serve.vllm_settings import VllmSettings
from bundlesmith.serve.vllm_watch import OwnServer, Server, ServerElsewhere
from bundlesmith.serve.writer import EngineGoneError, Order, State, Token

CONNECT = 5.0
"""Seconds within which a server must take a connection."""
GONE = "It is being started again: try again soon."


class EngineBusyError(BundlesmithError):
    """The engine's queue is full; nothing was written."""


class VllmServerWriter:
    """A vLLM server as a `bundlesmith.serve.writer.Writer`. Make it by `own_vllm` or `vllm_at`.

    Args:
        server: what is asked.
        names: what the server calls the model of a run, by the run's name; a name that isn't there is sent as it is.
    """

    def __init__(self, server: Server, names: Mapping[str, str]) -> None:
        self._server, self._names = server, dict(names)
        self._client: httpx2.AsyncClient | None = None
        server.came, server.went = self._connect, self._disconnect

    @property
    def state(self) -> State:
        """How it is now."""
        return self._server.state

    async def start(self) -> None:
        """Return when the server is ready.

        Raises:
            BundlesmithError: if a server of ours can't be started.
        """
        await self._server.start()

    def write(self, order: Order) -> AsyncIterator[Token]:
        """See `Writer.write`.

        Raises:
            EngineGoneError: if the server isn't ready, or dies meanwhile.
            EngineBusyError: if its queue is full.
            OffGrammarError: if it writes what the order doesn't allow.
            BundlesmithError: if it refuses the order; the error says why.
        """
        return followed(order, self._stream(order))

    async def stop(self, grace: float) -> None:
        """See `Writer.stop`."""
        await self._server.stop(grace)
        self._disconnect()
""" """
