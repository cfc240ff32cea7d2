"""The one error that users see: what is wrong, with the value, and what to do about it."""

from collections.abc import Sequence


class BundlesmithError(Exception):
    """Bad input or a request that can't be met; the command line prints it and exits with 2.

    Args:
        what: what is wrong, with the value that was given.
        fix: what to do about it, one sentence.
    """

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(f"{what} {fix}".strip())
        self.what = what
        self.fix = fix


class DivergedError(BundlesmithError):
    """A training whose loss or weights are no numbers any more: nothing can be learnt from there."""


def need(package: str, user: str, extra: str) -> None:
    """Check that a package of an extra is installed.

    Args:
        package: the name by which it is imported.
        user: what needs it, as it is written.
        extra: the extra that brings it.

    Raises:
        BundlesmithError: if it isn't.
    """
    from importlib.util import find_spec

    try:
        there = find_spec(package) is not None
    except ModuleNotFoundError:  # of a package around it
        there = False
    if not there:
        raise BundlesmithError(f"{package} is not installed, and {user} needs it.", f"Install the extra {extra}.")


def nearest(word: str, words: Sequence[str]) -> str:
    """Return `Did you mean "x"?` for the closest of *words*, or the first of them if none is close.

    Close is what shares half of its letters in their order with *word*: 2 M / T of `fuzz.ratio`.
    """
    from rapidfuzz import fuzz, process

    close = process.extractOne(word, words, scorer=fuzz.ratio, score_cutoff=50)
    if close:
        return f'Did you mean "{close[0]}"?'
    shown = ", ".join(words[:10]) + (", …" if len(words) > 10 else "")
    return f"Known: {shown}."
