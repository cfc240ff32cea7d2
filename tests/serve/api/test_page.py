"""The page's files as they are served: with their headers, and nothing else of the disk."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import bundlesmith.serve
from bundlesmith.errors import BundlesmithError
from bundlesmith.serve.api.app import ApiSettings, create_app
from bundlesmith.serve.service import Service

FOLDER = Path(str(bundlesmith.serve.__file__)).parent / "page"


def test_the_page_comes_with_a_strict_policy(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_pictures_come_from_where_they_may(service: Service) -> None:
    app = create_app(service, ApiSettings(images=("https://img.shop.example", "https://*.cdn.example:8443")))
    policy = TestClient(app, base_url="http://localhost").get("/").headers["content-security-policy"]
    assert "img-src 'self' data: https://img.shop.example https://*.cdn.example:8443; " in policy


@pytest.mark.parametrize("host", ["img.shop.example", "https://a; script-src *", "https://a b", "*", "https://a/path"])
def test_what_is_no_origin_is_refused(service: Service, host: str) -> None:
    with pytest.raises(BundlesmithError, match="isn't an origin"):
        create_app(service, ApiSettings(images=(host,)))


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_each_file_is_served_and_not_sent_again(client: TestClient, name: str) -> None:
    first = client.get(f"/page/{name}")
    assert first.content == (FOLDER / name).read_bytes()
    assert first.headers["cache-control"] == "no-cache"
    assert client.get(f"/page/{name}", headers={"If-None-Match": first.headers["etag"]}).status_code == 304


def test_the_pages_are_light() -> None:
    """All scripts and styles as they lie there, of both pages together."""
    code = [path.stat().st_size for path in FOLDER.iterdir() if path.suffix in (".js", ".css")]
    assert sum(code) < 63_000


@pytest.mark.parametrize("name", ["nothing.js", "%2e%2e%2fservice.py", "..%2fapi%2fpage.py"])
def test_nothing_else_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/page/{name}").status_code == 404
