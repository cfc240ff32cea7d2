"""The package is a stack of layers: a module imports what stands below its own layer, never what stands above."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bundlesmith

ROOT = Path(str(bundlesmith.__file__)).parent
LAYERS = (
    ("errors", "hashes", "manifest"),
    ("client", "files"),
    ("base", "data", "drawing"),
    ("constraints", "encoder", "settings", "sync"),
    ("decoding", "request"),
    ("claim", "live", "prompts"),
    ("ranking", "told"),
    ("explain", "recommendation"),
    ("run",),
    ("finetune", "shop"),
    ("pipeline",),
    ("store", "understanding"),
    ("conversation", "engines"),
    ("recommender", "serve"),
    ("eval", "ingest"),
    ("cli",),
    ("__main__",),
)
"""From the lowest to the highest. docs/architecture.md says what each is for."""
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """The line of each import of a part of the package, and the part; those for type checkers alone count, too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module == "bundlesmith":
            names = [f"bundlesmith.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            if name.startswith("bundlesmith."):
                yield node.lineno, name.split(".")[1]


def parts() -> list[str]:
    return sorted(
        path.stem
        for path in ROOT.iterdir()
        if path.suffix == ".py" or (path.is_dir() and (path / "__init__.py").exists())
    )


def test_every_part_of_the_package_has_its_layer() -> None:
    assert set(parts()) - {"__init__"} == set(LEVEL)


@pytest.mark.parametrize("part", sorted(LEVEL))
def test_imports_go_down(part: str) -> None:
    own = [ROOT / f"{part}.py"] if (ROOT / f"{part}.py").exists() else sorted((ROOT / part).rglob("*.py"))
    up = [
        f"{path.relative_to(ROOT)}:{line} imports {other}"
        for path in own
        for line, other in imports(path)
        if other in LEVEL and other != part and LEVEL[other] >= LEVEL[part]
    ]
    assert not up


def test_no_file_has_more_than_350_lines() -> None:
    lines = {path.relative_to(ROOT): len(path.read_text("utf-8").splitlines()) for path in ROOT.rglob("*.py")}
    assert not {path: many for path, many in lines.items() if many > 350}
