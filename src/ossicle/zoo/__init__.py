"""The trained models that ship, each with a card: a Markdown file of the same name."""

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

from ossicle.errors import OssicleError

FOLDER = Path(str(resources.files(__name__)))
SUFFIX = ".ossicle"
"""Of a model file."""
SCORES = FOLDER / "scores.json"
"""Scores of the models on test data, written by ``benchmarks/render.py``."""


def zoo_names() -> list[str]:
    """Names of the models that ship."""
    return sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}"))


def zoo_path(name: str) -> Path:
    """File of a model that ships."""
    return FOLDER / f"{name}{SUFFIX}"


def model_path(name: str | Path) -> Path:
    """The file of a model by its name here, or by its path; it may be missing or no model."""
    if str(name) in zoo_names():
        return zoo_path(str(name))
    path = Path(name)
    if path.suffix != SUFFIX and not path.exists():
        raise OssicleError(
            f"there is no model {str(name)!r}; name a {SUFFIX} file or one of {', '.join(zoo_names())}"
        )
    return path


def model_hash(path: Path) -> str:
    """SHA-256 of a model file, as its card and its scores name it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def zoo_scores(name: str) -> dict[str, Any]:
    """What a model reached on test data.

    Of a suppressor in the scheme ``mixed``, mean PESQ-WB, STOI and SI-SDR of ``noisy`` and ``enhanced``
    mixtures; of a spotter in ``w8a16``, ``accuracy``, from 0 to 1. Empty where the model file is not the one
    that was scored.
    """
    card = json.loads(SCORES.read_text("utf-8")).get(name, {})
    return card if card.get("sha256") == model_hash(zoo_path(name)) else {}
