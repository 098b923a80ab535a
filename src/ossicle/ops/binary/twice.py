"""Sums of codes as LiteRT and TFLM compute them: operands are rescaled to a common unit, then their sum."""

from dataclasses import dataclass

import numpy as np

from ossicle.graph.types import Tensor
from ossicle.numerics.fixed_point import Factor, Rounding, rescale
from ossicle.numerics.formats import DType

RAISED = {DType.S8: 20, DType.S16: 15}
"""Bits by which operands are raised before they are rescaled."""


@dataclass(frozen=True)
class Factors:
    """Those of both operands, to the common unit, and that of their sum."""

    a: Factor
    b: Factor
    sum: Factor

    @classmethod
    def of(cls, a: Tensor, b: Tensor, y: Tensor) -> "Factors":
        """From the scales."""
        unit = 2 * max(a.scale, b.scale)
        total = Factor.of(unit / (y.scale * 2 ** RAISED[y.dtype]))
        return cls(Factor.of(a.scale / unit), Factor.of(b.scale / unit), total)


def sum_of_terms(
    a: np.ndarray, b: np.ndarray, sign: int, types: tuple[Tensor, Tensor, Tensor], rounding: Rounding
) -> np.ndarray:
    """Steps of ``a + sign * b``, of integers without their zero points.

    ``types`` are those of a, b and the result. LiteRT rounds the terms of int16 once, TFLM twice; both round
    the sum twice.
    """
    factors, raised = Factors.of(*types), RAISED[types[2].dtype]
    once = Rounding.ONCE if rounding == Rounding.FLOAT32 else Rounding.TWICE
    first, second = (
        rescale(codes << raised, np.array(factor.multiplier), np.array(factor.shift), once)
        for codes, factor in ((a, factors.a), (b, factors.b))
    )
    return factors.sum.times(first + sign * second)
