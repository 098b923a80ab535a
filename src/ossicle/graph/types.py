"""The small types that graphs and operators are made of."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ossicle.numerics.encoding import affine_s8, encode, symmetric_s16
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import FP32, Q15, DType, Precision

Attribute = str | int | float | tuple[int, ...] | tuple[float, ...]
"""A choice that an operator leaves open: a name, a number, or a few numbers."""


@dataclass(frozen=True)
class Tensor:
    """Values of a shape, the last axis densest; an integer ``q`` stands for ``scale * (q - zero_point)``."""

    shape: tuple[int, ...]
    dtype: DType = DType.F32
    scale: float = 1.0
    zero_point: int = 0

    @classmethod
    def affine_s8(cls, shape: tuple[int, ...], low: float, high: float) -> "Tensor":
        """Int8 whose 256 codes span ``low`` to ``high``; zero is always one of the codes."""
        return cls(shape, DType.S8, *affine_s8(low, high))

    @classmethod
    def symmetric_s16(cls, shape: tuple[int, ...], low: float, high: float) -> "Tensor":
        """Int16 around zero that holds ``low`` and ``high``."""
        return cls(shape, DType.S16, symmetric_s16(low, high))

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def is_q15(self) -> bool:
        """Whether int16 codes hold -1..1."""
        return self.scale == Q15 and self.zero_point == 0

    def alike(self, other: "Tensor") -> bool:
        """Whether another tensor holds as many values in the same way, in whatever shape."""
        return self.size == other.size and self == replace(other, shape=self.shape)

    def zeros(self, *leading: int) -> np.ndarray:
        """Codes that stand for zero, ``(*leading, size)``."""
        return np.full((*leading, self.size), self.zero_point, self.dtype.numpy)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Codes of float32 values of any shape."""
        return encode(values, self.dtype, self.scale, self.zero_point)


@dataclass(frozen=True)
class Node:
    """One operator at work: the tensor at each of its ports, its constants, and how it computes.

    The names of ports, constants and attributes are the operator's (:class:`ossicle.graph.operator.Op`).
    """

    op: str
    name: str
    inputs: Mapping[str, str]
    """Names of the tensors that it reads, by port."""
    outputs: Mapping[str, str]
    """Names of the tensors that it writes, by port."""
    constants: Mapping[str, np.ndarray] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    precisions: tuple[Precision, ...] = ()
    """Of each of its matrix-vector products; where there is none given, fp32."""

    def at(self, port: str) -> str:
        """Name of the tensor at a port that it reads or writes."""
        return self.inputs[port] if port in self.inputs else self.outputs[port]

    def product(self, index: int) -> Precision:
        """Precision of one of the node's matrix-vector products."""
        return self.precisions[index] if self.precisions else FP32

    @property
    def precision(self) -> str:
        """Name of its precision; of two products that differ, as in ``"w8a8+w8a16"``."""
        names = [precision.name for precision in self.precisions] or [FP32.name]
        return names[0] if len(set(names)) == 1 else "+".join(names)

    @property
    def rounding(self) -> Rounding:
        """How it rounds integers: by its attribute of that name, or as all schemes do."""
        return Rounding(str(self.attributes.get("rounding", Rounding.ONCE)))

    @property
    def integer(self) -> bool:
        """Whether the node computes on integers; the products of a node are all integer or all float."""
        return self.product(0).weight_bits > 0
