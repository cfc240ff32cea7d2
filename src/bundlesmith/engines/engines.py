"""Which engine writes for which run: one of its own each, in this process, or one vLLM for all."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bundlesmith.decoding.writer import Writer
from bundlesmith.engines.vllm.model import check_adapter
from bundlesmith.engines.vllm.settings import VllmSettings
from bundlesmith.errors import BundlesmithError
from bundlesmith.run import Run

if TYPE_CHECKING:
    from bundlesmith.engines.vllm.async_writer import VllmAsyncWriter
    from bundlesmith.engines.vllm.server_writer import VllmServerWriter


class Engines(Protocol):
    """The engines of a service."""

    def of(self, runs: Mapping[str, Run]) -> dict[str, Writer]:
        """Those of the runs with which it begins; nothing is started."""
        ...

    async def add(self, name: str, run: Run) -> Writer:
        """The engine of one more run; returns when it is ready.

        Raises:
            EngineGoneError: if an engine that should take it isn't ready.
            BundlesmithError: if it can't be written with.
        """
        ...

    async def remove(self, name: str, writer: Writer, grace: float) -> None:
        """Let go of a run; what is being written has *grace* seconds.

        Raises:
            EngineGoneError: if an engine that has it isn't ready.
        """
        ...


@dataclass(frozen=True, slots=True)
class OneEach:
    """Each run has its model in this process, which writes so many bundles at a time."""

    places: int

    def of(self, runs: Mapping[str, Run]) -> dict[str, Writer]:
        """See `Engines.of`."""
        return {name: self._of(run) for name, run in runs.items()}

    async def add(self, name: str, run: Run) -> Writer:
        """See `Engines.add`."""
        writer = self._of(run)
        await writer.start()
        return writer

    async def remove(self, name: str, writer: Writer, grace: float) -> None:
        """See `Engines.remove`."""
        await writer.stop(grace)

    def _of(self, run: Run) -> Writer:
        from bundlesmith.engines.transformers_writer import writer_of

        return writer_of(run, self.places)


class OneForAll:
    """A vLLM for all runs.

    Args:
        settings: how it runs; only with `lora` runs can be added.
        store: the URL of the store whose changes of the shop count.
        url: of one that runs elsewhere; "": one is started.
        key: the API key of one elsewhere.
        inside: whether it is in this process, rather than a server.
    """

    def __init__(self, settings: VllmSettings, store: str, url: str = "", key: str = "", inside: bool = False) -> None:
        self._settings, self._store, self._url, self._key, self._inside = settings, store, url, key, inside
        self._first: Run | None = None
        self._writer: VllmServerWriter | VllmAsyncWriter | None = None

    def of(self, runs: Mapping[str, Run]) -> dict[str, Writer]:
        """See `Engines.of`."""
        self._first = next(iter(runs.values()))
        self._writer = self._one({name: run.folder for name, run in runs.items()})
        return dict.fromkeys(runs, self._writer)

    def _one(self, folders: Mapping[str, Path]) -> "VllmServerWriter | VllmAsyncWriter":
        if self._inside and not self._url:
            from bundlesmith.engines.vllm.async_writer import VllmAsyncWriter

            return VllmAsyncWriter(folders, self._settings, self._store)
        from bundlesmith.engines.vllm.server_writer import own_vllm, vllm_at

        if self._url:
            return vllm_at(self._url, self._key, folders)
        return own_vllm(folders, self._settings, Path("vllm.log"), self._store)

    async def add(self, name: str, run: Run) -> Writer:
        """See `Engines.add`."""
        if not self._settings.lora:
            raise BundlesmithError("vLLM serves one run, merged with its base.", "Start the service with --adapters.")
        assert self._first is not None and self._writer is not None
        check_adapter(run, self._first)
        await self._writer.add_run(name, run.folder)
        return self._writer

    async def remove(self, name: str, writer: Writer, grace: float) -> None:
        """See `Engines.remove`."""
        assert self._writer is not None
        await self._writer.remove_run(name)
