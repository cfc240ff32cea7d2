"""The page's files as they are served: with their headers, and nothing else of the disk."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import bundlesmith.serve

MOST = 60 * 1024
FOLDER = Path(str(bundlesmith.serve.__file__)).parent / "page"


def test_the_page_comes_with_a_strict_policy(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_each_file_is_served_and_not_sent_again(client: TestClient, name: str) -> None:
    first = client.get(f"/page/{name}")
    assert first.content == (FOLDER / name).read_bytes()
    assert first.headers["cache-control"] == "no-cache"
    assert client.get(f"/page/{name}", headers={"If-None-Match": first.headers["etag"]}).status_code == 304


def test_the_pages_are_light() -> None:
    """All scripts and styles as they lie there: 60 KB for both pages; and `/` is less with all that it loads."""
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    code = {name: size for name, size in sizes.items() if name.endswith((".js", ".css"))}
    assert sum(code.values()) < MOST
    shopper = sum(size for name, size in code.items() if name not in ("admin.js", "admin.css", "draw.js"))
    assert shopper + sizes["index.html"] + sizes["icon.svg"] + sizes["words.en.json"] < MOST


@pytest.mark.parametrize("name", ["nothing.js", "%2e%2e%2fservice.py", "..%2fapi%2fpage.py"])
def test_nothing_else_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/page/{name}").status_code == 404
