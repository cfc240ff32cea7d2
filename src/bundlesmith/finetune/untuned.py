"""A run from prepared data without any training: the base model as it is, and a ranker. Behind `serve --data`."""

from pathlib import Path

from rich.console import Console

from bundlesmith.data.tables import load
from bundlesmith.finetune.finetune import run_key, spell
from bundlesmith.finetune.ranker import ensure_ranker
from bundlesmith.hashes import hash_files, hash_texts
from bundlesmith.ranking.weights import SHIPPED
from bundlesmith.settings import Settings


def untuned_run(data: Path, kept: Path, settings: Settings, console: Console) -> Path:
    """The folder of a run of prepared data; made in a minute or two when it is asked for first, and kept in *kept*.

    Raises:
        BundlesmithError: if the folder isn't prepared data, or the base model isn't there.
    """
    key = hash_texts(run_key(load(data), settings), hash_files(SHIPPED))
    folder = kept / key
    if not (folder / "run.json").exists():
        spell(data, folder, settings, console)
    ensure_ranker(folder, data, console)
    return folder
