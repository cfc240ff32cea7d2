"""What shops call the columns that we have: names.yaml, as a dictionary of our names."""

from functools import cache
from importlib.resources import files

import yaml


@cache
def names() -> dict[str, list[str]]:
    """The names of each column of ours, the likeliest first, as `plain_name` makes them."""
    text = files("bundlesmith.data").joinpath("names.yaml").read_text(encoding="utf-8")
    return {ours: [plain_name(str(name)) for name in theirs] for ours, theirs in yaml.safe_load(text).items()}


def plain_name(name: str) -> str:
    """A column's name as letters and digits in lower case."""
    return "".join(char for char in name.casefold() if char.isalnum())
