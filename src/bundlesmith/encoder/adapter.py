"""The encoder of requests and items: all-MiniLM-L6-v2 with what `bundlesmith.encoder.tune` taught it.

embed(["nobody has slept since tuesday"], str(shopping_encoder()))
"""

from functools import lru_cache
from pathlib import Path

from bundlesmith.base import cache_folder
from bundlesmith.embedding import MINILM, encoder_path
from bundlesmith.encoder.tune import ADAPTER, CONFIG, WEIGHTS
from bundlesmith.files import hash_files, written_whole


@lru_cache(maxsize=1)
def shopping_encoder() -> Path:
    """Its folder, in the cache; the adapter is merged into the encoder when it is needed first.

    The folder's name changes with the adapter: vectors of another one don't compare.

    Raises:
        BundlesmithError: if all-MiniLM-L6-v2 can't be loaded.
    """
    adapter = Path(str(ADAPTER))
    folder = cache_folder() / f"all-MiniLM-L6-v2-{hash_files(adapter / CONFIG, adapter / WEIGHTS)}"
    if not (folder / "config.json").exists():
        _merge(adapter, folder)
    return folder


def _merge(adapter: Path, folder: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it would break into our own
    path = encoder_path(MINILM)
    model = PeftModel.from_pretrained(AutoModel.from_pretrained(path, dtype=torch.float32), str(adapter))
    with written_whole(folder) as fresh:
        model.merge_and_unload().save_pretrained(str(fresh))
        AutoTokenizer.from_pretrained(path).save_pretrained(str(fresh))
