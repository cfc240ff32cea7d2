from pathlib import Path

import pytest

from tests.cli.run import bundlesmith


@pytest.mark.slow
def test_a_sweep_names_its_best_trial(
    tmp_path: Path, shop: Path, tiny_base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, out = tmp_path / "sweep.yaml", tmp_path / "out"
    config.write_text(
        f"settings: {{base: {tiny_base}, training: {{max_steps: 1, eval_every: 1, eval_blocks: 1}}}}\n"
        "grid: {lora.targets: [[q_proj], [q_proj, v_proj]]}\n"
    )
    assert bundlesmith("sweep", "--data", shop, "--out", out, "--config", config) == 0
    shown = capsys.readouterr().out
    assert 'Trial 1 (2 in all): lora.targets=["q_proj", "v_proj"]' in shown and "Valid loss" in shown
    assert f"The best is {out}/trial-" in shown
    assert bundlesmith("runs", out) == 0
    assert "trial-0" in (listed := capsys.readouterr().out) and "trial-1" in listed and "Not a run" not in listed


def test_a_config_that_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bundlesmith("sweep", "--data", tmp_path, "--out", tmp_path, "--config", tmp_path / "no.yaml") == 2
    assert "There is no config" in capsys.readouterr().err
