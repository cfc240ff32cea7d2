"""A Llama with a byte-level tokenizer as one GGUF file, for llama.cpp and what is built on it.

The names and the order of rows are those of llama.cpp's own converter: tensors by `gguf.TensorNameMap`, rotary halves
of queries and keys interleaved, vectors in float32.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundlesmith.errors import BundlesmithError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

GGUF_FILE = "model.gguf"
_ELSEWHERE = "Use `--format merged`, and convert that folder with llama.cpp's convert_hf_to_gguf.py."
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_PLAIN = {"ByteLevel": {"add_prefix_space": False, "use_regex": True}}
_SPLITS: dict[str, list[dict[str, dict[str, Any]]]] = {
    "gpt-2": [_PLAIN],
    "smollm": [{"Digits": {"individual_digits": True}}, _PLAIN],
    "llama-bpe": [
        {"Split": {"pattern": {"Regex": _LLAMA3}, "behavior": "Isolated", "invert": False}},
        {"ByteLevel": {"add_prefix_space": False, "use_regex": False}},
    ],
}
"""How a text is split before merging: llama.cpp's name of it, and what `tokenizer.json` says."""


def check_gguf(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase") -> None:
    """Refuse what this file can't write: anything but a plain Llama with a byte-level BPE tokenizer.

    Raises:
        BundlesmithError: if it is something else; it says what.
    """
    config: Any = model.config
    if config.model_type != "llama":
        raise BundlesmithError(
            f'A model of type "{config.model_type}" can\'t be written as GGUF, only "llama".', _hint(config)
        )
    rope = config.rope_parameters["rope_type"]
    if rope != "default" or config.attention_bias or config.mlp_bias or config.hidden_act != "silu":
        said = f'rope "{rope}", attention_bias {config.attention_bias}, mlp_bias {config.mlp_bias}'
        raise BundlesmithError(f"Only a plain Llama can be written as GGUF; this one has {said}.", _ELSEWHERE)
    _split_name(_backend(tokenizer))


def _hint(config: Any) -> str:
    return "Use `--format merged`." if config.is_encoder_decoder else _ELSEWHERE


def write_gguf(
    model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", eight_bits: bool, name: str, path: Path
) -> None:
    """Write weights in float16 (or Q8_0), config, tokenizer and chat template.

    Raises:
        BundlesmithError: if the model is no plain Llama; see `check_gguf`.
    """
    from gguf import GGUFWriter, LlamaFileType

    check_gguf(model, tokenizer)
    writer = GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_file_type(LlamaFileType.MOSTLY_Q8_0 if eight_bits else LlamaFileType.MOSTLY_F16)
    _add_config(writer, model.config)
    _add_tokenizer(writer, tokenizer, int(model.config.vocab_size))
    _add_weights(writer, model, eight_bits)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_config(writer: Any, config: Any) -> None:
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_vocab_size(config.vocab_size)


def _add_tokenizer(writer: Any, tokenizer: Any, rows: int) -> None:
    """The vocabulary: one token a row of the embeddings; rows without a token get one that nothing spells."""
    from gguf import TokenType

    backend = _backend(tokenizer)
    tokens = [*tokenizer.convert_ids_to_tokens(range(len(tokenizer)))]
    kinds = [TokenType.NORMAL] * len(tokens) + [TokenType.UNUSED] * (rows - len(tokens))
    for token in backend["added_tokens"]:
        kinds[token["id"]] = TokenType.CONTROL if token["special"] else TokenType.USER_DEFINED
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(_split_name(backend))
    writer.add_token_list(tokens + [f"[PAD{row}]" for row in range(len(tokens), rows)])
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in backend["model"]["merges"]])
    writer.add_add_space_prefix(False)
    first = tokenizer("a")["input_ids"][0]
    writer.add_add_bos_token(tokenizer.bos_token_id is not None and first == tokenizer.bos_token_id)
    for add, token in (
        (writer.add_bos_token_id, tokenizer.bos_token_id),
        (writer.add_eos_token_id, tokenizer.eos_token_id),
        (writer.add_pad_token_id, tokenizer.pad_token_id),
        (writer.add_unk_token_id, tokenizer.unk_token_id),
    ):
        if token is not None:
            add(token)
    if isinstance(tokenizer.chat_template, str):
        writer.add_chat_template(tokenizer.chat_template)


def _backend(tokenizer: Any) -> dict[str, Any]:
    """What `tokenizer.json` holds."""
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        raise BundlesmithError("This tokenizer has no tokenizer.json, and GGUF is written from one.", _ELSEWHERE)
    backend: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    return backend


def _split_name(backend: dict[str, Any]) -> str:
    """llama.cpp's name for how the tokenizer splits a text before merging."""
    before = backend["pre_tokenizer"] or {"type": "none"}
    steps = before["pretokenizers"] if before["type"] == "Sequence" else [before]
    plain = backend["model"]["type"] == "BPE" and backend["normalizer"] is None
    for name, wanted in _SPLITS.items():
        if plain and len(steps) == len(wanted) and all(map(_is_step, steps, wanted)):
            return name
    raise BundlesmithError(
        f"GGUF knows tokenizers of GPT-2, SmolLM2 and Llama 3, and this one splits texts otherwise: {before}.",
        _ELSEWHERE,
    )


def _is_step(step: dict[str, Any], wanted: dict[str, dict[str, Any]]) -> bool:
    return all(step["type"] == kind and values.items() <= step.items() for kind, values in wanted.items())


def _add_weights(writer: Any, model: Any, eight_bits: bool) -> None:
    from gguf import MODEL_ARCH, GGMLQuantizationType, get_tensor_name_map
    from gguf.quants import quantize

    config = model.config
    names = get_tensor_name_map(MODEL_ARCH.LLAMA, config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue  # no `output.weight` means: the embeddings are used again
        array = tensor.float().cpu().numpy()
        if name.endswith("q_proj.weight"):
            array = _interleaved(array, config.num_attention_heads)
        elif name.endswith("k_proj.weight"):
            array = _interleaved(array, config.num_key_value_heads)
        kind = GGMLQuantizationType.F32 if array.ndim == 1 else GGMLQuantizationType.F16
        if array.ndim == 2 and eight_bits and array.shape[1] % 32 == 0:  # a block of Q8_0
            kind = GGMLQuantizationType.Q8_0
        writer.add_tensor(names.get_name(name, (".weight",)), quantize(array, kind), raw_dtype=kind)


def _interleaved(array: "NDArray[np.float32]", heads: int) -> "NDArray[np.float32]":
    """Rows of each head from (first halves, second halves) of its rotary pairs to pairs side by side."""
    import numpy as np

    pairs = array.reshape(heads, 2, array.shape[0] // heads // 2, array.shape[1])
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(array.shape))


def load_gguf(folder: Path) -> "PreTrainedModel":
    """The model of a GGUF export in float32, through transformers' own reader."""
    import torch
    from transformers import AutoModelForCausalLM

    loaded: Any = AutoModelForCausalLM.from_pretrained(folder, gguf_file=GGUF_FILE, dtype=torch.float32)
    model: PreTrainedModel = loaded.eval()
    return model
