"""`bundlesmith vllm`: becomes a vLLM server that holds our rules, for services on other machines."""

import os
from pathlib import Path
from typing import Annotated

import typer

from bundlesmith.cli.serve import ON_GPU, STORES, Gpu, folders, vllm_settings


def vllm(
    run: Annotated[list[str], typer.Option("--run", help="A run's folder, or NAME=FOLDER; may repeat.")],
    host: Annotated[str, typer.Option(help="The address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.", min=1, max=65535)] = 8001,
    store: Annotated[str, typer.Option(envvar="BUNDLESMITH_STORE", help=f"The service's: {STORES}")] = "",
    key: Annotated[str, typer.Option(envvar="VLLM_API_KEY", help="The API key that it asks for.")] = "",
    places: Annotated[int, typer.Option(help="How many bundles are written at a time.", min=1)] = 16,
    adapters: Annotated[
        bool, typer.Option("--adapters", help="Load runs as adapters of one base, so that more can come.")
    ] = False,
    gpu: Gpu = ON_GPU,
    more: Annotated[list[str] | None, typer.Argument(metavar="[-- ARGUMENTS]", help="For vLLM itself.")] = None,
) -> None:
    """Start vLLM's server with runs and our rules; `bundlesmith serve --engine-url` uses it.

    Example: `bundlesmith vllm --run demo=/runs/demo --host 0.0.0.0 -- --tensor-parallel-size 2`
    """
    from bundlesmith.engines.vllm.command import vllm_command

    given: dict[str, Path] = folders(run)
    settings = vllm_settings(places, gpu, adapters or len(given) > 1)
    command = vllm_command(given, settings, store, key, host)
    words = [*command.at(port), *(more or [])]
    os.execvpe(words[0], words, dict(command.environment))
