"""Element types of tensors, and the precisions of products."""

from dataclasses import dataclass
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

    name: str
    operand: DType
    weight_bits: int = 0
    """0 for float weights, which have the operand's type."""

    @property
    def largest_weight(self) -> int:
        """Largest code of an integer weight; the smallest is minus that."""
        return (1 << (self.weight_bits - 1)) - 1

    @property
    def stored_bits(self) -> int:
        """Bits of a weight in memory, of floats too."""
        return self.weight_bits or 8 * self.operand.numpy.itemsize

    def least_bytes(self, count: int) -> int:
        """Bytes of so many weights side by side, without any padding between them."""
        return -(-count * self.stored_bits // 8)

    @property
    def weight_type(self) -> np.dtype:
        """NumPy type of a weight: of its codes, or the operand's where it is a float."""
        if not self.weight_bits:
            return self.operand.numpy
        return np.dtype("int16" if self.weight_bits > 8 else "int8")


FP32 = Precision("fp32", DType.F32)
FP16 = Precision("fp16", DType.F16)
PRECISIONS = {
    precision.name: precision
    for precision in (
        FP32,
        FP16,
        Precision("w8a8", DType.S8, 8),
        Precision("w8a16", DType.S16, 8),
        Precision("w4a16", DType.S16, 4),
        Precision("w16a16", DType.S16, 16),
    )
}
"""By name."""


@dataclass(frozen=True)
class Scheme:
    """Names of the precisions that a scheme gives to layers."""

    recurrent: str
    others: str

    def of(self, recurrent: bool) -> str:
        """That of a layer."""
        return self.recurrent if recurrent else self.others


SCHEMES = {
    "fp32": Scheme("fp32", "fp32"),
    "fp16": Scheme("fp16", "fp16"),
    "int8": Scheme("w8a8", "w8a8"),
    "mixed": Scheme("w8a8", "fp16"),
    "w8a16": Scheme("w8a16", "w8a16"),
    "w4a16": Scheme("w4a16", "w8a16"),
    "w16a16": Scheme("w16a16", "w16a16"),
}
"""By name; ``mixed`` is the published one (arXiv 2210.07692)."""
