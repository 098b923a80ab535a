"""Softmax (:mod:`ossicle.ops.softmax`)."""

import math
from collections.abc import Sequence

import numpy as np

from ossicle.graph import Node, Tensor
from ossicle.numerics import single
from ossicle.numerics.fixed_point import fixed_point, rescale
from ossicle.numerics.formats import DType
from ossicle.numerics.functions import EXPONENT_FRACTION, exp2_q30
from ossicle.ops.attributes import rows_of
from ossicle.ops.softmax.codes import softmax_codes
from ossicle.ops.softmax.wide import softmax_by_tables


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame."""
    x = inputs[0].reshape(*inputs[0].shape[:-1], rows_of(node), -1)
    if sources[0].dtype == DType.S8:
        found = softmax_codes(node, x, sources[0], outputs[0])
    elif node.constants:
        found = softmax_by_tables(
            x, sources[0].scale, node.constants["powers"], node.constants["reciprocals"]
        )
    else:
        found = _softmax(x, sources[0])
    return [found.reshape(inputs[0].shape)]


def _softmax(x: np.ndarray, source: Tensor) -> np.ndarray:
    """That of each stretch along the last axis."""
    if source.dtype == DType.F32:
        powers = single.exp(x - x.max(axis=-1, keepdims=True))
        shares: np.ndarray = powers / single.added(powers[..., None])
        return shares
    below = x.max(axis=-1, keepdims=True).astype(np.int64) - x
    exponent = rescale(below, *exponent_factor(source.scale))
    powers = exp2_q30(exponent)
    sums = powers.sum(axis=-1, keepdims=True)
    probabilities: np.ndarray = np.minimum(((powers << 15) + (sums >> 1)) // sums, 32767)
    return probabilities.astype(np.int16)


def exponent_factor(scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Multiplier and shift from codes of that scale to exponents of two."""
    return fixed_point(np.array(scale * math.log2(math.e) * 2**EXPONENT_FRACTION))
