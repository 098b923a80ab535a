"""The small types that graphs and operators are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

Q15 = 2.0**-15
"""Scale of an int16 that holds -1..1."""
CELL_SCALE = 2.0**-20
"""Scale of an LSTM's cell in int32, from -2048 to 2048."""


class DType(StrEnum):
    """Element type of a tensor; the value is the one that file headers hold."""

    F32 = "f32"
    F16 = "f16"
    S8 = "s8"
    S16 = "s16"
    S32 = "s32"

    @property
    def numpy(self) -> np.dtype:
        """The NumPy type of one element."""
        return np.dtype(
            {"f32": "float32", "f16": "float16", "s8": "int8", "s16": "int16", "s32": "int32"}[self.value]
        )


@dataclass(frozen=True)
class Precision:
    """How a matrix-vector product is computed: the type of its operand, and the bits of integer weights."""

    operand: DType
    weight_bits: int = 0
    """0 for float weights, which have the operand's type."""

    @property
    def largest_weight(self) -> int:
        """Largest code of an integer weight; the smallest is minus that."""
        return 2 ** (self.weight_bits - 1) - 1

    @property
    def weight_type(self) -> np.dtype:
        """NumPy type of the codes of an integer weight."""
        return np.dtype("int16" if self.weight_bits > 8 else "int8")


PRECISIONS = {
    "fp32": Precision(DType.F32),
    "fp16": Precision(DType.F16),
    "w8a8": Precision(DType.S8, 8),
    "w8a16": Precision(DType.S16, 8),
    "w4a16": Precision(DType.S16, 4),
    "w16a16": Precision(DType.S16, 16),
}


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
    def symmetric_s16(cls, size: int, low: float, high: float) -> "Tensor":
        """Int16 around zero that holds ``low`` and ``high``."""
        return cls(size, DType.S16, max(-low, high) / 32767 or 1.0)


@dataclass(frozen=True)
class Node:
    """One operator: tensor names in and out, its constants, and the precision it computes in.

    ``precision`` is a name in :data:`PRECISIONS`. The two products of a recurrent layer may differ: then it
    names that of the input and that of the state, as in ``"w8a8+w8a16"``.
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    constants: Mapping[str, np.ndarray] = field(default_factory=dict)
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    precision: str = "fp32"

    def product(self, index: int) -> Precision:
        """Precision of one of the node's matrix-vector products."""
        names = self.precision.split("+")
        return PRECISIONS[names[min(index, len(names) - 1)]]

    @property
    def integer(self) -> bool:
        """Whether the node computes on integers; the products of a node are all integer or all float."""
        return self.product(0).weight_bits > 0
