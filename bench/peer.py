"""The obvious alternative without vLLM: transformers' `generate` with `prefix_allowed_tokens_fn`, behind HTTP.

    python -m bench.peer RUN --port 8101 --batch 16

Requests that wait are written together, up to so many (1: each alone), and the next ones wait until they are done. What
may come next is known from our own decoder, so its answers are as valid as ours; items are told of as they are decided.
"""

import argparse
import asyncio
import json
import queue
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundlesmith.decoding.decoder import AnswerPart, Decoder
from bundlesmith.finetune.model import tuned_model
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.opening import Openings
from bundlesmith.run import load_run
from bundlesmith.shop.live_shop import LiveShop

if TYPE_CHECKING:
    import torch

MOST_TOKENS = 200


@dataclass(slots=True)
class Answer:
    """One answer as it is written."""

    prompt: list[int]
    decoder: Decoder
    loop: asyncio.AbstractEventLoop
    said: "asyncio.Queue[dict[str, Any]]" = field(default_factory=asyncio.Queue)
    read: int = 0

    def say(self, event: str, **values: Any) -> None:
        self.loop.call_soon_threadsafe(self.said.put_nowait, {"event": event, **values})


class Writer:
    """Writes answers in a thread."""

    def __init__(self, folder: Path, batch: int) -> None:
        self.run, self.batch = load_run(folder), batch
        self.openings = Openings(LiveShop(self.run).view())
        self.model: Any = tuned_model(folder, self.run.settings, self.run.tokenizer).eval()
        self.waiting: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()

    def begin(self, ask: Ask, loop: asyncio.AbstractEventLoop) -> Answer:
        """Let a request wait for its turn."""
        request = ask.request(self.openings.shop)
        answer = Answer(self.openings.prompt(request), self.openings.decoder(request, True), loop)
        self.waiting.put(answer)
        return answer

    def _write(self) -> None:
        while True:
            batch = [self.waiting.get()]
            while len(batch) < self.batch and not self.waiting.empty():
                batch.append(self.waiting.get())
            try:
                self._generate(batch)
            except Exception as error:
                for answer in batch:
                    answer.say(f"{type(error).__name__}: {error}")

    def _generate(self, batch: list[Answer]) -> None:
        import torch
        from transformers import GenerationConfig

        end, most = self.run.lexicon.marks.end, max(len(answer.prompt) for answer in batch)
        ids = torch.tensor([[end] * (most - len(answer.prompt)) + answer.prompt for answer in batch])
        seen = torch.tensor([[0] * (most - len(a.prompt)) + [1] * len(a.prompt) for a in batch])

        def allowed(row: int, tokens: "torch.Tensor") -> list[int]:
            return self._allowed(batch[row], tokens[most:])

        config = GenerationConfig(max_new_tokens=MOST_TOKENS, do_sample=False, eos_token_id=end, pad_token_id=end)
        with torch.inference_mode():
            self.model.generate(ids, attention_mask=seen, generation_config=config, prefix_allowed_tokens_fn=allowed)
        for answer in batch:
            if not answer.decoder.done:  # its end was the last token, which nobody asked about
                answer.decoder.advance(end)
                self._done(answer)

    def _allowed(self, answer: Answer, written: "torch.Tensor") -> list[int]:
        decoder = answer.decoder
        for token in written[answer.read :].tolist():
            if decoder.done:
                break
            before, part = len(decoder.taken), decoder.part
            decoder.advance(token)
            if len(decoder.taken) > before:
                answer.say("item")
            if part is AnswerPart.ITEMS and decoder.part is not AnswerPart.ITEMS:
                answer.say("bundle")
            if decoder.done:
                self._done(answer)
        answer.read = len(written)
        return [self.run.lexicon.marks.end] if decoder.done else decoder.allowed().tolist()

    def _done(self, answer: Answer) -> None:
        decoder, tokenizer = answer.decoder, self.run.tokenizer
        items = [self.openings.item(position) for position in decoder.taken]
        said = f"{tokenizer.decode(list(decoder.intent))} {tokenizer.decode(list(decoder.text))}"
        answer.say("done", items=items, said=said)


def app_of(writer: Writer) -> Any:
    """The HTTP service."""
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse

    app = FastAPI()

    @app.get("/readyz")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/generate")
    async def generate(ask: Ask) -> StreamingResponse:
        answer = await asyncio.to_thread(writer.begin, ask, asyncio.get_running_loop())
        return StreamingResponse(_lines(answer), media_type="application/x-ndjson")

    return app


async def _lines(answer: Answer) -> AsyncIterator[str]:
    while True:
        said = await answer.said.get()
        yield json.dumps(said) + "\n"
        if said["event"] not in ("item", "bundle"):
            return


def main() -> None:
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--batch", type=int, default=16)
    given = parser.parse_args()
    uvicorn.run(app_of(Writer(given.run, given.batch)), port=given.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
