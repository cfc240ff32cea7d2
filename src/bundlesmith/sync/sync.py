"""From a folder of prepared data to what a running service sells: the one function behind `bundlesmith sync`.

    bundlesmith sync --data DATA --url http://localhost:8000

What was sent is kept in the cache folder, with the number of the catalogue's last change: while nobody else changed
anything, the service isn't asked for its items. Else they are listed, and nothing that was sent before is sent again.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
from rich.console import Console
from rich.progress import track

from bundlesmith.base import cache_folder
from bundlesmith.client import Body, Client, RefusedError, Served
from bundlesmith.data.tables import load
from bundlesmith.errors import BundlesmithError
from bundlesmith.files import read_json, write_json, written_whole
from bundlesmith.hashes import hash_texts
from bundlesmith.sync.plan import COLUMNS, SyncPlan, plan

PAGE = 200
"""Items that are listed at a time."""
_ITEM = (400, 404, 405, 413, 422)
"""Statuses of a request that is refused for what it says of one item."""


@dataclass(frozen=True, slots=True)
class Sync:
    """What is to be done.

    Attributes:
        data: a folder that `prepare` wrote.
        url: of the service.
        model: whose catalogue; "": the service's default.
        key: an administrator's, "" where none is needed.
        force: whether an export that looks broken is sent all the same.
        everything: whether all items are sent, changed or not.
    """

    data: Path
    url: str
    model: str = ""
    key: str = ""
    force: bool = False
    everything: bool = False


def sync(wanted: Sync, dry_run: bool, console: Console) -> SyncPlan:
    """Let a service sell what an export has, and nothing else.

    Args:
        wanted: what is to be done.
        dry_run: whether nothing is sent.
        console: where it is told.

    Returns:
        what differed.

    Raises:
        BundlesmithError: if the service can't be reached or refuses the key, the export looks broken, or items were
            refused; what was sent before stays, and isn't sent again the next time.
    """
    export = table_of(load(wanted.data).items)
    with Client(wanted.url, wanted.key) as client:
        served = client.model(wanted.model)
        sent = Sent(cache_folder() / "sync" / hash_texts(client.url, served.name))
        with console.status("Comparing …"):
            found = plan(_sold(client, served, sent), export, wanted.everything)
        _tell(found, export, console)
        if found.doubts and not wanted.force:
            what = f"The export looks broken: {'; '.join(found.doubts)}."
            raise BundlesmithError(f"{what} Nothing was sent.", "Look at the export; --force sends it as it is.")
        if dry_run:
            return found
        made, refused = _send(client, served.name, found, console)
        if refused:
            what = f"{len(refused):,} of {len(found):,} changes were refused, the others were made: {refused[0]}"
            raise BundlesmithError(what, "Mend these items, and run it again.")
        after = client.model(served.name)
        alone = after.key == served.key and after.version == served.version + made
        sent.write(export, after if alone else None)
    return found


def table_of(items: pl.DataFrame) -> pl.DataFrame:
    """Prepared items as a side of a plan."""
    cents = (pl.col("price") * 100).round().cast(pl.Int64).alias("cents")
    return items.select("item_id", "title", pl.col("category").fill_null([]), cents, "stock", "attributes")


class Sent:
    """What was sent last to one model of one service, kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def items(self) -> pl.DataFrame:
        """All that was sent; nothing if that isn't known."""
        try:
            return pl.read_parquet(self.folder / "items.parquet").cast(COLUMNS)  # type: ignore[arg-type]
        except (OSError, pl.exceptions.PolarsError):
            return pl.DataFrame(schema=COLUMNS)

    def is_sold(self, served: Served) -> bool:
        """Whether nothing has changed since."""
        try:
            found: Any = read_json(self.folder / "sent.json")
        except BundlesmithError:
            return False
        return bool(found == {"key": served.key, "version": served.version})

    def write(self, items: pl.DataFrame, served: Served | None) -> None:
        """Keep what was sent; *served* is None if others changed the catalogue meanwhile."""
        with written_whole(self.folder) as fresh:
            items.write_parquet(fresh / "items.parquet")
            if served is not None:
                write_json(fresh / "sent.json", {"key": served.key, "version": served.version})


def _sold(client: Client, served: Served, sent: Sent) -> pl.DataFrame:
    """What a model sells. The service lists no attributes: they are those that were sent last, else not known."""
    known = sent.items()
    if len(known) and sent.is_sold(served):
        return known
    rows = list(_listed(client, served.name))
    listed = pl.DataFrame(rows, schema=COLUMNS, orient="row").unique("item_id", maintain_order=True)
    attributes = listed.select("item_id").join(known, on="item_id", how="left", maintain_order="left")["attributes"]
    return listed.with_columns(attributes)


def _listed(client: Client, model: str) -> Iterator[tuple[Any, ...]]:
    offset, total = 0, 1
    while offset < total:
        page = client.ask("GET", "/v1/items", query={"model": model, "limit": PAGE, "offset": offset})
        for item in page["items"]:
            cents = None if item["price"] is None else round(item["price"] * 100)
            yield str(item["item"]), item["title"], item["category"], cents, item["stock"], None
        offset, total = offset + PAGE, page["total"]


def _tell(found: SyncPlan, export: pl.DataFrame, console: Console) -> None:
    fields = ", ".join(f"{name} {count:,}" for name, count in found.fields.items() if count)
    for label, ids, more in (
        ("new", found.new["item_id"].to_list(), ""),
        ("changed", found.changed["item_id"].to_list(), fields),
        ("gone", found.gone, ""),
    ):
        named = f"such as {', '.join(ids[:3])}" if ids else ""
        said = "; ".join(filter(None, (more, named)))
        console.print(f"{len(ids):>9,} {label}{f' ({said})' if said else ''}", markup=False, highlight=False)
    console.print(f"{found.same:>9,} as they are", highlight=False)


def _send(client: Client, model: str, found: SyncPlan, console: Console) -> tuple[int, list[str]]:
    """Send all changes, those first that keep what isn't there from being sold.

    Returns:
        how many changes the catalogue has of it, and what was refused.
    """
    made, refused = 0, []
    changes = [*(("DELETE", item, None) for item in found.gone), *_puts(found.changed), *_puts(found.new)]
    for method, item, body in track(changes, "Sending …", console=console, disable=not changes):
        try:
            client.ask(method, f"/v1/items/{quote(item, safe='')}", body, {"model": model})
            made += 1
        except RefusedError as error:
            if method == "DELETE" and error.status == 404:
                continue  # it is gone already
            if error.status not in _ITEM:
                raise _half_way(made, len(changes), error) from error
            refused.append(f'"{item}": {error.what}')
        except BundlesmithError as error:
            raise _half_way(made, len(changes), error) from error
    return made, refused


def _half_way(made: int, of: int, error: BundlesmithError) -> BundlesmithError:
    what = f"{made:,} of {of:,} changes were made. {error.what}"
    return BundlesmithError(what, f"{error.fix} Then run it again: what was made isn't sent again.".strip())


def _puts(items: pl.DataFrame) -> Iterator[tuple[str, str, Body]]:
    for item in items.iter_rows(named=True):
        body = {
            "title": item["title"],
            "category": item["category"],
            "price": None if item["cents"] is None else item["cents"] / 100,
            "stock": item["stock"],
            "attributes": json.loads(item["attributes"]),
        }
        yield "PUT", item["item_id"], body
