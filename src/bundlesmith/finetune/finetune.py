"""From prepared data to a run: the one function behind `bundlesmith finetune`.

bundlesmith finetune --data DATA --out RUN [--config FILE.yaml] [training.epochs=2 …]
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from bundlesmith.base import can_write, is_encoder_decoder, load_tokenizer
from bundlesmith.data.cases import Cases, load_cases
from bundlesmith.data.catalogue import Catalogue, currency_signs, load_catalogue
from bundlesmith.data.cooccurrence import is_textless, vectors_of_company
from bundlesmith.data.tables import Tables
from bundlesmith.data.tables import load as load_tables
from bundlesmith.decoding.lexicon import Lexicon, build_lexicon, load_lexicon, load_trie, save_lexicon
from bundlesmith.errors import BundlesmithError, DivergedError
from bundlesmith.files import beside, check_folder, loud_writes, read_json, write_json, written_whole
from bundlesmith.finetune.blocks import Packed, packed_blocks, stored
from bundlesmith.finetune.card import write_card
from bundlesmith.finetune.examples import ExampleWriter
from bundlesmith.finetune.model import added_tokens, base_model, start_added_tokens, with_adapter
from bundlesmith.hashes import hash_texts
from bundlesmith.prompts import LEARNT, TAUGHT, prompts_hash
from bundlesmith.run import RUN_FORMAT, lexicon_hash, package_versions, write_index
from bundlesmith.settings import Settings

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from bundlesmith.finetune.model import Model


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """All that a training reads.

    Attributes:
        base_tokens: how many tokens the base model's tokenizer had before the spellings brought theirs.
        encoder_decoder: whether the model is of the T5 kind.
    """

    catalogue: Catalogue
    lexicon: Lexicon
    writer: ExampleWriter
    train: Cases
    valid: Cases
    base_tokens: int
    encoder_decoder: bool


def load_lesson(data: Path, tables: Tables, settings: Settings, kept: Path | None = None) -> Lesson:
    """Spell the catalogue and read the cases of a data folder.

    Args:
        kept: where the spelling is kept for the next time; read from there if it is there already.

    Raises:
        BundlesmithError: if the folder isn't prepared data.
    """
    catalogue = load_catalogue(data / "items.parquet", tables.integer_ids)
    train, valid = (load_cases(data, catalogue, split) for split in ("train", "valid"))
    tokenizer = load_tokenizer(settings.base)
    base_tokens = len(tokenizer)
    encoder_decoder = settings.t5 is not None or is_encoder_decoder(settings.base)
    tokenizer, lexicon = _spelt(data, catalogue, train.intents(), tokenizer, settings, kept)
    writer = ExampleWriter(lexicon, catalogue, tokenizer, not encoder_decoder, settings.examples)
    return Lesson(catalogue, lexicon, writer, train, valid, base_tokens, encoder_decoder)


def _spelt(
    data: Path,
    catalogue: Catalogue,
    intents: Iterable[str],
    tokenizer: "PreTrainedTokenizerBase",
    settings: Settings,
    kept: Path | None,
) -> "tuple[PreTrainedTokenizerBase, Lexicon]":
    """The tokenizer with what the spelling adds to it, and the lexicon."""
    if kept is not None and kept.exists():
        tokenizer = load_tokenizer(str(kept))
        return tokenizer, load_lexicon(kept, tokenizer, load_trie(kept))
    by_company = settings.examples.spelling == "semantic" and is_textless(catalogue)
    vectors = vectors_of_company(data, catalogue) if by_company else None
    lexicon = build_lexicon(catalogue, intents, tokenizer, settings.examples.spelling, vectors)
    if kept is not None:
        with written_whole(kept) as fresh:
            tokenizer.save_pretrained(fresh)
            save_lexicon(lexicon, catalogue, fresh)
    return tokenizer, lexicon


def run_key(tables: Tables, settings: Settings) -> str:
    """What a run follows from: data, config, prompts and versions. Equal keys, equal runs."""
    versions = {name: v for name, v in package_versions().items() if name in ("bundlesmith", "torch", "transformers")}
    return hash_texts(tables.hash, settings.model_dump_json(), prompts_hash(LEARNT + TAUGHT), str(versions))


def finetune(data: Path, out: Path, settings: Settings, force: bool, console: Console) -> bool:
    """Fine-tune on a data folder and write a run; do nothing if the run is there already.

    A training that was killed goes on from its last checkpoint, in the folder `.NAME.training` beside the run. Started
    as several processes (torchrun, `accelerate launch`), all train, and the main one writes and prints.

    Returns:
        whether this process wrote a run.

    Raises:
        DivergedError: if the loss or the weights are no numbers any more; then there is no run.
    """
    check_folder(out, "finetune", data)
    tables = load_tables(data)
    key = run_key(tables, settings)
    if not force and has_key(out / "run.json", key):
        console.print(f"{out} is up to date.")
        return False
    from bundlesmith.finetune.processes import check_training, processes

    check_training(settings.training)
    main = processes().is_main_process
    console = console if main else Console(quiet=True)
    with processes().main_process_first():
        work = _working_folder(out, key)
        with console.status("Spelling the catalogue …"):
            lesson = load_lesson(data, tables, settings, work / "spelt")
    if settings.examples.spelling != "semantic" and is_textless(lesson.catalogue):
        what = f'The items have no text but their numbers, such as "{lesson.catalogue.titles[0]}".'
        raise BundlesmithError(what, "Spell them by what they stood with: `examples: {spelling: semantic}`.")
    if not lesson.train:
        raise BundlesmithError(f'The training split of "{data}" has no bundle.', "Prepare a source with bundles.")
    try:
        with loud_writes(work):
            _train(settings, lesson, work, console)
    except DivergedError:
        shutil.rmtree(work, ignore_errors=True)  # to go on from its checkpoints would end the same way
        raise
    if not main:
        return False
    with written_whole(out, "finetune", data) as fresh:
        shutil.copytree(work / "model", fresh, dirs_exist_ok=True)
        shutil.copy(work / "metrics.jsonl", fresh / "metrics.jsonl")
        shutil.copytree(work / "tensorboard", fresh / "tensorboard")
        write_card(fresh, write_lexicon(data, tables, settings, lesson, key, fresh))
    shutil.rmtree(work, ignore_errors=True)
    return True


def spell(data: Path, out: Path, settings: Settings, console: Console) -> Lexicon:
    """Write a run without an adapter: the catalogue, spelt for the base model of *settings* as it is."""
    if settings.t5 is not None:
        raise BundlesmithError("A T5 from nothing has no model as it is.", "Leave out `t5`, or fine-tune.")
    check_folder(out, "spell", data)
    tables = load_tables(data)
    with console.status("Spelling the catalogue …"), written_whole(out, "spell", data) as fresh:
        lesson = load_lesson(data, tables, settings)
        write_lexicon(data, tables, settings, lesson, run_key(tables, settings), fresh)
    return lesson.lexicon


def has_key(made: Path, key: str) -> bool:
    """Whether the JSON file *made* is there and names this key."""
    return made.exists() and read_json(made).get("key") == key


def _working_folder(out: Path, key: str) -> Path:
    """The folder of checkpoints; emptied if it belongs to another training."""
    work = beside(out, "training")
    if not has_key(work / "key.json", key):
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        write_json(work / "key.json", {"key": key})
    return work


def blocks_of(lesson: Lesson, settings: Settings, work: Path) -> tuple[Packed, Packed]:
    """The packed blocks of all epochs, and those of the valid split; their examples are kept in the folder *work*."""
    training, writer = settings.training, lesson.writer
    seeds = range(training.seed, training.seed + training.epochs)
    train = stored(work / "train.arrow", (writer.epoch(lesson.train, seed) for seed in seeds))
    unseen = (example for example in writer.epoch(lesson.valid, training.seed) if example.kind != "spell")
    valid = stored(work / "valid.arrow", [unseen])
    return (
        packed_blocks(train, training.block_tokens, training.seed),
        packed_blocks(valid, training.block_tokens, training.seed, training.eval_blocks),
    )


def _train(settings: Settings, lesson: Lesson, work: Path, console: Console) -> None:
    from bundlesmith.finetune.fuse import fuse
    from bundlesmith.finetune.processes import processes
    from bundlesmith.finetune.train import train

    with console.status("Writing examples …"), processes().main_process_first():
        blocks, valid = blocks_of(lesson, settings, work)
    console.print(f"{len(blocks.order):,} examples in {len(blocks):,} blocks, {blocks.tokens:,} tokens.")
    if reason := no_adapter_for_vllm(settings, lesson):
        console.print(f"vLLM can't load this run's adapter: it {reason}. Merge it for vLLM: `bundlesmith export`.")
    model = _model(settings, lesson)
    if processes().device.type == "cpu" and (reason := fuse(model)):
        console.print(f"Its steps aren't fused, and slower: {reason}.")
    train(model, settings.training, blocks, valid, lesson.lexicon, work)


def no_adapter_for_vllm(settings: Settings, lesson: Lesson) -> str:
    """Why vLLM could not load the run's adapter beside its base model; "" if it can."""
    if settings.method == "lora" and settings.lora.dora:
        return "is a DoRA"
    if settings.method == "lora" and added_tokens(lesson.writer.tokenizer, lesson.base_tokens):
        return "trains tokens that the spelling added"
    return ""


def _model(settings: Settings, lesson: Lesson) -> "Model":
    """The model to be trained: all of it, or an adapter on it."""
    import torch

    from bundlesmith.finetune.attention import attend_apart

    torch.manual_seed(settings.training.seed)
    tokenizer = lesson.writer.tokenizer
    model = base_model(settings, tokenizer)
    attend_apart(model)
    added = added_tokens(lesson.writer.tokenizer, lesson.base_tokens)
    if added and settings.t5 is None:
        start_added_tokens(model, lesson.lexicon, lesson.catalogue, tokenizer, lesson.base_tokens)
    return with_adapter(model, settings, added) if settings.method == "lora" else model


def write_lexicon(
    data: Path, tables: Tables, settings: Settings, lesson: Lesson, key: str, fresh: Path
) -> dict[str, Any]:
    """Everything of a run but the adapter and how its training went; returns `run.json`."""
    lesson.writer.tokenizer.save_pretrained(fresh)
    save_lexicon(lesson.lexicon, lesson.catalogue, fresh)
    for name in ("items.parquet", "events.parquet"):
        shutil.copy(data / name, fresh / name)
    made: dict[str, Any] = {
        "format": RUN_FORMAT,
        "key": key,
        "integer_ids": tables.integer_ids,
        "currency": tables.currency,
        "sign": next(
            sign for sign in currency_signs(tables.currency) if can_write(lesson.writer.tokenizer, f"{sign}1")
        ),
        "encoder_decoder": lesson.encoder_decoder,
        "data": tables.hash,
        "prompts": prompts_hash(),
        "lexicon": lexicon_hash(fresh),
        "settings": settings.model_dump(),
        "packages": package_versions(),
    }
    write_index(fresh, lesson.lexicon.trie, lesson.catalogue, made["lexicon"])
    write_json(fresh / "run.json", made)
    return made
