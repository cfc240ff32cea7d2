"""`bundlesmith distil`: its options and what it says at the end."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

screen = Console()


def distil(
    data: Annotated[Path, typer.Option(help="A folder that `prepare` wrote.")],
    out: Annotated[Path, typer.Option(help="The folder to write: the same data, with explanations.")],
    endpoint: Annotated[str, typer.Option(help="The URL of an OpenAI-compatible endpoint, with /v1.")],
    model: Annotated[str, typer.Option(help="The model to ask there.")],
    api_key_env: Annotated[str, typer.Option(help="The environment variable with the key.")] = "OPENAI_API_KEY",
    cache: Annotated[Path | None, typer.Option(help="Where answers are kept; OUT.answers.sqlite by default.")] = None,
    workers: Annotated[int, typer.Option(help="Questions under way at a time.", min=1)] = 4,
    max_tokens: Annotated[int, typer.Option(help="The longest answer; more for models that think.", min=1)] = 300,
) -> None:
    """Ask a larger model to explain each training and valid bundle that has no explanation. Nothing is asked twice.

    Example: `bundlesmith distil --data data/demo --out data/explained --endpoint http://localhost:8000/v1 --model Q`
    """
    from bundlesmith.files import real
    from bundlesmith.finetune.asking import Endpoint
    from bundlesmith.finetune.distil import distil as work

    asked = Endpoint(endpoint, model, api_key_env, workers, max_tokens)
    place = real(out)
    found = work(data, out, asked, cache or place.with_name(f"{place.name}.answers.sqlite"), screen)
    screen.print(
        f"{found.asked:,} questions asked, the others were answered before. {found.written:,} explanations written; "
        f"{found.empty:,} empty and {found.too_long:,} too long ones dropped."
    )
    screen.print(f"The data is in {out}.")
