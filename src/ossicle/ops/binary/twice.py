"""Sums of int8 as TFLM computes them: each operand is rescaled to a common unit first, twice rounded."""

from dataclasses import dataclass

import numpy as np

from ossicle.graph.types import Tensor
from ossicle.numerics.fixed_point import Factor

RAISED = 20
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
        return cls(
            Factor.of(a.scale / unit), Factor.of(b.scale / unit), Factor.of(unit / (y.scale * 2**RAISED))
        )


def sum_twice(a: np.ndarray, b: np.ndarray, sign: int, factors: Factors) -> np.ndarray:
    """Steps of ``a + sign * b``, of integers without their zero points."""
    first, second = factors.a.times(a << RAISED), factors.b.times(b << RAISED)
    return factors.sum.times(first + sign * second)
