"""How many examples a prompt shows, chosen on the valid split.

Rankings of a weak model hit too seldom to choose by on a few tasks. Where items are wanted, the choice is by their
chance among some others instead; where bundles are to be found, by soft-F1 and intent-F1.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from bundlesmith.eval.making import GoldTask
from bundlesmith.eval.predict import request_of
from bundlesmith.eval.references.prompted import Prompted, Shots
from bundlesmith.eval.references.training import TrainingSplit
from bundlesmith.eval.references.trial import ValidTasks
from bundlesmith.eval.statistics import EVAL_SEED
from bundlesmith.eval.tasks import drawn_items

SHOT_COUNTS = (1, 2, 4)
SHOT_TASKS = {"complete": 60, "generate": 60, "sessions": 30}
_OTHERS = 50


def chosen_shots(data: Path, training: TrainingSplit, model: Prompted) -> dict[str, Any]:
    """The best of `SHOT_COUNTS` for each kind of task as `params`, and what the valid split gave as `valid`."""
    trial = ValidTasks(data, training, SHOT_TASKS)
    wanted = {"complete": trial.of("complete"), "generate": trial.of("generate")}
    found: dict[str, list[float]] = {kind: [] for kind in SHOT_TASKS}
    for count in SHOT_COUNTS:
        asked = model.showing(Shots(count, count, count))
        for kind, pairs in wanted.items():
            found[kind].append(chance(asked, pairs))
        found["sessions"].append(sum(trial.found(asked)))
    best = {kind: SHOT_COUNTS[int(np.argmax(values))] for kind, values in found.items()}
    return {"params": asdict(replace(Shots(), **best)), "valid": found}


def chance(model: Prompted, pairs: Sequence[GoldTask]) -> float:
    """Mean log of the chance that the model takes a wanted item next, of these and 50 others of the catalogue."""
    asked = [request_of(task, model.catalogue) for task, _ in pairs]
    wanted = [[str(item) for item in gold.get("bundle", [gold.get("target")])] for _, gold in pairs]
    named = [
        [*some, *drawn_items(task, EVAL_SEED, model.catalogue.ids, _OTHERS, {*some, *task.items, *task.history})]
        for (task, _), some in zip(pairs, wanted, strict=True)
    ]
    scores = model.among(asked, named)
    shares = [np.logaddexp.reduce(found[: len(some)]) for found, some in zip(scores, wanted, strict=True)]
    return float(np.mean(shares))
