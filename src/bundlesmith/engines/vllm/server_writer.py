"""The engine that writes by a vLLM server over HTTP: one that we start and watch, or one that runs elsewhere.

    writer = own_vllm({"demo": Path("runs/demo")}, VllmSettings(), log=Path("vllm.log"))
    await writer.start()

Every token is asked for with its log-probability by the model alone; the rules go along as flat values, and are held
by `bundlesmith.engines.vllm.processors` in the server.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.writer import EngineState, Token
from bundlesmith.engines.vllm.command import BASE, Command, vllm_command
from bundlesmith.engines.vllm.model import has_adapter
from bundlesmith.engines.vllm.progress import UnderWay
from bundlesmith.engines.vllm.settings import VllmSettings
from bundlesmith.engines.vllm.watch import OwnServer, Server
from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.pipeline.flat import with_noise
from bundlesmith.pipeline.following import CUT_OFF, busy, followed, gone, last_token, refused

CONNECT = 5.0
"""Seconds within which a server must take a connection."""
_BUSY = (429, 503)


class VllmServerWriter:
    """A vLLM server as a `bundlesmith.decoding.writer.Writer`; see `own_vllm` and `vllm_at`."""

    def __init__(self, server: Server) -> None:
        self._server, self.restarts = server, isinstance(server, OwnServer)
        self._client: httpx2.AsyncClient | None = None
        self._served: dict[str, int] = {}  # the models in the server, and their most tokens; empty: not asked yet
        self._under_way, self._ending, self._asking = UnderWay(), False, asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()
        server.came, server.went, server.stuck = self._connect, self._disconnect, self._under_way.stuck

    @property
    def state(self) -> EngineState:
        """How it is now."""
        return EngineState.GONE if self._ending else self._server.state

    async def start(self) -> None:
        """Return when the server is ready.

        Raises:
            BundlesmithError: if a server of ours can't be started.
        """
        await self._server.start()

    def write(self, generation: GenerationRequest) -> AsyncGenerator[Token, None]:
        """See `bundlesmith.decoding.writer.Writer.write`.

        Raises:
            EngineGoneError: if the server isn't ready, or dies meanwhile.
            EngineBusyError: if its queue is full.
            OffGrammarError: if it writes what the request doesn't allow.
            BundlesmithError: if it refuses the request; the error says why.
        """
        return followed(generation, self._stream(generation))

    async def add_run(self, name: str, folder: Path) -> None:
        """Load the adapter of one more run into a server with `lora`; it is there after a restart, too. A run without
        an adapter is written by the base alone.

        The server's processors must know the run as well: from their store.

        Raises:
            EngineGoneError: if the server isn't ready.
            BundlesmithError: if it can't load it; the error says why.
        """
        path = str(folder.absolute())
        if has_adapter(folder) and not await self._has(name, path):
            await self._post("/v1/load_lora_adapter", {"lora_name": name, "lora_path": path})
        self._server.runs[name] = folder

    async def remove_run(self, name: str) -> None:
        """Take the adapter of a run out of the server.

        Raises:
            EngineGoneError: if the server isn't ready.
            BundlesmithError: if it has none of that name.
        """
        folder = self._server.runs.pop(name, None)
        if folder is None or has_adapter(folder):
            await self._post("/v1/unload_lora_adapter", {"lora_name": name})

    async def stop(self, grace: float) -> None:
        """See `bundlesmith.decoding.writer.Writer.stop`."""
        self._ending = True
        try:
            async with asyncio.timeout(grace):
                while self._under_way and self._server.state is EngineState.READY:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            logging.getLogger(__name__).warning("Answers were cut off.")
        await self._server.stop()
        self._disconnect()
        await asyncio.gather(*self._closing)

    async def _stream(self, generation: GenerationRequest) -> AsyncGenerator[Token, None]:
        with self._gone_if_it_breaks() as client:
            model, context = await self._model(client, generation.model)
            room = max(1, context - len(generation.reads))
            body = _asked(generation) | {"model": model, "max_tokens": room}
            async with client.stream("POST", "/v1/completions", json=body) as answer:
                await self._refused(answer)
                async for line in answer.aiter_lines():
                    if line.startswith("data: {"):
                        self._under_way.moves()
                        event = json.loads(line[6:])
                        for token in self._tokens(event):
                            yield token
                        if event["choices"][0].get("finish_reason") in CUT_OFF:
                            raise gone("it gave the answer up")

    @contextmanager
    def _gone_if_it_breaks(self) -> Iterator[httpx2.AsyncClient]:
        if self.state is not EngineState.READY or self._client is None:
            raise gone(f"it is {self.state}")
        try:
            with self._under_way.one():
                yield self._client
        except httpx2.TransportError as error:
            self._server.doubt()
            raise gone(str(error) or type(error).__name__) from error

    async def _refused(self, answer: httpx2.Response) -> None:
        if answer.is_success:
            return
        said = (await answer.aread()).decode(errors="replace")
        try:
            said = json.loads(said)["error"]["message"]
        except (ValueError, KeyError, TypeError):
            said = said[:500]
        self._blame(answer.status_code, said)

    def _tokens(self, event: Mapping[str, Any]) -> list[Token]:
        if "error" in event:
            self._blame(event["error"].get("code"), event["error"].get("message"))
        choice = event["choices"][0]
        if not choice.get("token_ids"):
            return []
        found = zip(choice["token_ids"], choice["logprobs"]["token_logprobs"], strict=True)
        return [Token(token, logprob) for token, logprob in found]

    def _blame(self, code: object, said: object) -> None:
        """Raise what a status means, in place of an answer or within one: a full queue, our fault, or vLLM's own."""
        if code in _BUSY:
            raise busy(str(said))
        if isinstance(code, int) and code < 500:
            raise refused(str(said))
        self._server.doubt()
        raise gone(str(said))

    async def _model(self, client: httpx2.AsyncClient, name: str) -> tuple[str, int]:
        """What the server calls the model of a run, and how many tokens a prompt and its answer may have."""
        if name and self._server.runs and name not in self._server.runs:
            raise BundlesmithError(f'There is no run "{name}" in vLLM.', nearest(name, list(self._server.runs)))
        async with self._asking:
            served = await self._models(client)
            folder = self._server.runs.get(name)
            if name not in served and BASE in served and folder is not None and has_adapter(folder):
                await self.add_run(name, folder)  # it began anew, elsewhere, without it
                served = await self._models(client)
        if name not in served and len(served) > 1 and BASE not in served:
            raise BundlesmithError(f'vLLM serves no "{name}".', f"It serves {', '.join(served)}.")
        called = name if name in served else BASE if BASE in served else next(iter(served))
        return called, served[called]  # its processors refuse another's run

    async def _models(self, client: httpx2.AsyncClient) -> dict[str, int]:
        if not self._served:
            found = await self._listed(client)
            context = max(model.get("max_model_len") or 0 for model in found)  # adapters have none of their own
            self._served = {model["id"]: context for model in found}
        return self._served

    async def _listed(self, client: httpx2.AsyncClient) -> list[dict[str, Any]]:
        answer = await client.get("/v1/models")
        await self._refused(answer)
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def _has(self, name: str, path: str) -> bool:
        """Whether another service loaded this adapter into the server."""
        with self._gone_if_it_breaks() as client:
            found = await self._listed(client)
        return any(model["id"] == name and model.get("root") == path for model in found)

    async def _post(self, path: str, body: Mapping[str, str]) -> None:
        with self._gone_if_it_breaks() as client:
            self._served = {}
            await self._refused(await client.post(path, json=body, timeout=None))

    def _connect(self) -> None:
        key = self._server.key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        timeout, limits = httpx2.Timeout(None, connect=CONNECT), httpx2.Limits(max_connections=None)
        self._served = {}
        self._client = httpx2.AsyncClient(base_url=self._server.url, headers=headers, timeout=timeout, limits=limits)

    def _disconnect(self) -> None:
        """Break all that is under way: whoever reads an answer learns it at once."""
        if self._client is not None:
            task = asyncio.create_task(self._client.aclose())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
            self._client = None


def own_vllm(runs: Mapping[str, Path], settings: VllmSettings, log: Path, store: str = "") -> VllmServerWriter:
    """A vLLM server that is started with the writer, watched, and started again whenever it or its engine dies.

    Args:
        runs: folders by the names by which requests ask for them; one, or with `settings.lora` several of one base.
        settings: how it runs.
        log: the file that its output is added to.
        store: the URL of the store whose changes of the shop count; "" for none.
    """

    def command(runs: Mapping[str, Path], key: str) -> Command:
        return vllm_command(runs, settings, store, key)

    return VllmServerWriter(OwnServer(runs, command, log))


def vllm_at(url: str, key: str = "", runs: Mapping[str, Path] | None = None) -> VllmServerWriter:
    """A vLLM server that runs elsewhere, with our processors; it is gone while it doesn't answer.

    Args:
        url: as "http://vllm:8000".
        key: its API key.
        runs: folders by name; the adapters of these that a server of adapters hasn't are loaded into it.
    """
    return VllmServerWriter(Server(url, key, runs))


def _asked(generation: GenerationRequest) -> dict[str, Any]:
    return {
        "prompt": generation.reads,
        "temperature": 0,
        "stream": True,
        "logprobs": 0,  # of the written token alone
        "return_token_ids": True,
        "return_tokens_as_token_ids": True,
        "stop_token_ids": [last_token(generation)],
        "vllm_xargs": with_noise(generation.rules, generation.noise),
    }
