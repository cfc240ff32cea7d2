"""The measures of intents and explanations, each with its formula, its source and its edge cases.

text_figures([Said(...), …], named_values(catalogue))
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

from bundlesmith.eval.reidentified import reidentified
from bundlesmith.eval.values import mean
from bundlesmith.explain.facts import BundleFacts, short_name
from bundlesmith.explain.own_roles import LANGUAGES
from bundlesmith.explain.pieces import pieces_of
from bundlesmith.explain.roles import shipped_roles
from bundlesmith.explain.sources import NamedValues, Sourced, sourced
from bundlesmith.ranking.set_similarity import words as words_of

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer

_SENTENCE = re.compile(r"[.!?](?=\s|$)|[。！？]")


@dataclass(frozen=True, slots=True)
class BundleTexts:
    """What was said of one bundle.

    Attributes:
        facts: the bundle and what is known of it.
        intent, explanation: what was said.
        human: the intent that a person gave it; "" if nobody did.
    """

    facts: BundleFacts
    intent: str
    explanation: str
    human: str = ""


def rouge_l(found: str, wanted: str) -> float:
    """ROUGE-L: the F1 of the longest common subsequence of words, by the package rouge-score, without stemming.

    With L its length: 2 L / (|found| + |wanted|); 0 if either is empty. (Lin, "ROUGE", ACL Workshop 2004)
    """
    return float(_rouge().score(wanted, found)["rougeL"].fmeasure)


@cache
def _rouge() -> "RougeScorer":
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], use_stemmer=False)


def text_likeness(found: Sequence[str], wanted: Sequence[str]) -> list[float]:
    """The cosine of each pair of texts in all-MiniLM-L6-v2's space; 0 if either is empty. (Reimers, EMNLP 2019)"""
    from bundlesmith.encoder.embedding import embed

    vectors = embed([*found, *wanted])
    cosines = (vectors[: len(found)] * vectors[len(found) :]).sum(1).tolist()
    return [
        cosine if one.strip() and other.strip() else 0.0
        for cosine, one, other in zip(cosines, found, wanted, strict=True)
    ]


def faithfulness(claims: Sequence[Sourced]) -> float:
    """The share of claims that have a source, of all that `bundlesmith.explain.sources` finds; 1 of none."""
    return sum(each.holds for each in claims) / len(claims) if claims else 1.0


def item_coverage(text: str, facts: BundleFacts) -> float:
    """The share of the bundle's items that a text names, or says the purpose of: |said and in the bundle| / |bundle|.

    What is of a type whose purpose isn't known is named by what such things are called.

    What a purpose is `bundlesmith.explain.roles` says; what is told together `bundlesmith.explain.pieces`.
    """
    folded = text.casefold()
    said = {row for row in facts.rows if short_name(facts.catalogue.titles[row]).casefold() in folded}
    for language in LANGUAGES:
        for piece in pieces_of(facts, shipped_roles(), language):
            said |= set(piece.rows) if (piece.purpose or piece.noun).casefold() in folded else set()
    return len(said) / len(facts.rows)


def usr(texts: Sequence[str]) -> float:
    """Unique sentence ratio: |distinct texts| / |texts|; 0 of none. Higher is better.

    (Li, Zhang, Chen: "Generate Neural Template Explanations", CIKM 2020; as in PETER, ACL 2021, and PEPLER, TOIS 2023)
    """
    return len(set(texts)) / len(texts) if texts else 0.0


def div(features: Sequence[set[str]]) -> float:
    """Feature diversity: the mean, over all pairs of texts, of how many features both have. Lower is better.

    2 / (N (N - 1)) * the sum of |F_i & F_j| over pairs; 0 of less than two. In PETER and PEPLER features are words of a
    list taken from reviews; here they are a text's words that its items' titles and categories have.
    """
    pairs = list(combinations(features, 2))
    return sum(len(one & other) for one, other in pairs) / len(pairs) if pairs else 0.0


def length(text: str) -> int:
    """How many words a text has; of Chinese, characters."""
    return len(words_of(text))


def readability(text: str) -> float:
    """Automated readability index: 4.71 letters / words + 0.5 words / sentences - 21.43; 0 of no words.

    The US school grade that it takes to read it; lower is easier. (Smith and Senter, AMRL-TR-66-220, 1967) Names of
    items count as words like others.
    """
    words = words_of(text)
    if not words:
        return 0.0
    sentences = max(len(_SENTENCE.findall(text)), 1)
    return 4.71 * sum(map(len, words)) / len(words) + 0.5 * len(words) / sentences - 21.43


def text_figures(said: Sequence[BundleTexts], values: NamedValues) -> dict[str, float]:
    """All of them: means over bundles, of intents over those that a person named.

    USR and DIV are of all explanations together, faithfulness of all claims of intents and explanations.
    """
    claims = [
        one for each in said for text in (each.intent, each.explanation) for one in sourced(text, each.facts, values)
    ]
    named = [each for each in said if each.human.strip()]
    return {
        "intent-ROUGE-L": mean([rouge_l(each.intent, each.human) for each in named]),
        "intent-likeness": mean(text_likeness([each.intent for each in named], [each.human for each in named])),
        "claims": float(len(claims)),
        "faithfulness": faithfulness(claims),
        "item-coverage": mean([item_coverage(each.explanation, each.facts) for each in said]),
        "re-identified": reidentified(said, "meaning"),
        "re-identified by words": reidentified(said, "words"),
        "USR": usr([each.explanation for each in said]),
        "DIV": div([_features(each) for each in said]),
        "words": mean([length(each.explanation) for each in said]),
        "readability": mean([readability(each.explanation) for each in said]),
    }


def _features(said: BundleTexts) -> set[str]:
    catalogue, rows = said.facts.catalogue, said.facts.rows
    held = " ".join(" ".join((catalogue.titles[row], *catalogue.categories[row])) for row in rows)
    return set(words_of(said.explanation)) & set(words_of(held))
