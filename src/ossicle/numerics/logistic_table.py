"""Sigmoid and tanh of 16-bit fractions as TFLM has them: by a table with linear interpolation."""

import numpy as np

_ONE_MORE = (
    *(4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41, 43, 44),
    *(45, 46, 49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255),
)
"""Entries that are one more than the rounded value."""
TABLE = np.rint(65536 / (1 + np.exp(-np.arange(256) / 24))).astype(np.int64)
"""Logistic function of 0, 1/24, 2/24 ... in 1/65536."""
TABLE[list(_ONE_MORE)] += 1


def sigmoid_by_table(value: np.ndarray) -> np.ndarray:
    """Logistic function of numbers with 12 fraction bits, in Q15."""
    return sigmoid_of_thirds(3 * value)


def sigmoid_of_thirds(value: np.ndarray) -> np.ndarray:
    """Logistic function of numbers times 3, with 12 fraction bits, in Q15."""
    found = _interpolated(np.abs(value), 9, 32767 << 10)
    negative = ((1 << 25) - found + (1 << 9) - 1) >> 10
    return np.where(value < 0, negative, (found + (1 << 9)) >> 10)


def tanh_by_table(value: np.ndarray, integer_bits: int) -> np.ndarray:
    """Hyperbolic tangent of 16-bit numbers with integer bits, in Q15."""
    left = integer_bits - 3
    third = 3 * value
    return tanh_of_thirds(third << left if left >= 0 else (third + (1 << (-left - 1))) >> -left)


def tanh_of_thirds(value: np.ndarray) -> np.ndarray:
    """Hyperbolic tangent of numbers times 3, with 12 fraction bits, in Q15."""
    found = _interpolated(np.abs(value), 8, 65535 << 8)
    one = 1 << 23
    return np.where(value < 0, (one - found + (1 << 7) - 1) >> 8, (found - one + (1 << 7)) >> 8)


def _interpolated(magnitude: np.ndarray, step: int, largest: int) -> np.ndarray:
    """The table at a magnitude whose entries are ``2**step`` apart, with so many more fraction bits."""
    index = np.minimum(magnitude >> step, 255)
    rest = magnitude & ((1 << step) - 1)
    low, high = TABLE[index], TABLE[np.minimum(index + 1, 255)]
    return np.where(index == 255, largest, (low << step) + rest * (high - low))
