"""What every engine that serves does: write an answer token by token, beside others that come and go."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bundlesmith.decoding.engine import FinishedAnswer, GenerationRequest
from bundlesmith.errors import BundlesmithError


class EngineGoneError(BundlesmithError):
    """The engine isn't there."""


class EngineLoadingError(EngineGoneError):
    """The engine isn't there yet: it is being loaded."""


class EngineRestartingError(EngineGoneError):
    """The engine died, and is being started again."""


@dataclass(frozen=True, slots=True)
class Token:
    """One written token, and its log-probability by the model alone: over all tokens, without rules and noise.

    A token that was forced may have 0: the model needn't be asked.
    """

    token: int
    logprob: float


class EngineState(StrEnum):
    """How an engine is."""

    LOADING = "loading"
    READY = "ready"
    GONE = "gone"


class Writer(Protocol):
    """An engine that serves.

    Attributes:
        restarts: whether it is started again by us when it dies.
    """

    restarts: bool

    @property
    def state(self) -> EngineState:
        """How it is now."""
        ...

    async def start(self) -> None:
        """Load, and return when it is ready. From then on it is watched, and started again whenever it dies."""
        ...

    def write(self, generation: GenerationRequest) -> AsyncGenerator[Token, None]:
        """The answer's tokens as they are written, up to the decoder's end; closing the generator frees its place.

        Raises:
            EngineGoneError: if the engine isn't ready, or dies meanwhile.
        """
        ...

    async def stop(self, grace: float) -> None:
        """Finish what is being written, for at most *grace* seconds, and end."""
        ...


def clear(error: BundlesmithError, writer: Writer) -> BundlesmithError:
    """An error of an engine; if it isn't there, one that says whether to wait for it."""
    if type(error) is not EngineGoneError:
        return error
    if writer.state is EngineState.LOADING:
        return EngineLoadingError(error.what, "Wait until it is loaded.")
    return EngineRestartingError(error.what, error.fix) if writer.restarts else error


@runtime_checkable
class LikelihoodReader(Protocol):
    """An engine that can be asked what its model thinks, so that bundles can be attributed to their requests."""

    def reads(self, prompts: Sequence[Sequence[int]], answer: Sequence[int]) -> NDArray[np.float32]:
        """See `bundlesmith.decoding.likelihood.logits_before`.

        Raises:
            EngineGoneError: if the engine isn't ready.
        """
        ...


@runtime_checkable
class Searcher(Protocol):
    """An engine that can search for the likeliest answers with beams, besides writing one."""

    async def search(self, generations: Sequence[GenerationRequest], width: int, n: int) -> list[list[FinishedAnswer]]:
        """See `bundlesmith.decoding.engine.Engine.write`; giving it up frees its place.

        Raises:
            EngineGoneError: if the engine isn't ready, or fails.
        """
        ...


class NoRankerError(BundlesmithError):
    """No ranker chooses, and the engine can't search."""


def searcher(writer: Writer, run: str, folder: Path) -> Searcher:
    """An engine that searches.

    Args:
        writer: the engine.
        run, folder: the name of its run and where it lies, for the error.

    Raises:
        NoRankerError: if it can't.
    """
    if isinstance(writer, Searcher):
        return writer
    raise NoRankerError(
        f'"{run}" has no ranker, and its engine ({type(writer).__name__}) can\'t search for the likeliest items.',
        f'`bundlesmith rank --run {folder} --data DATA` makes a ranker; the engine "transformers" does without.',
    )
