"""all-MiniLM-L6-v2 fine-tuned on training bundles: what stood together, and an intent and its items, move together."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bundlesmith.encoder.contrastive import TUNING_SEED, fit_pairs, minilm
from bundlesmith.files import written_whole
from bundlesmith.hashes import hash_texts


@dataclass(frozen=True, slots=True)
class Tuning:
    """How it is fine-tuned: passes over the bundles, pairs in a batch, the peak learning rate, tokens of a text."""

    epochs: int = 1
    batch: int = 32
    learning_rate: float = 3e-5
    longest: int = 48


@dataclass(frozen=True, slots=True, eq=False)
class BundledTexts:
    """What is learnt from: items as texts, and bundles of their rows, each with an intent or ""."""

    texts: Sequence[str]
    bundles: Sequence[Sequence[int]]
    intents: Sequence[str]


def tuned_encoder(together: BundledTexts, tuning: Tuning, work: Path) -> Path:
    """The folder of the fine-tuned encoder, under *work*; made if it isn't there.

    The same data, tuning and seed give the same encoder, on one machine with the same number of threads.
    """
    pairs = bundle_pairs(together, tuning.epochs)
    folder = work / f"encoder-{hash_texts(repr(tuning), *(text for pair in pairs for text in pair))}"
    if not (folder / "config.json").exists():
        with written_whole(folder) as fresh:
            _tune(pairs, tuning, fresh)
    return folder


def bundle_pairs(together: BundledTexts, epochs: int) -> list[tuple[str, str]]:
    """For each epoch and bundle: each item with another one, and the intent with an item."""
    texts = together.texts
    drawn = random.Random(TUNING_SEED)
    pairs: list[tuple[str, str]] = []
    for _ in range(epochs):
        found = []
        for bundle, intent in zip(together.bundles, together.intents, strict=True):
            order = drawn.sample(bundle, len(bundle))
            # Around the circle: each item is once asked for, and once the answer.
            found += [(texts[a], texts[b]) for a, b in zip(order, order[1:] + order[:1], strict=True)]
            found += [(intent, texts[order[0]])] if intent else []
        pairs += drawn.sample(found, len(found))
    return pairs


def _tune(pairs: Sequence[tuple[str, str]], tuning: Tuning, folder: Path) -> None:
    model = minilm(tuning.longest)
    fit_pairs(model, pairs, tuning.batch, tuning.learning_rate, folder)  # the pairs hold all epochs, each drawn anew
    model.save_pretrained(str(folder))
