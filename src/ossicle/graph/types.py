"""The small types that graphs and operators are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ossicle.numerics.encoding import affine_s8, encode, symmetric_s16
from ossicle.numerics.formats import PRECISIONS, Q15, DType, Precision


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
        return cls(size, DType.S8, *affine_s8(low, high))

    @classmethod
    def symmetric_s16(cls, size: int, low: float, high: float) -> "Tensor":
        """Int16 around zero that holds ``low`` and ``high``."""
        return cls(size, DType.S16, symmetric_s16(low, high))

    @property
    def is_q15(self) -> bool:
        """Whether int16 codes hold -1..1."""
        return self.scale == Q15 and self.zero_point == 0

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Codes of float32 values of any shape."""
        return encode(values, self.dtype, self.scale, self.zero_point)


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
