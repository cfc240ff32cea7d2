"""The language model as it is, with examples in its prompt or none: no adapter, and the same decoding as a run.

Examples are training bundles: those most like the request, by the cosine of TF-IDF, the most alike last. (Liu et al.,
"What Makes Good In-Context Examples for GPT-3?", DeeLIO 2022; for bundles: Sun et al., SIGIR 2024)
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from bundlesmith.decoding.engine import Engine, FinishedAnswer, GenerationRequest
from bundlesmith.decoding.lexicon import ITEMS_BEGIN
from bundlesmith.encoder.embedding import item_texts
from bundlesmith.engines.transformers_engine import load_engine
from bundlesmith.eval.references.training import TrainingSplit
from bundlesmith.finetune.finetune import spell
from bundlesmith.hashes import hash_texts
from bundlesmith.prompts import prompts_hash, render
from bundlesmith.prompts.prompting import Prompter
from bundlesmith.recommendation import Recommendation
from bundlesmith.recommender import Recommender
from bundlesmith.request import Request
from bundlesmith.run import Run, load_run
from bundlesmith.settings import Examples, Settings

_VERSION = "1"
"""Goes up when answers change, so that nothing of before is used again."""
ASKED = ("untuned.jinja",)
EXAMPLE_TOKENS = 128
"""The most that all examples of a prompt may have together."""
HISTORY_TOKENS = 32
BEAMS = 6
"""Beams at least."""


@dataclass(frozen=True, slots=True)
class Shots:
    """How many examples a prompt shows: to complete a bundle, to write one, to find one among some items."""

    complete: int = 0
    generate: int = 0
    sessions: int = 0


class ExampleBundles:
    """Training bundles that have an intent, and which of them are most like a request.

    Attributes:
        usual_size: the mean size of training bundles, rounded.
    """

    def __init__(self, training: TrainingSplit) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

        pairs = zip(training.bundles, training.intents, strict=True)
        self.named = [(bundle, intent) for bundle, intent in pairs if intent]
        self.texts = item_texts(training.catalogue)
        self.usual_size = round(float(np.mean([len(bundle) for bundle in training.bundles] or [2])))
        self._model: Any = TfidfVectorizer(sublinear_tf=True)
        self._vectors = self._model.fit_transform([self._text(*each) for each in self.named]) if self.named else None

    def nearest(self, rows: Sequence[int], words: str, k: int) -> list[tuple[tuple[int, ...], str]]:
        """The *k* bundles that are most like these items and words, with their intents; the most alike first."""
        if not k or self._vectors is None:
            return []
        likeness = (self._vectors @ self._model.transform([self._text(rows, words)]).T).toarray().ravel()
        return [self.named[at] for at in np.argsort(-likeness, kind="stable")[:k].tolist()]

    def _text(self, rows: Sequence[int], words: str) -> str:
        return " ".join([words, *(self.texts[row] for row in rows)])


@dataclass(frozen=True, kw_only=True)
class Asking(Prompter):
    """Asks a model that never learnt our prompts, and shows it examples.

    Attributes:
        shown: where examples come from.
        shots: how many; fewer if `EXAMPLE_TOKENS` are full.
    """

    shown: ExampleBundles
    shots: Shots

    def request(
        self, history: Sequence[int] = (), words: str = "", items: Sequence[int] = (), only: Sequence[int] = ()
    ) -> list[int]:
        """See `Prompter.request`. Examples are like the items and words; like the history, if there is neither."""
        words = self._plain(" ".join(words.split()))
        shots = self.shots.sessions if only else self.shots.complete if items else self.shots.generate
        known = [*items, *only]
        text = render(
            "untuned",
            examples=self._examples(known if known or words else history, words, shots),
            history=self._texts(self._latest(history)),
            only=self._texts(only),
            items=self._texts(items),
            words=words,
        )
        return self._chat(text, ITEMS_BEGIN)

    def _examples(self, rows: Sequence[int], words: str, shots: int) -> list[tuple[list[str], str]]:
        """Spellings and intents, the most alike last."""
        kept: list[tuple[list[str], str]] = []
        left = EXAMPLE_TOKENS
        for bundle, intent in self.shown.nearest(rows, words, shots):
            said = self._plain(" ".join(intent.split()))
            left -= sum(len(self.lexicon.tokens[row]) + 1 for row in bundle) + len(self._encode(said)) + 6  # and marks
            if left < 0:
                break
            kept.append((self._texts(bundle), said))
        return kept[::-1]


@dataclass(frozen=True, kw_only=True)
class Untuned(Run):
    """A run without anything learnt, and how its model is asked."""

    shown: ExampleBundles
    shots: Shots

    @cached_property
    def prompter(self) -> Prompter:
        """How the model is asked."""
        tokens = self.settings.examples.history_tokens
        return Asking(self.tokenizer, self.lexicon, self.catalogue, True, tokens, shown=self.shown, shots=self.shots)


class _Writer(Recommender):
    """A recommender that keeps fewer beams, since those of a model that learnt no bundles are dear and not better."""

    def _write(self, generations: Sequence[GenerationRequest], beams: int, keep: int) -> list[list[FinishedAnswer]]:
        return super()._write(generations, min(beams, max(keep, BEAMS)), keep)


class Prompted:
    """A `Recommends` made of an untuned model, with examples or none.

    It answers as a run does. Bundles that are asked for in words are no larger than training bundles mostly are: what a
    model that learnt none finds likely is often as long as it may be.

    Attributes:
        run: the catalogue, spelt, and how the model is asked.
        engine: what writes.
        catalogue: the items of the data.
    """

    def __init__(self, run: Untuned, engine: Engine) -> None:
        self.run, self.engine, self.catalogue = run, engine, run.catalogue
        self._writer = _Writer(run, engine)

    @property
    def key(self) -> str:
        """What the model, the prompts and the examples are."""
        return hash_texts(_VERSION, self._writer.key, prompts_hash(ASKED), repr(asdict(self.run.shots)))

    @property
    def written_tokens(self) -> int:
        """How many tokens the answers have."""
        return self._writer.written_tokens

    def showing(self, shots: Shots) -> "Prompted":
        """The same model with so many examples."""
        return Prompted(replace(self.run, shots=shots), self.engine)

    def among(self, requests: Sequence[Request], items: Sequence[Sequence[str]]) -> list[list[float]]:
        """See `Recommender.score`. Of another name, since pairwise accuracy would ask for it, which is dear."""
        return self._writer.score(requests, items)

    def rank(self, requests: Sequence[Request], k: int) -> list[list[tuple[str, float]]]:
        """See `Recommender.rank`."""
        return self._writer.rank(requests, k)

    def recommend(self, requests: Sequence[Request], talk: bool = True) -> list[list[Recommendation]]:
        """See `Recommender.recommend`."""
        return self._writer.recommend([self._small(request) for request in requests], talk)

    def find(self, sessions: Sequence[Sequence[str]]) -> list[list[Recommendation]]:
        """See `Recommender.find`; an item that a session repeats counts once."""
        return self._writer.find([tuple(dict.fromkeys(items)) for items in sessions])

    def _small(self, request: Request) -> Request:
        rules = request.rules
        most = max(self.run.shown.usual_size, rules.min_items, len(request.items) + 1)
        return replace(request, rules=replace(rules, max_items=min(rules.max_items, most)))


def untuned(data: Path, training: TrainingSplit, base: str) -> Prompted:
    """A base model as it is, without examples; the spelt catalogue is kept in the training's work folder.

    Raises:
        BundlesmithError: if the model can't be loaded, or has no chat template.
    """
    settings = Settings(base=base, examples=Examples(history_tokens=HISTORY_TOKENS))
    folder = training.work / f"untuned-{hash_texts(training.hash, settings.model_dump_json(), prompts_hash())}"
    if not (folder / "run.json").exists():
        spell(data, folder, settings, Console(quiet=True))
    made = load_run(folder)
    run = Untuned(made.folder, made.settings, made.made, shown=ExampleBundles(training), shots=Shots())
    return Prompted(run, load_engine(run))
