import json
import math
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.runs import read_named
from bundlesmith.finetune.sweep import Sweep, Trial, choices_of, next_trial, open_study, run_sweep, settings_of
from bundlesmith.settings import load_config, load_settings

QUIET = Console(quiet=True)
GRID = {"lora.r": [2, 4, 8], "training.learning_rate": [1e-5, 0.01]}


def tried(folder: Path, sweep: Sweep, total: int, at_most: int = 99) -> list[tuple[int, dict[str, Any]]]:
    """The trials that a sweep takes one after the other, with made-up losses: the higher the rank, the better."""
    choices, found = choices_of(sweep), []
    with open_study(folder, "key") as study:
        while len(found) < at_most and (trial := next_trial(study, sweep, choices, total)) is not None:
            found.append((trial.number, {key: json.loads(text) for key, text in trial.params.items()}))
            study.tell(trial.number, 1 / found[-1][1]["lora.r"])
    return found


def test_the_grid_is_tried_in_its_order(tmp_path: Path) -> None:
    values = [(trial["lora.r"], trial["training.learning_rate"]) for _, trial in tried(tmp_path, Sweep(grid=GRID), 6)]
    assert values == [(2, 1e-5), (2, 0.01), (4, 1e-5), (4, 0.01), (8, 1e-5), (8, 0.01)]


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_the_same_seed_gives_the_same_trials_and_another_one_others(tmp_path: Path, sampler: Any) -> None:
    first, again, other = (
        tried(tmp_path / name, Sweep(grid=GRID, sampler=sampler, seed=seed), 5)
        for name, seed in (("a", 7), ("b", 7), ("c", 8))
    )
    assert first == again != other and len(first) == 5


def test_random_tries_nothing_twice(tmp_path: Path) -> None:
    found = [trial for _, trial in tried(tmp_path, Sweep(grid=GRID, sampler="random"), 6)]
    assert len({json.dumps(trial) for trial in found}) == 6


@pytest.mark.parametrize("sampler", ["grid", "random", "tpe"])
def test_a_sweep_in_parts_tries_what_an_unbroken_one_does(tmp_path: Path, sampler: Any) -> None:
    sweep = Sweep(grid=GRID, sampler=sampler)
    parts = [tried(tmp_path / "parts", sweep, 6, at_most=2) for _ in range(4)]
    assert [len(part) for part in parts] == [2, 2, 2, 0]
    assert [trial for part in parts for trial in part] == tried(tmp_path / "whole", sweep, 6)


@pytest.mark.parametrize("sampler", ["grid", "random", "tpe"])
def test_a_trial_that_a_kill_left_is_the_next_one(tmp_path: Path, sampler: Any) -> None:
    sweep = Sweep(grid=GRID, sampler=sampler)
    with open_study(tmp_path, "key") as study:
        left = next_trial(study, sweep, choices_of(sweep), 6)
    assert left is not None and tried(tmp_path, sweep, 6)[0] == (
        left.number, {key: json.loads(text) for key, text in left.params.items()},
    )  # fmt: skip


def test_a_trial_is_the_settings_with_its_values_over_them() -> None:
    base = load_settings(None, ["lora.alpha=9", "training.seed=3"])
    sweep = Sweep(settings=base, grid={"lora.targets": [["q_proj"]], "training.max_steps": [None], "method": ["full"]})
    (choice,) = choices_of(sweep)
    settings = settings_of(sweep, choice)
    assert settings.lora.targets == ["q_proj"] and settings.training.max_steps is None and settings.method == "full"
    assert settings.lora.alpha == 9 and settings.training.seed == 3 and settings.lora.r == base.lora.r


def test_small_floats_stay_floats() -> None:
    sweep = Sweep(grid={"training.learning_rate": [1e-7]})
    assert settings_of(sweep, choices_of(sweep)[0]).training.learning_rate == 1e-7


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("grid: {lora.rank: [1]}", 'The grid has the key "lora.rank", which is no setting. Did you mean "lora.r"?'),
        ("grid: {lora.r: [0]}", "The trial lora.r=0 can't be"),
        ("grid: {quantize: [nf4], method: [lora, full]}", "The trial quantize=nf4, method=full can't be"),
        ("grid: {lora.r: [1, 1]}", "a value of lora.r is there twice"),
        ("grid: {lora.r: []}", '"grid.lora.r" is'),
        ("grid: {}", '"grid" is'),
        ("grid: {lora.r: [1]}\nsampler: bayes", '"sampler" is'),
        ("grids: {lora.r: [1]}", "grid"),
        ("grid: {lora.r: [1]}\nsettings: {lora: {rank: 3}}", 'There is no key "settings.lora.rank"'),
    ],
)
def test_a_wrong_config_is_refused_before_anything_is_trained(tmp_path: Path, shop: Path, text: str, said: str) -> None:
    config = tmp_path / "sweep.yaml"
    config.write_text(text)
    with pytest.raises(BundlesmithError) as caught:
        run_sweep(shop, tmp_path / "out", load_config(Sweep, config, []), QUIET)
    assert said in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_config_in_the_repository_is_nine_trials() -> None:
    sweep = load_config(Sweep, Path(__file__).parents[2] / "configs" / "sweep.yaml", [])
    found = [settings_of(sweep, choice) for choice in choices_of(sweep)]
    assert len({settings.model_dump_json() for settings in found}) == 9
    assert all(settings.training.max_steps == 60 for settings in found)


def test_a_folder_with_another_sweep_is_refused(tmp_path: Path) -> None:
    with open_study(tmp_path, "one"):
        pass
    with (
        pytest.raises(BundlesmithError, match="holds a sweep of other data or another config"),
        open_study(tmp_path, "two"),
    ):
        pass


def test_a_study_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "study.db").write_text("not a database, but long enough to be taken for one" * 100)
    with pytest.raises(BundlesmithError, match="could not be opened"), open_study(tmp_path, "one"):
        pass


@pytest.mark.slow
def test_a_sweep_trains_goes_on_and_names_the_best(tmp_path: Path, small_shop: Path, tiny_base: Path) -> None:
    steps = ["training.max_steps=2", "training.eval_every=2", "training.eval_blocks=1"]
    base = load_settings(None, [f"base={tiny_base}", "lora.r=2", *steps])
    sweep = Sweep(settings=base, grid={"training.learning_rate": [1e-6, 0.05]}, trials=1)
    (first,) = run_sweep(small_shop, tmp_path, sweep, QUIET)
    made = (tmp_path / "trial-0" / "run.json").stat().st_mtime_ns
    trials = run_sweep(small_shop, tmp_path, sweep.model_copy(update={"trials": None}), QUIET)
    assert (tmp_path / "trial-0" / "run.json").stat().st_mtime_ns == made and first in trials
    assert [trial.loss for trial in trials] == sorted(trial.loss for trial in trials)
    assert {trial.number: trial.values["training.learning_rate"] for trial in trials} == {0: 1e-6, 1: 0.05}
    assert trials[0].loss < trials[1].loss < math.inf
    for trial in trials:
        (run,) = read_named([trial.run])
        assert run.settings["training.learning_rate"] == trial.values["training.learning_rate"]
        assert run.metrics.best is not None and run.metrics.best.loss == trial.loss
    assert isinstance(first, Trial) and run_sweep(small_shop, tmp_path, sweep, QUIET) == trials


@pytest.mark.slow
def test_a_trial_that_diverges_is_the_worst_and_the_sweep_goes_on(tmp_path: Path, few: Path, tiny_base: Path) -> None:
    steps = ["training.max_steps=3", "training.eval_every=2", "training.eval_blocks=1", "training.warmup=0"]
    base = load_settings(None, [f"base={tiny_base}", "lora.r=2", *steps])
    sweep = Sweep(settings=base, grid={"training.learning_rate": [1e38, 1e-4]})
    trials = run_sweep(few, tmp_path / "sweep", sweep, QUIET)
    assert [trial.number for trial in trials] == [1, 0]
    assert trials[0].loss < trials[1].loss == math.inf
    assert not trials[1].run.exists() and trials[1].metrics.best is None
    assert run_sweep(few, tmp_path / "sweep", sweep, QUIET) == trials
