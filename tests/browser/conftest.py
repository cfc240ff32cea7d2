"""The real service as a process, on the sample shop, and a real Chromium."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from rich.console import Console

from bundlesmith.finetune.finetune import spell
from bundlesmith.finetune.ranker import write_ranker
from bundlesmith.settings import Settings, load_settings
from tests.data.shops import copy_items
from tests.once import made_once

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
PATIENCE = 60_000
"""Milliseconds within which something must be seen; a bundle takes some seconds."""
Visit = Callable[..., Page]


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the service's store."""
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"


@pytest.fixture(scope="package")
def address(tiny_run: Path, store: str) -> Iterator[str]:
    """The URL of the service, which needs no key, with a model that answers at once."""
    with serving("--run", f"demo={tiny_run}", "--store", store) as url:
        yield url


@pytest.fixture(scope="module")
def real_address(tmp_path_factory: pytest.TempPathFactory, shop: Path) -> Iterator[str]:
    """The URL of a service with the real model as it is, whose answers take a moment."""
    folder = tmp_path_factory.mktemp("real")
    spell(shop, folder / "run", load_settings(None, []), Console(quiet=True))
    with serving("--run", f"demo={folder / 'run'}", "--store", f"sqlite:///{folder / 'store.db'}") as url:
        yield url


@pytest.fixture(scope="package")
def ranked_address(shop: Path, quick_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a service of two of the shop's departments, whose run has a ranker."""

    def make(folder: Path) -> None:
        ids = pl.read_parquet(shop / "items.parquet")["item_id"]
        copy_items(shop, folder, ids.filter(ids.str.contains("^(BABY|PRTY)")))
        spell(folder, folder / "run", quick_settings, Console(quiet=True))
        write_ranker(folder / "run", folder, Console(quiet=True))

    run = made_once(tmp_path_factory, "two-departments", make) / "run"
    store = f"sqlite:///{tmp_path_factory.mktemp('ranked') / 'store.db'}"
    with serving("--run", f"ranked={run}", "--store", store) as url:
        yield url


@contextmanager
def serving(*options: str, until: str = "readyz") -> Iterator[str]:
    """`bundlesmith serve` with these options as a process; its URL, once it can write bundles, or *until* so far."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bundlesmith", "serve", "--port", str(port), *options]
    process = subprocess.Popen(command, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    try:
        _wait(f"http://127.0.0.1:{port}/{until}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"The service isn't ready; its exit status is {process.poll()}.")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; no longer than this folder's tests, since Playwright keeps an event loop in their thread."""
    path = shutil.which("chromium")
    assert path, "There is no Chromium: `make test-browser` installs it."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        expect.set_options(timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open a URL in a new profile; options are those of Playwright's contexts.

    At the end nothing may have gone wrong in any of its pages: no exception, and nothing that the policy forbids.
    """
    contexts, wrong = [], list[str]()

    def visited(url: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if _is_wrong(said) else None)
        page.goto(url)
        return page

    yield visited
    for context in contexts:
        context.close()
    assert not wrong


def _is_wrong(said: Any) -> bool:
    """An error that isn't only a status of the API, which the page itself speaks of."""
    return said.type == "error" and not said.text.startswith("Failed to load resource")


def api(url: str, method: str = "GET", body: Any = None, key: str = "") -> Any:
    """What the API answers, past the browser."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")
