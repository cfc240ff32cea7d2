"""From histories and bundles to training examples: prompt and answer as tokens, several kinds in one mix.

An epoch's examples follow from the data, the settings and the epoch's number.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bundlesmith.data.cases import Case
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.decoding.lexicon import Lexicon
from bundlesmith.decoding.spelling import words_of
from bundlesmith.explain.facts import facts_of_rows
from bundlesmith.explain.roles import shipped_roles
from bundlesmith.explain.sentences import explanations
from bundlesmith.finetune.augment import paraphrased, sub_bundle, thinned
from bundlesmith.prompts.prompting import Prompter
from bundlesmith.settings import Examples

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

FREE = -1


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt and its answer.

    Attributes:
        kind: history, request, rest, session, explain or spell.
        prompt, answer: token ids.
        nodes: for each token of the answer the trie's node before it, or FREE where any token may stand.
    """

    kind: str
    prompt: list[int]
    answer: list[int]
    nodes: list[int]


class ExampleWriter:
    """Turns cases into examples of each kind."""

    def __init__(
        self,
        lexicon: Lexicon,
        catalogue: Catalogue,
        tokenizer: "PreTrainedTokenizerBase",
        chat: bool,
        settings: Examples,
    ) -> None:
        self.lexicon, self.catalogue, self.tokenizer, self.settings = lexicon, catalogue, tokenizer, settings
        self.prompter = Prompter(tokenizer, lexicon, catalogue, chat, settings.history_tokens)

    def epoch(self, cases: Iterable[Case], seed: int) -> Iterator[Example]:
        """One epoch's examples, one at a time, in the data's order; the same for the same cases, settings and seed."""
        rng = random.Random(seed)
        for case in cases:
            yield from self.of_case(case, rng)
        for row in range(len(self.catalogue)):
            yield from (self.spelling(row) for _ in range(_times(self.settings.mix.spell, rng)))

    def of_case(self, case: Case, rng: random.Random) -> Iterator[Example]:
        """The examples of one bundle, as many of each kind as the mix says."""
        mix = self.settings.mix
        kinds: list[tuple[Callable[[Case, random.Random], Example], float]] = []
        if case.history:
            kinds.append((self.history, mix.history))
        if case.intent:
            kinds += [(self.request, mix.request), (self.explain, mix.explain)]
        if len(case.session) > 2:
            kinds.append((self.session, mix.session))
        for write, times in kinds:
            yield from (write(case, rng) for _ in range(_times(times, rng)))
        yield from self.rests(case, rng, _times(mix.rest, rng))

    def history(self, case: Case, rng: random.Random) -> Example:
        """History to bundle."""
        case = sub_bundle(case, self.settings.sub_bundles, rng)
        history = thinned(case.history, self.settings.drop_history, rng)
        return self._bundle("history", self.prompter.request(history), case, case.bundle, rng)

    def request(self, case: Case, rng: random.Random) -> Example:
        """Words, and mostly a history, to bundle."""
        case = sub_bundle(case, self.settings.sub_bundles, rng)
        prompt = self.prompter.request(self._history(case, rng), self._words(case, rng))
        return self._bundle("request", prompt, case, case.bundle, rng)

    def rests(self, case: Case, rng: random.Random, times: int) -> Iterator[Example]:
        """A part of the bundle to its rest: mostly one item is left out, each in turn, sometimes more."""
        left_out = rng.sample(case.bundle, len(case.bundle))
        for turn in range(min(times, len(case.bundle))):
            rest = [left_out[turn]]
            if len(case.bundle) > 2 and rng.random() < 0.25:
                others = [row for row in case.bundle if row not in rest]
                rest += rng.sample(others, rng.randint(1, len(others) - 1))
            given = rng.sample([row for row in case.bundle if row not in rest], len(case.bundle) - len(rest))
            words = "" if rng.random() < self.settings.blank_words else self._words(case, rng)
            prompt = self.prompter.request(self._history(case, rng), words, given)
            yield self._bundle("rest", prompt, case, rest, rng)

    def session(self, case: Case, rng: random.Random) -> Example:
        """The items of one session to a bundle in it."""
        case = sub_bundle(case, self.settings.sub_bundles, rng)
        only = rng.sample(case.session, len(case.session))
        return self._bundle("session", self.prompter.request(only=only), case, case.bundle, rng)

    def explain(self, case: Case, rng: random.Random) -> Example:
        """A bundle to its intent and explanation."""
        shown = rng.sample(case.bundle, len(case.bundle))
        answer = self._talk(case, shown, rng)
        return Example("explain", self.prompter.explain(shown), answer, [FREE] * len(answer))

    def spelling(self, row: int) -> Example:
        """Title and category to spelling."""
        answer, nodes = self.items([row])
        return Example("spell", self.prompter.spell(row), answer, nodes)

    def _history(self, case: Case, rng: random.Random) -> Sequence[int]:
        if rng.random() < self.settings.blank_history:
            return ()
        return thinned(case.history, self.settings.drop_history, rng)

    def _words(self, case: Case, rng: random.Random) -> str:
        return paraphrased(case.intent, self.settings.paraphrase, rng)

    def _bundle(self, kind: str, prompt: list[int], case: Case, rows: Sequence[int], rng: random.Random) -> Example:
        """The answer's items in a random order: a set has none. Some answers go on to intent and explanation."""
        order = rng.sample(rows, len(rows))
        answer, nodes = self.items(order)
        if case.intent and rng.random() < self.settings.talk_share:
            given = [row for row in case.bundle if row not in rows]
            talk = self._talk(case, given + order, rng)
            answer, nodes = answer + talk, nodes + [FREE] * len(talk)
        return Example(kind, prompt, answer, nodes)

    def items(self, rows: Sequence[int]) -> tuple[list[int], list[int]]:
        """The tokens that write these items in this order, up to the line's end; and the trie's node before each."""
        answer: list[int] = []
        nodes: list[int] = []
        for row in rows:
            tokens = self.lexicon.tokens[row]
            answer += [*tokens, self.lexicon.marks.separator]
            nodes += self.lexicon.trie.path(tokens)
        answer[-1] = self.lexicon.marks.line
        return answer, nodes

    def _talk(self, case: Case, rows: Sequence[int], rng: random.Random) -> list[int]:
        marks = self.lexicon.marks
        facts = facts_of_rows(rows, self.catalogue, case.history)
        said = case.explanation or rng.choice(explanations(facts, "en", shipped_roles())).text
        intent, explanation = self.prompter.said([" ".join(words_of(case.intent)[:8]), said])
        begun = [*marks.intent, *intent, marks.line]
        if rng.random() >= self.settings.explanations:
            return begun
        return [*begun, *marks.explanation, *explanation, marks.end]


def _times(expected: float, rng: random.Random) -> int:
    """A whole number with this expectation: 1.3 is 1, and in three of ten cases 2."""
    return int(expected) + (rng.random() < expected % 1)
