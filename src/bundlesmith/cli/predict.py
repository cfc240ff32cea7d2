"""`bundlesmith predict`: a file of answers, to tasks by beam search here, or to many requests by Ray and vLLM."""

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bundlesmith.cli.serve import ON_GPU, Gpu, vllm_settings
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import check_file

screen = Console()
ANSWER = re.compile(rb'\{"id": "(\\.|[^"\\])*", "(ranking|bundles)": |\{"request": 0, "user": ')
"""How a file of answers begins."""


def predict(
    run: Annotated[Path, typer.Option("--run", help="The folder of a run.")],
    out: Annotated[Path, typer.Option(help="The answers to write, one JSON object a line.")],
    tasks: Annotated[Path | None, typer.Option(help="Tasks, one JSON object a line.")] = None,
    requests: Annotated[
        Path | None, typer.Option(help="Or requests, as of `recommend --requests`; with --ray.")
    ] = None,
    ray: Annotated[
        bool, typer.Option("--ray", help="Write by Ray Data and vLLM: here, or on the RAY_ADDRESS.")
    ] = False,
    engines: Annotated[int, typer.Option(help="With --ray, the most vLLM engines at once.", min=1)] = 1,
    places: Annotated[int, typer.Option(help="With --ray, how many bundles each writes at a time.", min=1)] = 64,
    seed: Annotated[int, typer.Option(help="With --ray: the same seed, the same bundles.", min=0, max=10**12)] = 0,
    gpu: Gpu = ON_GPU,
) -> None:
    """Answer a file of tasks (complete, generate, sessions), or of many users' requests. Goes on where it stopped.

    Example: `bundlesmith predict --run runs/electronic --tasks tasks.jsonl --out predictions.jsonl`
    """
    check_file(out, "predict", lambda head: ANSWER.match(head) is not None, run, tasks, requests)
    if ray and requests is not None and tasks is None:
        _by_ray(run, requests, out, engines, places, seed, gpu)
    elif tasks is not None and requests is None and not ray:
        _tasks(run, tasks, out)
    else:
        raise BundlesmithError("Neither --tasks alone nor --requests with --ray is given.", "Give either.")


def _tasks(run: Path, tasks: Path, out: Path) -> None:
    from bundlesmith.eval.predict import predict as work
    from bundlesmith.eval.tasks import read_tasks
    from bundlesmith.recommender import Recommender

    read_tasks(tasks)
    with Console(stderr=True).status("Loading the run …"):
        recommender = Recommender.load(run)
    unknown = work(recommender, tasks, out)
    screen.print(f"The answers are in {out}.")
    if unknown:
        screen.print(f"{unknown} ids in the tasks are not in the catalogue; they were left out of what the model read.")


def _by_ray(run: Path, requests: Path, out: Path, engines: int, places: int, seed: int, gpu: bool) -> None:
    from bundlesmith.engines.ray_batch import ray_writer
    from bundlesmith.pipeline.ask import read_asks
    from bundlesmith.pipeline.many import answer_all
    from bundlesmith.pipeline.writing import Manner
    from bundlesmith.run import load_run

    asks, loaded = read_asks(requests), load_run(run)
    name, settings = run.absolute().name, vllm_settings(places, gpu, adapters=False)
    engine = ray_writer(name, loaded, settings, engines)
    unmet = answer_all(name, loaded, asks, Manner(seed=seed), out, engine)
    screen.print(f"The answers are in {out}.")
    if unmet:
        screen.print(f"{unmet} of {len(asks)} requests couldn't be met; their lines say why.")
