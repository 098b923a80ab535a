"""The trained models that ship, each with a card: a Markdown file of the same name."""

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

from ossicle.graph.file import SUFFIX

FOLDER = Path(str(resources.files(__name__)))
SCORES = FOLDER / "scores.json"
"""Scores of the models on test data, written by ``benchmarks/render.py``."""


def zoo_names() -> list[str]:
    """Names of the models that ship."""
    return sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}"))


def zoo_path(name: str) -> Path:
    """File of a model that ships."""
    return FOLDER / f"{name}{SUFFIX}"


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
