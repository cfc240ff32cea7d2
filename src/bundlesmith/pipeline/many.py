"""Bundles for a file of requests by a batch engine, chunk by chunk, resumable.

    bundlesmith predict --run RUN --requests USERS.jsonl --out ANSWERS.jsonl --ray

Answers are collected in `.NAME.part` beside the output, which appears when all are there.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.progress import Progress

from bundlesmith.errors import BundlesmithError
from bundlesmith.files import put, read_lines, real
from bundlesmith.hashes import hash_texts
from bundlesmith.pipeline.answers import bundle_values, told_values
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.batch import WriteAll, write_all
from bundlesmith.pipeline.opening import Openings
from bundlesmith.pipeline.writing import Manner, Writing
from bundlesmith.run import Run
from bundlesmith.shop.live_shop import LiveShop

CHUNK = 5000
"""Requests that are open at a time: each holds a vector over the catalogue."""


def answer_all(
    name: str, run: Run, asks: Sequence[Ask], manner: Manner, out: Path, engine: AbstractContextManager[WriteAll]
) -> int:
    """Answer requests, and write a line for each, in their order: its number, its user and its bundles, or an error.

    Args:
        name: by which the engine knows the run.
        run: what writes.
        asks: what is asked.
        manner: how; a request's seed is that of the manner and its number.
        out: the file to write; what an earlier attempt with the same requests wrote beside it is kept.
        engine: is entered if something is left to be written.

    Returns:
        how many requests couldn't be met.

    Raises:
        BundlesmithError: if the answers can't be written.
    """
    part = real(out).with_name(f".{real(out).name}.part")
    key = hash_texts(json.dumps([str(run.made["key"]), repr(manner), [ask.model_dump() for ask in asks]]))
    lines = _before(part, key)
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_text("".join(line + "\n" for line in [key, *lines]), encoding="utf-8")
        if len(lines) < len(asks):
            with engine as write, Progress() as progress:
                bar = progress.add_task("requests", total=len(asks), completed=len(lines))
                for start in range(len(lines), len(asks), CHUNK):
                    found = _chunk(name, run, asks[start : start + CHUNK], manner, start, write)
                    lines += found
                    with part.open("a", encoding="utf-8") as more:
                        more.writelines(line + "\n" for line in found)
                    progress.advance(bar, len(found))
        part.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        put(part, out)
    except OSError as error:
        raise BundlesmithError(f'"{out}" could not be written: {error.strerror}.', "Free some space.") from error
    return sum('"error":' in line.partition('"bundles":')[0] for line in lines)


def _before(part: Path, key: str) -> list[str]:
    """The whole lines of an earlier attempt at the same."""
    found = read_lines(part) if part.exists() else []
    if not found or found[0] != key:
        return []
    whole = part.read_text(encoding="utf-8").endswith("\n")
    return found[1:] if whole else found[1:-1]


def _chunk(name: str, run: Run, asks: Sequence[Ask], manner: Manner, start: int, write: WriteAll) -> list[str]:
    openings = Openings(LiveShop(run).view(), name)
    opened = [_opened(openings, ask, replace(manner, seed=manner.seed + start + at)) for at, ask in enumerate(asks)]
    writings = [one for one in opened if isinstance(one, Writing)]
    found = iter(asyncio.run(write_all(writings, write)))
    rows: list[dict[str, Any]] = []
    for at, (ask, one) in enumerate(zip(asks, opened, strict=True)):
        row: dict[str, Any] = {"request": start + at, "user": ask.user}
        if isinstance(one, Writing):
            catalogue, request = openings.shop.catalogue, one.request
            row["bundles"] = [
                bundle_values(each, catalogue) | told_values(each, request, catalogue, run) for each in next(found)
            ]
        else:
            row["error"] = str(one)
        rows.append(row)
    return [json.dumps(row, ensure_ascii=False) for row in rows]


def _opened(openings: Openings, ask: Ask, manner: Manner) -> Writing | BundlesmithError:
    """A request under way, or why it can't be met: one of many mustn't end them all."""
    try:
        return Writing(openings, ask.request(openings.shop), manner)
    except BundlesmithError as error:
        return error
