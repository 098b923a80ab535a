"""The trained models that ship, each with a card of the same name."""

from importlib import resources
from pathlib import Path

from ossicle.graph.file import SUFFIX

FOLDER = Path(str(resources.files(__name__)))


def zoo_names() -> list[str]:
    """Names of the models that ship."""
    return sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}"))


def zoo_path(name: str) -> Path:
    """File of a model that ships."""
    return FOLDER / f"{name}{SUFFIX}"
