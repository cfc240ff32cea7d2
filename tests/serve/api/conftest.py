"""A service of the tiny run, with a store of its own, behind the real application."""

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bundlesmith.cli.serve import make_service
from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.writer import EngineState, Token
from bundlesmith.engines.engines import OneEach
from bundlesmith.serve.api.app import create_app
from bundlesmith.serve.service import Service, ServiceSettings
from tests.serve.listening import listening


@pytest.fixture(scope="module")
def service(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Service:
    store = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    return make_service({"demo": tiny_run}, OneEach(4), store, ServiceSettings(places=4, waiting=4))


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def address(service: Service) -> Iterator[str]:
    """The URL of the same application on a real socket."""
    with listening(create_app(service)) as url:
        yield url


class Plain:
    """A real engine, seen as one that can only write: as vLLM's are."""

    restarts = True

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    @property
    def state(self) -> EngineState:
        state: EngineState = self._writer.state
        return state

    async def start(self) -> None:
        await self._writer.start()

    def write(self, generation: GenerationRequest) -> AsyncGenerator[Token, None]:
        written: AsyncGenerator[Token, None] = self._writer.write(generation)
        return written

    async def stop(self, grace: float) -> None:
        await self._writer.stop(grace)


@pytest.fixture
def cannot_search(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    run = service.run("")
    monkeypatch.setattr(run, "writer", Plain(run.writer))
