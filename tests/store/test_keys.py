"""API keys: shown once, found again, gone when revoked."""

import pytest

from bundlesmith.errors import BundlesmithError
from bundlesmith.store import KeyRights, Store, open_store
from bundlesmith.store.keys import KeyRole

ROLES: dict[str, KeyRole] = {"web": "user", "desk": "admin", "shop": "server"}


def test_a_key_is_found_until_it_is_revoked(url: str, store: Store) -> None:
    shown = {name: store.keys.add(name, KeyRights(7, role)) for name, role in ROLES.items()}
    other = open_store(url)
    found = other.keys.find(shown["desk"])
    assert found is not None
    assert (found.name, found.limits) == ("desk", KeyRights(7, "admin"))
    assert shown["desk"].startswith(f"{found.start}_")
    assert {key.name for key in other.keys.all()} == set(ROLES)
    store.keys.revoke("desk")
    assert other.keys.find(shown["desk"]) is None
    assert other.keys.find(shown["web"]) is not None
    assert store.keys.starting(found.start) is None
    assert store.keys.starting(shown["shop"].rpartition("_")[0][:15]) is not None
    assert store.keys.add("desk") != shown["desk"]
    other.close()


def test_only_the_very_key_is_one(store: Store) -> None:
    key = store.keys.add("web")
    last = "A" if key[-1] != "A" else "B"
    for wrong in ("", key[:-1], key + "A", key[:-1] + last, key + "\n", key.upper(), "bs_é\0" + key, "\ud800"):
        assert store.keys.find(wrong) is None
    assert store.keys.find(key) is not None


def test_the_key_is_not_in_the_store(store: Store) -> None:
    secret = store.keys.add("web").split("_", 2)[2]  # which may hold a "_" itself
    assert len(secret) == 43
    with store._database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM bundlesmith_keys").all()
    assert len(rows) == 1
    assert secret not in repr(rows)


def test_what_is_wrong_is_said(store: Store) -> None:
    store.keys.add("web")
    with pytest.raises(BundlesmithError, match='There is a key "web" already'):
        store.keys.add("web")
    with pytest.raises(BundlesmithError, match=r'no key "wep"\. Did you mean "web"\?'):
        store.keys.revoke("wep")
    with pytest.raises(BundlesmithError, match="0 requests a minute"):
        store.keys.add("x", KeyRights(0))
    with pytest.raises(BundlesmithError, match='no role "boss"'):
        store.keys.add("x", KeyRights(1, "boss"))  # type: ignore[arg-type]
    assert [key.name for key in store.keys.all()] == ["web"]
