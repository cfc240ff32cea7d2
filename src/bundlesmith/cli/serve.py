"""`bundlesmith serve`: runs, a store and an engine become a service."""

from os import environ
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from bundlesmith.errors import BundlesmithError, need

if TYPE_CHECKING:
    from bundlesmith.engines.engines import Engines
    from bundlesmith.engines.vllm.settings import VllmSettings
    from bundlesmith.serve.service import Service, ServiceSettings
    from bundlesmith.shop.followed_shop import FollowedShop

EngineName = Literal["transformers", "vllm", "vllm-async"]
LOCAL_STORE = "sqlite:///bundlesmith.db"
STORES = "sqlite:///FILE or postgresql://…"
Gpu = Annotated[bool, typer.Option("--gpu/--cpu", help="Where vLLM runs; by itself a GPU, if there is one.")]
ON_GPU = which("nvidia-smi") is not None


def serve(
    run: Annotated[list[str] | None, typer.Option(help="A run's folder, or NAME=FOLDER; may repeat.")] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(help="Prepared data without a run, or NAME=FOLDER: nothing is trained; may repeat."),
    ] = None,
    engine: Annotated[EngineName, typer.Option(help="What writes; vllm: a server that is started and watched.")] = (
        "transformers"
    ),
    engine_url: Annotated[str, typer.Option(help="Or a vLLM server that runs: `bundlesmith vllm`.")] = "",
    engine_key: Annotated[str, typer.Option(envvar="VLLM_API_KEY", help="Its API key.")] = "",
    adapters: Annotated[
        bool, typer.Option("--adapters", help="On vLLM, load runs as adapters of one base, not merged: more can come.")
    ] = False,
    registered: Annotated[
        bool, typer.Option("--registered", help="Also the runs that were added while it ran: `bundlesmith models`.")
    ] = False,
    gpu: Gpu = ON_GPU,
    host: Annotated[str, typer.Option(help="The address; any but this machine's needs keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.", min=0, max=65535)] = 8000,
    store: Annotated[str, typer.Option(envvar="BUNDLESMITH_STORE", help=STORES)] = LOCAL_STORE,
    places: Annotated[int, typer.Option(help="How many bundles are written at a time.", min=1)] = 8,
    waiting: Annotated[int, typer.Option(help="How many requests may wait.", min=0)] = 32,
    deadline: Annotated[float, typer.Option(help="Seconds within which a request is answered.", min=1)] = 60.0,
    shown_days: Annotated[
        int, typer.Option(help="Days for which bundles that were shown are kept; 0: all.", min=0)
    ] = 90,
    events_days: Annotated[int, typer.Option(help="Days for which events are kept; 0: all.", min=0)] = 0,
    texts: Annotated[
        Path | None, typer.Option(help="A YAML file with the shop's own answers: returns, orders, other languages.")
    ] = None,
    ingest: Annotated[
        Path | None, typer.Option(help="A YAML file of topics that are read beside it; see docs/streams.md.")
    ] = None,
    publish: Annotated[
        str, typer.Option(envvar="BUNDLESMITH_PUBLISH", help="A broker that is told what was shown and decided.")
    ] = "",
    publish_topic: Annotated[str, typer.Option(help="And its topic.")] = "bundlesmith",
    traces: Annotated[
        bool, typer.Option("--traces", help="Send OpenTelemetry spans, to where OTEL_EXPORTER_OTLP_ENDPOINT says.")
    ] = False,
    images: Annotated[list[str] | None, typer.Option(help="Whence the page may show pictures; may repeat.")] = None,
) -> None:
    """Serve runs over HTTP: bundles, chat, items, events, feedback.

    Example: `bundlesmith serve --run runs/demo --port 8000`
    """
    need("fastapi", "bundlesmith serve", "serve")
    import logging

    import uvicorn

    from bundlesmith.conversation.replies import ShopTexts, shop_texts
    from bundlesmith.serve.api.app import ApiSettings, create_app
    from bundlesmith.serve.retention import Retention
    from bundlesmith.serve.service import ServiceSettings
    from bundlesmith.serve.tracing import trace_to

    said = shop_texts(texts) if texts else ShopTexts()
    logging.basicConfig(format="%(message)s")
    logging.getLogger("bundlesmith").setLevel(logging.INFO)
    retention = Retention(shown_days, events_days)
    settings = ServiceSettings(places=places, waiting=waiting, deadline=deadline, retention=retention)
    given, prepared = folders(run or []), folders(data or [], "data")
    if both := given.keys() & prepared.keys():
        raise BundlesmithError(f'A run and data are both called "{min(both)}".', "Name them: --data NAME=FOLDER.")
    given |= {name: _untuned(folder) for name, folder in prepared.items()}
    with Console(stderr=True).status("Loading …"):
        if registered:
            given = with_registered(given, store)
        if not given:
            raise BundlesmithError("There is nothing to serve.", "Name a run (--run), or prepared data (--data).")
        vllm = vllm_settings(places, gpu, adapters or len(given) > 1)
        engines = engines_of(engine, vllm, store, engine_url, engine_key)
        service = make_service(given, engines, store, settings)
    if ingest is not None:
        ingest_beside(service, ingest)
    if publish:
        publish_beside(service, publish, publish_topic)
    app = create_app(service, ApiSettings(host, waits=False, images=tuple(images or ()), texts=said))
    grace = int(settings.grace)
    end_traces = trace_to() if traces else None
    try:
        uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=grace)
    finally:
        if end_traces is not None:
            end_traces()


def ingest_beside(service: "Service", config: Path) -> None:
    """Let a service read topics in its process; what is counted is among its own measures.

    Raises:
        BundlesmithError: if the file or its URL makes no sense.
    """
    from functools import partial

    from bundlesmith.ingest import running
    from bundlesmith.ingest.config import Ingest
    from bundlesmith.ingest.measures import IngestMetrics
    from bundlesmith.settings import load_config

    settings = load_config(Ingest, config, [])

    def shops() -> "dict[str, FollowedShop]":
        return {name: run.shop for name, run in service.runs.items()}

    url = environ.get("BUNDLESMITH_STREAM") or settings.url
    ingestion = running.Ingestion(url, settings, service.store, shops, IngestMetrics(service.measures.registry))
    service.beside.append(partial(running.ingest_beside, ingestion))


def publish_beside(service: "Service", url: str, topic: str) -> None:
    """Let a service publish what was shown and decided.

    Raises:
        BundlesmithError: if the URL makes no sense.
    """
    from functools import partial

    from bundlesmith.ingest import publishing
    from bundlesmith.ingest.targets import open_target

    publisher = publishing.Publisher(service.store, open_target(url, topic))
    service.beside.append(partial(publishing.publish_beside, publisher))


def folders(given: list[str], option: Literal["run", "data"] = "run") -> dict[str, Path]:
    """Folders of an option by name; one without a name has its folder's.

    Raises:
        BundlesmithError: if two have the same name.
    """
    found: dict[str, Path] = {}
    for one in given:
        name, equals, folder = one.partition("=")
        path = Path(folder if equals else one)
        name = name if equals else path.absolute().name
        if name in found:
            what = f'Two {"runs" if option == "run" else "folders of data"} are called "{name}".'
            raise BundlesmithError(what, f"Give each another name: --{option} NAME=FOLDER.")
        found[name] = path
    return found


def _untuned(data: Path) -> Path:
    from bundlesmith.base import cache_folder
    from bundlesmith.finetune.untuned import untuned_run
    from bundlesmith.settings import load_settings

    return untuned_run(data, cache_folder() / "runs", load_settings(None, []), Console(stderr=True))


def with_registered(given: dict[str, Path], store_url: str) -> dict[str, Path]:
    """The given runs, and those that the store registers by other names; one that isn't there any more is left out."""
    import logging

    from bundlesmith.run import load_run
    from bundlesmith.store import open_store

    found, store = dict(given), open_store(store_url)
    for model in store.models.all():
        try:
            if model.name not in given:
                load_run(model.folder).check_ranker()
                found[model.name] = model.folder
        except BundlesmithError as error:
            logging.getLogger(__name__).warning('The registered run "%s" is left out: %s', model.name, error)
    store.close()
    return found


def vllm_settings(places: int, gpu: bool, adapters: bool) -> "VllmSettings":
    """How vLLM runs for a service with so many places."""
    from bundlesmith.engines.vllm.settings import VllmSettings

    found = VllmSettings(places=places, queue=4 * places, lora=adapters)
    return found.on_gpu() if gpu else found


def engines_of(engine: EngineName, vllm: "VllmSettings", store_url: str, url: str = "", key: str = "") -> "Engines":
    """The engines by their name; with a *url*, one that runs there."""
    from bundlesmith.engines.engines import OneEach, OneForAll

    if engine == "transformers" and not url:
        return OneEach(vllm.places)
    return OneForAll(vllm, store_url, url, key, inside=engine == "vllm-async")


def make_service(runs: dict[str, Path], engines: "Engines", store_url: str, settings: "ServiceSettings") -> "Service":
    """The service of some runs, the first of which is the default; nothing is started.

    Raises:
        BundlesmithError: if a run, the store or the engine isn't there.
    """
    import logging

    from bundlesmith.data.warnings import no_currency
    from bundlesmith.run import load_run
    from bundlesmith.serve.live_run import LiveRun
    from bundlesmith.serve.service import Service
    from bundlesmith.store import open_store

    loaded, store = {name: load_run(folder) for name, folder in runs.items()}, open_store(store_url)
    for name, run in loaded.items():
        store.models.put(name, run.folder.absolute())
        priced = int((run.catalogue.cents >= 0).sum())
        if warning := no_currency(name, priced, run.catalogue.currency):
            logging.getLogger("bundlesmith").warning(warning)
    writers = engines.of(loaded)
    live = {name: LiveRun(name, run, writers[name], store) for name, run in loaded.items()}
    return Service(settings, store, live, next(iter(live)), engines)
