"""Softmax (:mod:`ossicle.graph.ops.softmax`)."""

import math

import numpy as np

from ossicle.graph import DType, Node, Tensor
from ossicle.graph.ops.softmax import EXPONENT_FRACTION
from ossicle.simulate.numbers import fixed_point, rescale

EXP2_TABLE = np.rint(2.0 ** (30 - np.arange(65) / 64)).astype(np.int64)
"""2**-(i / 64), with 30 fraction bits."""
LARGEST_EXPONENT = (31 << EXPONENT_FRACTION) - 1


def softmax(
    node: Node, inputs: list[np.ndarray], sources: list[Tensor], outputs: list[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    (x,), (source,) = inputs, sources
    if source.dtype == DType.F32:
        powers = np.exp(x - x.max(axis=-1, keepdims=True))
        return [powers / powers.sum(axis=-1, keepdims=True)]
    below = x.max(axis=-1, keepdims=True).astype(np.int64) - x
    exponent = rescale(below, *exponent_factor(source.scale))
    powers = _exp2(np.minimum(exponent, LARGEST_EXPONENT))
    sums = powers.sum(axis=-1, keepdims=True)
    return [np.minimum(((powers << 15) + (sums >> 1)) // sums, 32767).astype(np.int16)]


def exponent_factor(scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Multiplier and shift from codes of that scale to exponents of two."""
    return fixed_point(np.float64(scale * math.log2(math.e) * 2**EXPONENT_FRACTION))


def _exp2(exponent: np.ndarray) -> np.ndarray:
    """2 to the power of minus an exponent, with 30 fraction bits, linear between the table's entries."""
    step = EXPONENT_FRACTION - 6
    whole, rest = exponent >> EXPONENT_FRACTION, exponent & ((1 << EXPONENT_FRACTION) - 1)
    index, remainder = rest >> step, rest & ((1 << step) - 1)
    low, high = EXP2_TABLE[index], EXP2_TABLE[index + 1]
    return (low - (((low - high) * remainder) >> step)) >> whole
