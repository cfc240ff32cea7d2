"""Tokens of customers: signed, short-lived, handed out by the shop's own server to the browser of one customer.

    token = issue(secret, Claims("u1", "bs_0123456789ab"), 900)
    read(secret, token)   # the claims, until 900 seconds later

A token is a JWT (RFC 7519).
"""

import re
import time
from dataclasses import dataclass

import jwt

ALGORITHM, AUDIENCE = "HS256", "bundlesmith"
FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says.

    Attributes:
        user: the customer whose it is.
        key: how the key begins with which it was made: revoke that, and the token is none.
    """

    user: str
    key: str


class ExpiredError(ValueError):
    """The token was one, and is over."""


def issue(secret: str, claims: Claims, seconds: int) -> tuple[str, int]:
    """A token, and when it ends, in seconds since 1970."""
    ends = int(time.time()) + seconds
    values = {"sub": claims.user, "iss": claims.key, "aud": AUDIENCE, "exp": ends}
    return jwt.encode(values, secret, ALGORITHM), ends


def read(secret: str, token: str) -> Claims | None:
    """What a token says; None if it isn't one that was signed with this secret.

    Raises:
        ExpiredError: if its time is over.
    """
    required = ["sub", "iss", "aud", "exp"]
    try:
        values = jwt.decode(token, secret, [ALGORITHM], options={"require": required}, audience=AUDIENCE)
    except jwt.ExpiredSignatureError as error:
        raise ExpiredError from error
    except jwt.InvalidTokenError:
        return None
    return Claims(values["sub"], values["iss"])
