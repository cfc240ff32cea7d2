"""The page at `/`: a shop assistant, as HTML, CSS and small modules that a browser reads as they lie in `serve/page`.

Knows nothing about the rest of the API: the page calls it as anybody does, with a key where one is needed.
"""

from fastapi import APIRouter, Request, Response
from starlette.staticfiles import StaticFiles

FILES = StaticFiles(packages=[("bundlesmith.serve", "page")])
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing from elsewhere, no code but ours, and none made from text: titles and words are shown, whatever they say."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # kept, but asked for by its ETag each time: a new version is seen at once
}
router = APIRouter(include_in_schema=False)


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
    return response
