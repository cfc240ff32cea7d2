"""What the answers to `sessions` tasks say of their bundles, measured by `bundlesmith.eval.texts`.

A bundle that is paired with one that people marked (see `bundlesmith.ranking.set_similarity.matched`) has its intent
for reference. Answers without explanations (those of files written by others) are measured by their intents alone.
"""

from collections.abc import Iterator

from bundlesmith.eval.score import Sheet
from bundlesmith.eval.texts import BundleTexts, text_figures
from bundlesmith.eval.values import Row, valid_bundles
from bundlesmith.explain.facts import facts_of
from bundlesmith.explain.sources import named_values
from bundlesmith.ranking.set_similarity import matched
from bundlesmith.request import Request

EXPLAINED = ("item-coverage", "re-identified", "re-identified by words", "USR", "DIV", "words", "readability")
"""Figures of explanations."""


def session_texts(sheet: Sheet) -> dict[str, float | None]:
    """The figures of all bundles that were found; of explanations, None if the answers have none."""
    said = [each for row in sheet.gold["sessions"] for each in _said(sheet, row)]
    found: dict[str, float | None] = dict(text_figures(said, named_values(sheet.catalogue)))
    explained = any(each.explanation for each in said)
    return {name: value if explained or name not in EXPLAINED else None for name, value in found.items()}


def _said(sheet: Sheet, row: Row) -> Iterator[BundleTexts]:
    answer = sheet.answers.get(row["id"], {})
    kept, places = valid_bundles(answer, set(sheet.tasks[row["id"]].items))
    pairs = matched(kept, [[str(item) for item in bundle] for bundle in row["bundles"]])
    human = {at: row["intents"][k] or "" for at, k, _ in pairs}
    intents, explanations = answer.get("intents", []), answer.get("explanations", [])
    for at, (bundle, place) in enumerate(zip(kept, places, strict=True)):
        facts = facts_of(Request(), [item for item in bundle if item in sheet.catalogue.rows], sheet.catalogue)
        texts = [str(given[place]) if place < len(given) else "" for given in (intents, explanations)]
        if facts.rows:
            yield BundleTexts(facts, texts[0], texts[1], human.get(at, ""))
