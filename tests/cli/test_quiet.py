import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = """
import json, sys
from bundlesmith.cli import main

for words in json.loads(sys.argv[1]):
    sys.argv = ["bundlesmith", *words]
    try:
        main()
    except SystemExit as stopped:
        assert not stopped.code, words
"""
WARN = """
import warnings
from bundlesmith.cli.quiet import quiet_libraries

quiet_libraries()
warnings.warn("will be removed in v6", FutureWarning)
warnings.warn("this result is wrong", UserWarning)
"""


def test_coming_removals_are_hidden_and_other_warnings_are_not() -> None:
    said = subprocess.run([sys.executable, "-c", WARN], capture_output=True, text=True, check=True).stderr
    assert "this result is wrong" in said and "will be removed" not in said


def test_who_asks_for_warnings_gets_them() -> None:
    asked = [sys.executable, "-W", "error::FutureWarning", "-c", WARN]
    assert "FutureWarning: will be removed in v6" in subprocess.run(asked, capture_output=True, text=True).stderr


@pytest.mark.slow
def test_a_first_run_and_its_exports_print_nothing_but_our_own(
    small_shop: Path, tiny_base: Path, tmp_path: Path
) -> None:
    steps = ["training.max_steps=3", "training.eval_every=1", "training.eval_blocks=1", "lora.r=2"]
    tune = ["finetune", "--data", small_shop, "--out", "run", f"base={tiny_base}", *steps, "--no-ranker"]
    commands = (
        [*tune, "training.gradient_checkpointing=true"],
        ["recommend", "--run", "run", "--words", "tent"],
        ["export", "--run", "run", "--out", "merged", "--check", "1"],
        ["export", "--run", "run", "--out", "gguf", "--format", "gguf", "--check", "1"],
    )
    done = [sys.executable, "-c", COMMANDS, json.dumps(commands, default=str)]
    found = subprocess.run(done, cwd=tmp_path, capture_output=True, text=True)
    assert (found.returncode, found.stderr.strip()) == (0, "") and (tmp_path / "gguf").exists()
