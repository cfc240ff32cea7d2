"""`POST /v1/bundles`: bundles as JSON, or as server-sent events while they are written."""

import asyncio
import json
from collections.abc import AsyncGenerator, Coroutine
from dataclasses import asdict
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from bundlesmith.data.catalogue import Listed
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.answers import item_values, total
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.writing import Chosen, Complete, ItemStep, Manner, WritingStep
from bundlesmith.serve.answer import Answer
from bundlesmith.serve.api.bodies import AnswerBody, BundlesBody
from bundlesmith.serve.api.errors import responses, status_of, trouble
from bundlesmith.serve.api.service_of import service_of
from bundlesmith.serve.api.talking import with_rules_of_words
from bundlesmith.serve.service import Service
from bundlesmith.shop.live_shop import ShopView

router = APIRouter(tags=["bundles"])
_T = TypeVar("_T")
Piece = tuple[str, dict[str, Any]]
"""The name of an event, and what it says."""
DOCUMENTED = responses(400, 404, 413, 422, 503, 504)


@router.post("/v1/bundles", response_model=AnswerBody, responses=DOCUMENTED | responses(501))
async def bundles(body: BundlesBody, request: Request) -> Response:
    """Recommend bundles. Rules that stand in the words ("under 80") hold, unless `understand` is false.

    With `stream` the events are `item` (an item is decided), `bundle` (all items of one are), `words` (more of an
    intent or explanation), at last `done` with the whole answer, or `error` with its status.
    """
    service = service_of(request)
    ask, more = body.plain(), dict[str, Any]()
    if body.understand and body.words.strip():
        ask, more = await service.heard(with_rules_of_words, service, ask, body.model, body.model_fields_set)
    if not body.stream:
        return JSONResponse((await unless_gone(request, service.answer(ask, body.manner))).values() | more)
    told = StreamedAnswer(service, ask, body.manner, more)
    await told.begun()
    return StreamingResponse(_events(told), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def unless_gone(request: Request, work: Coroutine[Any, Any, _T]) -> _T:
    """What comes of *work*; it is given up if the client goes away meanwhile."""
    task = asyncio.ensure_future(work)
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise asyncio.CancelledError
        return task.result()
    finally:
        task.cancel()
        gone.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class StreamedAnswer:
    """An answer under way, told of piece by piece; *more* is what the whole of it says besides."""

    def __init__(self, service: Service, ask: Ask, manner: Manner, more: dict[str, Any] | None = None) -> None:
        self._more = more or {}
        self._pieces: asyncio.Queue[Piece | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._work(service, ask, manner))
        self._first: Piece | None = None
        self.error: BundlesmithError | None = None
        self.answer: Answer | None = None

    async def _work(self, service: Service, ask: Ask, manner: Manner) -> None:
        try:
            self.answer = await service.answer(ask, manner, self._tell)
            self._pieces.put_nowait(("done", self.answer.values() | self._more))
        except BundlesmithError as error:
            self.error = error
            service.measures.errors.labels(kind=type(error).__name__).inc()
            self._pieces.put_nowait(("error", trouble(error) | {"status": status_of(error)}))
        finally:
            self._pieces.put_nowait(None)

    def _tell(self, step: WritingStep, shop: ShopView) -> None:
        if not isinstance(step, Complete):  # it is in the answer
            self._pieces.put_nowait(_piece(step, shop.catalogue))

    async def begun(self) -> None:
        """Wait for the first piece: what goes wrong before it has a status of its own.

        Raises:
            BundlesmithError: what went wrong.
        """
        try:
            self._first = await self._pieces.get()
        except asyncio.CancelledError:
            self._task.cancel()
            raise
        if self.error is not None:
            raise self.error
        if self._first is None:
            await self._task

    async def pieces(self) -> AsyncGenerator[Piece]:
        """All pieces; closing it gives the answer up."""
        try:
            piece = self._first
            while piece is not None:
                yield piece
                piece = await self._pieces.get()
            await self._task
        finally:
            self._task.cancel()


def _piece(step: WritingStep, catalogue: Listed) -> Piece:
    if isinstance(step, ItemStep):
        return "item", {"bundle": step.bundle, "item": item_values(step.item, catalogue)}
    if isinstance(step, Chosen):
        items = [item_values(item, catalogue) for item in step.items]
        return "bundle", {"bundle": step.bundle, "items": items, "total": total(step.items, catalogue)}
    return "words", asdict(step)


async def _events(told: StreamedAnswer) -> AsyncGenerator[str]:
    async for name, values in told.pieces():
        yield f"event: {name}\ndata: {json.dumps(values, ensure_ascii=False)}\n\n"
