"""What is answered: the value that every engine, the command line and the evaluation share."""

from dataclasses import dataclass, replace

from bundlesmith.constraints.rules import Rules
from bundlesmith.request import Request
from bundlesmith.told import Sayings


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One bundle.

    Attributes:
        items: ids, those chosen in the request first, then in the order written.
        score: mean log-probability of a written item, normalised over what was allowed; higher is better.
        intent: a few words; empty if none were asked for.
        explanation: a few sentences; empty if none were asked for.
        told: what may be said of it, if that is decided.
    """

    items: tuple[str, ...]
    score: float
    intent: str = ""
    explanation: str = ""
    told: Sayings | None = None

    @property
    def said(self) -> tuple[str, ...]:
        """The explanations to choose from, if they are decided."""
        return tuple(each.text for each in self.told.explanations) if self.told else ()


def request_for(request: Request, bundle: Recommendation) -> Request:
    """The request whose only answer is a bundle: all but its last item are chosen, the last alone is allowed.

    It is called, and spoken of, as is decided. Of the rules the budget stays, which the bundle keeps: it is spoken of.
    """
    size, items = len(bundle.items), bundle.items
    rules = Rules(size, size, request.rules.budget, in_stock=False, allowed=items[-1:])
    exact = replace(request, items=items[:-1], rules=rules, n=1, weights=(), intent=bundle.intent)
    return replace(exact, said=bundle.said)
