"""The API against its own OpenAPI document, by schemathesis, with each kind of key: no 5xx, answers as documented."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bundlesmith.serve.api.signing import Claims, issue
from bundlesmith.serve.service import Service
from bundlesmith.store import KeyRights
from bundlesmith.store.keys import KeyRole

EXAMPLES = int(os.environ.get("BUNDLESMITH_EXAMPLES", "400"))
OF_EACH = max(10, EXAMPLES // 80)
"""Of each of two dozen routes. `make test-schema` asks for 20,000, which is 250 of each."""
CHECKS = "not_a_server_error,status_code_conformance,response_schema_conformance"
THOROUGH = 20_000


SOME = 5
"""Of the cases with an administrator's key one in so many is tried with each other kind."""
CUSTOMER = "ann"
ROLES: tuple[KeyRole, ...] = ("user", "server", "admin")


@pytest.fixture
def shown(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What is shown, by kind; nothing by somebody on this machine."""
    monkeypatch.setattr("bundlesmith.serve.api.authentication.A_CUSTOMER", 10**6)
    keys = {role: service.store.keys.add(role, KeyRights(10**6, role)) for role in ROLES}
    token, _ = issue(service.store.signing, Claims(CUSTOMER, keys["server"][:15]), 3600)
    yield keys | {"customer": token, "local": ""}
    for role in ROLES:
        service.store.keys.revoke(role)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["admin", "server", "customer", "user", "local"])
def test_answers_are_as_documented(address: str, shown: dict[str, str], kind: str) -> None:
    many = OF_EACH if kind == "admin" else max(3, OF_EACH // SOME)
    words = ["-m", "schemathesis.cli", "run", f"{address}/openapi.json", "--checks", CHECKS, "--seed", "7"]
    more = ["--phases", "fuzzing", "--max-examples", str(many), "--no-color", "--generation-database", "none"]
    headers = ["--header", f"Authorization: Bearer {shown[kind]}"] if shown[kind] else []
    command = [sys.executable, *words, *more, *headers]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3600)
    print(kind, done.stdout[-1500:])  # how many cases there were
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    found = re.search(r"([\d,]+) generated", done.stdout)
    cases = int(found[1].replace(",", "")) if found else 0
    assert cases >= (2000 if EXAMPLES >= THOROUGH and kind == "admin" else 50)
