"""From a run to one that prefers true bundles to worse ones: the one function behind `bundlesmith prefer`.

bundlesmith prefer --run RUN --data DATA --out RUN2 [preference.beta=0.1 …]
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track

from bundlesmith.base import load_model, load_tokenizer
from bundlesmith.data.cases import Cases, load_cases
from bundlesmith.data.catalogue import Catalogue, load_catalogue
from bundlesmith.data.tables import Tables
from bundlesmith.data.tables import load as load_tables
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import beside, check_folder, loud_writes, write_json, written_whole
from bundlesmith.finetune.card import write_card
from bundlesmith.finetune.examples import ExampleWriter
from bundlesmith.finetune.finetune import Lesson, has_key, run_key, write_lexicon
from bundlesmith.finetune.model import adapter_again, save_tuned
from bundlesmith.finetune.preference import PairWriter, PreferencePair
from bundlesmith.hashes import hash_texts
from bundlesmith.run import Run, load_run
from bundlesmith.settings import Preference

if TYPE_CHECKING:
    from bundlesmith.finetune.dpo import PairBlock
    from bundlesmith.finetune.model import Model


def prefer(folder: Path, data: Path, out: Path, settings: Preference, force: bool, console: Console) -> bool:
    """Tune the run in *folder* on pairs of a data folder and write a run; do nothing if that is there already.

    Returns:
        whether anything was trained.

    Raises:
        BundlesmithError: if *folder* is not a trained run, the data's items are not the run's, or there are no pairs.
    """
    if folder.resolve() == out.resolve():
        raise BundlesmithError(f'"{out}" is the run to start from.', "Name another folder for the tuned one.")
    check_folder(out, "prefer", folder, data)
    run, tables = load_run(folder), load_tables(data)
    key = hash_texts(run.made["key"], run_key(tables, run.settings), settings.model_dump_json())
    if not force and has_key(out / "run.json", key):
        console.print(f"{out} is up to date.")
        return False
    lesson = _lesson(run, data, tables)
    train, valid = (_pairs(cases, lesson, settings) for cases in (lesson.train, lesson.valid))
    if not train:
        raise BundlesmithError(f'No pair could be made of the training split of "{data}".', "Prepare more bundles.")
    with _working_folder(out) as work:
        model = _tuned(run, train, valid, settings, work, console)
        with written_whole(out, "prefer", folder, data) as fresh:
            save_tuned(model, fresh)
            shutil.copy(work / "metrics.jsonl", fresh / "metrics.jsonl")
            shutil.copytree(work / "tensorboard", fresh / "tensorboard")
            made = write_lexicon(data, tables, run.settings, lesson, key, fresh)
            made |= {"parent": run.made["key"], "preference": settings.model_dump()}
            write_json(fresh / "run.json", made)
            write_card(fresh, made)
    return True


def _lesson(run: Run, data: Path, tables: Tables) -> Lesson:
    """The data's cases, written as the run spells; its prices and its stock are the data's."""
    catalogue = load_catalogue(data / "items.parquet", tables.integer_ids)
    _check_items(run.catalogue, catalogue, data)
    train, valid = (load_cases(data, catalogue, split) for split in ("train", "valid"))
    encoder_decoder = bool(run.made["encoder_decoder"])
    writer = ExampleWriter(run.lexicon, catalogue, run.tokenizer, not encoder_decoder, run.settings.examples)
    base_tokens = len(load_tokenizer(run.settings.base))
    return Lesson(catalogue, run.lexicon, writer, train, valid, base_tokens, encoder_decoder)


def _check_items(learnt: Catalogue, found: Catalogue, data: Path) -> None:
    same = (learnt.ids, learnt.titles, learnt.categories) == (found.ids, found.titles, found.categories)
    if not same:
        raise BundlesmithError(
            f'The items of "{data}" ({len(found)}) are not those that the run spells ({len(learnt)}).',
            "Name the data that it was fine-tuned on, or fine-tune again.",
        )


def _pairs(cases: Cases, lesson: Lesson, settings: Preference) -> list[PreferencePair]:
    """The pairs of all epochs of one split; of the valid split one epoch, as long as there is time to look at."""
    writer = PairWriter(lesson.writer, settings.corruptions, cases)
    if cases is lesson.valid:
        return writer.epoch(cases, 1, settings.seed)[: settings.eval_blocks * settings.pairs_per_block]
    seeds = range(settings.seed, settings.seed + settings.epochs)
    return [pair for seed in seeds for pair in writer.epoch(cases, settings.pairs, seed)]


@contextmanager
def _working_folder(out: Path) -> Iterator[Path]:
    """A folder for checkpoints and metrics beside *out*, emptied before and gone afterwards."""
    work = beside(out, "preferring")
    shutil.rmtree(work, ignore_errors=True)
    try:
        with loud_writes(work):
            work.mkdir(parents=True)
            yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _tuned(
    run: Run,
    train: list[PreferencePair],
    valid: list[PreferencePair],
    settings: Preference,
    work: Path,
    console: Console,
) -> "Model":
    from bundlesmith.finetune.dpo import train_on_pairs, with_reference

    model, over = _started(run), run.settings.training.loss
    if settings.max_steps:
        train = train[: settings.max_steps * settings.blocks_per_step * settings.pairs_per_block]
    console.print(f"{len(train):,} pairs, and {len(valid):,} of the valid split.")

    def blocks(pairs: list[PreferencePair], what: str) -> "list[PairBlock]":
        found = with_reference(model, pairs, run.lexicon, over, settings.pairs_per_block)
        total = -(-len(pairs) // settings.pairs_per_block)
        return list(track(found, f"Reading the {what} pairs", total, console=console, transient=True))

    train_on_pairs(model, settings, blocks(train, "training"), blocks(valid, "valid"), run.lexicon, over, work)
    return model


def _started(run: Run) -> "Model":
    """The run's model, to be trained further: its adapter on its base, or all of its own weights.

    Raises:
        BundlesmithError: if the run has neither.
    """
    import torch

    torch.manual_seed(run.settings.training.seed)
    if (run.folder / "config.json").exists():
        return load_model(str(run.folder), run.settings.dtype)
    if not (run.folder / "adapter_config.json").exists():
        raise BundlesmithError(f'The run "{run.folder}" is spelt, but not trained.', "Fine-tune it first.")
    return adapter_again(run.folder, run.settings, run.tokenizer)
