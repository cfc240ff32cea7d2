"""What comes in and goes out over HTTP, with its limits."""

from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bundlesmith.constraints.rules import IdText
from bundlesmith.pipeline.ask import Ask
from bundlesmith.pipeline.writing import Manner


class BundlesBody(Ask):
    """A request for bundles, and how it is to be answered.

    Attributes:
        model: who answers; empty: the default.
        seed, temperature: see `bundlesmith.pipeline.writing.Manner`.
        talk: whether an intent and an explanation are written.
        stream: whether the answer comes as server-sent events.
        explain: whether each bundle is attributed to the request: what each item of the history, each word and each
            rule weighs. It takes a reading of the prompt for each of them.
        search: whether the bundles of a run without a ranker are the likeliest by beam search, and none is drawn; an
            engine that can't search refuses it.
        understand: whether rules in the words are understood ("under 80"); a rule that is given as a field wins.
        shown: whether a customer sees the answer; only then it counts in figures, and feedback on it is taken.
    """

    n: int = Field(1, ge=1, le=10)
    model: str = Field("", max_length=256)
    seed: int = Field(0, ge=0, lt=1_000_000)
    temperature: float = Field(0.0, ge=0, le=2)
    talk: bool = True
    stream: bool = False
    explain: bool = False
    search: bool = False
    understand: bool = True
    shown: bool = True

    @property
    def manner(self) -> Manner:
        """How it is to be answered."""
        how = {field.name: getattr(self, field.name) for field in fields(Manner)}
        return Manner(**how)


class ItemValues(BaseModel):
    """An item; a stock of null isn't counted, a price of null isn't known, nor is a picture of null."""

    item: str | int
    title: str
    category: list[str]
    price: float | None
    stock: int | None
    image: str | None = None


class EventValues(BaseModel):
    """What a customer did with an item; the time in seconds since 1970, null if it isn't known."""

    item: str | int
    time: int | None
    kind: str


class ClaimValues(BaseModel):
    """Words of a text that claim something, and what they rest on; an item of null is the whole bundle."""

    text: str
    kind: str
    item: str | int | None
    attribute: str | None
    value: str | float | None
    event: EventValues | None


class ReasonValues(BaseModel):
    """Why an item is in a bundle; *weights* are what each kind of evidence weighs for it by the ranker, in nats."""

    item: str | int
    text: str
    claims: list[ClaimValues]
    weights: dict[str, float]


class AttributionValues(BaseModel):
    """What a part of the request (an item of the history, a word, a rule) weighs for a bundle, in nats.

    The weight is the log-probability of the bundle less that without the part; *by_item* has it for each written item.
    """

    kind: Literal["history", "word", "rule"]
    item: str | int | None
    text: str
    weight: float
    by_item: list[float]


class FoundValues(BaseModel):
    """A bundle; the score is the mean log-probability of a chosen item, *missing* what most sets like it also have."""

    bundle: int
    items: list[ItemValues]
    total: float | None
    intent: str
    explanation: str
    score: float
    reasons: list[ReasonValues]
    claims: list[ClaimValues]
    missing: ItemValues | None


class BundleValues(FoundValues):
    """A bundle that was answered, by the id of which feedback is on it."""

    id: str
    attribution: list[AttributionValues] | None = None


class PhraseValues(BaseModel):
    """A part of the words that is about rules; *said*: what was understood, or why it was not, in its language."""

    text: str
    field: str
    said: str
    understood: bool


class AnswerBody(BaseModel):
    """An answer; *understood* says which of the words became rules, and *ask* what was asked with these.

    Times in milliseconds after the request; *history* is how many items of the customer were known."""

    id: str
    model: str
    version: int
    bundles: list[BundleValues]
    timing: dict[str, float]
    tokens: int
    history: int
    cached: bool
    understood: list[PhraseValues] = []
    ask: dict[str, Any] = {}


class ItemBody(BaseModel):
    """What an item is from now on; what is left out stays as it is. A new item needs a title."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    category: (
        Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=100)]], Field(max_length=8)] | None
    ) = None
    price: Annotated[float, Field(ge=0, lt=1e9, allow_inf_nan=False)] | None = None
    stock: Annotated[int, Field(ge=0, lt=10**9)] | None = None
    attributes: dict[str, Any] | None = None


class ItemsBody(BaseModel):
    """Some items, and how many there are in all that were asked for."""

    items: list[ItemValues]
    total: int


class EventBody(BaseModel):
    """Something that a customer did with an item; the time is in seconds since 1970, by default now."""

    model_config = ConfigDict(extra="forbid")

    item: IdText
    kind: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "view"
    time: Annotated[int, Field(ge=0, lt=2**40)] | None = None
    session: IdText | None = None
    event_id: IdText | None = None
    bundle_id: IdText | None = None


class EventsBody(BaseModel):
    """Events of one customer, oldest first; all are stored, or none."""

    model_config = ConfigDict(extra="forbid")

    user: IdText
    events: Annotated[list[EventBody], Field(min_length=1, max_length=1000)]


class StoredBody(BaseModel):
    """What was stored: it is on the disk."""

    stored: int


class HistoryValues(ItemValues):
    """An item of a customer's history, and the latest that they did with it; the time in seconds since 1970."""

    kind: str
    time: int


class CustomerBody(BaseModel):
    """A customer, and their items, the latest first."""

    user: str
    history: list[HistoryValues]


class CustomersBody(BaseModel):
    """Some customers."""

    users: list[CustomerBody]


class FeedbackBody(BaseModel):
    """What somebody thinks of a bundle that was shown."""

    model_config = ConfigDict(extra="forbid")

    bundle_id: IdText
    verdict: Literal["up", "down"]
    reason: Annotated[str, StringConstraints(max_length=2000)] = ""
    user: IdText | None = None


class ForgottenBody(BaseModel):
    """How many rows went."""

    events: int
    shown: int
    feedback: int


class ModelBody(BaseModel):
    """A model, as OpenAI lists it, and how its engine is.

    *key* names its run and ranker, and *version* the last change of its catalogue: with both the same, answers are.
    """

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "bundlesmith"
    state: str
    base: str
    items: int
    key: str
    version: int


class ModelsBody(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[ModelBody]


class StateBody(BaseModel):
    """How the service is; *engines* by model."""

    status: str
    engines: dict[str, str]
