"""Files that are given to a verb."""

from collections.abc import Sequence
from pathlib import Path

Paths = str | Path | Sequence[str | Path]
"""A file, or several."""


def paths_of(given: Paths) -> list[Path]:
    """Each of them as a path."""
    return [Path(path) for path in ([given] if isinstance(given, str | Path) else given)]
