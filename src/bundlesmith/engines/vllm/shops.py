"""The shops that a process of an engine serves, by the names of their runs, each as of the change that a request names.

They say which runs there are, or the environment does.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NoReturn

from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.pipeline.flat import Flat
from bundlesmith.run import load_run
from bundlesmith.shop.followed_shop import FollowedShop
from bundlesmith.shop.live_shop import LiveShop, ShopView

if TYPE_CHECKING:
    from bundlesmith.store import Store

RUN, STORE = "BUNDLESMITH_RUN", "BUNDLESMITH_STORE"


class Shops:
    """Shops that are opened at first use, and follow the store's changes if there is a store.

    Args:
        folders: of runs, by name; they are loaded at once.
        store: the URL of the store; "" for none. A run that isn't in *folders* may be one of its models.
    """

    def __init__(self, folders: Mapping[str, Path], store: str = "") -> None:
        self._store = _open(store) if store else None
        self._folders, self._shops = dict(folders), dict[tuple[str, Path], FollowedShop]()
        self._lock = Lock()
        for name, folder in folders.items():
            self._shop(name, folder)

    def view(self, flat: Flat) -> ShopView:
        """The shop that a request is of.

        Raises:
            BundlesmithError: if there is no such run, or its shop isn't kept as of that change.
        """
        name = self._name(flat.model)
        return self._shop(name, self._folder(name)).view(flat.version)

    @property
    def end(self) -> int:
        """The token with which answers end: that of any run, for all have one base."""
        with self._lock:
            return next(iter(self._shops.values())).shop.run.lexicon.marks.end

    def _name(self, model: str) -> str:
        return next(iter(self._folders)) if not model and len(self._folders) == 1 else model

    def _folder(self, name: str) -> Path:
        if name in self._folders:
            return self._folders[name]
        registered = {} if self._store is None else {model.name: model.folder for model in self._store.models.all()}
        if name not in registered:
            raise BundlesmithError(f'There is no run "{name}".', nearest(name, [*self._folders, *registered]))
        return registered[name]

    def _shop(self, name: str, folder: Path) -> FollowedShop:
        with self._lock:
            if (name, folder) not in self._shops:
                changes = _NoChanges() if self._store is None else self._store.changes
                self._shops[name, folder] = FollowedShop(LiveShop(load_run(folder)), changes, name)
            return self._shops[name, folder]


class _NoChanges:
    """The log of a shop that stays as it is."""

    def after(self, model: str, seq: int) -> tuple[()]:
        return ()

    def since(self, model: str, seq: int) -> NoReturn:
        raise AssertionError("Nothing is folded.")


def shops_of_environment() -> Shops:
    """The shops that the environment names: `BUNDLESMITH_RUN` is a run's folder, or has a line "name=folder" for each
    of several, and `BUNDLESMITH_STORE` is the URL of a store. A run that is given alone has its folder's name.

    Raises:
        BundlesmithError: if there is no run, or one can't be loaded.
    """
    lines = [line for line in os.environ.get(RUN, "").splitlines() if line.strip()]
    if not lines:
        raise BundlesmithError(f"{RUN} is not set.", "Set it to the folder of a run before vLLM starts.")
    return Shops(dict(map(_named, lines)), os.environ.get(STORE, ""))


def _named(line: str) -> tuple[str, Path]:
    name, equals, folder = line.partition("=")
    if equals and "/" not in name:
        return name, Path(folder)
    return Path(line).absolute().name, Path(line)


def _open(url: str) -> "Store":
    from bundlesmith.store import open_store

    return open_store(url)
