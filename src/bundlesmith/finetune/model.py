"""The model of a fine-tune or a run: the base with a row for every token of the tokenizer, and what was trained on it.

torch, transformers and peft are imported at first use.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundlesmith.base import LOADING, load_model
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.decoding.lexicon import Lexicon
from bundlesmith.decoding.semantic import hide_codes
from bundlesmith.errors import BundlesmithError
from bundlesmith.settings import T5, Settings

if TYPE_CHECKING:
    from peft import PeftModel
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    Model = PreTrainedModel | PeftModel


def base_model(settings: Settings, tokenizer: "PreTrainedTokenizerBase") -> "PreTrainedModel":
    """The model that a fine-tune starts from, with a row of embeddings for every token; never fewer than it had."""
    if settings.t5 is not None:
        return new_t5(settings.t5, tokenizer)
    return _resized(load_model(settings.base, settings.dtype, settings.quantize), len(tokenizer))


def with_adapter(model: "PreTrainedModel", settings: Settings, added: Sequence[int]) -> "PeftModel":
    """A new LoRA adapter on *model*; the rows of *added* tokens are trained along with it."""
    from peft import LoraConfig, get_peft_model

    lora = settings.lora
    config = LoraConfig(
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.targets,
        use_rslora=lora.rslora,
        use_dora=lora.dora,
        trainable_token_indices={name: list(added) for name in _embedding_names(model)} if added else None,
        task_type="SEQ_2_SEQ_LM" if model.config.is_encoder_decoder else "CAUSAL_LM",
    )
    adapted: PeftModel = get_peft_model(_prepared(model, settings), config)
    return adapted


def adapter_again(folder: Path, settings: Settings, tokenizer: "PreTrainedTokenizerBase") -> "PeftModel":
    """The adapter of a run on its base, to be trained further."""
    return _adapted(_prepared(base_model(settings, tokenizer), settings), folder, is_trainable=True)


def _adapted(model: "PreTrainedModel", folder: Path, is_trainable: bool = False) -> "PeftModel":
    from peft import PeftModel
    from safetensors import SafetensorError

    try:
        adapted: PeftModel = PeftModel.from_pretrained(model, str(folder), is_trainable=is_trainable)
    except (SafetensorError, OSError) as error:
        raise BundlesmithError(
            f'The adapter in "{folder}" could not be loaded: {str(error).splitlines()[0]}',
            "Copy the run's folder again, or fine-tune anew.",
        ) from error
    return adapted


def _prepared(model: "PreTrainedModel", settings: Settings) -> "PreTrainedModel":
    """A base that can carry an adapter: one in 4 bits needs its other layers in float32."""
    from peft import prepare_model_for_kbit_training

    if not settings.quantize:
        return model
    ready: PreTrainedModel = prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)  # type: ignore[no-untyped-call]
    return ready


def _embedding_names(model: "PreTrainedModel") -> list[str]:
    """The layers that hold a row for each token, one of those that share their weights."""
    layers = {id(layer.weight): layer for layer in reversed(_embeddings(model))}
    return [name.rpartition(".")[2] for name, module in model.named_modules() if module in layers.values()]


def save_tuned(model: "Model", folder: Path, weights: Any = None) -> None:
    """Write all of a model, or of one with an adapter the adapter alone: trained rows of the embeddings are part of it.

    Args:
        weights: the model's, gathered from several processes; its own if None.
    """
    from peft import PeftModel

    if isinstance(model, PeftModel):
        model.save_pretrained(str(folder), state_dict=weights, save_embedding_layers=False)
    else:
        model.save_pretrained(str(folder), state_dict=weights)


def tuned_model(folder: Path, settings: Settings, tokenizer: "PreTrainedTokenizerBase") -> "PreTrainedModel":
    """The model of a run in float32: its base with the adapter merged in, or all of its own weights."""
    with LOADING:
        return _tuned(folder, settings, tokenizer)


def placed(model: "PreTrainedModel") -> "PreTrainedModel":
    """The model on a GPU, if there is one; else on the CPU."""
    import torch

    moving: Any = model
    moved: PreTrainedModel = moving.to("cuda" if torch.cuda.is_available() else "cpu")
    return moved


def _tuned(folder: Path, settings: Settings, tokenizer: "PreTrainedTokenizerBase") -> "PreTrainedModel":
    if (folder / "config.json").exists():
        return load_model(str(folder))
    model = _resized(load_model(settings.base), len(tokenizer))
    if not (folder / "adapter_config.json").exists():
        return model
    merged: Any = _adapted(model, folder).merge_and_unload()
    tuned: PreTrainedModel = merged.eval()
    return tuned


def _resized(model: "PreTrainedModel", tokens: int) -> "PreTrainedModel":
    rows: Any = model.get_input_embeddings()
    if tokens > rows.num_embeddings:
        model.resize_token_embeddings(tokens, mean_resizing=False)
    return model


def added_tokens(tokenizer: "PreTrainedTokenizerBase", base_tokens: int) -> list[int]:
    """The tokens that the spellings brought along, from *base_tokens* on; some only later items need."""
    return list(range(base_tokens, len(tokenizer)))


def start_added_tokens(
    model: "PreTrainedModel", lexicon: Lexicon, catalogue: Catalogue, tokenizer: "PreTrainedTokenizerBase", added: int
) -> None:
    """Let each new token begin as the mean of the titles of the items that it helps to spell.

    A code then starts near the words of what it stands for; one that no item uses starts as the mean of all titles.

    Args:
        added: the first new token; all from it on are new.
    """
    import torch

    titles = tokenizer([hide_codes(title) for title in catalogue.titles], add_special_tokens=False)["input_ids"]
    for layer in {id(layer.weight): layer for layer in _embeddings(model)}.values():
        weight = layer.weight.data
        means = torch.stack([weight[ids].mean(0) if ids else weight[:added].mean(0) for ids in titles]).float()
        sums, counts = torch.zeros(len(tokenizer) - added, weight.shape[1]), torch.zeros(len(tokenizer) - added)
        for row, tokens in enumerate(lexicon.tokens):
            own = torch.tensor([token - added for token in tokens if token >= added], dtype=torch.long)
            sums.index_add_(0, own, means[row].expand(len(own), -1))
            counts.index_add_(0, own, torch.ones(len(own)))
        usual = means.mean(0)
        rows = torch.where(counts[:, None] > 0, sums / counts[:, None].clamp(min=1), usual)
        weight[added : len(tokenizer)] = rows.to(weight.dtype)


def _embeddings(model: "PreTrainedModel") -> list[Any]:
    layers: list[Any] = [model.get_input_embeddings(), model.get_output_embeddings()]  # type: ignore[no-untyped-call]
    return [layer for layer in layers if layer is not None]


@contextmanager
def scored_at(model: "Model", places: "Tensor") -> Iterator[None]:
    """Within this an encoder-decoder, which knows no `logits_to_keep`, scores its vocabulary at some places alone.

    Of a batch whose answers differ in length most places are padding, and the vocabulary is most of a small T5's work.

    Args:
        model: may be wrapped for several processes.
        places: int64 [A], counted row by row; the logits are [A, vocabulary].
    """
    from accelerate.utils import extract_model_from_parallel

    def read(_: Any, args: "tuple[Tensor]") -> "Tensor":
        return args[0].flatten(0, 1)[places]

    head: Any = extract_model_from_parallel(model).get_output_embeddings()
    hook = head.register_forward_pre_hook(read)
    try:
        yield
    finally:
        hook.remove()


def new_t5(sizes: T5, tokenizer: "PreTrainedTokenizerBase") -> "PreTrainedModel":
    """A T5 with random weights, for the tokens of *tokenizer*."""
    from transformers import T5Config, T5ForConditionalGeneration

    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=sizes.d_model,
        d_kv=sizes.d_kv,
        d_ff=sizes.d_ff,
        num_layers=sizes.layers,
        num_heads=sizes.heads,
        dropout_rate=sizes.dropout,
        pad_token_id=pad,
        eos_token_id=tokenizer.eos_token_id,
    )
    config.decoder_start_token_id = pad
    return T5ForConditionalGeneration(config)
