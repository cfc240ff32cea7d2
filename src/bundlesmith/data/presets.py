"""Presets: YAML mappings of layouts that many people have, such as Shopify's exports; they are in the folder presets.

    bundlesmith prepare --source shopify --show
    bundlesmith prepare --source shopify --path EXPORTS --out data/shop

Another shop is another YAML file, and no code.
"""

from importlib.resources import files
from pathlib import Path

from bundlesmith.data.readers.config import TablesConfig, parse_config
from bundlesmith.errors import BundlesmithError

_FOLDER = files("bundlesmith.data").joinpath("presets")


def preset_names() -> list[str]:
    """The names of all presets."""
    return sorted(entry.name.removesuffix(".yaml") for entry in _FOLDER.iterdir() if entry.name.endswith(".yaml"))


def preset_text(name: str) -> str:
    """The YAML of a preset, with what it says about itself."""
    return _FOLDER.joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def shown_preset(name: str) -> str:
    """As `preset_text`.

    Raises:
        BundlesmithError: if the source is no preset.
    """
    if name not in preset_names():
        raise BundlesmithError(f'"{name}" is no preset.', f"Presets: {', '.join(preset_names())}.")
    return preset_text(name)


def preset(name: str) -> TablesConfig:
    """The mapping of a preset."""
    return parse_config(preset_text(name), Path(f"{name}.yaml"))
