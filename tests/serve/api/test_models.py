"""Models that come and go while a service runs, over the real API and the command line, with real (tiny) engines."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from typer.testing import CliRunner

from bundlesmith.cli.models import models
from bundlesmith.cli.serve import with_registered
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import read_json
from bundlesmith.serve.service import Service
from bundlesmith.store import KeyRights

ASK: dict[str, Any] = {"words": "camping for two", "size": "2"}


@pytest.fixture(scope="module")
def key(service: Service) -> str:
    return service.store.keys.add("boss", KeyRights(role="admin"))


@pytest.fixture(scope="module")
def admin(address: str, key: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"authorization": f"Bearer {key}"}, timeout=60) as client:
        yield client


@pytest.fixture
def other(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run, tmp_path / "other"))


def add(admin: httpx.Client, name: str, folder: Path) -> httpx.Response:
    return admin.post("/v1/admin/models", json={"name": name, "folder": str(folder)})


def test_a_model_comes_answers_and_goes(admin: httpx.Client, service: Service, other: Path) -> None:
    threads = list(service.writers)
    assert admin.post("/v1/bundles", json={**ASK, "model": "spring"}).status_code == 404
    added = add(admin, "spring", other)
    assert added.status_code == 200 and added.json()["id"] == "spring" and added.json()["state"] == "ready"
    assert [model["id"] for model in admin.get("/v1/models").json()["data"]] == ["demo", "spring"]
    answer = admin.post("/v1/bundles", json={**ASK, "model": "spring"}).json()
    same = admin.post("/v1/bundles", json={**ASK, "model": "demo"}).json()
    assert answer["model"] == "spring" and answer["bundles"][0]["items"] == same["bundles"][0]["items"]
    assert admin.delete("/v1/admin/models/spring").json() == {"removed": "spring"}
    assert admin.post("/v1/bundles", json={**ASK, "model": "spring"}).status_code == 404
    assert service.writers == threads and [model.name for model in service.store.models.all()] == ["demo"]


def test_what_it_is_writing_is_finished_first(admin: httpx.Client, service: Service, other: Path) -> None:
    assert add(admin, "brief", other).status_code == 200
    with ThreadPoolExecutor(1) as pool:
        ask = {"size": "40", "in_stock": False, "model": "brief"}
        asked = pool.submit(admin.post, "/v1/bundles", json=ask)
        asyncio.run(until_it_writes(service, "brief"))
        assert admin.delete("/v1/admin/models/brief").status_code == 200
        assert not service.under_way["brief"]
        assert len(asked.result(20).json()["bundles"][0]["items"]) == 40


async def until_it_writes(service: Service, name: str) -> None:
    async with asyncio.timeout(20):
        while not service.under_way[name]:
            await asyncio.sleep(0.001)


def test_what_cannot_be_is_said(admin: httpx.Client, service: Service, other: Path, tmp_path: Path) -> None:
    for name, folder, said in (
        ("demo", other, 'a "demo" already'),
        ("none", tmp_path / "nothing", "is not a run"),
        ("a b", other, "name"),
    ):
        refused = add(admin, name, folder)
        assert refused.status_code in (400, 422) and said in refused.json()["error"]["message"]
    assert admin.delete("/v1/admin/models/demo").status_code == 400  # it answers if none is named
    assert admin.delete("/v1/admin/models/none").status_code == 404
    assert [model.name for model in service.store.models.all()] == ["demo"]
    user = service.store.keys.add("somebody")
    headers = {"authorization": f"Bearer {user}"}
    assert admin.delete("/v1/admin/models/demo", headers=headers).status_code == 403


def test_one_on_a_side_of_an_experiment_stays(admin: httpx.Client, other: Path) -> None:
    assert add(admin, "b", other).status_code == 200
    assert admin.post("/v1/admin/experiments", json={"name": "try", "a": "demo", "b": "b"}).status_code == 200
    assert "side" in admin.delete("/v1/admin/models/b").json()["error"]["message"]
    assert "already" in add(admin, "try", other).json()["error"]["message"]
    admin.post("/v1/admin/experiments/try/end")
    assert admin.delete("/v1/admin/models/b").status_code == 200


def test_a_folder_that_was_made_anew_needs_another_name(admin: httpx.Client, other: Path) -> None:
    assert add(admin, "new", other).status_code == 200
    assert admin.delete("/v1/admin/models/new").status_code == 200
    assert add(admin, "new", other).status_code == 200  # it is as it was
    assert admin.delete("/v1/admin/models/new").status_code == 200
    made = read_json(other / "run.json")
    text = (other / "run.json").read_text().replace(str(made["key"]), "another")
    (other / "run.json").write_text(text)
    assert "made anew" in add(admin, "new", other).json()["error"]["message"]
    assert add(admin, "newer", other).status_code == 200
    assert admin.delete("/v1/admin/models/newer").status_code == 200


def test_the_command_line_does_it_too(address: str, key: str, other: Path) -> None:
    def run(*words: str) -> str:
        env = {"COLUMNS": "200", "BUNDLESMITH_URL": address, "BUNDLESMITH_KEY": key}
        return CliRunner().invoke(models, list(words), env=env, catch_exceptions=False).stdout

    assert '"spring" is ready' in run("add", "spring", str(other))
    assert "spring" in run("list") and "demo" in run("list")
    assert run("remove", "spring") == '"spring" is removed.\n'
    assert "spring" not in run("list")
    with pytest.raises(BundlesmithError, match='no model "spring"'):
        run("remove", "spring")
    with pytest.raises(BundlesmithError, match="doesn't answer"):
        run("list", "--url", "http://127.0.0.1:9")


def test_what_was_added_is_there_after_a_restart(admin: httpx.Client, service: Service, other: Path) -> None:
    assert add(admin, "lasting", other).status_code == 200
    url = str(service.store.url)
    service.store.models.put("gone", other / "nowhere")
    assert with_registered({"demo": Path("elsewhere")}, url) == {"demo": Path("elsewhere"), "lasting": other}
    service.store.models.remove("gone")
    assert admin.delete("/v1/admin/models/lasting").status_code == 200
