"""The engine in process that serves, against a plain loop: the model reads all tokens anew at each step."""

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from bundlesmith.decoding.engine import FinishedAnswer, GenerationRequest
from bundlesmith.decoding.noise import SILENCE, Noise
from bundlesmith.decoding.steering import ConstrainedRow
from bundlesmith.decoding.writer import EngineGoneError, EngineState
from bundlesmith.engines.transformers_writer import TransformersWriter
from bundlesmith.pipeline.ask import Ask
from bundlesmith.recommender import Recommender

ASKS = [
    Ask(words="camping for two", size="2:4", budget=300),
    Ask(words="coffee", size="3"),
    Ask(size="2:5"),
    Ask(words="a present for a cyclist, with everything that one needs on a long way", size="2:3"),
    Ask(words="coffee", size="2"),
]


def generation(recommender: Recommender, ask: Ask, talk: bool = True, noise: Noise = SILENCE) -> GenerationRequest:
    return recommender.openings.generation(ask.request(recommender.run), talk, noise)


@torch.inference_mode()
def plainly(model: Any, generation: GenerationRequest) -> list[int]:
    written: list[int] = []
    row = ConstrainedRow(generation.decoder, written, generation.noise)
    while not row.done:
        tokens, bias = row.allowed()
        logits = model(torch.tensor([[*generation.prompt, *written]])).logits[0, -1].numpy()[tokens]
        written.append(int(tokens[np.argmax(logits + (0 if bias is None else bias))]))
    return written


async def all_of(writer: TransformersWriter, generation: GenerationRequest, wait: float = 0) -> list[int]:
    await asyncio.sleep(wait)
    return [token.token async for token in writer.write(generation)]


@pytest.fixture(scope="module")
def model(recommender: Recommender) -> Any:
    engine: Any = recommender.engine
    return engine.model


def started(model: Any, places: int) -> TransformersWriter:
    return TransformersWriter(lambda: model, places)


def test_answers_that_come_and_go_together_are_those_that_each_would_have_alone(
    recommender: Recommender, model: Any
) -> None:
    noises = [SILENCE, Noise(1.0, 5), Noise(0.7, 6)]
    generations = [generation(recommender, ask, at % 3 > 0, noises[at % 3]) for at, ask in enumerate(ASKS * 2)]

    async def together() -> list[list[int]]:
        writer = started(model, places=3)
        await writer.start()
        found = await asyncio.gather(*(all_of(writer, each, 0.01 * at) for at, each in enumerate(generations)))
        await writer.stop(5)
        return found

    assert asyncio.run(together()) == [plainly(model, each) for each in generations]


def test_log_probabilities_are_the_models_own_over_all_tokens(recommender: Recommender, model: Any) -> None:
    one = generation(recommender, ASKS[0], talk=False)

    async def write() -> list[Any]:
        writer = started(model, places=2)
        await writer.start()
        found = [token async for token in writer.write(one)]
        await writer.stop(5)
        return found

    found = asyncio.run(write())
    with torch.inference_mode():
        first = torch.log_softmax(model(torch.tensor([list(one.prompt)])).logits[0, -1], -1)
    assert found[0].logprob == pytest.approx(float(first[found[0].token]), abs=1e-4)
    assert all(token.logprob <= 0 for token in found)


def test_who_leaves_frees_the_place(recommender: Recommender, model: Any) -> None:
    async def leave() -> list[int]:
        writer = started(model, places=1)
        await writer.start()
        async for _ in writer.write(generation(recommender, ASKS[3])):
            break
        found = await asyncio.wait_for(all_of(writer, generation(recommender, ASKS[1])), 20)
        await writer.stop(5)
        return found

    assert asyncio.run(leave()) == plainly(model, generation(recommender, ASKS[1]))


def test_an_engine_that_is_not_ready_says_so(recommender: Recommender, model: Any) -> None:
    async def early() -> None:
        writer = started(model, places=1)
        assert writer.state is EngineState.LOADING
        with pytest.raises(EngineGoneError, match="loading"):
            await all_of(writer, generation(recommender, ASKS[0]))
        await writer.start()
        await writer.stop(5)
        with pytest.raises(EngineGoneError, match="gone"):
            await all_of(writer, generation(recommender, ASKS[0]))

    asyncio.run(early())


def test_a_failure_reaches_those_who_wait_and_the_next_answer_is_written(recommender: Recommender, model: Any) -> None:
    async def fail() -> list[int]:
        writer = started(model, places=2)
        await writer.start()
        bad = GenerationRequest([10**9], generation(recommender, ASKS[0]).decoder)  # no such token
        with pytest.raises(EngineGoneError, match="failed"):
            await all_of(writer, bad)
        found = await all_of(writer, generation(recommender, ASKS[1]))
        await writer.stop(5)
        return found

    assert asyncio.run(fail()) == plainly(model, generation(recommender, ASKS[1]))


def test_stopping_finishes_what_is_under_way(recommender: Recommender, model: Any) -> None:
    async def stop() -> list[int]:
        writer = started(model, places=1)
        await writer.start()
        under_way = asyncio.create_task(all_of(writer, generation(recommender, ASKS[0])))
        await asyncio.sleep(0.02)
        await writer.stop(20)
        return await under_way

    assert asyncio.run(stop()) == plainly(model, generation(recommender, ASKS[0]))


def test_a_search_finds_what_the_engine_finds_beside_answers_that_are_written(
    recommender: Recommender, model: Any
) -> None:
    generations, one = [generation(recommender, ask, False) for ask in ASKS[:2]], generation(recommender, ASKS[2])

    async def search() -> tuple[list[list[FinishedAnswer]], list[int]]:
        writer = started(model, places=2)
        await writer.start()
        found = await asyncio.gather(writer.search(generations, 6, 3), all_of(writer, one))
        await writer.stop(5)
        return found

    found, written = asyncio.run(search())
    wanted = recommender.engine.write(generations, 6, 3)
    assert [[each.tokens for each in some] for some in found] == [[each.tokens for each in some] for some in wanted]
    assert written == plainly(model, one)


def test_a_search_that_fails_or_is_given_up_leaves_the_engine_to_the_next(recommender: Recommender, model: Any) -> None:
    long = generation(recommender, Ask(size="100", in_stock=False), False)
    bad, good = replace(long, prompt=[10**9]), generation(recommender, ASKS[1], False)

    async def search() -> list[list[FinishedAnswer]]:
        writer = started(model, places=2)
        with pytest.raises(EngineGoneError, match="loading"):
            await writer.search([good], 2, 1)
        await writer.start()
        with pytest.raises(EngineGoneError, match="failed"):
            await writer.search([bad], 2, 1)
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(writer.search([long], 100, 10), 0.2)
        found = await asyncio.wait_for(writer.search([good], 6, 3), 30)  # each of the others takes minutes
        await writer.stop(5)
        return found

    (found,) = asyncio.run(search())
    assert [each.tokens for each in found] == [each.tokens for each in recommender.engine.write([good], 6, 3)[0]]
