"""`bundlesmith keys`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bundlesmith.cli.keys import keys
from bundlesmith.errors import BundlesmithError
from bundlesmith.store import KeyRights, open_store


def run(*words: str) -> Result:
    return CliRunner().invoke(keys, list(words), env={"COLUMNS": "200"}, catch_exceptions=False)


@pytest.mark.parametrize("command", [["add"], ["list"], ["revoke"]])
def test_help_shows_an_example(command: list[str]) -> None:
    assert f"Example: bundlesmith keys {command[0]}" in run(*command, "--help").stdout


def test_a_key_is_printed_alone_listed_and_revoked(tmp_path: Path) -> None:
    where = ("--store", f"sqlite:///{tmp_path}/shop.db")
    assert run("list", *where).stdout == f"There are no keys in sqlite:///{tmp_path}/shop.db.\n"
    made = run("add", "[b]desk", "--role", "admin", "--per-minute", "1200", *where)
    assert "not shown again" in made.stderr
    store = open_store(where[1])
    found = store.keys.find(made.stdout.removesuffix("\n"))
    assert found is not None
    assert (found.name, found.limits) == ("[b]desk", KeyRights(1200, "admin"))
    listed = run("list", *where).stdout
    assert all(word in listed for word in ("[b]desk", found.start, "admin", "1,200"))
    assert made.stdout.strip().removeprefix(f"{found.start}_") not in listed
    assert run("revoke", "[b]desk", *where).stdout == 'The key "[b]desk" is revoked.\n'
    assert store.keys.all() == []
    store.close()


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    where = ("--store", f"sqlite:///{tmp_path}/shop.db")
    with pytest.raises(BundlesmithError, match='no key "web"'):
        run("revoke", "web", *where)
    with pytest.raises(BundlesmithError, match="0 requests a minute"):
        run("add", "web", "--per-minute", "0", *where)
    assert run("add", "web", "--role", "boss", *where).exit_code == 2
