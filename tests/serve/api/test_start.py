"""A service whose engines can't start ends by itself, and says why."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_service_whose_run_is_damaged_ends_and_says_so(tiny_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    os.truncate(run / "adapter_model.safetensors", 1000)
    words = ["serve", "--run", f"shop={run}", "--port", "0", "--store", f"sqlite:///{tmp_path / 'store.db'}"]
    ended = subprocess.run([sys.executable, "-m", "bundlesmith", *words], capture_output=True, text=True, timeout=120)
    assert ended.returncode in (-signal.SIGTERM, 128 + signal.SIGTERM)
    assert f'The adapter in "{run}" could not be loaded' in ended.stderr
