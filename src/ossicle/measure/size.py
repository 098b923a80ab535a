"""Bytes and operations of a model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ossicle.graph.model import Model
from ossicle.quantization import SCHEMES, bytes_in


@dataclass(frozen=True)
class Description:
    """A model in a line, and where it comes from."""

    name: str
    parameters: int
    macs_per_second: float | None
    """None where nobody knows how many frames a second has."""
    weight_bytes: dict[str, int]
    provenance: Mapping[str, Any]


def describe(name: str, model: Model) -> Description:
    """Describe a float model; its weights' bytes by scheme."""
    task = model.graph.task
    return Description(
        name,
        model.graph.parameters,
        model.graph.macs * task.rate if task.rate else None,
        {scheme: bytes_in(model.graph, scheme) for scheme in SCHEMES},
        model.provenance,
    )
