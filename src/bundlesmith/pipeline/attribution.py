"""Why a bundle: how much each item of the history, each word and each rule of a request speaks for it.

    attribute(openings, request, Chances(openings.chances([bundle.items])))                        # each left out alone
    attribute(openings, request, Likelihood(openings, request, bundle.items, reads), permutations=8)  # Shapley values

What a part weighs is the log-probability of the bundle with it less that without it, in nats; above 0 it speaks for
the bundle. Log-probabilities are those by which the bundle was chosen: the ranker's, among what the rules allow next;
or, in a run without one, the model's, over what the rules allow at each token. So a rule weighs what it took from other
items. *reads* is `bundlesmith.decoding.likelihood.logits_before` of a model.
"""

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from bundlesmith.constraints.rules import ASKED_ALIKE, FLAGS, Rules
from bundlesmith.decoding.beams import log_softmax
from bundlesmith.decoding.decoder import Decoder
from bundlesmith.explain.facts import short_name
from bundlesmith.pipeline.chances import LogProbs, RankedChances
from bundlesmith.pipeline.opening import Openings
from bundlesmith.request import Request

Reads = Callable[[Sequence[Sequence[int]], Sequence[int]], NDArray[np.float32]]
_BATCH = 32
"""How many prompts are read in one pass."""
_MOST = 96
"""The most parts: of a longer history the latest items count."""
_MOST_WORDS = 32
"""So many parts words are at most: of more of them, some that stand together are one part."""
_WORD = re.compile(r"[㐀-鿿]|[^\s㐀-鿿]+")


@dataclass(frozen=True, slots=True)
class RequestPart:
    """A part of a request.

    Attributes:
        kind: what it is.
        place: where it stands: in the history, among the words, or the name of the rule (with its place, for a slot).
        item: the id of an item of the history.
        text: how people read it.
    """

    kind: Literal["history", "word", "rule"]
    place: int | str
    text: str
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """What a part weighs for the whole bundle, and for each written item of it."""

    part: RequestPart
    weight: float
    by_item: tuple[float, ...]

    def values(self, outside: Callable[[str], str | int]) -> dict[str, Any]:
        """As JSON values; *outside* gives an item's id as the source wrote it."""
        item = None if self.part.item is None else outside(self.part.item)
        weights = [round(weight, 4) for weight in self.by_item]
        return {
            "kind": self.part.kind,
            "item": item,
            "text": self.part.text,
            "weight": round(self.weight, 4),
            "by_item": weights,
        }


def parts_of(request: Request, openings: Openings) -> list[RequestPart]:
    """All parts that can be left out: the history's items, the words, and the rules that differ from none."""
    catalogue = openings.shop.catalogue
    known = [(at, item) for at, item in enumerate(request.history) if catalogue.known([item])]
    history = [
        RequestPart("history", at, short_name(catalogue.titles[catalogue.row(item)]), item) for at, item in known
    ]
    words = list(_word_parts(request.words))
    rules = [RequestPart("rule", name, text) for name, text in _rules(request.rules)]
    return [*history[-(_MOST - len(words) - len(rules)) :], *words, *rules]


def _word_parts(words: str) -> Iterator[RequestPart]:
    """Each word, or so many that stand together that there are no more than MOST_WORDS parts."""
    found = list(_WORD.finditer(words))
    size = max(1, -(-len(found) // _MOST_WORDS))
    for at in range(0, len(found), size):
        some = found[at : at + size]
        yield RequestPart("word", at, words[some[0].start() : some[-1].end()])


def _rules(rules: Rules) -> Iterator[tuple[str, str]]:
    yield "size", f"{rules.min_items} to {rules.max_items} items"
    for name in sorted(ASKED_ALIKE, key=FLAGS.__contains__):
        value, text = getattr(rules, name), name.replace("_", " ")
        if value is True:
            yield name, text
        elif isinstance(value, int | float) and value is not False:
            yield name, f"{text} {value:g}"
    for name in ("excluded", "owned", "allowed"):
        if items := getattr(rules, name):
            yield name, f"{len(items)} items {name}"
    for at, slot in enumerate(rules.slots):
        yield f"slots {at}", f"one of {slot}"


def without(request: Request, parts: Sequence[RequestPart]) -> Request:
    """The request with these parts left out."""
    gone: set[tuple[str, int | str]] = {(part.kind, part.place) for part in parts}
    for part in parts:
        if part.kind == "word" and isinstance(part.place, int):
            gone |= {("word", part.place + more) for more in range(1, len(_WORD.findall(part.text)))}
    history = tuple(item for at, item in enumerate(request.history) if ("history", at) not in gone)
    if any(part.kind == "word" for part in parts):
        words = list(_WORD.finditer(request.words))
        kept = [found for at, found in enumerate(words) if ("word", at) not in gone]
        request = replace(request, words=_joined(request.words, kept))
    rules = _relaxed(request.rules, {str(part.place) for part in parts if part.kind == "rule"})
    return replace(request, history=history, rules=rules)


def _joined(words: str, kept: Sequence[re.Match[str]]) -> str:
    spaced = (("", " ")[words[at.start() - 1 : at.start()].isspace()] + at[0] for at in kept)
    return "".join(spaced).strip()


def _relaxed(rules: Rules, gone: set[str]) -> Rules:
    """The rules without some of them; without one of the size, it is as wide as it may be: 1 to what it was or 5."""
    none = Rules()
    plain = {name: getattr(none, name) for name in gone if hasattr(none, name)}
    plain |= dict.fromkeys(gone.intersection(FLAGS), False)
    if "size" in gone:
        plain |= {"min_items": 1, "max_items": max(rules.max_items, none.max_items)}
    slots = tuple(slot for at, slot in enumerate(rules.slots) if f"slots {at}" not in gone)
    return replace(rules, **plain, slots=slots)


class Weighs(Protocol):
    """Tells the log-probability of one bundle under variants of its request."""

    def of(self, requests: Sequence[Request]) -> LogProbs:
        """The log-probability of each written item under each request: [requests, written items]."""
        ...


class Chances:
    """The log-probability of one bundle by the run's ranker; see `bundlesmith.pipeline.chances`.

    Args:
        ranked: those of all bundles of the request.
        number: which of them.
    """

    def __init__(self, ranked: RankedChances, number: int = 0) -> None:
        self._ranked, self._number = ranked, number

    def of(self, requests: Sequence[Request]) -> LogProbs:
        """The log-probability of each written item under each request: [requests, written items]."""
        return self._ranked.of(requests)[self._number]


class Likelihood:
    """The log-probability of one bundle under variants of its request, by the model.

    Args:
        openings: the shop.
        request: what was asked.
        items: the bundle, those chosen in the request first.
        reads: see the module.
    """

    def __init__(self, openings: Openings, request: Request, items: Sequence[str], reads: Reads) -> None:
        self.openings, self.reads = openings, reads
        lexicon, marks = openings.shop.prompter.lexicon, openings.shop.run.lexicon.marks
        written = items[len(request.items) :]
        self.items = tuple(written)
        self.answer: list[int] = []
        self.ends: list[int] = []
        for item in written:
            self.answer += [*lexicon.tokens[openings.shop.catalogue.row(item)], marks.separator]
            self.ends.append(len(self.answer))
        self.answer[-1] = marks.line

    def of(self, requests: Sequence[Request]) -> LogProbs:
        """The log-probability of each written item under each request: [requests, written items]."""
        prompts = [tuple(self.openings.prompt(request)) for request in requests]
        distinct = list(dict.fromkeys(prompts))
        found = np.zeros((len(requests), len(self.items)))
        for start in range(0, len(distinct), _BATCH):
            batch = distinct[start : start + _BATCH]
            logits = dict(zip(batch, self.reads(batch, self.answer), strict=True))
            for at, prompt in enumerate(prompts):
                if prompt in logits:
                    found[at] = self._walk(logits[prompt], self.openings.decoder(requests[at], talk=False))
        return found

    def _walk(self, logits: NDArray[np.float32], decoder: Decoder) -> LogProbs:
        """Read the answer by a decoder, and add up what each item's tokens had."""
        steps = np.zeros(len(self.answer))
        for at, token in enumerate(self.answer):
            allowed = decoder.allowed()
            steps[at] = log_softmax(decoder.scores(logits[at]))[int(np.flatnonzero(allowed == token)[0])]
            decoder.advance(token)
        return np.array([part.sum() for part in np.split(steps, self.ends[:-1])])


def attribute(openings: Openings, request: Request, weighs: Weighs, permutations: int = 0) -> list[Attribution]:
    """What each part of a request weighs for a bundle, the heaviest first.

    Args:
        openings: the shop.
        request: what was asked.
        weighs: tells the log-probability of the bundle.
        permutations: 0: each part is left out alone. Else Shapley values, from so many orders of the parts.

    Raises:
        BundlesmithError: if the bundle isn't one that the request allows.
    """
    parts = parts_of(request, openings)
    if not parts:
        return []
    if permutations:
        weights = _shapley(request, parts, weighs, permutations)
    else:
        found = weighs.of([request, *(without(request, [part]) for part in parts)])
        weights = found[0] - found[1:]
    weighed = [
        Attribution(part, float(each.sum()), tuple(each.tolist())) for part, each in zip(parts, weights, strict=True)
    ]
    return sorted(weighed, key=lambda each: -each.weight)


def _shapley(request: Request, parts: Sequence[RequestPart], weighs: Weighs, permutations: int) -> LogProbs:
    """Shapley values by antithetic sampling of orders: [parts, written items]. They add up to all less nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)  # what shap does to matplotlib's colours
        from shap import PermutationExplainer

    def log_probabilities(kept: LogProbs) -> LogProbs:
        left = [[part for part, stays in zip(parts, row, strict=True) if not stays] for row in kept]
        return weighs.of([without(request, gone) for gone in left])

    explainer = PermutationExplainer(log_probabilities, np.zeros((1, len(parts))), seed=0)
    evaluations = permutations * 2 * len(parts) + 1
    values = explainer(np.ones((1, len(parts))), max_evals=evaluations, silent=True).values[0]
    return np.asarray(values, np.float64).reshape(len(parts), -1)
