"""Cases and words, varied: what makes more of few bundles. All by chances of the config, which are 0 by default.

A chance of 0 draws no random number, so turning one on leaves the others as they are.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from bundlesmith.data.cases import Case
from bundlesmith.prompts import render


def sub_bundle(case: Case, chance: float, rng: random.Random) -> Case:
    """Of 3 items or more sometimes only some, 2 at least; without the data's explanation, which may name the others."""
    if len(case.bundle) < 3 or not _happens(chance, rng):
        return case
    kept = rng.sample(range(len(case.bundle)), rng.randint(2, len(case.bundle) - 1))
    return replace(case, bundle=tuple(case.bundle[at] for at in sorted(kept)), explanation="")


def thinned(history: Sequence[int], chance: float, rng: random.Random) -> Sequence[int]:
    """The history without some items: each is left out with this chance."""
    return [row for row in history if rng.random() >= chance] if chance else history


def paraphrased(intent: str, chance: float, rng: random.Random) -> str:
    """The intent, sometimes as another customer may ask for it: in a sentence, in another order, or in fewer words."""
    if not intent or not _happens(chance, rng):
        return intent
    return rng.choice(_WAYS)(intent, rng)


def _in_a_sentence(intent: str, rng: random.Random) -> str:
    return rng.choice(render("paraphrase", intent=" ".join(intent.split())).strip().split("\n"))


def _in_another_order(intent: str, rng: random.Random) -> str:
    words = intent.split()
    return " ".join(rng.sample(words, len(words)))


def _in_fewer_words(intent: str, rng: random.Random) -> str:
    words = intent.split()
    if len(words) > 1:
        del words[rng.randrange(len(words))]
    return " ".join(words)


_WAYS: tuple[Callable[[str, random.Random], str], ...] = (_in_a_sentence, _in_another_order, _in_fewer_words)


def _happens(chance: float, rng: random.Random) -> bool:
    return chance > 0 and rng.random() < chance
