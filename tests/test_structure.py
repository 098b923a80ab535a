"""Imports point up the table of folders in docs/structure.md, never down."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "ossicle"
COMMON = ("errors", "cache", "files", "scale", "registry")
"""Modules above the table, which all others may import."""


def read_places() -> dict[str, int]:
    """How far down the table a folder or module stands, by its name without an ending."""
    table = (ROOT / "docs" / "structure.md").read_text("utf-8").split("\n\n")[2]
    cells = re.findall(r"^\| (`[^|]+) \|", table, flags=re.MULTILINE)
    names = [*COMMON, *re.findall(r"`(\w+)(?:/\w*/?|\.py)`", " ".join(cells))]
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


PLACES = read_places()


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and folder or module of each import from Ossicle, wherever in a file it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno} imports relative to its own folder"
            # From the package itself come its folders and modules, or names of its __init__.py.
            names = [f"ossicle.{alias.name}" for alias in node.names] if node.module == "ossicle" else []
            names += [node.module] if node.module != "ossicle" else []
        else:
            continue
        for parts in (name.split(".") for name in names):
            if parts[0] == "ossicle":
                known = len(parts) > 1 and parts[1] in PLACES
                yield node.lineno, parts[1] if known else "__init__"


def downward(text: str, name: str) -> list[str]:
    """The imports of a source text in the folder or module ``name`` that point down the table."""
    return [
        f"line {line} imports {other}"
        for line, other in imported(ast.parse(text))
        if PLACES[other] > PLACES[name]
    ]


def top(path: Path) -> str:
    """The folder of a source file, or the module where it is in none."""
    parts = path.relative_to(SOURCE).parts
    return parts[0] if len(parts) > 1 else path.stem


def test_the_table_names_every_folder_and_nothing_else():
    folders = {path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders | {path.stem for path in SOURCE.glob("*.py")} == set(PLACES)


def test_no_import_points_down_the_table():
    paths = list(SOURCE.rglob("*.py"))
    found = {path: downward(path.read_text("utf-8"), top(path)) for path in paths}
    assert len(paths) > 100
    assert {str(path.relative_to(SOURCE)): lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "from ossicle.cli.app import verb",
        "import ossicle.emit.folder",
        "from ossicle import platforms, targets",
        "from ossicle import __version__",
        "def late():\n    from ossicle.verify.node_check import verify",
    ],
)
def test_an_import_from_further_down_is_found_in_every_form(line):
    assert downward(line, "schedule")
    assert not downward(
        "from ossicle.graph import Graph\nfrom ossicle import scale\nimport numpy", "schedule"
    )
