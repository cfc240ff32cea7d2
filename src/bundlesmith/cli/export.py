"""`bundlesmith export`: a run's model for other programs, checked to write the same bundles as the run.

bundlesmith export --run RUN --out FOLDER [--format merged|int8|nf4|gguf|gguf-q8]
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bundlesmith.errors import BundlesmithError
from bundlesmith.files import check_folder, write_json, written_whole
from bundlesmith.finetune.export import Format, check_export, load_export, write_export

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from bundlesmith.request import Request
    from bundlesmith.run import Run

ABOUT = "export.json"
"""What is written beside the model: where it comes from, and how its check went."""


def export(
    run: Annotated[Path, typer.Option(help="The folder of a run.")],
    out: Annotated[Path, typer.Option(help="The folder to write.")],
    kind: Annotated[Format, typer.Option("--format", help="What to write.")] = "merged",
    check: Annotated[int, typer.Option(help="How many requests both models answer.", min=1)] = 20,
) -> None:
    """Write a run's model for vLLM, transformers or llama.cpp, and count how many bundles stay the same.

    Example: `bundlesmith export --run runs/demo --out exports/demo`
    """
    from bundlesmith.run import load_run

    check_folder(out, "export", run)
    with Console(stderr=True).status("Exporting …"):
        same = checked_export(load_run(run), out, kind, check)
    typer.echo(f"{same} of {check} bundles are the same, {check - same} differ. The model is in {out}.")


def checked_export(run: "Run", out: Path, kind: Format, n: int) -> int:
    """Write the model of *run* to *out*, load it again, and let both answer *n* requests.

    Returns:
        how many bundles hold the same items.

    Raises:
        BundlesmithError: if the format can't be had, *out* holds something else, or a merged model's bundles differ;
            then nothing is written.
    """
    from bundlesmith.finetune.model import tuned_model

    model = tuned_model(run.folder, run.settings, run.tokenizer)
    check_export(model, run.tokenizer, kind)
    requests = sample_requests(run, n)
    wanted = _bundles(run, model, requests)
    with written_whole(out, "export", run.folder) as fresh:
        write_export(model, run.tokenizer, kind, run.folder.absolute().name, fresh)
        del model  # two large models may not fit beside each other
        found = _bundles(run, load_export(fresh, kind), requests)
        same = sum(one == other for one, other in zip(wanted, found, strict=True))
        if kind == "merged" and same < n:
            raise BundlesmithError(
                f"The merged model writes {n - same} of {n} bundles otherwise than the run.",
                "Please report this with the output of `bundlesmith doctor`; nothing was written.",
            )
        write_json(fresh / ABOUT, {"key": run.made["key"], "format": kind, "checked": n, "same": same})
    return same


def sample_requests(run: "Run", n: int) -> list["Request"]:
    """*n* requests whose words are category names from all over the catalogue; every other one has a history, too."""
    from bundlesmith.constraints.rules import Rules
    from bundlesmith.request import Request

    ids, categories, titles = run.catalogue.ids, run.catalogue.categories, run.catalogue.titles
    users = sorted(run.histories.users)
    requests = []
    for at in range(n):
        row = at * len(ids) // n
        words = categories[row][-1] if categories[row] else titles[row]
        events = run.histories.of_user(users[at * len(users) // n]) if users and at % 2 else []
        history = tuple(ids[event.row] for event in events)
        requests.append(Request(history, words.lower(), rules=Rules(in_stock=False)))
    return requests


def _bundles(run: "Run", model: "PreTrainedModel", requests: Sequence["Request"]) -> list[frozenset[str]]:
    """The items of the best bundle for each request."""
    from bundlesmith.engines.encoder_decoder_engine import EncoderDecoderEngine
    from bundlesmith.engines.transformers_engine import TransformersEngine
    from bundlesmith.finetune.model import placed
    from bundlesmith.recommender import Recommender

    if getattr(model, "quantization_method", None) is None:
        model = placed(model)
    engine = EncoderDecoderEngine(model) if model.config.is_encoder_decoder else TransformersEngine(model)
    answers = Recommender(run, engine).recommend(requests, talk=False)
    return [frozenset(found[0].items) for found in answers]
