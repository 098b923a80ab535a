"""Functions of integers by tables with linear interpolation, and their float twins."""

import numpy as np

GATE_FRACTION = 12
"""Fraction bits of the integer pre-activations that go into sigmoid and tanh."""
GATE_SCALE = 2.0**-GATE_FRACTION
PREACTIVATION_LIMIT = 65535
"""Integer pre-activations saturate here, at sixteen in units of :data:`GATE_SCALE`."""
EXPONENT_FRACTION = 12
"""Fraction bits of the integer exponents of two."""
LARGEST_EXPONENT = (31 << EXPONENT_FRACTION) - 1
INTERVALS = 512
"""Of a table with linear interpolation."""
TANH_TABLE = np.minimum(np.rint(np.tanh(np.arange(513) / 64) * 32768), 32767).astype(np.int32)
"""tanh of 0, 1/64, 2/64 ... 8, in Q15."""
EXP2_TABLE = np.rint(2.0 ** (30 - np.arange(65) / 64)).astype(np.int64)
"""2**-(i / 64), with 30 fraction bits."""


def tanh_q15(value: np.ndarray, fraction: int) -> np.ndarray:
    """Hyperbolic tangent of integers with ``fraction`` >= 6 fraction bits, in Q15, by the table."""
    step = fraction - 6
    magnitude = np.minimum(np.abs(value.astype(np.int64)), (512 << step) - 1)
    index, remainder = magnitude >> step, magnitude & ((1 << step) - 1)
    low, high = TANH_TABLE[index], TANH_TABLE[index + 1]
    result = low + (((high - low) * remainder + ((1 << step) >> 1)) >> step)
    signed: np.ndarray = np.where(value < 0, -result, result)
    return signed


def sigmoid_q15(value: np.ndarray, fraction: int) -> np.ndarray:
    """Logistic function, in Q15 from 0 to 32768, as ``(1 + tanh(value / 2)) / 2``."""
    result: np.ndarray = (tanh_q15(value, fraction + 1) + 32769) >> 1
    return result


def interpolated(table: np.ndarray, codes: np.ndarray, step: int) -> np.ndarray:
    """Values of a function at int16 codes, int64, by a table of its values, int16 ``(513,)``.

    The table has the values at every ``2**step`` codes around zero. In between and beyond, it is linear.
    """
    place = codes.astype(np.int64) + (INTERVALS // 2 << step)
    index = np.clip(place >> step, 0, INTERVALS - 1)
    entries = table.astype(np.int64)
    low, high = entries[index], entries[index + 1]
    result: np.ndarray = low + (((high - low) * (place - (index << step)) + ((1 << step) >> 1)) >> step)
    return result


def exp2_q30(exponent: np.ndarray) -> np.ndarray:
    """2 to the power of minus an integer exponent, with 30 fraction bits, by the table."""
    step = EXPONENT_FRACTION - 6
    exponent = np.minimum(exponent, LARGEST_EXPONENT)
    whole, rest = exponent >> EXPONENT_FRACTION, exponent & ((1 << EXPONENT_FRACTION) - 1)
    index, remainder = rest >> step, rest & ((1 << step) - 1)
    low, high = EXP2_TABLE[index], EXP2_TABLE[index + 1]
    result: np.ndarray = (low - (((low - high) * remainder) >> step)) >> whole
    return result


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function of float32."""
    with np.errstate(over="ignore"):
        result: np.ndarray = 1 / (1 + np.exp(-x))
    return result
