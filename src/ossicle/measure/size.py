"""Bytes and operations of a model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ossicle.graph.model import Model
from ossicle.lowering import weight_bytes
from ossicle.quantize import SCHEMES, quantize


@dataclass(frozen=True)
class Description:
    """A model in a line, and where it comes from."""

    name: str
    parameters: int
    macs_per_second: float
    weight_bytes: dict[str, int]
    provenance: Mapping[str, Any]


def describe(name: str, model: Model) -> Description:
    """Describe a float model; its weights' bytes by scheme."""
    task = model.graph.task
    return Description(
        name,
        model.graph.parameters,
        model.graph.macs * task.sample_rate / task.hop,
        {s: weight_bytes(quantize(model.graph, s, model.calibration)) for s in SCHEMES},
        model.provenance,
    )
