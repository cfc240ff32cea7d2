"""The API against its own OpenAPI document, by schemathesis: no 5xx, and answers as documented."""

import os
import re
import subprocess
import sys

import pytest

from bundlesmith.serve.service import Service
from bundlesmith.serve.store import Limits

EXAMPLES = int(os.environ.get("BUNDLESMITH_EXAMPLES", "400"))
OF_EACH = max(10, EXAMPLES // 80)
"""Of each of two dozen routes. `make test-schema` asks for 20,000, which is 250 of each."""
CHECKS = "not_a_server_error,status_code_conformance,response_schema_conformance"
THOROUGH = 20_000


@pytest.mark.slow
def test_answers_are_as_documented(address: str, service: Service) -> None:
    key = service.store.keys.add("boss", Limits(10**6, "admin"))
    words = ["-m", "schemathesis.cli", "run", f"{address}/openapi.json", "--checks", CHECKS, "--seed", "7"]
    more = ["--phases", "fuzzing", "--max-examples", str(OF_EACH), "--no-color", "--generation-database", "none"]
    command = [sys.executable, *words, *more, "--header", f"Authorization: Bearer {key}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3600)
    print(done.stdout[-1500:])  # how many cases there were
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    found = re.search(r"([\d,]+) generated", done.stdout)
    cases = int(found[1].replace(",", "")) if found else 0
    assert cases >= (2000 if EXAMPLES >= THOROUGH else 100)
