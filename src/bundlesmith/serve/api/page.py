"""The page at `/`: a shop assistant, as HTML, CSS and small modules that a browser reads as they lie in `serve/page`.

The page calls it as anybody does, with a key where one is needed.
"""

import re
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from starlette.staticfiles import StaticFiles

from bundlesmith.errors import BundlesmithError

FILES = StaticFiles(packages=[("bundlesmith.serve", "page")])
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # kept, but asked for by its ETag each time: a new version is seen at once
}
ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?")
router = APIRouter(include_in_schema=False)


def policy(images: Sequence[str] = ()) -> str:
    """Nothing from elsewhere, no code but ours, and none made from text: titles and words are shown, whatever they say.

    Args:
        images: origins of pictures, besides the page's own.

    Raises:
        BundlesmithError: if one isn't an origin.
    """
    for origin in images:
        if not ORIGIN.fullmatch(origin):
            raise BundlesmithError(f'"{origin}" isn\'t an origin.', 'Name pictures\' hosts as "https://img.shop.com".')
    sources = " ".join(["'self'", "data:", *images])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src {sources}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


@router.get("/")
async def page(request: Request) -> Response:
    """The shopper's page."""
    return await page_file("index.html", request)


@router.get("/page/{name}")
async def part(name: str, request: Request) -> Response:
    """What a page consists of."""
    return await page_file(name, request)


async def page_file(name: str, request: Request) -> Response:
    """A file of `serve/page` with the headers of all pages; 304 if the browser has it as it is.

    Raises:
        HTTPException: 404 if there is no such file.
    """
    response = await FILES.get_response(name, request.scope)
    response.headers.update(HEADERS)
    response.headers["Content-Security-Policy"] = request.app.state.policy
    return response
