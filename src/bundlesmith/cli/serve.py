"""`bundlesmith serve`: runs, a store and an engine become a service.

Knows nothing about routes or models.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from bundlesmith.errors import BundlesmithError, need

if TYPE_CHECKING:
    from bundlesmith.run import Run
    from bundlesmith.serve.service import Service, ServiceSettings
    from bundlesmith.serve.store import Store
    from bundlesmith.serve.writer import Writer

EngineName = Literal["transformers", "vllm", "vllm-async"]
LOCAL_STORE = "sqlite:///bundlesmith.db"


def serve(
    run: Annotated[list[str], typer.Option("--run", help="A run's folder, or NAME=FOLDER; may repeat.")],
    engine: Annotated[EngineName, typer.Option(help="What writes; vllm: a server that is started and watched.")] = (
        "transformers"
    ),
    engine_url: Annotated[str, typer.Option(help="Or a vLLM server that runs.")] = "",
    host: Annotated[str, typer.Option(help="The address; any but this machine's needs keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.", min=0, max=65535)] = 8000,
    store: Annotated[str, typer.Option(help="sqlite:///FILE or postgresql://…")] = LOCAL_STORE,
    places: Annotated[int, typer.Option(help="How many bundles are written at a time.", min=1)] = 8,
    waiting: Annotated[int, typer.Option(help="How many requests may wait.", min=0)] = 32,
    deadline: Annotated[float, typer.Option(help="Seconds within which a request is answered.", min=1)] = 60.0,
) -> None:
    """Serve runs over HTTP: bundles, chat, items, events, feedback.

    Example: `bundlesmith serve --run runs/demo --port 8000`
    """
    need("fastapi", "bundlesmith serve", "serve")
    import logging

    import uvicorn

    from bundlesmith.serve.api.app import ApiSettings, create_app
    from bundlesmith.serve.service import ServiceSettings

    logging.basicConfig(format="%(message)s")
    logging.getLogger("bundlesmith").setLevel(logging.INFO)
    settings = ServiceSettings(places=places, waiting=waiting, deadline=deadline)
    with Console(stderr=True).status("Loading …"):
        service = make_service(folders(run), engine, engine_url, store, settings)
    app = create_app(service, ApiSettings(host))
    grace = int(settings.grace)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=grace)


def folders(given: list[str]) -> dict[str, Path]:
    """Runs by name; one without a name has its folder's.

    Raises:
        BundlesmithError: if two have the same name.
    """
    found: dict[str, Path] = {}
    for one in given:
        name, equals, folder = one.partition("=")
        path = Path(folder if equals else one)
        name = name if equals else path.absolute().name
        if name in found:
            raise BundlesmithError(f'Two runs are called "{name}".', "Name them: --run NAME=FOLDER.")
        found[name] = path
    return found


def make_service(
    runs: dict[str, Path], engine: EngineName, engine_url: str, store_url: str, settings: "ServiceSettings"
) -> "Service":
    """The service of some runs, the first of which is the default; nothing is started.

    Raises:
        BundlesmithError: if a run, the store or the engine isn't there.
    """
    from bundlesmith.run import load_run
    from bundlesmith.serve.live_run import LiveRun
    from bundlesmith.serve.service import Service
    from bundlesmith.serve.store import open_store

    loaded, store = {name: load_run(folder) for name, folder in runs.items()}, open_store(store_url)
    writers = _writers(loaded, engine, engine_url, store, store_url, settings)
    live = {name: LiveRun(name, run, writers[name], store) for name, run in loaded.items()}
    return Service(settings, store, live, next(iter(live)))


def _writers(
    runs: "dict[str, Run]", engine: EngineName, url: str, store: "Store", store_url: str, settings: "ServiceSettings"
) -> "dict[str, Writer]":
    """The engine of each run: one of its own in this process, or one vLLM for all."""
    for name, run in runs.items():
        store.models.put(name, run.folder.absolute())
    if engine == "transformers" and not url:
        from bundlesmith.serve.transformers_writer import writer_of

        return {name: writer_of(run, settings.places) for name, run in runs.items()}
    one = _vllm({name: run.folder for name, run in runs.items()}, engine, url, store_url, settings)
    return dict.fromkeys(runs, one)


def _vllm(
    folders: dict[str, Path], engine: EngineName, url: str, store_url: str, settings: "ServiceSettings"
) -> "Writer":
    from bundlesmith.serve.vllm_settings import VllmSettings

    vllm = VllmSettings(places=settings.places, queue=4 * settings.places, lora=len(folders) > 1)
    if engine == "vllm-async":
        from bundlesmith.serve.vllm_async_writer import VllmAsyncWriter

        return VllmAsyncWriter(folders, vllm, store_url)
    from bundlesmith.serve.vllm_server_writer import own_vllm, vllm_at

    return vllm_at(url) if url else own_vllm(folders, vllm, Path("vllm.log"), store_url)
