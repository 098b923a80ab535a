"""A network as a file of another format holds it, in one vocabulary for all formats.

Operators have the names and the meaning that ONNX gives them (opset 18; maps in the order batch, channels,
height, width). What newer opsets pass as constant inputs (axes, sizes of a split, pads) is in ``attributes``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Quantization:
    """How the integers of a value stand for numbers: ``scale * (code - zero_point)``."""

    scale: np.ndarray
    """float32, ``(1,)`` or one for each index of the axis."""
    zero_point: np.ndarray
    """int32, of the same shape."""
    axis: int
    """The axis along which scales differ; 0 where there is one scale."""


@dataclass(frozen=True)
class Value:
    """A tensor by its name, of a fixed shape; a constant has its values."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    """Name of a NumPy type."""
    constant: np.ndarray | None = None
    quantization: Quantization | None = None


@dataclass(frozen=True)
class Operation:
    """One operator at work."""

    op: str
    """The operator's name in ONNX."""
    name: str
    """The name in the file, for messages."""
    inputs: tuple[str, ...]
    """Names of values; empty where an optional input is absent."""
    outputs: tuple[str, ...]
    """Names of values; empty where an optional output is absent."""
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class StatePair:
    """What one step leaves in ``output`` is what the next step reads as ``input``."""

    input: str
    output: str
    how: str
    """How the pair was found, for a reader."""


@dataclass(frozen=True)
class Network:
    """One step of a network: all shapes are fixed, and no shape is computed."""

    name: str
    format: str
    """``onnx`` or ``tflite``."""
    values: Mapping[str, Value]
    operations: tuple[Operation, ...]
    """In the order of execution."""
    inputs: tuple[str, ...]
    """Names of the values that a caller gives, states among them."""
    outputs: tuple[str, ...]
    """Names of the values that a caller gets, states among them."""
    states: tuple[StatePair, ...] = ()
    time_axes: Mapping[str, int] = field(default_factory=dict)
    """The axis of each value along which steps follow one another, by the value's name.

    Only of a network that was exported over a sequence of open length; its shapes are those of one step.
    """
    notes: tuple[str, ...] = ()
    """Sentences on what the network does not keep of its file."""
