"""A run's model as other programs load it: merged in transformers' format, in 8 or 4 bits, or as one GGUF file.

`bundlesmith.cli.export` compares the copy with the run.
"""

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bundlesmith.base import load_model
from bundlesmith.errors import need
from bundlesmith.finetune.export_gguf import GGUF_FILE, check_gguf, load_gguf, write_gguf

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Format = Literal["merged", "int8", "nf4", "gguf", "gguf-q8"]


def check_export(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", kind: Format) -> None:
    """Refuse, before anything is written, what can't be had.

    Raises:
        BundlesmithError: if bitsandbytes is needed and not installed, or GGUF doesn't know the model or tokenizer.
    """
    if kind in ("int8", "nf4"):
        need("bitsandbytes", f"`--format {kind}`", "qlora")
    if kind in ("gguf", "gguf-q8"):
        check_gguf(model, tokenizer)


def write_export(
    model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", kind: Format, name: str, folder: Path
) -> None:
    """Write *model*, the whole of a run's, with its tokenizer into *folder*.

    Args:
        name: what GGUF calls it.
    """
    if kind in ("gguf", "gguf-q8"):
        write_gguf(model, tokenizer, kind == "gguf-q8", name, folder / GGUF_FILE)
        return
    _plain_generation(model)
    if kind == "merged":
        model.save_pretrained(folder)
    else:
        with tempfile.TemporaryDirectory(dir=folder) as merged:  # quantised while it is loaded, layer by layer
            model.save_pretrained(merged)
            small = load_model(merged, quantize=kind)
        small.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _plain_generation(model: "PreTrainedModel") -> None:
    """Keep of the generation config which tokens begin and end a text: its top-k and its kin break constraints."""
    from transformers import GenerationConfig

    names = ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
    own: Any = model.generation_config
    model.generation_config = GenerationConfig(**{name: getattr(own, name) for name in names})  # type: ignore[no-untyped-call]


def load_export(folder: Path, kind: Format) -> "PreTrainedModel":
    """Load again what `write_export` wrote, as anyone would with transformers, computing in float32."""
    if kind == "int8":
        # bitsandbytes would say for every layer of every token that it computes in float16
        logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    return load_gguf(folder) if kind in ("gguf", "gguf-q8") else load_model(str(folder))
