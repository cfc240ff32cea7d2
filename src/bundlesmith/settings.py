"""The configuration of a fine-tune: what a YAML file and `key=value` overrides may say, with defaults.

Unknown keys are errors that name the nearest one.
"""

from pathlib import Path
from typing import Any, Literal, Self, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bundlesmith.base import SMOLLM2
from bundlesmith.errors import BundlesmithError, nearest


class ConfigSection(BaseModel):
    """A part of a config: frozen, and nothing else may stand in it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Lora(ConfigSection):
    """LoRA, as `peft.LoraConfig` takes it."""

    r: int = Field(16, ge=1)
    alpha: int = Field(32, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1)
    targets: str | list[str] = "all-linear"
    rslora: bool = Field(False, description="scale by alpha / sqrt(r) in place of alpha / r")
    dora: bool = Field(False, description="weights as magnitude and direction, the direction tuned by LoRA")


class T5(ConfigSection):
    """The sizes of a small T5 that is trained from nothing, with the tokenizer of `base`. As TIGER's by default."""

    d_model: int = Field(128, ge=8)
    d_kv: int = Field(64, ge=8)
    d_ff: int = Field(1024, ge=8)
    layers: int = Field(4, ge=1)
    heads: int = Field(6, ge=1)
    dropout: float = Field(0.1, ge=0, lt=1)


class Mix(ConfigSection):
    """How many examples of each kind an epoch holds: per bundle, and for `spell` per item. Fractions are chances."""

    history: float = Field(0.3, ge=0)
    request: float = Field(1.0, ge=0)
    rest: float = Field(2.0, ge=0)
    session: float = Field(0.5, ge=0)
    explain: float = Field(0.2, ge=0)
    spell: float = Field(0.1, ge=0)


class Examples(ConfigSection):
    """How histories and bundles become examples."""

    spelling: Literal["terms", "title", "semantic"] = "terms"
    mix: Mix = Mix()
    history_tokens: int = Field(96, ge=0)
    talk_share: float = Field(0.15, ge=0, le=1, description="share of answers that go on to intent and explanation")
    explanations: float = Field(1.0, ge=0, le=1, description="share of intents that are followed by an explanation")
    blank_history: float = Field(0.15, ge=0, le=1, description="share of examples whose history is left out")
    blank_words: float = Field(0.15, ge=0, le=1, description="share of `rest` examples whose words are left out")
    drop_history: float = Field(0, ge=0, lt=1, description="chance of each item of a history to be left out")
    sub_bundles: float = Field(0, ge=0, le=1, description="share of answers that are only a part, 2 items or more")
    paraphrase: float = Field(0, ge=0, le=1, description="share of requests whose words are put in another way")


class Training(ConfigSection):
    """How the adapter is trained."""

    epochs: int = Field(1, ge=1)
    max_steps: int | None = Field(None, ge=1)
    block_tokens: int = Field(512, ge=64, description="examples are packed into blocks of about this many tokens")
    blocks_per_step: int = Field(2, ge=1, description="over all processes")
    learning_rate: float = Field(1e-3, gt=0)
    warmup: float = Field(0.05, ge=0, lt=1)
    weight_decay: float = Field(0.0, ge=0)
    loss: Literal["allowed", "vocabulary"] = Field(
        "allowed", description="normalise item tokens over the trie's tokens, or over the whole vocabulary"
    )
    eval_every: int = Field(100, ge=1, description="steps between looks at the valid split, and between checkpoints")
    eval_blocks: int = Field(24, ge=1)
    patience: int = Field(5, ge=1, description="looks without a better valid loss before training stops")
    seed: int = 7
    gradient_checkpointing: bool = Field(False, description="compute activations twice, to keep fewer in memory")
    fsdp: bool = Field(False, description="spread the weights over the GPUs of several processes")
    report: list[Literal["wandb", "mlflow", "trackio"]] = Field([], description="trackers, beside TensorBoard")


class Corruptions(ConfigSection):
    """What makes a bundle a worse one, by weight: one of its items is exchanged, or left out."""

    random: float = Field(1.0, ge=0, description="for any item of the catalogue")
    category: float = Field(1.0, ge=0, description="for one of the same category")
    popular: float = Field(1.0, ge=0, description="for one that is in many bundles")
    session: float = Field(1.0, ge=0, description="for one of another bundle of the same session")
    cut: float = Field(0.5, ge=0, description="for none")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not any(self.model_dump().values()):
            raise ValueError("all weights are 0")
        return self


class Preference(ConfigSection):
    """How a run is tuned on pairs of a true and a corrupted bundle."""

    beta: float = Field(0.1, gt=0, description="how closely the tuned model keeps to what it was")
    sft: float = Field(0.0, ge=0, description="weight of the true bundle's own loss, beside that of the pair")
    pairs: int = Field(1, ge=1, description="pairs of each bundle in an epoch")
    corruptions: Corruptions = Corruptions()
    epochs: int = Field(1, ge=1)
    max_steps: int | None = Field(None, ge=1)
    pairs_per_block: int = Field(4, ge=1, description="pairs that go through the model together")
    blocks_per_step: int = Field(2, ge=1)
    learning_rate: float = Field(1e-4, gt=0)
    warmup: float = Field(0.1, ge=0, lt=1)
    eval_every: int = Field(50, ge=1, description="steps between looks at the valid split")
    eval_blocks: int = Field(24, ge=1)
    seed: int = 7


class Preferences(ConfigSection):
    """Everything that preference tuning depends on, but for the run and the data."""

    preference: Preference = Preference()


class Settings(ConfigSection):
    """Everything that a fine-tune depends on, but for the data."""

    base: str = SMOLLM2
    t5: T5 | None = None
    method: Literal["lora", "full"] = "lora"
    quantize: Literal["nf4"] | None = Field(None, description="keep the base in 4 bits while its adapter is trained")
    dtype: Literal["float32", "bfloat16"] = "float32"
    lora: Lora = Lora()
    examples: Examples = Examples()
    training: Training = Training()

    @field_validator("base")
    @classmethod
    def _found_from_anywhere(cls, base: str) -> str:
        """A folder by its absolute path: a run names its base, and may be used from another folder."""
        folder = Path(base).expanduser()
        return str(folder.absolute()) if folder.is_dir() else base

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.t5 is not None and self.method != "full":
            raise ValueError("a T5 that is trained from nothing needs `method: full`")
        if self.quantize and self.method != "lora":
            raise ValueError("a base in 4 bits can only be tuned with `method: lora`")
        if self.quantize and self.training.fsdp:
            raise ValueError("`quantize` and `training.fsdp` don't work together: weights of 4 bits are not spread")
        if self.method == "full" and self.dtype != "float32":
            raise ValueError("`method: full` needs `dtype: float32`: small steps would be lost in bfloat16")
        return self


_Config = TypeVar("_Config", bound=ConfigSection)


def load_settings(config: Path | None, overrides: list[str]) -> Settings:
    """The config of a fine-tune; see `load_config`."""
    return load_config(Settings, config, overrides)


def load_config(kind: type[_Config], config: Path | None, overrides: list[str]) -> _Config:
    """Read a YAML file, put `key=value` overrides over it (`training.epochs=3`), and check the result.

    Raises:
        BundlesmithError: if the file can't be read, an override has no `=`, or a key or value is wrong.
    """
    values: dict[str, Any] = _read_yaml(config) if config else {}
    for override in overrides:
        _put(values, override)
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise _explained(error, known_keys(kind)) from error


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError as error:
        raise BundlesmithError(f'There is no config "{path}".', "Check the path.") from error
    except OSError as error:
        raise BundlesmithError(
            f'The config "{path}" could not be read: {error.strerror}.', "Check the path."
        ) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise BundlesmithError(f'The config "{path}" is not YAML: {error}', "Mend it.") from error
    if not isinstance(values, dict):
        raise BundlesmithError(f'The config "{path}" holds a {type(values).__name__}.', "Write `key: value` lines.")
    return values


def _put(values: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals:
        raise BundlesmithError(f'"{override}" is no override.', 'Write it as "training.epochs=3".')
    *path, last = key.strip().split(".")
    for name in path:
        values = values.setdefault(name, {})
        if not isinstance(values, dict):
            raise BundlesmithError(f'"{key}": "{name}" is a value, not a section.', "Leave out what follows it.")
    try:
        values[last] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BundlesmithError(f'The value of "{override}" is not YAML.', "Put quotes around a text.") from error


def _explained(error: ValidationError, known: list[str]) -> BundlesmithError:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    if not where:
        return BundlesmithError(f"The config doesn't fit together: {first['msg']}.", "Change one of the two.")
    if first["type"] == "extra_forbidden":
        return BundlesmithError(f'There is no key "{where}".', nearest(where, known))
    return BundlesmithError(f'"{where}" is {first["input"]!r}: {first["msg"]}.', "Change that value.")


def known_keys(section: type[BaseModel] = Settings, prefix: str = "") -> list[str]:
    """All keys of the config, with dots: `base`, `lora`, `lora.r`, …"""
    keys: list[str] = []
    for name, field in section.model_fields.items():
        keys.append(prefix + name)
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                keys += known_keys(kind, f"{prefix}{name}.")
    return keys
