"""What a service offers changes while it runs: models come and go, and answers under way are finished.

await service.offer.add("spring", Path("runs/spring"))
await service.offer.remove("spring")
"""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bundlesmith.errors import BundlesmithError
from bundlesmith.run import load_run
from bundlesmith.serve.live_run import LiveRun

if TYPE_CHECKING:
    from bundlesmith.run import Run
    from bundlesmith.serve.service import Service

_EVERY = 0.02
"""Seconds between two looks whether all answers of a model are written."""


class ModelRegistry:
    """Adds models to a service and removes them, one at a time."""

    def __init__(self, service: "Service") -> None:
        self._service, self._one = service, asyncio.Lock()
        self._keys: dict[tuple[str, Path], str] = {}

    async def add(self, name: str, folder: Path) -> LiveRun:
        """Offer a run from the next request on; the store registers it.

        Raises:
            EngineGoneError: if the engine that should write isn't ready.
            BundlesmithError: if the name is taken, or the folder isn't a run that the engine can take.
        """
        service, folder = self._service, folder.absolute()
        async with self._one:
            await asyncio.to_thread(self._check_name, name)
            run = await asyncio.to_thread(load_run, folder)
            self._check_same(name, run)
            await asyncio.to_thread(service.store.models.put, name, folder)
            try:
                live = await self._live(name, run)
            except BaseException:
                await asyncio.to_thread(service.store.models.remove, name)
                raise
            service.runs = {**service.runs, name: live}
            return live

    async def _live(self, name: str, run: "Run") -> LiveRun:
        """A run with its engine, both ready; if the run can't be served, its engine is closed."""
        service = self._service
        writer = await service.engines.add(name, run)
        try:
            live = await asyncio.to_thread(LiveRun, name, run, writer, service.store)
            await asyncio.to_thread(live.prepare)
        except BaseException:
            with suppress(BundlesmithError):
                await service.engines.remove(name, writer, _EVERY)
            raise
        return live

    async def remove(self, name: str) -> None:
        """Offer a run no longer; what it is writing is finished, within the grace of the service.

        Raises:
            NoModelError: if there is none of that name.
            EngineGoneError: if the engine that has it isn't ready; it is offered no longer all the same.
            BundlesmithError: if it is the default, or on a side of an experiment.
        """
        service = self._service
        async with self._one:
            run = service.run(name)
            await asyncio.to_thread(self._check_free, run.name)
            service.runs = {other: live for other, live in service.runs.items() if other != name}
            await asyncio.to_thread(service.store.models.remove, name)
            until = time.monotonic() + service.settings.grace
            while service.under_way[name] and time.monotonic() < until:
                await asyncio.sleep(_EVERY)
            await service.engines.remove(name, run.writer, max(until - time.monotonic(), _EVERY))

    def _check_name(self, name: str) -> None:
        running = self._service.store.experiments.running()
        if name in self._service.runs or (running is not None and running.name == name):
            raise BundlesmithError(f'There is a "{name}" already.', "Take another name, or remove that one first.")

    def _check_same(self, name: str, run: "Run") -> None:
        """Engines remember a run by its name and folder: what they know of it must not be of an earlier one."""
        served = {
            (live.name, live.run.folder.absolute()): str(live.run.made["key"]) for live in self._service.runs.values()
        }
        self._keys |= served
        key = str(run.made["key"])
        if self._keys.setdefault((name, run.folder.absolute()), key) != key:
            raise BundlesmithError(
                f'"{run.folder}" was offered as "{name}" before it was made anew.', "Give it another name or folder."
            )

    def _check_free(self, name: str) -> None:
        if name == self._service.default:
            raise BundlesmithError(f'"{name}" answers if no model is named.', "Start the service with another first.")
        running = self._service.store.experiments.running()
        if running is not None and name in (running.a, running.b):
            raise BundlesmithError(f'"{name}" is on a side of "{running.name}".', "End that experiment first.")
