"""Evidence of a made shop whose customers put what is of one colour into one bundle, whatever it is."""

import numpy as np

from bundlesmith.eval.references.scorer import unit
from bundlesmith.guide.evidence import Evidence, Vectors
from tests.shops import make_catalogue

COLOURS = ("red", "green", "blue", "white")
SHOP = [
    {"id": f"{colour}-{at}", "title": f"{colour} thing {at}", "category": ("Things", f"Kind {at % 3}"), "price": 1.0}
    for colour in COLOURS
    for at in range(12)
]


def coloured_evidence(sessions: int = 60, named: bool = True) -> Evidence:
    """Each session has two items of one colour, marked as a bundle, and two of another one, marked likewise."""
    drawn = np.random.default_rng(0)
    catalogue = make_catalogue(SHOP)
    texts = unit(np.array([[*np.eye(4)[row // 12], *drawn.normal(0, 0.2, 4)] for row in range(48)], np.float32))
    bundles, places, intents = [], [], []
    for _ in range(sessions):
        first, second = drawn.choice(4, 2, replace=False).tolist()
        pair, other = (tuple((12 * of + drawn.choice(12, 2, replace=False)).tolist()) for of in (first, second))
        bundles += [pair, other]
        places += [(*pair, *other)] * 2
        intents += [f"something {COLOURS[of]} for the house" if named else "" for of in (first, second)]

    def read(texts: object) -> np.ndarray:
        raise AssertionError(f"nothing is encoded here: {texts}")

    vectors = Vectors(texts, texts, np.eye(3, 8, dtype=np.float32), texts)
    return Evidence(catalogue, tuple(bundles), tuple(intents), tuple(places), vectors, read, read)
