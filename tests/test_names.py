"""One name for one thing: what a module defines at its top is defined in no other, but for a few conventions."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import bundlesmith

ROOT = Path(bundlesmith.__file__).parent
CONVENTIONS = {"router", "logger", "screen", "main"}
ENTRANCES = ("cli", "serve/api")
"""Functions here are called as the command or the route: `prefer` is `bundlesmith prefer`, and so is what it calls."""


def defined(path: Path) -> Iterator[str]:
    """The public names that a module defines at its top."""
    for node in ast.parse(path.read_text("utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def doubled() -> dict[str, list[str]]:
    """Public names -> the modules that define them, of those that several do."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(ROOT.rglob("*.py")):
        module = path.relative_to(ROOT).as_posix()
        for name in defined(path):
            called = name.islower() and module.startswith(ENTRANCES)
            if not name.startswith("_") and name not in CONVENTIONS and not called:
                found[name].append(module)
    return {name: modules for name, modules in found.items() if len(modules) > 1}


def test_a_public_name_is_defined_once() -> None:
    assert doubled() == {}
