"""What the README and docs/ name is there: commands with their options, targets of make, modules, files and links."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from typer.main import get_command

from bundlesmith.cli.app import app
from tests.conftest import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = get_command(app)
_BEFORE = r"(?:^ *|`)(?:\w+=\S+ |docker compose exec service )*"
_CALL = re.compile(_BEFORE + r"bundlesmith ([a-z][a-z ]*)([^`\n|#]*)", re.MULTILINE)
_TARGET = re.compile(_BEFORE + r"make ([a-z][a-z-]*)", re.MULTILINE)


def text_of(page: Path) -> str:
    return page.read_text("utf-8").replace("\\\n", " ")


def code_of(page: Path) -> str:
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text_of(page), re.DOTALL))


def called(page: Path) -> Iterator[tuple[str, click.Command, list[str]]]:
    """Each call of `bundlesmith` in code: as it stands, its command, and the options before `--`."""
    for match in _CALL.finditer(code_of(page)):
        command: click.Command = COMMANDS
        for word in match[1].split():
            command = getattr(command, "commands", {}).get(word) or command
        if command is COMMANDS:
            pytest.fail(f"{page.name}: there is no `{match[0]}`")
        yield match[0], command, re.findall(r"(?<!\S)--[a-z][a-z-]*", match[2].partition(" -- ")[0])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_are_there(page: Path) -> None:
    for call, command, options in called(page):
        known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help"}
        assert set(options) <= known, f"{call}: {set(options) - known}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_targets_modules_files_and_links_are_there(page: Path) -> None:
    text, makefile = text_of(page), (ROOT / "Makefile").read_text("utf-8")
    assert not [
        target for target in _TARGET.findall(code_of(page)) if not re.search(rf"^{target}:", makefile, re.MULTILINE)
    ]
    missing = [link for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text) if not (page.parent / link).exists()]
    named = re.findall(r"`((?:tests|configs|deploy|bench)/[\w/.-]+\w)`", text)
    assert not missing and not [path for path in named if not (ROOT / path).exists()]
    for name in re.findall(r"`(bundlesmith(?:\.[a-z_0-9]\w*)+(?:\.[A-Z]\w*)?)`", text):
        *modules, last = name.split(".")
        home = ROOT.joinpath("src", *modules, last) if last.islower() else ROOT.joinpath("src", *modules)
        file = home.with_suffix(".py") if home.with_suffix(".py").exists() else home / "__init__.py"
        if file.exists() and last.islower():
            continue
        file = file if file.exists() else home.parent.with_suffix(".py")
        assert file.exists() and re.search(rf"\b{last}\b", file.read_text("utf-8")), f"{page.name}: {name}"


def test_many_commands_are_looked_at() -> None:
    calls = [options for page in PAGES for *_, options in called(page)]
    assert len(calls) > 80 and sum(map(len, calls)) > 100
