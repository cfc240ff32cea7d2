"""Text from tokens that come one by one."""

from collections.abc import Callable


class IncrementalDetokenizer:
    """The text of one answer's part as its tokens come: only the latest of them are read, however long it is.

    Args:
        decode: the tokenizer's.
    """

    def __init__(self, decode: Callable[[list[int]], str]) -> None:
        self._decode, self._begun = decode, False
        self._before, self._told = 0, 0  # so many tokens were told of one time before, and are by now

    def more(self, tokens: tuple[int, ...]) -> str:
        """What is new; a character of which a piece is missing waits for it."""
        if len(tokens) == self._told:
            return ""
        known = self._decode(list(tokens[self._before : self._told]))
        text = self._decode(list(tokens[self._before :]))
        if text.endswith("\ufffd"):
            return ""
        self._before, self._told = self._told, len(tokens)
        new = text[len(known) :] if self._begun else text[len(known) :].lstrip()
        self._begun = self._begun or bool(new)
        return new
