"""Registered runs."""

from pathlib import Path

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.store import RegisteredRun, Store


def test_models_are_put_replaced_and_removed(store: Store) -> None:
    store.models.put("b", Path("/runs/b"))
    store.models.put("a", Path("runs/a"))
    store.models.put("b", Path("/runs/new"))
    assert store.models.all() == [RegisteredRun("a", Path.cwd() / "runs/a"), RegisteredRun("b", Path("/runs/new"))]
    store.models.remove("a")
    assert [model.name for model in store.models.all()] == ["b"]
    with pytest.raises(BundlesmithError, match='There is no model "a"'):
        store.models.remove("a")
    with pytest.raises(BundlesmithError, match="NUL"):
        store.models.put("c", Path("/runs/\0"))
