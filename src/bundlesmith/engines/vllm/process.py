"""vLLM's server as a process of ours: started, its log kept, and killed with all of its children."""

import asyncio
import socket
import subprocess
import sys
from contextlib import suppress
from os import killpg
from pathlib import Path
from signal import SIGKILL

from bundlesmith.engines.vllm import process_group
from bundlesmith.engines.vllm.command import HOST, Command

LARGEST_LOG = 10_000_000
"""In bytes; a larger log is put aside, as `….1`, at the next start."""
_TAIL = 3000


class VllmProcess:
    """One start of the server, which has a process group of its own: the guard, the server, its engine and workers.

    Args:
        command: what to start.
        log: the file that all of its output is added to.
    """

    def __init__(self, command: Command, log: Path) -> None:
        self.url, self._log = "", log
        _put_aside(log)
        port = _free_port()
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-I", process_group.__file__, *command.at(port)],
                env=dict(command.environment),
                stdin=subprocess.PIPE,  # its end is how the guard learns that we died
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.url = f"http://{HOST}:{port}"

    @property
    def running(self) -> bool:
        """Whether the server runs."""
        return self._process.poll() is None

    def tail(self) -> str:
        """The end of its log."""
        return self._log.read_bytes()[-_TAIL:].decode(errors="replace")

    def end(self) -> None:
        """Ask it to finish what is under way, and to end."""
        if self.running:
            self._process.terminate()

    async def ended(self, within: float) -> bool:
        """Wait for its end, for at most *within* seconds; returns whether it came."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self.running:
                    await asyncio.sleep(0.05)
        return not self.running

    async def kill(self) -> None:
        """Kill it and all of its children, and wait until it is gone."""
        with suppress(ProcessLookupError):
            killpg(self._process.pid, SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        await asyncio.to_thread(self._process.wait)


def _put_aside(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_name(f"{log.name}.1"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
