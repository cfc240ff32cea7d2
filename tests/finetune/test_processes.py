"""Trainings that can't run in the processes that were started, and are refused before any work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.processes import check_training
from bundlesmith.settings import load_settings


@pytest.mark.slow
def test_blocks_that_two_processes_cannot_share_are_refused(tmp_path: Path, small_shop: Path) -> None:
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", "bundlesmith", "finetune"]
    words = [*launch, "--data", str(small_shop), "--out", str(tmp_path / "run"), "training.blocks_per_step=3"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True)
    assert done.returncode != 0 and "is 3, which 2 processes can't share out evenly" in done.stderr
    assert not list(tmp_path.iterdir())


def test_fsdp_without_processes_says_how_to_start_them() -> None:
    with pytest.raises(BundlesmithError, match="accelerate launch --multi_gpu"):
        check_training(load_settings(None, ["training.fsdp=true"]).training)


def test_a_tracker_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(BundlesmithError, match="pip install mlflow"):
        check_training(load_settings(None, ["training.report=[mlflow]"]).training)
