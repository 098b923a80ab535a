"""Softmax from int8 to int8, as LiteRT and TFLM compute it (docs/numerics.md)."""

import math

import numpy as np

from ossicle.graph import Node, Tensor
from ossicle.numerics.fixed_point import Rounding, fixed_point, rescale, shift_away
from ossicle.numerics.fractions import Q31

INTEGER_BITS = 5
"""Of differences between scores."""
SUM_BITS = 12
"""Integer bits of the sum of powers."""


def powers(scale: float) -> np.ndarray:
    """exp of minus a difference of 0 to 255 codes, float32: the constant of a node in single precision."""
    exponents = np.float32(-scale) * np.arange(256, dtype=np.float32)
    return np.exp(exponents.astype(np.float64)).astype(np.float32)


def difference_factor(scale: float) -> tuple[int, int, int]:
    """Multiplier and shift from differences to fractions, and the largest difference that has a power."""
    multiplier, shift = fixed_point(np.array(scale * 2.0 ** (31 - INTEGER_BITS)))
    raised = 31 - int(shift)
    largest = math.floor(((1 << INTEGER_BITS) - 1) * 2.0 ** (31 - INTEGER_BITS - raised))
    return int(multiplier), int(shift), largest


def softmax_codes(node: Node, x: np.ndarray, source: Tensor, target: Tensor) -> np.ndarray:
    """Probabilities of scores ``(..., n)``."""
    below = x.max(axis=-1, keepdims=True).astype(np.int64) - x
    if node.rounding == Rounding.FLOAT32:
        codes = _single_precision(below, node.constants["powers"], np.float32(target.scale))
    else:
        codes = _twice(below, source.scale)
    saturated: np.ndarray = np.clip(codes + target.zero_point, -128, 127)
    return saturated.astype(np.int8)


def _single_precision(below: np.ndarray, table: np.ndarray, scale: np.float32) -> np.ndarray:
    found = table[below]
    # One after the other, as the C adds them.
    sums = np.add.accumulate(found, axis=-1, dtype=np.float32)[..., -1:]
    shares = found * (np.float32(1) / (sums * scale))
    whole = np.floor(shares)
    result: np.ndarray = (whole + (shares - whole >= np.float32(0.5))).astype(np.int64)
    return result


def _twice(below: np.ndarray, scale: float) -> np.ndarray:
    multiplier, shift, largest = difference_factor(scale)
    x = rescale(-below, np.array(multiplier), np.array(shift), Rounding.TWICE)
    found = np.where(below <= largest, Q31.exp_of_negative(x, INTEGER_BITS), 0)
    inverse, left = Q31.reciprocal(shift_away(found, SUM_BITS).sum(axis=-1, keepdims=True), SUM_BITS)
    return shift_away(Q31.times(inverse, found), left + 31 - 8)
