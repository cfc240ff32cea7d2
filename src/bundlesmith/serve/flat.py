"""Requests as flat values, the only ones that vLLM takes along with a request: `extra_args`, and `vllm_xargs` in HTTP.

    {"bundle_size": "2:5", "bundle_budget": 250, "bundle_exclude": "A-1,B-2", "bundle_slots": ["Tents", "Stoves"]}

The names are those of `bundlesmith.serve.ask.Ask` after `bundle_`; a list may be a text with commas. A request with
none of them is left alone. `bundle_talk` (0 or 1) says whether an intent and an explanation follow the items.

Knows nothing about vLLM.
"""

from collections.abc import Mapping
from typing import Any, get_origin

from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.serve.ask import Ask, checked_ask

PREFIX = "bundle_"
TALK = "talk"
NOT_FLAT = ("n",)
"""How many bundles are wanted is for vLLM to know: its own parameter n."""


def read_flat(values: Mapping[str, Any] | None) -> tuple[Ask, bool] | None:
    """The request in flat values and whether it is to be talked about; None if there is none.

    Raises:
        BundlesmithError: if a name is not known or a value is wrong.
    """
    ours = {key[len(PREFIX) :]: value for key, value in (values or {}).items() if key.startswith(PREFIX)}
    if not ours:
        return None
    names = [name for name in (*Ask.model_fields, TALK) if name not in NOT_FLAT]
    for name in ours:
        if name not in names:
            known = [PREFIX + name for name in names]
            raise BundlesmithError(f'There is no "{PREFIX}{name}".', nearest(PREFIX + name, known))
    talk = _truth(ours.pop(TALK, 0))
    return checked_ask(**{name: _value(name, value) for name, value in ours.items()}), talk


def _truth(value: Any) -> bool:
    if value not in (0, 1, "0", "1"):
        raise BundlesmithError(f'"{PREFIX}{TALK}" is {value!r}.', "Give 0 or 1.")
    return bool(int(value))


def _value(name: str, value: Any) -> Any:
    if get_origin(Ask.model_fields[name].annotation) is not list:
        return value
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    return [str(part).strip() for part in parts]


def write_flat(ask: Ask, talk: bool) -> dict[str, Any]:
    """The flat values of a request: only what differs from the defaults, and always the size."""
    said = {"size": ask.size} | ask.model_dump(exclude_defaults=True, exclude=set(NOT_FLAT))
    return {PREFIX + name: int(v) if isinstance(v, bool) else v for name, v in said.items()} | {
        PREFIX + TALK: int(talk)
    }
