"""How a reference method is described, and how the valid split chooses its parameters.

What was chosen is written to `WORK/NAME.json`, and used again while the data and all that was to be chosen from are
the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundlesmith.base import SMOLLM2
from bundlesmith.errors import BundlesmithError, nearest, need
from bundlesmith.eval.references.finding import Namer
from bundlesmith.eval.references.reference import Habits, Reference
from bundlesmith.eval.references.scorer import ItemScorer, PartWeights
from bundlesmith.eval.references.training import load_training
from bundlesmith.eval.references.trial import ValidTasks
from bundlesmith.files import loud_writes, read_json, write_json
from bundlesmith.hashes import hash_texts
from bundlesmith.recommender import Recommends

if TYPE_CHECKING:
    from bundlesmith.eval.references.prompted import Prompted

_VERSION = "2"
"""Goes up when answers change, so that nothing of before is used again."""

OPENINGS = (0.0, 0.1, 0.3, 1.0, 3.0)
_SIZES = (2, 3, 4, 5)
_ALIKE = (0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
_PARTS = (0, 1, 2, 3)
VOTERS = (1, 5, 20)

Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Method:
    """A reference method.

    Attributes:
        title: as in tables.
        line: what it does, in one line.
        fit: bench, and one of the candidates as keywords -> scorer.
        candidates: the parameters among which the valid split chooses.
        mixes: likewise, the weights of a query's parts.
        parts: the methods that it is made of.
        learn: learns one more candidate from the valid split.
        package: what it needs of the extra `references`; "": nothing.
    """

    title: str
    line: str
    fit: Callable[..., Any]
    candidates: tuple[Params, ...] = ({},)
    mixes: tuple[PartWeights, ...] = (PartWeights(),)
    parts: tuple[str, ...] = ()
    learn: Callable[["Bench"], Params] | None = None
    package: str = ""


@dataclass(frozen=True, slots=True)
class PromptedMethod:
    """A reference method that is the bench's language model as it is, and asks it in its own way.

    Attributes:
        title, line, package: as of a `Method`.
        load: bench, and what was chosen as keywords -> recommender.
        choose: bench -> the keywords as `params`, and figures as `valid`, from the valid split; None: nothing.
    """

    title: str
    line: str
    load: Callable[..., Recommends]
    choose: Callable[["Bench"], Params] | None = None
    package: str = ""


def grid(**values: Sequence[Any]) -> tuple[Params, ...]:
    """All combinations of some values."""
    return tuple(dict(zip(values, some, strict=True)) for some in product(*values.values()))


class Bench:
    """One folder of data, opened once for all methods that are fitted, tuned and loaded on it.

    Args:
        data: prepared data.
        work: what was chosen and what is dear to make again is kept here.
        methods: by name.
        base: the language model of methods that ask one.
    """

    def __init__(
        self, data: Path, work: Path, methods: Mapping[str, Method | PromptedMethod], base: str = SMOLLM2
    ) -> None:
        self.data, self.work, self.methods, self.base = data, work, methods, base
        self.training = load_training(data, work)
        self._loaded: dict[str, Reference] = {}

    @cached_property
    def trial(self) -> ValidTasks:
        """The valid tasks."""
        return ValidTasks(self.data, self.training)

    @cached_property
    def untuned(self) -> "Prompted":
        """The language model as it is."""
        from bundlesmith.eval.references.prompted import untuned

        return untuned(self.data, self.training, self.base)

    def load(self, name: str) -> Recommends:
        """A method, tuned.

        Raises:
            BundlesmithError: if there is no such method, or its package isn't installed; the data can't be read, or its
                valid split is empty.
        """
        if name not in self.methods:
            raise BundlesmithError(f'There is no method "{name}".', nearest(name, list(self.methods)))
        method = self.methods[name]
        if method.package:
            need(method.package, f'the method "{name}"', "references")
        return self._asked(name, method) if isinstance(method, PromptedMethod) else self._reference(name, method)

    def scorers(self, names: Sequence[str]) -> tuple[ItemScorer, ...]:
        """The tuned scorers of some methods that have one."""
        loaded = [self.load(name) for name in names]
        assert all(isinstance(one, Reference) for one in loaded), f"one of {names} has no scorer"
        return tuple(one.scorer for one in loaded if isinstance(one, Reference))

    def _asked(self, name: str, method: PromptedMethod) -> Recommends:
        choose = method.choose
        if choose is None:
            return method.load(self)
        key = hash_texts(_VERSION, self.training.hash, name, self.untuned.key)
        return method.load(self, **self._kept(name, key, lambda: choose(self))["params"])

    def _reference(self, name: str, method: Method) -> Reference:
        if name not in self._loaded:
            choices = (method.candidates, method.mixes, OPENINGS, _SIZES, _ALIKE, _PARTS, VOTERS)
            made_of = [self.load(part).key for part in method.parts]
            key = hash_texts(_VERSION, self.training.hash, name, repr(choices), *made_of)
            chosen = self._kept(name, key, lambda: self._choose(method))
            scorer = replace(method.fit(self, **chosen["params"]), mix=PartWeights(**chosen["mix"]))
            habits = Habits(**chosen["habits"])
            self._loaded[name] = Reference(hash_texts(key, repr(chosen)), self.training, scorer, habits)
        return self._loaded[name]

    def _kept(self, name: str, key: str, choose: Callable[[], Params]) -> Params:
        """What was chosen for a method: what lies in the work folder under the same key, or what is chosen now."""
        path = self.work / f"{name}.json"
        if path.exists() and (chosen := read_json(path))["key"] == key:
            return dict(chosen)
        with loud_writes(path):
            self.work.mkdir(parents=True, exist_ok=True)
            write_json(path, {"key": key, **choose()})
        return dict(read_json(path))

    def _choose(self, method: Method) -> Params:
        params, scorer, ranking = self._choose_scorer(method)
        habits, figures = self._choose_habits(scorer)
        figures = {"ranking": ranking, **figures}
        return {"params": params, "mix": asdict(scorer.mix), "habits": asdict(habits), "valid": figures}

    def _choose_scorer(self, method: Method) -> tuple[Params, ItemScorer, float]:
        """The candidate and mix that rank best; then the history's weight where nothing is chosen yet."""
        trial = self.trial
        candidates = [method.learn(self)] if method.learn else method.candidates
        fitted = ((params, method.fit(self, **params)) for params in candidates)
        tried = ((params, replace(scorer, mix=mix)) for params, scorer in fitted for mix in method.mixes)
        ranking, params, scorer = _best((trial.ranking(scorer), params, scorer) for params, scorer in tried)
        if len(method.mixes) > 1:
            mixed = [replace(scorer, mix=replace(scorer.mix, opening=weight)) for weight in OPENINGS]
            _, scorer = _best((trial.starting(scorer), scorer) for scorer in mixed)
        return params, scorer, ranking

    def _choose_habits(self, scorer: ItemScorer) -> tuple[Habits, dict[str, float]]:
        """The size of bundles, how sessions are parted, and who names bundles: one after the other."""
        trial, habits = self.trial, Habits()

        def made(**changed: Any) -> Reference:
            return Reference("", self.training, scorer, replace(habits, **changed))

        bundling, size = _best((trial.bundling(made(size=size)), size) for size in _SIZES)
        habits = replace(habits, size=size)
        cuts = [(alike, parts) for parts in _PARTS for alike in (_ALIKE if parts else _ALIKE[:1])]
        finding, (alike, parts) = _best((trial.finding(made(alike=a, parts=n)), (a, n)) for a, n in cuts)
        naming, voters = _best((trial.naming(Namer(self.training, scorer.vectors, n)), n) for n in VOTERS)
        habits = replace(habits, alike=alike, parts=parts, voters=voters)
        return habits, {"bundling": bundling, "finding": finding, "naming": naming}


def _best(tried: Any) -> Any:
    """The one whose first value is highest; the first of equals."""
    return max(tried, key=lambda found: found[0])
