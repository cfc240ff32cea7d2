"""From a run and its data to the run with a guide: the one function behind `bundlesmith guide`."""

import shutil
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console

from bundlesmith.errors import need
from bundlesmith.eval.fusing import chosen_fusion
from bundlesmith.files import beside, check_folder, hash_texts, loud_writes, read_json, written_whole
from bundlesmith.finetune.cases import load_cases
from bundlesmith.guide.contrastive import Tuning
from bundlesmith.guide.guide import WEIGHTS
from bundlesmith.guide.learn import learn, write_weights
from bundlesmith.serve.recommender import Recommender

VERSION = "3"
"""Goes up when guides change, so that old ones are learnt again."""


def write_guide(run: Path, data: Path, epochs: int, force: bool, console: Console) -> bool:
    """Learn the guide of a run on the training split, fuse it on the valid split, and write it into the run.

    Returns:
        whether it was written; not if the same guide is there.

    Raises:
        BundlesmithError: if the data isn't the run's, or a split has no bundle;
            sentence-transformers isn't installed.
    """
    check_folder(run / "guide", "guide", data)
    need("sentence_transformers", "a guide", "references")
    recommender, tuning = Recommender.load(run), Tuning(epochs)
    recommender.run.check_data(data)
    key, made = hash_texts(VERSION, recommender.key, repr(tuning)), run / "guide" / WEIGHTS
    if not force and made.exists() and read_json(made).get("key") == key:
        return False
    catalogue = recommender.catalogue
    train, valid = (list(load_cases(data, catalogue, split)) for split in ("train", "valid"))
    kept = beside(run, "guide")
    with loud_writes(run), written_whole(run / "guide", "guide", data) as fresh:
        with console.status("Tuning the encoder and weighing the evidence …"):
            guide = learn(fresh, catalogue, train, valid, tuning, kept)
        with console.status("Asking the model about the valid split …"):
            fusion = chosen_fusion(recommender, guide, valid)
        write_weights(fresh, replace(guide, fusion=asdict(fusion)), key)
    shutil.rmtree(kept, ignore_errors=True)
    console.print(f"Fusion: {fusion}", soft_wrap=True)
    return True
