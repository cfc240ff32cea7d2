"""A batch of requests gets the bundles that the service would write, those that are drawn again included."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.writer import Token
from bundlesmith.engines.transformers_writer import writer_of
from bundlesmith.finetune.model import tuned_model
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.batch import write_all
from bundlesmith.pipeline.following import OffGrammarError
from bundlesmith.pipeline.opening import Openings
from bundlesmith.pipeline.writing import Manner, Writing
from bundlesmith.recommendation import Recommendation
from bundlesmith.run import load_run
from bundlesmith.shop.live_shop import LiveShop, ShopView
from tests.engines.vllm_orders import plainly

WORDS = ("camping for two", "coffee", "")


@pytest.fixture(scope="module")
def view(tiny_run: Path) -> ShopView:
    return LiveShop(load_run(tiny_run)).view()


def writings(view: ShopView) -> list[Writing]:
    """Requests of which some have few bundles, so that some are drawn again."""
    few = list(view.run.catalogue.ids[:3])
    asks = [Ask(words=words, size="2:3", n=3) for words in WORDS] + [Ask(size="2", only=few, in_stock=False, n=3)]
    return [Writing(Openings(view, "demo"), ask.request(view), Manner()) for ask in asks]


async def in_service(view: ShopView) -> list[list[Recommendation]]:
    writer = writer_of(view.run, 8)
    await writer.start()
    found = [await writing.run(writer, lambda step: None) for writing in writings(view)]
    await writer.stop(5)
    return found


@pytest.mark.slow
def test_a_batch_is_written_as_the_service_writes(view: ShopView) -> None:
    model = tuned_model(view.run.folder, view.run.settings, view.run.tokenizer)
    batches: list[int] = []

    def write(generations: Sequence[GenerationRequest]) -> list[list[Token]]:
        batches.append(len(generations))
        return [plainly(model, one) for one in generations]

    found = asyncio.run(write_all(writings(view), write))
    wanted = asyncio.run(in_service(view))
    assert [[bundle.items for bundle in one] for one in found] == [[bundle.items for bundle in one] for one in wanted]
    scores = [[bundle.score for one in each for bundle in one] for each in (found, wanted)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-3)
    assert [bundle.explanation for one in found for bundle in one] == [b.explanation for one in wanted for b in one]
    assert batches[0] == 12 and len(batches) > 1 and all(size < 12 for size in batches[1:])


def test_what_the_rules_do_not_allow_is_not_taken(view: ShopView) -> None:
    def write(generations: Sequence[GenerationRequest]) -> list[list[Token]]:
        return [[Token(5, 0.0)] * 9 for _ in generations]

    with pytest.raises(OffGrammarError):
        asyncio.run(write_all(writings(view)[:1], write))
