"""The act of a message that is said in none of the grammar's ways: that of the examples whose letters it shares.

    likely_said("what would go nicely with the kettle")      Said("goes_with"), ""

A linear classifier of n-grams of letters, fitted when it is first asked: to `act_examples.yaml`, and to wishes of the
situations, which are no act.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from bundlesmith.encoder.situations import situations
from bundlesmith.understanding.acts import Said, place_of
from bundlesmith.understanding.text import fold

NO_ACT = "goods"
"""What is neither an act nor like one: wishes and changes."""
LIKELY_ENOUGH = 0.4
"""A likelier act is taken. Of wishes that it wasn't fitted to, two in a thousand are taken for one."""
PLACED = ("choice", "like")
"""Acts of which it is read which one is meant."""
_LONGEST = 200
_WISHES = 1500
_GRAMS = {"analyzer": "char_wb", "ngram_range": (1, 3), "sublinear_tf": True, "min_df": 2}
_WEAKNESS = 30.0
"""The inverse of the penalty of the weights; chosen by cross-validation."""


def likely_said(text: str) -> tuple[Said, str]:
    """What a message most likely is, and its topic if that is one; no act if none is likely."""
    act, _, topic = _likely_act(text).partition("/")
    if topic or not act:
        return Said(rest=text), topic
    return Said(act, place_of(text) if act in PLACED else None, text if act == "sells" else ""), ""


def _likely_act(text: str) -> str:
    if len(text) > _LONGEST:
        return ""
    words, acts = _fitted()
    chances = acts.predict_proba(words.transform([_plain(text)]))[0]
    act, chance = str(acts.classes_[chances.argmax()]), float(chances.max())
    return act if act != NO_ACT and chance >= LIKELY_ENOUGH else ""


def examples() -> dict[str, list[str]]:
    """What people say, by act."""
    read: dict[str, str] = yaml.safe_load(files(__package__).joinpath("act_examples.yaml").read_text("utf-8"))
    return {act: lines.splitlines() for act, lines in read.items()}


@cache
def _fitted() -> tuple[Any, Any]:
    """How texts are turned to numbers, and the classifier."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    pairs = [(text, act) for act, texts in examples().items() for text in texts]
    wishes = [text for situation in situations() for text in situation.words]
    pairs += [(text, NO_ACT) for text in wishes[:: max(len(wishes) // _WISHES, 1)]]
    words = TfidfVectorizer(**_GRAMS)
    known = words.fit_transform([_plain(text) for text, _ in pairs])
    return words, LogisticRegression(C=_WEAKNESS, max_iter=1000).fit(known, [act for _, act in pairs])


def _plain(text: str) -> str:
    """A text as its letters are compared."""
    return " ".join(fold(text).split()).strip(" .,!?。，！？")
