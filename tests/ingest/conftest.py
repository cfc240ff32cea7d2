"""Stores as in tests of the store, and a real Redis of Debian's."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.serve.store.conftest import postgres, store, url

__all__ = ["postgres", "store", "url"]
PASSWORD = "s3cret-word"


class RedisServer:
    """A server that keeps what it acknowledged, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "save": "", "requirepass": PASSWORD}
        options |= {"appendonly": "yes", "appendfsync": "always"}
        words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        for _ in range(100):
            try:
                with self.client() as client:
                    client.ping()
                return
            except RedisError:
                time.sleep(0.05)
        raise AssertionError("Redis didn't start.")

    def client(self) -> "Redis[Any]":
        return Redis.from_url(self.url)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A server without anything in it."""
    if shutil.which("redis-server") is None:
        pytest.skip("Redis is not installed (apt-get install redis-server)")
    folder = Path(tempfile.mkdtemp(prefix="redis"))
    server = RedisServer(folder)
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)
