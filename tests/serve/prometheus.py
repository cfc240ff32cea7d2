"""A real Prometheus of Debian's that scrapes a service, with the rules of `deploy/`."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.ingest.brokers import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"


class Prometheus:
    """A server that scrapes *target*, HOST:PORT, and keeps what it saw in *folder*."""

    def __init__(self, folder: Path, target: str, every: str = "500ms") -> None:
        if shutil.which("prometheus") is None:
            pytest.skip("Prometheus is not installed (apt-get install prometheus)")
        scrape = {"job_name": "bundlesmith", "scrape_interval": every, "static_configs": [{"targets": [target]}]}
        settings = {"scrape_configs": [scrape], "rule_files": [str(DEPLOY / "alerts.yaml")]}
        (folder / "prometheus.yml").write_text(json.dumps(settings))
        port = free_port()
        words = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
        words.append(f"--web.listen-address=127.0.0.1:{port}")
        self._url = f"http://127.0.0.1:{port}/api/v1"
        self._process = subprocess.Popen(["prometheus", *words], stderr=subprocess.DEVNULL)

    def ask(self, query: str) -> list[Any]:
        """What it answers now."""
        return self._get("query", query=query)

    def series(self, query: str, start: float, end: float, step: float) -> list[Any]:
        """What it answers at each step between two times, in seconds since 1970."""
        return self._get("query_range", query=query, start=start, end=end, step=step)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _get(self, path: str, **values: Any) -> list[Any]:
        with urlopen(f"{self._url}/{path}?{urlencode(values)}", timeout=10) as answer:
            found: list[Any] = json.load(answer)["data"]["result"]
            return found
