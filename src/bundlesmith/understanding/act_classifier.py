"""The act of a message that is said in none of the grammar's ways: that of the examples whose letters it shares.

    likely_said("what would go nicely with the kettle")      Said("goes_with"), ""
    python -m bundlesmith.understanding.act_classifier       fits it anew, in some seconds

A linear classifier of n-grams of letters, fitted to `act_examples.yaml`, and to wishes of the situations, which are no
act. The package ships its weights: no process fits it while the first message waits.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bundlesmith.encoder.situations import situations, situations_hash
from bundlesmith.errors import BundlesmithError
from bundlesmith.hashes import hash_texts
from bundlesmith.understanding.acts import Said, place_of
from bundlesmith.understanding.text import fold

NO_ACT = "goods"
"""What is neither an act nor like one: wishes and changes."""
LIKELY_ENOUGH = 0.4
"""A likelier act is taken. Of wishes that it wasn't fitted to, two in a thousand are taken for one."""
PLACED = ("choice", "like")
"""Acts of which it is read which one is meant."""
WEIGHTS = Path(__file__).with_suffix(".npz")
_LONGEST = 200
_WISHES = 1500
_WEAKNESS = 30.0
"""The inverse of the penalty of the weights; chosen by cross-validation."""


def likely_said(text: str) -> tuple[Said, str]:
    """What a message most likely is, and its topic if that is one; no act if none is likely."""
    act, _, topic = _likely_act(text).partition("/")
    if topic or not act:
        return Said(rest=text), topic
    return Said(act, place_of(text) if act in PLACED else None, text if act == "sells" else ""), ""


def _likely_act(text: str) -> str:
    from scipy.special import softmax

    if len(text) > _LONGEST:
        return ""
    grams, weights, acts = _fitted()
    chances = softmax(np.append(grams.transform([_plain(text)]).toarray()[0], 1) @ weights)
    act, chance = str(acts[chances.argmax()]), float(chances.max())
    return act if act != NO_ACT and chance >= LIKELY_ENOUGH else ""


def examples() -> dict[str, list[str]]:
    """What people say, by act."""
    read: dict[str, str] = yaml.safe_load(files(__package__).joinpath("act_examples.yaml").read_text("utf-8"))
    return {act: lines.splitlines() for act, lines in read.items()}


@cache
def _fitted() -> tuple[Any, Any, Any]:
    """How texts are turned to N numbers; [N + 1, acts], their weights, the last for all texts; and the acts.

    Raises:
        BundlesmithError: if the weights are of other examples or situations.
    """
    with np.load(WEIGHTS) as made:
        if str(made["key"]) != _key():
            what = f"{WEIGHTS} holds the weights of other examples, or of other situations."
            raise BundlesmithError(what, "Make them anew: `python -m bundlesmith.understanding.act_classifier`.")
        grams = _grams(vocabulary={gram: at for at, gram in enumerate(made["grams"].tolist())})
        grams.idf_ = made["idf"]
        return grams, made["weights"], made["acts"]


def write_weights() -> None:
    """Fit the classifier, and write the weights that the package ships."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    pairs = [(_plain(text), act) for act, texts in examples().items() for text in texts]
    wishes = [text for situation in situations() for text in situation.words]
    pairs += [(_plain(text), NO_ACT) for text in wishes[:: max(len(wishes) // _WISHES, 1)]]
    grams = _grams(min_df=2)
    known = grams.fit_transform([text for text, _ in pairs])
    fitted = LogisticRegression(C=_WEAKNESS, max_iter=1000).fit(known, [act for _, act in pairs])
    weights = np.vstack([fitted.coef_.T, fitted.intercept_]).astype(np.float32)
    names, acts = grams.get_feature_names_out().astype(np.str_), fitted.classes_.astype(np.str_)
    np.savez_compressed(WEIGHTS, key=_key(), grams=names, idf=grams.idf_, weights=weights, acts=acts)


def _grams(**options: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

    return TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True, **options)


def _key() -> str:
    told = [text for act, texts in examples().items() for text in (act, *texts)]
    return hash_texts(situations_hash(), str(_WISHES), str(_WEAKNESS), *told)


def _plain(text: str) -> str:
    """A text as its letters are compared."""
    return " ".join(fold(text).split()).strip(" .,!?。，！？")


if __name__ == "__main__":
    write_weights()
