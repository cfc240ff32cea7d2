"""The encoder of requests and items: all-MiniLM-L6-v2 with what `bundlesmith.encoder.tune` taught it.

embed(["nobody has slept since tuesday"], str(shopping_encoder()))
"""

from functools import lru_cache
from pathlib import Path

from bundlesmith.base import LOADING, cache_folder
from bundlesmith.encoder.embedding import MINILM, load_encoder
from bundlesmith.encoder.tune import ADAPTER_FOLDER, CONFIG, WEIGHTS
from bundlesmith.files import written_whole
from bundlesmith.hashes import hash_files


@lru_cache(maxsize=1)
def shopping_encoder() -> Path:
    """Its folder, in the cache; the adapter is merged into the encoder when it is needed first.

    The folder's name changes with the adapter: vectors of another one don't compare.

    Raises:
        BundlesmithError: if all-MiniLM-L6-v2 can't be loaded.
    """
    folder = cache_folder() / f"all-MiniLM-L6-v2-{hash_files(ADAPTER_FOLDER / CONFIG, ADAPTER_FOLDER / WEIGHTS)}"
    if not (folder / "config.json").exists():
        _merge(ADAPTER_FOLDER, folder)
    return folder


def _merge(adapter: Path, folder: Path) -> None:
    from peft import PeftModel

    with LOADING:
        tokenizer, model = load_encoder(MINILM)
        merged = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    with written_whole(folder) as fresh:
        merged.save_pretrained(str(fresh))
        tokenizer.save_pretrained(str(fresh))
