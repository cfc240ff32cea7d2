"""A catalogue without texts: its items are spelled by what they stood with, or that is asked for."""

import random
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from bundlesmith.data.catalogue import load_catalogue
from bundlesmith.data.cooccurrence import is_textless, vectors_of_company
from bundlesmith.data.prepare import DataSource, prepare
from bundlesmith.data.tables import load
from bundlesmith.decoding.spell_new import spell_new
from bundlesmith.errors import BundlesmithError
from bundlesmith.finetune.finetune import finetune, load_lesson
from bundlesmith.settings import Settings, load_settings
from tests.decoding.test_lexicon import of_titles

KINDS, EACH = 3, 8  # item 0 is of the first kind, item 1 of the second …


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundles of items of one kind, in the layout of Youshu."""
    folder, rng = tmp_path_factory.mktemp("pairs"), random.Random(3)
    sets = [[kind + KINDS * item for item in rng.sample(range(EACH), 4)] for kind in range(KINDS) for _ in range(20)]
    pairs = "".join(f"{bundle}\t{item}\n" for bundle, items in enumerate(sets) for item in items)
    (folder / "bundle_item.txt").write_text(pairs)
    (folder / "user_item.txt").write_text("".join(f"{item % 2}\t{item}\n" for item in range(KINDS * EACH)))
    parts = {"train": range(48), "tune": range(48, 54), "test": range(54, 60)}
    for part, bundles in parts.items():
        taken = "".join(f"{bundle + 2}\t{bundle * 7 % 60}\n" for bundle in bundles)
        (folder / f"user_bundle_{part}.txt").write_text(taken)
    prepare(DataSource(kind="bundle-pairs", path=folder), folder / "data")
    return folder / "data"


def settings(base: Path, spelling: str) -> Settings:
    return load_settings(None, [f"base={base}", f"examples.spelling={spelling}"])


def test_what_stands_together_is_near(data: Path) -> None:
    catalogue = load_catalogue(data / "items.parquet", True)
    vectors = vectors_of_company(data, catalogue)
    kinds = np.array([int(item) % KINDS for item in catalogue.ids])
    same = kinds[:, None] == kinds[None, :]
    near = vectors @ vectors.T
    assert near[same].mean() > near[~same].max()


def test_such_a_catalogue_is_spelled_by_it(data: Path, tiny_base: Path) -> None:
    lesson = load_lesson(data, load(data), settings(tiny_base, "semantic"))
    starts = [text.split(">")[0] for text in lesson.lexicon.texts]
    kinds = [int(item) % KINDS for item in lesson.catalogue.ids]
    assert all(len({kind for kind, start in zip(kinds, starts, strict=True) if start == one}) == 1 for one in starts)
    assert len(set(lesson.lexicon.texts)) == KINDS * EACH
    with pytest.raises(BundlesmithError, match="it stood with nothing"):
        spell_new(lesson.lexicon, "semantic", of_titles(["item 99"]), lesson.writer.tokenizer, lambda tokens: False)


def test_or_refused_with_that_word(data: Path, tiny_base: Path, tmp_path: Path) -> None:
    with pytest.raises(BundlesmithError, match="semantic"):
        finetune(data, tmp_path / "run", settings(tiny_base, "terms"), False, Console(quiet=True))


def test_titles_that_only_end_in_numbers_are_texts() -> None:
    assert not is_textless(of_titles(["Oak desk 100", "Oak desk 120"]))
