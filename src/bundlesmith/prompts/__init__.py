"""Every text that the model reads or a person is told, as Jinja files; and the one function that renders them."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from bundlesmith.hashes import hash_texts

LEARNT = ("system.jinja", "request.jinja", "explain.jinja", "spell.jinja")
"""What a model learns and is asked with."""
TAUGHT = ("paraphrase.jinja",)
"""What only training examples are made with."""


def _source(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # plain text for a model; a page escapes what it shows
    )


def render(name: str, **values: Any) -> str:
    """Render `NAME.jinja` with *values*; a value that the template needs and doesn't get is an error."""
    return _environment().get_template(f"{name}.jinja").render(**values)


def prompts_hash(names: Sequence[str] = LEARNT) -> str:
    """A hash of templates. A run keeps that of what its model learnt, since other texts would mislead it."""
    return hash_texts(*(f"{name}\0{_source(name)}" for name in names))
