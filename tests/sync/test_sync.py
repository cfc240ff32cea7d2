"""A real service over HTTP, night after night."""

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from bundlesmith import client as clients
from bundlesmith.cli.serve import make_service
from bundlesmith.client import Client, RefusedError
from bundlesmith.engines.engines import OneEach
from bundlesmith.errors import BundlesmithError
from bundlesmith.serve.api.app import ApiSettings, create_app
from bundlesmith.serve.service import Service, ServiceSettings
from bundlesmith.store import KeyRights
from bundlesmith.sync import sync as module
from bundlesmith.sync.sync import Sync, sync
from tests.cli.run import bundlesmith
from tests.serve.listening import listening

QUIET = Console(quiet=True)


@pytest.fixture
def service(tiny_run: Path, tmp_path: Path) -> Service:
    settings = ServiceSettings(places=2, waiting=2)
    return make_service({"demo": tiny_run}, OneEach(2), f"sqlite:///{tmp_path}/store.db", settings)


@pytest.fixture
def url(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "cache")
    with listening(create_app(service)) as address:
        yield address


@pytest.fixture
def night(shop: Path, tmp_path: Path) -> Path:
    """The sample shop's export of a later night."""
    data = shutil.copytree(shop, tmp_path / "night")
    change(data, pl.col("price"))
    return data


def change(data: Path, *columns: pl.Expr, keep: pl.Expr | None = None, more: pl.DataFrame | None = None) -> None:
    """Let an export have other values, less or more items."""
    items = pl.read_parquet(data / "items.parquet")
    items = items.filter(True if keep is None else keep).with_columns(columns)
    (items if more is None else pl.concat([items, more])).write_parquet(data / "items.parquet")


def sold(url: str) -> dict[str, dict[str, Any]]:
    """All that a service sells."""
    found: dict[str, dict[str, Any]] = {}
    with Client(url) as client:
        while True:
            page = client.ask("GET", "/v1/items", query={"limit": 200, "offset": len(found)})
            found |= {item["item"]: item for item in page["items"]}
            if len(found) >= page["total"]:
                return found


def version(url: str) -> int:
    with Client(url) as client:
        return client.model().version


def of_item(item: str) -> pl.Expr:
    return pl.col("item_id") == item


def test_the_first_night_sends_nothing_of_what_is_sold_already(url: str, shop: Path) -> None:
    found = sync(Sync(shop, url), False, QUIET)
    assert len(found) == 0 and found.same == len(pl.read_parquet(shop / "items.parquet")) and version(url) == 0


def test_only_what_changed_is_sent(url: str, night: Path) -> None:
    ids = pl.read_parquet(night / "items.parquet")["item_id"].to_list()
    fresh = (
        pl.read_parquet(night / "items.parquet")
        .head(1)
        .with_columns(
            item_id=pl.lit("NEW-1"),
            title=pl.lit("Headlamp, 400 lumen"),
            price=pl.lit(39.95),
            stock=pl.lit(12, pl.Int64),
            attributes=pl.lit('{"brand": "Lux", "colour": "weiß"}'),
        )
    )
    change(
        night,
        pl.when(of_item(ids[0])).then(None).otherwise(pl.col("price")).alias("price"),
        pl.when(of_item(ids[1])).then(0).otherwise(pl.col("stock")).alias("stock"),
        pl.when(of_item(ids[2])).then(pl.lit("Another title")).otherwise(pl.col("title")).alias("title"),
        keep=~of_item(ids[3]),
        more=fresh,
    )
    found = sync(Sync(night, url), False, QUIET)
    assert (found.gone, found.changed["item_id"].to_list(), found.new["item_id"].to_list()) == (
        [ids[3]],
        ids[:3],
        ["NEW-1"],
    )
    now = sold(url)
    assert now[ids[0]]["price"] is None and now[ids[1]]["stock"] == 0 and now[ids[2]]["title"] == "Another title"
    assert ids[3] not in now and now["NEW-1"]["price"] == 39.95 and version(url) == 5
    again = sync(Sync(night, url), False, QUIET)
    assert len(again) == 0 and version(url) == 5


def test_attributes_are_compared_with_what_was_sent(url: str, night: Path, service: Service) -> None:
    sync(Sync(night, url), False, QUIET)
    item = pl.read_parquet(night / "items.parquet")["item_id"][5]
    change(night, pl.when(of_item(item)).then(pl.lit('{"brand": "Zeta"}')).otherwise("attributes").alias("attributes"))
    assert sync(Sync(night, url), False, QUIET).fields["attributes"] == 1
    catalogue = service.run("demo").shop.view().catalogue
    assert catalogue.attributes[catalogue.row(item)] == {"brand": "Zeta"}


def test_what_others_changed_is_set_right_and_the_attributes_are_still_known(url: str, night: Path) -> None:
    sync(Sync(night, url), False, QUIET)
    item = pl.read_parquet(night / "items.parquet")["item_id"][7]
    with Client(url) as client:
        client.ask("PUT", f"/v1/items/{item}", {"price": 1.0})
    change(night, pl.when(of_item(item)).then(pl.lit('{"a": 1}')).otherwise("attributes").alias("attributes"))
    found = sync(Sync(night, url), False, QUIET)
    assert found.changed["item_id"].to_list() == [item] and found.fields["price"] == found.fields["attributes"] == 1
    assert sold(url)[item]["price"] != 1.0


def test_while_nobody_changes_anything_the_items_are_not_listed(
    url: str, night: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(Sync(night, url), False, QUIET)
    monkeypatch.setattr(module, "_listed", lambda *_: pytest.fail("The items were listed."))
    item = pl.read_parquet(night / "items.parquet")["item_id"][2]
    change(night, pl.when(of_item(item)).then(77.0).otherwise("price").alias("price"))
    assert len(sync(Sync(night, url), False, QUIET)) == 1
    assert len(sync(Sync(night, url), False, QUIET)) == 0
    assert sold(url)[item]["price"] == 77.0


@pytest.mark.parametrize(
    ("columns", "keep", "said"),
    [
        ([], pl.int_range(pl.len()) % 2 == 0, "items would be taken off sale"),
        ([pl.lit(0.0).alias("price")], None, "prices would be 0 or gone"),
        ([pl.lit(None, pl.Float64).alias("price")], None, "prices would be 0 or gone"),
        ([pl.lit(None, pl.Int64).alias("stock")], None, "stocks would not be counted"),
    ],
)
def test_a_broken_export_is_refused_unless_it_is_forced(
    url: str, night: Path, columns: list[pl.Expr], keep: pl.Expr | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(night, *columns, keep=keep)
    before = sold(url)
    assert bundlesmith("sync", "--data", night, "--url", url) == 2
    told = capsys.readouterr().err
    assert said in told and "Nothing was sent." in told and "--force" in told
    assert (sold(url), version(url)) == (before, 0)
    assert bundlesmith("sync", "--data", night, "--url", url, "--dry-run", "--force") == 0
    assert version(url) == 0


def test_a_forced_export_is_sent(url: str, night: Path) -> None:
    change(night, keep=pl.int_range(pl.len()) % 2 == 0)
    sync(Sync(night, url, force=True), False, QUIET)
    assert sold(url).keys() == set(pl.read_parquet(night / "items.parquet")["item_id"])


def test_a_dry_run_prints_what_would_be_sent_and_sends_nothing(
    url: str, night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = pl.read_parquet(night / "items.parquet")["item_id"].to_list()
    change(night, pl.when(of_item(ids[1])).then(3.5).otherwise("price").alias("price"), keep=~of_item(ids[0]))
    assert bundlesmith("sync", "--data", night, "--url", url, "--dry-run") == 0
    said = capsys.readouterr().out
    assert f"1 changed (price 1; such as {ids[1]})" in said and f"1 gone (such as {ids[0]})" in said
    assert "Nothing was sent." in said and version(url) == 0


def test_items_that_the_service_refuses_are_named_and_the_others_are_sent(url: str, night: Path) -> None:
    ids = pl.read_parquet(night / "items.parquet")["item_id"].to_list()
    odd = pl.read_parquet(night / "items.parquet").head(1).with_columns(item_id=pl.lit(" "))
    change(
        night,
        pl.when(of_item(ids[0])).then(pl.lit("x" * 501)).otherwise("title").alias("title"),
        pl.when(of_item(ids[1])).then(3.5).otherwise("price").alias("price"),
        more=odd,
    )
    for _ in range(2):
        with pytest.raises(BundlesmithError, match=rf'2 of [23] changes were refused.*"{ids[0]}".*422'):
            sync(Sync(night, url), False, QUIET)
    assert sold(url)[ids[1]]["price"] == 3.5 and " " not in sold(url)


def test_ids_with_signs_of_addresses(url: str, night: Path) -> None:
    odd = ["A/1", "/b/", "50%2F", "a b?c#d", "ü"]
    first = pl.read_parquet(night / "items.parquet").head(1)
    change(night, more=pl.concat(first.with_columns(item_id=pl.lit(name)) for name in odd))
    assert len(sync(Sync(night, url), False, QUIET).new) == len(odd)
    assert set(odd) <= sold(url).keys()
    with Client(url) as client:
        assert client.ask("GET", "/v1/items/A%2F1")["item"] == "A/1"
    change(night, keep=~pl.col("item_id").is_in(odd))
    assert sorted(sync(Sync(night, url), False, QUIET).gone) == sorted(odd)
    assert not set(odd) & sold(url).keys()


class Failing(Client):
    """A service that dies after some requests that change it."""

    left = 2

    def ask(self, method: str, *rest: Any, **more: Any) -> Any:
        if method in ("PUT", "DELETE"):
            if Failing.left == 0:
                raise BundlesmithError("It doesn't answer.", "Start it.")
            Failing.left -= 1
        return super().ask(method, *rest, **more)


def test_what_was_begun_is_ended_by_running_it_again(url: str, night: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(night, pl.when(pl.int_range(pl.len()) < 5).then(9.5).otherwise("price").alias("price"))
    with monkeypatch.context() as patch:
        patch.setattr(module, "Client", Failing)
        with pytest.raises(BundlesmithError, match=r"2 of 5 changes were made. It doesn't answer.*run it again"):
            sync(Sync(night, url), False, QUIET)
    assert len(sync(Sync(night, url), False, QUIET).changed) == 3
    assert len(sync(Sync(night, url), False, QUIET)) == 0


def test_keys(service: Service, night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(clients, "PATIENCE", 5.0)
    change(night, pl.when(pl.int_range(pl.len()) < 2).then(9.5).otherwise("price").alias("price"))
    user, admin = service.store.keys.add("page", KeyRights()), service.store.keys.add("sync", KeyRights(role="admin"))
    with listening(create_app(service, ApiSettings("0.0.0.0"))) as address:
        with pytest.raises(RefusedError, match="401"):
            sync(Sync(night, address), False, QUIET)
        with pytest.raises(RefusedError, match="401"):
            sync(Sync(night, address, key="wrong"), False, QUIET)
        with pytest.raises(BundlesmithError, match=r"0 of 2 changes were made.*403"):
            sync(Sync(night, address, key=user), False, QUIET)
        assert len(sync(Sync(night, address, key=admin), False, QUIET)) == 2


def test_a_service_that_is_not_there_and_a_model_that_it_has_not(url: str, night: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(BundlesmithError, match="doesn't answer"):
        sync(Sync(night, f"http://127.0.0.1:{port}"), False, QUIET)
    with pytest.raises(BundlesmithError, match='no model "dem"'):
        sync(Sync(night, url, model="dem"), False, QUIET)
    with pytest.raises(BundlesmithError, match="not a folder of prepared data"):
        sync(Sync(night / "none", url), False, QUIET)


@pytest.mark.parametrize("name", ["items.parquet", "sent.json"])
def test_what_is_kept_of_the_last_time_may_be_broken(url: str, night: Path, tmp_path: Path, name: str) -> None:
    sync(Sync(night, url), False, QUIET)
    (kept,) = (tmp_path / "cache/sync").iterdir()
    (kept / name).write_bytes(b"broken")
    assert len(sync(Sync(night, url), False, QUIET)) == 0
    assert json.loads((kept / "sent.json").read_text())["version"] == 0
