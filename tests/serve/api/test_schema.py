"""The API against its own OpenAPI document, by schemathesis: no 5xx, and answers as documented."""

import os
import subprocess
import sys

import pytest

EXAMPLES = max(10, int(os.environ.get("BUNDLESMITH_EXAMPLES", "400")) // 80)
"""Of each of a dozen routes; 20,000 make over 2,000 cases."""
CHECKS = "not_a_server_error,status_code_conformance,response_schema_conformance"


@pytest.mark.slow
def test_answers_are_as_documented(address: str) -> None:
    words = ["-m", "schemathesis.cli", "run", f"{address}/openapi.json", "--checks", CHECKS, "--seed", "7"]
    more = ["--phases", "fuzzing", "--max-examples", str(EXAMPLES), "--no-color"]
    done = subprocess.run([sys.executable, *words, *more], capture_output=True, text=True, timeout=1800)
    print(done.stdout[-1500:])  # how many cases there were
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
