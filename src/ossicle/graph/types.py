"""The small types that graphs and operators are made of."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

PRECISIONS = ("fp32", "fp16", "w8a8")
Q15 = 2.0**-15
"""Scale of an int16 that holds -1..1."""
HIDDEN_SCALE = 2.0**-7
"""Scale of the int8 operand taken from an int16 in Q15: its upper byte, rounded."""


class DType(StrEnum):
    """Element type of a tensor; the value is the one that file headers hold."""

    F32 = "f32"
    F16 = "f16"
    S8 = "s8"
    S16 = "s16"

    @property
    def numpy(self) -> np.dtype:
        """The NumPy type of one element."""
        return np.dtype({"f32": "float32", "f16": "float16", "s8": "int8", "s16": "int16"}[self.value])


@dataclass(frozen=True)
class Tensor:
    """A vector of ``size`` elements; an integer ``q`` stands for ``scale * (q - zero_point)``."""

    size: int
    dtype: DType = DType.F32
    scale: float = 1.0
    zero_point: int = 0

    @classmethod
    def affine_s8(cls, size: int, low: float, high: float) -> "Tensor":
        """Int8 whose 256 codes span ``low`` to ``high``; zero is always one of the codes."""
        low, high = min(low, 0.0), max(high, 0.0)
        scale = (high - low) / 255 or 1.0
        return cls(size, DType.S8, scale, max(-128, min(127, round(-128 - low / scale))))

    @classmethod
    def binary_s16(cls, size: int, bound: float) -> "Tensor":
        """Int16 of the finest power-of-two scale that holds plus and minus 1.25 ``bound``."""
        fraction = 15 - math.ceil(math.log2(max(bound, 2.0**-15) * 1.25))
        return cls(size, DType.S16, 2.0 ** -min(max(fraction, 6), 15))


@dataclass(frozen=True)
class Node:
    """One operator: tensor names in and out, its constants, and the precision it computes in."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    constants: Mapping[str, np.ndarray] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    precision: str = "fp32"
