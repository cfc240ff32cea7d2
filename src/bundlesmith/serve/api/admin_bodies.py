"""What `/v1/admin` takes and says, with its limits."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bundlesmith.constraints.rules import IdText
from bundlesmith.pipeline.ask import Ask
from bundlesmith.serve.api.bodies import AnswerBody


class EngineValues(BaseModel):
    """A model and its engine; *run* is the key of its run."""

    model: str
    run: str
    state: str
    kind: str
    base: str
    items: int


class QueueValues(BaseModel):
    """How many bundles are being written, how many can be at a time, and how many requests wait."""

    inside: int
    places: int
    waiting: int


class QuantileValues(BaseModel):
    """The median and the 95th percentile, in milliseconds; null of nothing."""

    p50: float | None
    p95: float | None


class MinuteValues(QuantileValues):
    """A minute: when it began, its requests, those that failed, and what the answers took that were written in it."""

    time: int
    requests: int
    errors: int


class OverviewBody(BaseModel):
    """How the service has been.

    *short*: answers with fewer bundles than were asked for; *bundles*: written, of which *valid* keep their rules as
    the catalogue reads; *errors* by kind. Times are of answers that were written, not of those from the cache.
    """

    now: float
    since: float
    default: str
    engines: list[EngineValues]
    queue: QueueValues
    requests: int
    answers: int
    cached: int
    short: int
    bundles: int
    valid: int
    errors: dict[str, int]
    whole: QuantileValues
    first_item: QuantileValues
    minutes: list[MinuteValues]


class ShareValues(BaseModel):
    """A share, null of nothing, and Wilson's interval in which the true one lies with 95%."""

    hits: int
    of: int
    share: float | None
    low: float
    high: float


class FigureValues(BaseModel):
    """What came of the bundles of one run and variant; thumbs up of all thumbs, baskets and purchases of all shown."""

    model: str
    run: str
    variant: str | None
    shown: int
    up: ShareValues
    baskets: ShareValues
    purchases: ShareValues


class FiguresBody(BaseModel):
    """All of them."""

    figures: list[FigureValues]


class CompareBody(Ask):
    """A request, and the models that are to answer it."""

    models: Annotated[list[IdText], Field(min_length=1, max_length=4)]
    n: int = Field(1, ge=1, le=10)
    seed: int = Field(0, ge=0, lt=1_000_000)
    temperature: float = Field(0.0, ge=0, le=2)


class ComparedBody(BaseModel):
    """Their answers, in the order of the models."""

    answers: list[AnswerBody]


class ExperimentBody(BaseModel):
    """An experiment: the models of its sides, and how many of a hundred customers are on side B."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    a: IdText
    b: IdText
    percent: Annotated[int, Field(ge=1, le=99)] = 50


class DifferenceValues(BaseModel):
    """How much B is above A, Newcombe's interval of it with 95%, and how likely as much is by chance."""

    value: float | None
    low: float
    high: float
    p: float
    test: Literal["z", "exact"]


class OutcomeValues(BaseModel):
    """A share of the customers of each side, and their difference."""

    what: Literal["purchases", "baskets", "up"]
    a: ShareValues
    b: ShareValues
    difference: DifferenceValues


class ExperimentValues(BaseModel):
    """An experiment and what came of it; *split_p*: below 0.001 the sides' sizes aren't those that were asked for.

    *missing*: models of it that aren't served: while one is, nobody is on a side.
    """

    name: str
    a: str
    b: str
    percent: int
    started: int
    ended: int | None
    missing: list[str]
    split_p: float
    outcomes: list[OutcomeValues]


class ExperimentsBody(BaseModel):
    """All experiments, the latest first."""

    experiments: list[ExperimentValues]


class AddedBody(BaseModel):
    """A run to be offered: its name, and its folder as the service sees it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    folder: Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00]+$")]


class RemovedBody(BaseModel):
    """The name of the model that is offered no longer."""

    removed: str


class RolesText(BaseModel):
    """A shop's own table of roles, as YAML, for one model; "" is the default one."""

    model_config = ConfigDict(extra="forbid")
    model: str = Field("", max_length=256)
    text: str = Field(max_length=1_000_000)


class RolesBody(BaseModel):
    """A shop's own table of roles, as YAML."""

    model: str
    text: str
