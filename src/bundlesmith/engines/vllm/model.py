"""A run's model as vLLM loads it: a folder in transformers' format, or the base beside plain adapters."""

from pathlib import Path
from typing import TYPE_CHECKING

from bundlesmith.base import base_path, cache_folder
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import read_json, recover, written_whole
from bundlesmith.hashes import hash_files
from bundlesmith.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

_ADAPTER = "adapter_config.json"
NOT_PLAIN = ("modules_to_save", "trainable_token_indices", "use_dora")
"""What vLLM's adapters can't have."""


def whole_model(run: Run) -> str:
    """Where vLLM loads all of a run's model from: its adapter is merged in, once, in the cache of converted models.

    Raises:
        BundlesmithError: if it is of the T5 kind, which vLLM doesn't run, or can't be written.
    """
    _check_kind(run)
    if (run.folder / "config.json").exists():
        return str(run.folder)
    if not has_adapter(run.folder) and not _added_tokens(run):
        return base_path(run.settings.base)
    merged = cache_folder() / "merged" / f"{run.folder.absolute().name}-{_content(run)}"
    recover(merged)
    if not (merged / "config.json").exists():
        _merge(run, merged)
    return str(merged)


def shared_base(runs: "Sequence[Run]") -> str:
    """Where vLLM loads the base of some runs from, whose adapters it then loads by name.

    Raises:
        BundlesmithError: if their bases differ, or one of them isn't a plain adapter.
    """
    for run in runs:
        check_adapter(run, runs[0])
    return base_path(runs[0].settings.base)


def check_adapter(run: Run, like: Run) -> None:
    """Check that vLLM can load a run as an adapter on the base of another.

    Raises:
        BundlesmithError: if it can't.
    """
    _check_kind(run)
    if run.settings.base != like.settings.base:
        raise BundlesmithError(
            f'The base of "{run.folder}" is "{run.settings.base}", and that of "{like.folder}" "{like.settings.base}".',
            "Serve runs of one base together, and others by a server of their own.",
        )
    if (run.folder / "config.json").exists() or _added_tokens(run) or _special(run):
        raise BundlesmithError(
            f'vLLM can\'t load "{run.folder}" as an adapter: it has more than plain LoRA weights.',
            "Serve it alone, merged.",
        )


def has_adapter(folder: Path) -> bool:
    """Whether a run's model is an adapter on its base."""
    return (folder / _ADAPTER).exists()


def _check_kind(run: Run) -> None:
    if run.made["encoder_decoder"]:
        raise BundlesmithError(
            f'vLLM can\'t run the model of "{run.folder}": it is a T5.', "Use the engine transformers."
        )


def _added_tokens(run: Run) -> bool:
    """Whether its spellings brought tokens along."""
    return run.lexicon.codebook is not None


def _special(run: Run) -> bool:
    if not has_adapter(run.folder):
        return False
    config = read_json(run.folder / _ADAPTER)
    return any(config.get(name) for name in NOT_PLAIN) or config.get("bias", "none") != "none"


def _content(run: Run) -> str:
    """Another training gives another name, even with the same key: weights differ between machines."""
    names = ("run.json", _ADAPTER, "adapter_model.safetensors")
    return hash_files(*(path for name in names if (path := run.folder / name).exists()))


def _merge(run: Run, folder: Path) -> None:
    from bundlesmith.finetune.export import write_export
    from bundlesmith.finetune.model import tuned_model

    model = tuned_model(run.folder, run.settings, run.tokenizer)
    with written_whole(folder) as fresh:
        write_export(model, run.tokenizer, "merged", run.folder.absolute().name, fresh)
