"""Trouble: what is wrong is said in clear words, and tried again where that helps."""

import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PATIENCE, Visit, api, serving
from tests.browser.steps import answered, say

pytestmark = pytest.mark.slow


class Healthy(BaseHTTPRequestHandler):
    """All that a watcher asks of a vLLM server."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def healthy(port: int) -> Iterator[None]:
    """Something that says it is well."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Healthy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(f"{url}/readyz") as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not met():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_an_engine_that_is_loaded_and_one_that_is_gone(tiny_run: Path, visit: Visit, tmp_path: Path) -> None:
    """An engine elsewhere that isn't there yet, then is, and then isn't any more."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--run", f"demo={tiny_run}", "--store", f"sqlite:///{tmp_path}/store.db"]
    with serving(*options, "--engine-url", f"http://127.0.0.1:{port}", until="healthz") as address:
        page = visit(address)
        page.locator(".example").first.click()
        expect(page.get_by_role("alert")).to_contain_text("The assistant is waking up; that takes a moment.")
        expect(page.get_by_role("alert")).to_contain_text("Asking again in")
        page.get_by_role("button", name="New conversation").click()
        expect(page.get_by_role("alert")).to_have_count(0)
        with healthy(port):
            until(lambda: status(address) == 200)
        until(lambda: status(address) == 503)
        page.locator(".example").first.click()
        expect(page.get_by_role("alert")).to_contain_text("The assistant isn't there right now.")


def test_many_who_ask_wait_and_are_answered(address: str, store: str, visit: Visit) -> None:
    make = [sys.executable, "-m", "bundlesmith", "keys", "add", "hasty", "--per-minute", "20", "--store", store]
    key = subprocess.run(make, check=True, capture_output=True, text=True).stdout.strip()
    page = visit(address)
    page.locator(".example").first.wait_for()
    page.evaluate("key => sessionStorage.setItem('bundlesmith.key', key)", key)
    _spend(address, key)
    say(page, "a kettle, 2 items")
    expect(page.get_by_role("alert")).to_contain_text("Many are asking right now. Asking again in")
    answered(page, 1)
    expect(page.get_by_role("alert")).to_have_count(0)


def _spend(address: str, key: str) -> None:
    """All calls that a key has now."""
    for _ in range(1000):
        try:
            api(f"{address}/v1/models", key=key)
        except HTTPError as error:
            assert error.code == 429 and int(error.headers["Retry-After"]) >= 1
            return
    raise AssertionError("The key has no end.")


def test_an_engine_that_is_restarted_is_asked_again(address: str, visit: Visit) -> None:
    """One answer is replaced by what the API says of such an engine; this engine can't go without its server."""
    page = visit(address)
    gone = '{"error": {"type": "enginerestarting", "message": "It is started again.", "fix": "Ask again."}}'

    def refuse(route: Route) -> None:
        route.fulfill(status=503, headers={"Retry-After": "30"}, content_type="application/json", body=gone)

    page.route("**/v1/bundles", refuse, times=1)
    say(page, "a tent, 2 items")
    page.get_by_text("The assistant is being restarted.").wait_for()
    page.get_by_role("button", name="Try again").click()
    answered(page, 1)


def test_a_shop_out_of_reach_and_rules_that_nothing_meets_are_said(address: str, visit: Visit) -> None:
    page = visit(address)
    page.locator(".example").first.wait_for()
    page.context.set_offline(True)
    say(page, "a lamp, 2 items")
    page.get_by_text("The shop can't be reached.").wait_for()
    page.context.set_offline(False)
    answered(page, 1)
    page.get_by_label("Budget for the set").fill("0.01")
    say(page, "a weekend camping trip for two")
    expect(page.locator(".turn").nth(1).locator(".reply")).to_contain_text("fit", timeout=PATIENCE)
