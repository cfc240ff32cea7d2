"""A sweep: one fine-tune for each of many settings, compared by their best valid loss.

    bundlesmith sweep --data DATA --out FOLDER --config configs/sweep.yaml

    FOLDER/  study.db            Optuna's study: what was tried, and the losses
             trial-0  trial-1 …  the runs

A sweep that was killed goes on with the trial that was under way.
"""

import itertools
import json
import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, field_validator
from rich.console import Console

from bundlesmith.data.tables import load as load_tables
from bundlesmith.errors import BundlesmithError, DivergedError, nearest
from bundlesmith.files import check_folder
from bundlesmith.finetune.compare import changes_valid_loss, differing, shown_setting
from bundlesmith.finetune.finetune import finetune
from bundlesmith.finetune.runs import Metrics, flat, read_metrics
from bundlesmith.hashes import hash_texts
from bundlesmith.manifest import claim
from bundlesmith.settings import ConfigSection, Settings, known_keys, load_settings

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial


class Sweep(ConfigSection):
    """What a sweep tries. A key of the grid is a setting with dots, as in an override: `lora.r`."""

    settings: Settings = Settings()
    grid: dict[str, Annotated[list[Any], Field(min_length=1)]] = Field(min_length=1)
    trials: int | None = Field(None, ge=1, description="the whole grid if it isn't given")
    sampler: Literal["grid", "random", "tpe"] = Field(
        "grid",
        description="the grid in its order, in random order, or by Optuna's tree-structured Parzen estimator",
    )
    seed: int = 7

    @field_validator("grid")
    @classmethod
    def _no_value_twice(cls, grid: dict[str, list[Any]]) -> dict[str, list[Any]]:
        for key, values in grid.items():
            if len({json.dumps(value) for value in values}) < len(values):
                raise ValueError(f"a value of {key} is there twice")
        return grid


@dataclass(frozen=True, slots=True)
class Trial:
    """A finished trial: its values, its best valid loss, and its run; one that diverged has no run, and loss inf."""

    number: int
    values: dict[str, Any]
    loss: float
    run: Path
    metrics: Metrics


Combination = dict[str, str]
"""A value as JSON for each key of the grid: what Optuna stores, since a value may be a list or null."""


def run_sweep(data: Path, out: Path, sweep: Sweep, console: Console) -> list[Trial]:
    """Fine-tune for each trial that isn't finished yet.

    Returns:
        all finished trials, the lowest loss first.

    Raises:
        BundlesmithError: if a key of the grid is unknown, some of its values don't fit together, the folder holds
            another sweep, or the data has no valid split.
    """
    check_folder(out, "sweep", data)
    choices = choices_of(sweep)
    settings = [settings_of(sweep, choice) for choice in choices]
    if keys := changes_valid_loss(differing([flat(values.model_dump()) for values in settings])):
        console.print(f"The valid losses are not measured alike, since these differ: {', '.join(keys)}.", markup=False)
    with open_study(out, _key(data, sweep)) as study:
        total = min(sweep.trials or len(choices), len(choices))
        while (trial := next_trial(study, sweep, choices, total)) is not None:
            console.print(f"Trial {trial.number} ({total} in all): {_words(trial.params)}", markup=False)
            run = _run_of(study, trial, out)
            try:
                finetune(data, run, settings_of(sweep, trial.params), False, console)
                loss = _loss(run)
            except DivergedError as error:
                console.print(error.what, markup=False)
                loss = math.inf
            study.tell(trial.number, loss)
        return _finished(study, out)


def choices_of(sweep: Sweep) -> list[Combination]:
    """All combinations, in the order in which the sampler `grid` or `random` tries them."""
    known = known_keys()
    for key in sweep.grid:
        if key not in known:
            raise BundlesmithError(f'The grid has the key "{key}", which is no setting.', nearest(key, known))
    texts = [[_json(value) for value in values] for values in sweep.grid.values()]
    choices = [dict(zip(sweep.grid, chosen, strict=True)) for chosen in itertools.product(*texts)]
    if sweep.sampler == "random":
        random.Random(sweep.seed).shuffle(choices)
    return choices


def settings_of(sweep: Sweep, choice: Combination) -> Settings:
    """The settings of one trial: those of the sweep with the choice put over them."""
    given = sweep.settings.model_dump(exclude_unset=True)
    base = [f"{key}={_json(value)}" for key, value in given.items()]
    try:
        return load_settings(None, base + [f"{key}={text}" for key, text in choice.items()])
    except BundlesmithError as error:
        raise BundlesmithError(f"The trial {_words(choice)} can't be: {error.what}", error.fix) from error


def _words(choice: Combination) -> str:
    return ", ".join(f"{key}={shown_setting(json.loads(text))}" for key, text in choice.items())


def _key(data: Path, sweep: Sweep) -> str:
    """What all trials follow from; `trials` may grow later."""
    return hash_texts(load_tables(data).hash, sweep.model_dump_json(exclude={"trials"}))


@contextmanager
def open_study(out: Path, key: str) -> Iterator["Study"]:
    """The study in a folder, made if there is none."""
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        claim(out, "sweep")
        storage = optuna.storages.RDBStorage(f"sqlite:///{(out / 'study.db').absolute()}")
        study = optuna.create_study(storage=storage, study_name="sweep", load_if_exists=True)
    except (OSError, SQLAlchemyError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "orig", None) or error
        raise BundlesmithError(
            f'The study in "{out}" could not be opened: {reason}.', "Name another folder."
        ) from error
    try:
        if study.user_attrs.get("key", key) != key:
            raise BundlesmithError(f'"{out}" holds a sweep of other data or another config.', "Name another folder.")
        study.set_user_attr("key", key)
        yield study
    finally:
        storage.remove_session()
        storage.engine.dispose()


def next_trial(study: "Study", sweep: Sweep, choices: Sequence[Combination], total: int) -> "FrozenTrial | None":
    """The trial that a kill left, or a new one; None if there are enough."""
    from optuna.trial import TrialState

    trials = study.get_trials(deepcopy=False)
    if sum(trial.state == TrialState.COMPLETE for trial in trials) >= total:
        return None
    for trial in trials:
        if trial.state == TrialState.RUNNING and trial.params.keys() == sweep.grid.keys():
            return trial
        if trial.state == TrialState.RUNNING:  # a kill fell between two of its values
            study.tell(trial.number, state=TrialState.FAIL)
    _ask(study, sweep, choices, len(trials))
    return study.get_trials(deepcopy=False)[-1]


def _ask(study: "Study", sweep: Sweep, choices: Sequence[Combination], number: int) -> None:
    """Put a new trial into the study."""
    from optuna.distributions import BaseDistribution, CategoricalDistribution
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState, create_trial

    space: dict[str, BaseDistribution] = {
        key: CategoricalDistribution([_json(value) for value in values]) for key, values in sweep.grid.items()
    }
    if sweep.sampler == "tpe":
        study.sampler = TPESampler(seed=sweep.seed + number)  # so that a sweep that goes on is as an unbroken one
        study.ask(space)
    else:
        params: dict[str, Any] = {**choices[number]}
        study.add_trial(create_trial(state=TrialState.RUNNING, params=params, distributions=space))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _run_of(study: "Study", trial: "FrozenTrial", out: Path) -> Path:
    """Where the run of a trial lies: TPE may try the same twice, and the second trial has the first one's run."""
    same = (other.number for other in study.get_trials(deepcopy=False) if other.params == trial.params)
    return out / f"trial-{min(same)}"


def _loss(run: Path) -> float:
    metrics = read_metrics(run / "metrics.jsonl")
    if not metrics.valid:
        raise BundlesmithError(f'"{run}" has no valid loss.', "A sweep needs data with bundles in the valid split.")
    assert metrics.best is not None, "a training stops at the first loss that is no number"
    return metrics.best.loss


def _finished(study: "Study", out: Path) -> list[Trial]:
    from optuna.trial import TrialState

    trials = []
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        values = {key: json.loads(text) for key, text in trial.params.items()}
        run = _run_of(study, trial, out)
        assert trial.value is not None
        metrics = read_metrics(run / "metrics.jsonl") if math.isfinite(trial.value) else Metrics()
        trials.append(Trial(trial.number, values, trial.value, run, metrics))
    return sorted(trials, key=lambda trial: trial.loss)
