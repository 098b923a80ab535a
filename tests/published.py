"""Figures that documents publish, as benchmarks recorded them."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "benchmarks" / "results"
NEAR = 0.02
"""How far a budget may be off what is published, to either side."""


def published(benchmark: str) -> dict[str, Any]:
    """The results of a benchmark."""
    return json.loads((RESULTS / f"{benchmark}.json").read_text("utf-8"))["results"]
