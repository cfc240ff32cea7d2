"""An answer that an engine elsewhere writes, read along by the request's own decoder: what may not come is an error."""

from collections.abc import AsyncGenerator

from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.writer import EngineGoneError, Token
from bundlesmith.errors import BundlesmithError

CUT_OFF = frozenset({"abort", "error"})
"""The `finish_reason`s of answers that vLLM gave up, since it ends or fails: the rest may be asked for again."""


class EngineBusyError(BundlesmithError):
    """The engine's own queue is full; nothing was written."""


class OffGrammarError(BundlesmithError):
    """The engine wrote what the request's rules don't allow, or ended early: it knows another run or another shop."""


async def followed(generation: GenerationRequest, tokens: AsyncGenerator[Token, None]) -> AsyncGenerator[Token, None]:
    """The tokens up to the decoder's end; then, or when this is closed, *tokens* is closed.

    Raises:
        OffGrammarError: at a token that the decoder doesn't allow, or if they end before the answer does.
    """
    decoder = generation.decoder.copy()
    try:
        async for token in tokens:
            try:
                decoder.advance(token.token)
            except BundlesmithError as error:
                raise _off(error.what) from error
            yield token
            if decoder.done:
                return
    finally:
        await tokens.aclose()
    raise _off("it ended before its end.")


def gone(reason: str) -> EngineGoneError:
    """The error of an engine that isn't there."""
    return EngineGoneError(f"vLLM is not there: {reason.rstrip('.')}.", "It is being started again: try again soon.")


def busy(reason: str) -> EngineBusyError:
    """The error of an engine whose queue is full."""
    return EngineBusyError(f"vLLM takes no more: {reason}", "Try again soon.")


def refused(reason: str) -> BundlesmithError:
    """The error of a generation that an engine doesn't take."""
    return BundlesmithError(f"vLLM refuses it: {reason}", "Change the request, or look into vLLM's log.")


def _off(reason: str) -> OffGrammarError:
    return OffGrammarError(f"The engine's answer breaks the rules of its generation: {reason}", "Ask again.")


def last_token(generation: GenerationRequest) -> int:
    """The token with which the answer to a generation is complete, and which stands nowhere else in it."""
    marks = generation.decoder.grammar.marks
    return marks.line if generation.decoder.grammar.talk is None else marks.end
