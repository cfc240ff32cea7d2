"""Requests as flat values, the only ones that vLLM takes along with a request: `extra_args`, and `vllm_xargs` in HTTP.

    {"bundle_size": "2:5", "bundle_budget": 250, "bundle_exclude": "A-1,B-2", "bundle_slots": ["Tents", "Stoves"]}

The names are those of `Flat` after `bundle_`; a list may be a text with commas. A request with none of them is left
alone. `bundle_all` is a text that holds all of these as JSON, for those who carry columns of one type.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, get_origin

from pydantic import AfterValidator, Field

from bundlesmith.decoding.noise import Noise
from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.pipeline.ask import Ask, Past, asked_values, checked
from bundlesmith.request import LONGEST_INTENT, Request, is_intent
from bundlesmith.run import Run
from bundlesmith.shop.live_shop import ShopView

PREFIX = "bundle_"
ALL = "bundle_all"
NOT_FLAT = {"n"}
"""How many bundles are wanted is for vLLM to know: its own parameter n."""
_LARGEST = 2**32
"""Numbers are below it."""
LONGEST_SAID = 2000
"""Most characters of an explanation."""
LARGEST_SEED = 2**63
"""Seeds are below it: a bundle's is a thousand times that of its request, and more."""


def _one_line(text: str) -> str:
    if not is_intent(text):
        raise ValueError(f"it isn't one line of {LONGEST_INTENT} characters at most")
    return text


def _lines(text: str) -> str:
    for line in text.split("\n"):
        if len(line) > LONGEST_SAID or any(unicodedata.category(letter) == "Cc" for letter in line):
            raise ValueError(f"a line has control characters, or more than {LONGEST_SAID} in all")
    return text


class Flat(Ask):
    """What flat values say: a request, and how it is written.

    Attributes:
        talk: 1 if an intent and an explanation follow the items.
        intent: what the bundle is called, if that is decided.
        said: the explanations to choose from, a line each, if they are decided.
        unsaid: words that an intent must not hold.
        weights: a JSON object of ids and weights; *power*: of the model beside them. See `bundlesmith.request.Request`.
        noise, seed: see `bundlesmith.decoding.noise.Noise`.
        model: the name of the run; "": the only one.
        version: the last change of the shop that the request knows of; None: the shop as it is now.
    """

    exclude: list[str] = Field(default=[])  # and what a customer owns, however much that is
    talk: int = Field(0, ge=0, le=1)
    intent: Annotated[str, AfterValidator(_one_line)] = ""
    said: Annotated[str, AfterValidator(_lines)] = ""
    unsaid: list[str] = Field(default=[])
    weights: dict[str, float] = Field(default={})
    power: float = Field(1.0, ge=0, lt=_LARGEST)
    noise: float = Field(0.0, ge=0, lt=_LARGEST)
    seed: int = Field(0, ge=0, lt=LARGEST_SEED)
    model: str = ""
    version: int | None = Field(None, ge=0, lt=LARGEST_SEED)

    @classmethod
    def of(cls, request: Request, **how: Any) -> "Flat":
        """The values of a request; *how* it is written are further ones."""
        said = {"intent": request.intent, "said": "\n".join(request.said), "unsaid": list(request.unsaid)}
        weighed = {"weights": dict(request.weights), "power": request.power}
        return cls.model_construct(**asked_values(request) | said | weighed | how)

    def request(self, shop: Run | ShopView, past: Past | None = None) -> Request:
        """See `Ask.request`."""
        said, weights = tuple(line for line in self.said.split("\n") if line), tuple(self.weights.items())
        asked = replace(super().request(shop, past), intent=self.intent, said=said, unsaid=tuple(self.unsaid))
        return replace(asked, weights=weights, power=self.power)

    @property
    def values(self) -> dict[str, Any]:
        """As flat values: only what differs from the defaults, and always the size and the talk."""
        found = self.model_dump(exclude_defaults=True, exclude=NOT_FLAT) | {"size": self.size, "talk": self.talk}
        if self.weights:
            found |= {"weights": json.dumps(self.weights)}
        return {PREFIX + name: int(value) if isinstance(value, bool) else value for name, value in found.items()}


def read_flat(values: Mapping[str, Any] | None) -> Flat | None:
    """What flat values say; None if none is ours.

    Raises:
        BundlesmithError: if a name is not known or a value is wrong.
    """
    values = values or {}
    if ALL in values:
        values = _object(ALL, values[ALL])
    ours = {key[len(PREFIX) :]: value for key, value in values.items() if key.startswith(PREFIX)}
    if not ours:
        return None
    names = [name for name in Flat.model_fields if name not in NOT_FLAT]
    for name in ours:
        if name not in names:
            known = [PREFIX + name for name in names]
            raise BundlesmithError(f'There is no "{PREFIX}{name}".', nearest(PREFIX + name, known))
    return checked(Flat, {name: _value(name, value) for name, value in ours.items()}, PREFIX)


def with_noise(values: Mapping[str, Any], noise: Noise) -> dict[str, Any]:
    """Flat values, and the noise with which an answer is drawn."""
    more = {PREFIX + "noise": noise.temperature, PREFIX + "seed": noise.seed} if noise.temperature else {}
    return {**values, **more}


def packed(values: Mapping[str, Any]) -> dict[str, str]:
    """Flat values as one text."""
    return {ALL: json.dumps(values)}


def _value(name: str, value: Any) -> Any:
    if name == "weights":
        return _object(PREFIX + name, value)
    if get_origin(Flat.model_fields[name].annotation) is not list:
        return value
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    return [str(part).strip() for part in parts]


def _object(name: str, text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise BundlesmithError(f'"{name}" is {text!r}.', "Give a JSON object as text.")
    return found
