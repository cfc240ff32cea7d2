"""The application: all routes of one service, with their doors.

uvicorn.run(create_app(service))
"""

import asyncio
import logging
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import Depends, FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from bundlesmith import __version__
from bundlesmith.conversation.heard import warm
from bundlesmith.conversation.replies import ShopTexts
from bundlesmith.errors import BundlesmithError
from bundlesmith.serve.api import (
    admin,
    admin_experiments,
    admin_models,
    admin_roles,
    bundles,
    chat,
    items,
    page,
    people,
    rank,
    sessions,
    shop,
    state,
    tokens,
    understand,
)
from bundlesmith.serve.api.access_log import Noted
from bundlesmith.serve.api.authentication import BodyLimit, Doors, admitted
from bundlesmith.serve.api.errors import add_handlers, responses
from bundlesmith.serve.api.rights import check_routes
from bundlesmith.serve.service import Service

ROUTES = (
    *(
        bundles,
        rank,
        sessions,
        understand,
        chat,
        shop,
        items,
        people,
        tokens,
        state,
        admin,
        admin_experiments,
        admin_models,
        admin_roles,
    ),
    page,
)
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """How the application is reached.

    Attributes:
        host: the address that it is bound to. Away from this machine every request needs a key.
        most: bytes of a body.
        waits: whether nobody is let in before all engines are ready; if not, requests are told that they are loaded.
        texts: what the shop has to say in conversations.
        images: origins from which the page shows pictures of items, besides its own.
    """

    host: str = "127.0.0.1"
    most: int = 256 * 1024
    waits: bool = True
    images: tuple[str, ...] = ()
    texts: ShopTexts = field(default_factory=ShopTexts)


def create_app(service: Service, settings: ApiSettings | None = None) -> FastAPI:
    """The application; it starts and stops the service's engines."""
    settings = settings or ApiSettings()
    app = FastAPI(title="Bundlesmith", version=__version__, lifespan=_lifespan, summary="Bundles of what a shop sells.")
    local = settings.host in LOCAL
    app.state.service, app.state.doors = service, Doors(service.store, needed=not local)
    app.state.waits, app.state.policy = settings.waits, page.policy(settings.images)
    app.state.texts = settings.texts
    add_handlers(app)
    for module in ROUTES:
        app.include_router(module.router, dependencies=[Depends(admitted)], responses=responses(401, 403, 429))
    check_routes(app.routes)
    app.add_middleware(Noted, measures=service.measures)
    app.add_middleware(BodyLimit, most=settings.most)
    if local:  # a page elsewhere whose name points here may not talk to a service that needs no key
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOCAL, "[::1]"])
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    service: Service = app.state.service
    starting = asyncio.create_task(service.start())
    if app.state.waits:
        await starting
    else:
        starting.add_done_callback(_end_if_it_failed)
    warming = asyncio.create_task(asyncio.to_thread(warm, [run.shop.view() for run in service.runs.values()]))
    yield
    starting.cancel()
    warming.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await service.stop()


def _end_if_it_failed(starting: "asyncio.Task[None]") -> None:
    if starting.cancelled() or (error := starting.exception()) is None:
        return
    said = str(error) if isinstance(error, BundlesmithError) else "an error"
    logging.getLogger(__name__).error("The engines didn't start: %s", said, exc_info=error)
    signal.raise_signal(signal.SIGTERM)  # the server ends as it does for whoever runs it
