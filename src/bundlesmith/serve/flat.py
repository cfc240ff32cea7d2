"""Requests as flat values, the only ones that vLLM takes along with a request: `extra_args`, and `vllm_xargs` in HTTP.

    {"bundle_size": "2:5", "bundle_budget": 250, "bundle_exclude": "A-1,B-2", "bundle_slots": ["Tents", "Stoves"]}

The names are those of `bundlesmith.serve.ask.Ask` after `bundle_`; a list may be a text with commas. A request with
none of them is left alone. Besides: `bundle_talk` (0 or 1) says whether an intent and an explanation follow the items,
`bundle_intent` what the bundle is called, if that is decided, and `bundle_said` the explanations to choose from, a line
each; `bundle_noise` and `bundle_seed` are those of `bundlesmith.serve.noise.Noise`, and `bundle_model` and
`bundle_version` name a run and the state of its shop.
`bundle_all` is a text that holds all of these as JSON, for those who carry columns of one type.

Knows nothing about vLLM.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_origin

from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.request import LONGEST_INTENT, Request, is_intent
from bundlesmith.serve.ask import Ask, checked_ask
from bundlesmith.serve.noise import SILENCE, Noise
from bundlesmith.shop import ShopView

PREFIX = "bundle_"
ALL = "bundle_all"
BESIDES = ("talk", "intent", "said", "noise", "seed", "model", "version")
NOT_FLAT = ("n",)
"""How many bundles are wanted is for vLLM to know: its own parameter n."""
LARGEST = 2**32
"""Numbers are below it."""
LONGEST_SAID = 2000
"""Most characters of an explanation."""
LARGEST_SEED = 2**63
"""Seeds are below it: a bundle's is a thousand times that of its request, and more."""


@dataclass(frozen=True, slots=True)
class Flat:
    """What flat values say.

    Attributes:
        ask: the request.
        talk: whether it is to be talked about.
        intent: what the bundle is called, if that is decided.
        said: the explanations to choose from, if they are decided.
        noise: what is added to scores.
        model: the name of the run; "": the only one.
        version: the last change of the shop that the request knows of; None: the shop as it is now.
    """

    ask: Ask
    talk: bool = False
    noise: Noise = SILENCE
    model: str = ""
    version: int | None = None
    intent: str = ""
    said: tuple[str, ...] = ()

    def request(self, shop: ShopView) -> Request:
        """The request, of a shop as it is.

        Raises:
            BundlesmithError: see `Ask.request`.
        """
        return replace(self.ask.request(shop), intent=self.intent, said=self.said)


def read_flat(values: Mapping[str, Any] | None) -> Flat | None:
    """What flat values say; None if none is ours.

    Raises:
        BundlesmithError: if a name is not known or a value is wrong.
    """
    values = values or {}
    if ALL in values:
        values = _unpacked(values[ALL])
    ours = {key[len(PREFIX) :]: value for key, value in values.items() if key.startswith(PREFIX)}
    if not ours:
        return None
    names = [name for name in (*Ask.model_fields, *BESIDES) if name not in NOT_FLAT]
    for name in ours:
        if name not in names:
            known = [PREFIX + name for name in names]
            raise BundlesmithError(f'There is no "{PREFIX}{name}".', nearest(PREFIX + name, known))
    besides = {name: ours.pop(name) for name in BESIDES if name in ours}
    ask = checked_ask(**{name: _value(name, value) for name, value in ours.items()})
    version = None if "version" not in besides else int(_number("version", besides["version"]))
    noise = Noise(_number("noise", besides.get("noise", 0)), _seed(besides.get("seed", 0)))
    model, intent = str(besides.get("model", "")), _line("intent", besides.get("intent", ""))
    said = tuple(_said(line) for line in str(besides.get("said", "")).split("\n") if line)
    return Flat(ask, _truth(besides.get("talk", 0)), noise, model, version, intent, said)


def packed(values: Mapping[str, Any]) -> dict[str, str]:
    """Flat values as one text."""
    return {ALL: json.dumps(values)}


def _unpacked(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise BundlesmithError(f'"{ALL}" is {text!r}.', "Give a JSON object as text.")
    return found


def _truth(value: Any) -> bool:
    if value not in (0, 1, "0", "1"):
        raise BundlesmithError(f'"{PREFIX}talk" is {value!r}.', "Give 0 or 1.")
    return bool(int(value))


def _line(name: str, value: Any) -> str:
    text = str(value)
    if not is_intent(text):
        fix = f"Give one line of {LONGEST_INTENT} characters at most."
        raise BundlesmithError(f'"{PREFIX}{name}" is {text[:LONGEST_INTENT]!r}.', fix)
    return text


def _said(line: str) -> str:
    if len(line) > LONGEST_SAID or any(unicodedata.category(letter) == "Cc" for letter in line):
        raise BundlesmithError(
            f'"{PREFIX}said" has the line {line[:LONGEST_SAID]!r}.', f"Give lines of {LONGEST_SAID} characters at most."
        )
    return line


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < LARGEST:
        raise BundlesmithError(f'"{PREFIX}{name}" is {value!r}.', f"Give a number from 0 to {LARGEST - 1}.")
    return number


def _seed(value: Any) -> int:
    """A seed, exactly as it is: a float would lose its last digits."""
    try:
        seed = int(value)
    except (TypeError, ValueError, OverflowError):
        seed = -1
    if not 0 <= seed < LARGEST_SEED or (isinstance(value, float) and value != seed):
        raise BundlesmithError(
            f'"{PREFIX}seed" is {value!r}.', f"Give a number from 0 to {LARGEST_SEED - 1}, a whole one."
        )
    return seed


def _value(name: str, value: Any) -> Any:
    if get_origin(Ask.model_fields[name].annotation) is not list:
        return value
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    return [str(part).strip() for part in parts]


def write_flat(flat: Flat) -> dict[str, Any]:
    """The flat values: only what differs from the defaults, and always the size and the talk."""
    said = {"size": flat.ask.size} | flat.ask.model_dump(exclude_defaults=True, exclude=set(NOT_FLAT))
    said |= {"talk": flat.talk}
    if flat.noise.temperature:
        said |= {"noise": flat.noise.temperature, "seed": flat.noise.seed}
    if flat.intent:
        said |= {"intent": flat.intent}
    if flat.said:
        said |= {"said": "\n".join(flat.said)}
    if flat.model:
        said |= {"model": flat.model}
    if flat.version is not None:
        said |= {"version": flat.version}
    return {PREFIX + name: int(value) if isinstance(value, bool) else value for name, value in said.items()}
