"""Attributions of the bundles of an answer, asked of what chose them: the ranker, or the engine's model.

Knows nothing about HTTP.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from bundlesmith.errors import BundlesmithError
from bundlesmith.request import Recommendation
from bundlesmith.serve.attribution import Chances, Likelihood, Weighs, attribute
from bundlesmith.serve.live_run import Begun, LiveRun
from bundlesmith.serve.writer import Reader


async def attributed(
    run: LiveRun, begun: Begun, found: Sequence[Recommendation]
) -> tuple[list[list[dict[str, Any]]], float]:
    """What each part of the request weighs for each bundle, as JSON values, and the milliseconds that it took.

    Raises:
        BundlesmithError: if the engine can't be asked.
    """
    began, openings, catalogue = time.perf_counter(), begun.writing.openings, begun.view.catalogue
    request = begun.writing.request

    def outside(item: str) -> str | int:
        return catalogue.outside_id(catalogue.row(item))

    weighed = []
    for bundle in found:
        each = await asyncio.to_thread(attribute, openings, request, _weighs(run, begun, bundle))
        weighed.append([one.values(outside) for one in each])
    return weighed, round(1000 * (time.perf_counter() - began), 1)


def _weighs(run: LiveRun, begun: Begun, bundle: Recommendation) -> Weighs:
    openings, request = begun.writing.openings, begun.writing.request
    if openings.ranker is not None:
        return Chances(openings, bundle.items)
    if not isinstance(run.writer, Reader):
        what = f'The engine of "{run.name}" can\'t say why it writes a bundle.'
        raise BundlesmithError(what, 'Leave "explain" out, or serve with the engine "transformers".')
    return Likelihood(openings, request, bundle.items, run.writer.reads)
