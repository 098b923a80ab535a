"""The numeric rules that operators share (docs/numerics.md is their text), along the last axis of arrays."""

from collections.abc import Callable

import numpy as np

from ossicle.errors import OssicleError

Product = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Sums of a weight ``(rows, columns)`` times operands ``(..., columns)``, of shape ``(..., rows)``."""
PREACTIVATION_LIMIT = 65535
"""Integer pre-activations saturate here, at sixteen in steps of 2**-12."""
TANH_TABLE = np.minimum(np.rint(np.tanh(np.arange(513) / 64) * 32768), 32767).astype(np.int32)
"""tanh of 0, 1/64, 2/64 ... 8, in Q15."""


def rescale(accumulator: np.ndarray, multiplier: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Multiply integers by ``multiplier / 2**shift`` with one rounding, halves upwards; int64."""
    shift = shift.astype(np.int64)
    return (accumulator * multiplier.astype(np.int64) + (np.int64(1) << (shift - 1))) >> shift


def fixed_point(factor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Write positive factors as ``multiplier / 2**shift``: int32 under 2**31, and uint8 in 1..62.

    The multiplier has its upper bit set, except for factors under 2**-31, which round all results to zero.
    """
    mantissa, exponent = np.frexp(factor)
    shift = np.minimum(31 - exponent, 62)
    multiplier = np.rint(np.ldexp(mantissa, exponent + shift))
    carry = multiplier == 2.0**31
    multiplier, shift = np.where(carry, 2.0**30, multiplier), shift - carry
    if shift.min() < 1:
        raise OssicleError("an integer result is too fine beside its operands; use fp16 for this layer")
    return multiplier.astype(np.int32), shift.astype(np.uint8)


def tanh_q15(value: np.ndarray, fraction: int) -> np.ndarray:
    """Hyperbolic tangent of integers with ``fraction`` >= 6 fraction bits, in Q15, by the table."""
    step = fraction - 6
    magnitude = np.minimum(np.abs(value.astype(np.int64)), (512 << step) - 1)
    index, remainder = magnitude >> step, magnitude & ((1 << step) - 1)
    low, high = TANH_TABLE[index], TANH_TABLE[index + 1]
    result = low + (((high - low) * remainder + ((1 << step) >> 1)) >> step)
    return np.where(value < 0, -result, result)


def sigmoid_q15(value: np.ndarray, fraction: int) -> np.ndarray:
    """Logistic function, in Q15 from 0 to 32768, as ``(1 + tanh(value / 2)) / 2``."""
    return (tanh_q15(value, fraction + 1) + 32769) >> 1


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function of float32."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def matvec(weight: np.ndarray, bias: np.ndarray, x: np.ndarray) -> np.ndarray:
    """``weight @ x + bias`` of float constants, accumulated in float32."""
    return x.astype(np.float32) @ weight.astype(np.float32).T + bias.astype(np.float32)


def by_row(weight: np.ndarray, x: np.ndarray) -> np.ndarray:
    """``weight @ x``, without bias."""
    return x @ weight.T


def integer_product(constants, suffix: str, x: np.ndarray, product: Product = by_row) -> np.ndarray:
    """Integer product plus bias, rescaled; int64. Doubles hold the products' sums exactly."""
    sums = product(constants["weight" + suffix].astype(np.float64), x.astype(np.float64))
    accumulator = sums.astype(np.int64) + constants["bias" + suffix]
    return rescale(accumulator, constants["multiplier" + suffix], constants["shift" + suffix])


def integer_gates(constants, suffix: str, x: np.ndarray) -> np.ndarray:
    """One product's share of the gates' pre-activations, saturated."""
    return np.clip(integer_product(constants, suffix, x), -PREACTIVATION_LIMIT, PREACTIVATION_LIMIT)


def to_half(x: np.ndarray) -> np.ndarray:
    """Round float32 to IEEE half, to nearest even, saturated to its largest finite value."""
    return np.clip(x, -65504.0, 65504.0).astype(np.float16)
