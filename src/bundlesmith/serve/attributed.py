"""Attributions of the bundles of an answer, asked of what chose them: the ranker, or the engine's model."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.decoding.writer import LikelihoodReader
from bundlesmith.errors import BundlesmithError
from bundlesmith.pipeline.attribution import Attribution, Chances, Likelihood, attribute
from bundlesmith.pipeline.writing import Writing
from bundlesmith.recommendation import Recommendation
from bundlesmith.serve.admission import while_awaited
from bundlesmith.serve.live_run import LiveRun


async def attributed(
    run: LiveRun,
    writing: Writing,
    found: Sequence[Recommendation],
    in_thread: Callable[..., Awaitable[list[Attribution]]],
) -> tuple[list[list[dict[str, Any]]], float]:
    """What each part of the request weighs for each bundle, as JSON values, and the milliseconds that it took.

    If it is given up, nothing is asked any more once what is asked now is answered.

    Args:
        run, writing, found: whose bundles.
        in_thread: calls a function with arguments in a thread, whose place is kept until it ends.

    Raises:
        BundlesmithError: if the engine can't be asked.
    """
    began, openings, catalogue = time.perf_counter(), writing.openings, writing.openings.shop.catalogue
    request = writing.request

    def outside(item: str) -> str | int:
        return catalogue.outside_id(catalogue.row(item))

    weighed = []
    with while_awaited() as check:
        ranked = openings.chances([bundle.items for bundle in found], check)
        for number, bundle in enumerate(found):
            weighs = Chances(ranked, number) if ranked else _by_model(run, writing, bundle, check)
            each = await in_thread(attribute, openings, request, weighs)
            weighed.append([one.values(outside) for one in each])
    return weighed, round(1000 * (time.perf_counter() - began), 1)


def _by_model(run: LiveRun, writing: Writing, bundle: Recommendation, check: Callable[[], None]) -> Likelihood:
    """What weighs a bundle that the model chose; *check* may end it."""
    writer = run.writer
    if not isinstance(writer, LikelihoodReader):
        what = f'The engine of "{run.name}" can\'t say why it writes a bundle.'
        raise BundlesmithError(what, 'Leave "explain" out, or serve with the engine "transformers".')

    def reads(prompts: Sequence[Sequence[int]], answer: Sequence[int]) -> NDArray[np.float32]:
        check()
        return writer.reads(prompts, answer)

    return Likelihood(writing.openings, writing.request, bundle.items, reads)
