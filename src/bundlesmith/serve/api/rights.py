"""Who may do what: the rule of every route, in one table. A route that isn't in it isn't served.

`bundlesmith.serve.api.authentication` says who somebody is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fastapi.routing import APIRoute

from bundlesmith.errors import BundlesmithError

PrincipalKind = Literal["local", "user", "customer", "server", "admin"]
"""Who asks: somebody on this machine without a key, a key of one of the roles, or a token of a customer."""
ANYBODY: frozenset[PrincipalKind] = frozenset({"local", "user", "customer", "server", "admin"})
SHOP: frozenset[PrincipalKind] = frozenset({"local", "server", "admin"})
"""Those who may name any customer."""
PEOPLE: frozenset[PrincipalKind] = frozenset({"local", "admin"})
ADMIN: frozenset[PrincipalKind] = frozenset({"admin"})
"""On this machine, too: figures of a shop aren't everybody's who can reach it."""


@dataclass(frozen=True, slots=True)
class Right:
    """The rule of a route.

    Attributes:
        kinds: who may ask; None: everybody, and no key is looked at.
        names: where a request names a customer, as "path.user" or "body.ask.user": only the shop may name any there, a
            customer's token its own customer, and other keys none.
    """

    kinds: frozenset[PrincipalKind] | None = ANYBODY
    names: tuple[str, ...] = ()


OPEN = Right(None)
RIGHTS: Mapping[str, Right] = {
    "GET /": OPEN,
    "GET /page/{name}": OPEN,
    "GET /admin": OPEN,
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": OPEN,
    "GET /v1/me": Right(),
    "GET /v1/models": Right(),
    "GET /v1/shop": Right(),
    "GET /v1/items": Right(),
    "GET /v1/items/{item_id}": Right(),
    "POST /v1/sessions": Right(),
    "POST /v1/bundles": Right(names=("body.user",)),
    "POST /v1/rank": Right(names=("body.user",)),
    "POST /v1/chat/completions": Right(names=("body.user",)),
    "POST /v1/understand": Right(names=("body.ask.user", "body.state.ask.user")),
    "POST /v1/events": Right(names=("body.user",)),
    "POST /v1/feedback": Right(names=("body.user",)),
    "GET /v1/users/{user}": Right(names=("path.user",)),
    "POST /v1/tokens": Right(frozenset({"user", "server", "admin"}), names=("body.user",)),
    "GET /v1/users": Right(SHOP),
    "DELETE /v1/users/{user}": Right(PEOPLE),
    "PUT /v1/items/{item_id}": Right(PEOPLE),
    "DELETE /v1/items/{item_id}": Right(PEOPLE),
    "GET /v1/admin/overview": Right(ADMIN),
    "GET /v1/admin/figures": Right(ADMIN),
    "POST /v1/admin/compare": Right(ADMIN),
    "GET /v1/admin/roles": Right(ADMIN),
    "PUT /v1/admin/roles": Right(ADMIN),
    "GET /v1/admin/experiments": Right(ADMIN),
    "POST /v1/admin/experiments": Right(ADMIN),
    "POST /v1/admin/experiments/{name}/end": Right(ADMIN),
    "POST /v1/admin/models": Right(ADMIN),
    "DELETE /v1/admin/models/{name}": Right(ADMIN),
}


def right_of(method: str, path: str) -> Right:
    """The rule of a route; those of HEAD are GET's."""
    return RIGHTS[f"{'GET' if method == 'HEAD' else method} {path}"]


def check_routes(routes: Iterable[Any]) -> None:
    """Check that each route has a rule, and each rule a route.

    Raises:
        BundlesmithError: if not.
    """
    of_api = [route for route in routes if isinstance(route, APIRoute)]
    served = {f"{method} {route.path_format}" for route in of_api for method in route.methods}
    if odd := sorted(served ^ RIGHTS.keys()):
        raise BundlesmithError(f'"{odd[0]}" is a route without a rule, or a rule without a route.', "Mend RIGHTS.")


def named(right: Right, path: Mapping[str, Any], body: Any) -> list[Any]:
    """The customers that a request names where its rule says."""
    return [found for place in right.names if (found := _at(place, {"path": path, "body": body})) is not None]


def _at(place: str, values: Any) -> Any:
    for step in place.split("."):
        values = values.get(step) if isinstance(values, Mapping) else None
    return values
