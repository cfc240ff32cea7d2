"""The rules that stand in a request's words, for doors that hold no conversation: the API, the command line, MCP.

    ask, phrases = with_rules(Ask(words="camping for two, under 200"), {"words"}, words)
    ask      words="camping for two", budget=200

A rule that is given as a field wins over the words.
"""

from collections.abc import Collection
from dataclasses import replace

from bundlesmith.pipeline.ask import Ask
from bundlesmith.understanding.change import Phrase
from bundlesmith.understanding.personal import without_personal
from bundlesmith.understanding.spelling import mended
from bundlesmith.understanding.understand import understand
from bundlesmith.understanding.words import CatalogueWords

NOT_RULES = frozenset({"user", "history", "language"})


def with_rules(ask: Ask, given: Collection[str], words: CatalogueWords) -> tuple[Ask, tuple[Phrase, ...]]:
    """A request with the rules of its words.

    Args:
        ask: the request.
        given: the names of its fields that were given.
        words: those of the catalogue.

    Returns:
        the request, its words without what became rules; and what was understood.
    """
    if not ask.words.strip():
        return ask, ()
    text = mended(without_personal(ask.words), words)
    understood = understand(text, words, ask.model_copy(update={"words": ""}))
    fixed = (set(given) | NOT_RULES) - {"words"}
    values = {name: getattr(understood.ask, name) for name in Ask.model_fields if name not in fixed}
    phrases = tuple(
        replace(phrase, changes=tuple(change for change in phrase.changes if change.field not in fixed))
        for phrase in understood.phrases
    )
    told = (
        phrase for phrase, whole in zip(phrases, understood.phrases, strict=True) if phrase.changes or not whole.changes
    )
    return ask.model_copy(update=values), tuple(told)
