"""Where runs differ: settings, what they were made from, figures; and why figures can't be compared.

    bundlesmith runs compare RUN1 RUN2 …

A row is a list of texts, one a run; "" where a run has no such value.
"""

import json
from collections.abc import Sequence
from typing import Any

from bundlesmith.finetune.runs import Record

VALID_DEPENDS_ON = (
    "base",
    "examples",
    "training.loss",
    "training.seed",
    "training.block_tokens",
    "training.eval_blocks",
)
"""Settings and sections that change what the valid loss is measured on or over: such losses can't be compared."""

HEADLINES = {"complete": "R@10", "generate": "bestF1@10", "sessions": "soft-F1"}
"""The score of each kind of task that plots and lists show."""

TableRows = dict[str, list[str]]


def differing(settings: Sequence[dict[str, Any]]) -> TableRows:
    """The settings (with dotted keys) that are not the same in all of *settings*."""
    keys = dict.fromkeys(key for values in settings for key in values)
    rows = {key: [shown_setting(values[key]) if key in values else "" for values in settings] for key in keys}
    return {key: row for key, row in rows.items() if len(set(row)) > 1}


def shown_setting(value: object) -> str:
    """A setting as a person writes it: JSON, but a text without quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def made_of(runs: Sequence[Record]) -> TableRows:
    """The hashes of what *runs* were made from, and the versions of packages that are not the same in all."""
    rows = {key: [str(run.made[key]) for run in runs] for key in ("data", "prompts", "lexicon")}
    packages = dict.fromkeys(name for run in runs for name in run.made["packages"])
    versions = {name: [str(run.made["packages"].get(name, "")) for run in runs] for name in packages}
    return rows | {name: row for name, row in versions.items() if len(set(row)) > 1}


def changes_valid_loss(rows: TableRows) -> list[str]:
    """Those keys of *rows* that change what the valid loss is measured on or over."""
    return [key for key in rows if f"{key}.".startswith(tuple(f"{name}." for name in VALID_DEPENDS_ON))]


def warnings_of(runs: Sequence[Record]) -> list[str]:
    """Why the losses or scores of *runs* can't be compared as they stand."""
    found, made = [], made_of(runs)
    if len(set(made["data"])) > 1:
        found.append("The runs were trained on different data: neither losses nor scores can be compared.")
    if len(set(made["prompts"])) > 1:
        found.append("The runs were trained with different prompts.")
    if keys := changes_valid_loss(differing([run.settings for run in runs])):
        found.append(f"The valid losses are not measured alike, since these differ: {', '.join(keys)}. Compare scores.")
    return found


def training_figures(runs: Sequence[Record]) -> TableRows:
    """How the trainings of *runs* went, then their scores."""
    bests = [run.metrics.best for run in runs]
    rows = {
        "best valid loss": [f"{best.loss:.4f}" if best else "" for best in bests],
        "at step": [str(best.step) if best else "" for best in bests],
        "last training loss": [f"{run.metrics.train[-1].loss:.4f}" if run.metrics.train else "" for run in runs],
        "steps": [str(run.metrics.steps) if run.trained else "" for run in runs],
        "tokens": [shown_count(run.metrics.tokens) for run in runs],
        "training time": [duration(run.metrics.seconds) for run in runs],
    }
    names = dict.fromkeys((kind, name) for run in runs for kind in run.scores for name in run.scores[kind])
    scored = {
        f"{kind} {name}": [shown_score(run.scores.get(kind, {}).get(name)) for run in runs] for kind, name in names
    }
    return rows | scored


def headlines(run: Record) -> list[str]:
    """The scores of a run that a list has room for, each with its name."""
    found = [(f"{kind} {name}", run.scores.get(kind, {}).get(name)) for kind, name in HEADLINES.items()]
    return [f"{name} {shown_score(value)}" for name, value in found if value is not None]


def shown_score(value: object) -> str:
    """A score with four places, a count as it is, None as ""."""
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def shown_count(value: int | None) -> str:
    """540000 as "540,000"; None as ""."""
    return "" if value is None else f"{value:,}"


def duration(seconds: float | None) -> str:
    """4147.7 seconds as "1:09:08" (hours, minutes, seconds); None as ""."""
    if seconds is None:
        return ""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
