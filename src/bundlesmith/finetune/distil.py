"""Explanations from a larger model for the bundles of prepared data that have none, so that a fine-tune learns them.

bundlesmith distil --data DATA --out DATA2 --endpoint http://localhost:8000/v1 --model NAME
"""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from rich.console import Console

from bundlesmith.data.cases import Case, load_cases
from bundlesmith.data.catalogue import Catalogue, load_catalogue
from bundlesmith.data.tables import TABLE_NAMES, load
from bundlesmith.files import check_folder, read_json, write_json, written_whole
from bundlesmith.finetune.asking import Endpoint, Reply, ask
from bundlesmith.hashes import hash_files, hash_texts
from bundlesmith.prompts import render

_SPLITS = ("train", "valid")
_HISTORY = 8
"""The latest items of a history that are named in a question."""
_LONGEST = 300
"""Letters of an explanation; longer ones are dropped."""


@dataclass(frozen=True, slots=True)
class Distilled:
    """What came of a distillation, in bundles; *asked* in questions: equal ones are asked once."""

    asked: int
    written: int
    empty: int
    too_long: int


def distil(data: Path, out: Path, endpoint: Endpoint, cache: Path, console: Console) -> Distilled:
    """Write *out*: the prepared data with an explanation for each training and valid bundle that has none.

    Args:
        cache: a file with the answers so far; made if it isn't there.

    Raises:
        BundlesmithError: if *data* isn't prepared data, or the endpoint fails (see `bundlesmith.finetune.asking.ask`).
    """
    check_folder(out, "distil", data, cache)
    tables = load(data)
    catalogue = load_catalogue(data / "items.parquet", tables.integer_ids)
    questions = _questions(data, tables.bundles, catalogue)
    console.print(f"{len(questions):,} of {tables.bundles.height:,} bundles are to be explained.")
    answers, asked = ask(list(questions.values()), endpoint, cache, console)
    texts = [cleaned(said) for said in answers]
    kept = {row: text for row, text in zip(questions, texts, strict=True) if 0 < len(text) <= _LONGEST}
    _write(data, out, _explained(tables.bundles, kept), endpoint.model, questions)
    # A text without a whole sentence is empty unless the most tokens came before its end.
    empty = sum(not text and not said.cut for text, said in zip(texts, answers, strict=True))
    return Distilled(asked, len(kept), empty, len(texts) - len(kept) - empty)


def _questions(data: Path, bundles: pl.DataFrame, catalogue: Catalogue) -> dict[int, str]:
    """For each bundle that lacks an explanation, by its row in the table: the prompt."""
    rows = pl.Series(range(bundles.height))
    found = {}
    for split in _SPLITS:
        places = rows.filter(bundles["split"] == split)
        for row, case in zip(places, load_cases(data, catalogue, split), strict=True):
            if not case.explanation:
                found[row] = question(case, catalogue)
    return found


def question(case: Case, catalogue: Catalogue) -> str:
    """The prompt for one bundle: its items' titles and categories, its intent, and the latest of the history."""

    def titles(rows: Sequence[int]) -> list[str]:
        return [" ".join(catalogue.titles[row].split()) for row in rows]

    paths = [catalogue.categories[row] for row in case.bundle]
    items = list(zip(titles(case.bundle), paths, strict=True))
    return render("distil", items=items, intent=" ".join(case.intent.split()), history=titles(case.history[-_HISTORY:]))


def cleaned(said: Reply) -> str:
    """The first two sentences of an answer in one line; "" if there is none.

    What a model thought before it answered is left out, and so is a last sentence that it could not finish.
    """
    text = said.text.rpartition("</think>")[2]
    if "<think>" in text:
        return ""
    text = " ".join(text.replace("*", "").split()).strip("\"'“”„« »")
    sentences = re.split(r"(?<=[.!?])\s+(?=[^a-z\d])", text)
    if said.cut and not sentences[-1].endswith((".", "!", "?")):
        sentences.pop()
    text = " ".join(sentences[:2])
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _explained(bundles: pl.DataFrame, explanations: dict[int, str]) -> pl.DataFrame:
    new = pl.Series([explanations.get(row) for row in range(bundles.height)], dtype=pl.String)
    return bundles.with_columns(explanation=pl.when(new.is_not_null()).then(new).otherwise(pl.col("explanation")))


def _write(data: Path, out: Path, bundles: pl.DataFrame, model: str, questions: dict[int, str]) -> None:
    about = read_json(data / "data.json")
    with written_whole(out, "distil", data) as fresh:
        for name in ("items.parquet", "events.parquet", "report.json"):
            if (data / name).exists():
                shutil.copy(data / name, fresh)
        bundles.write_parquet(fresh / "bundles.parquet", compression="zstd")
        about["explanations"] = {"model": model, "questions": hash_texts(*questions.values())}
        about["hash"] = hash_files(*(fresh / f"{name}.parquet" for name in TABLE_NAMES))
        write_json(fresh / "data.json", about)
