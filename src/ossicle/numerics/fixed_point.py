"""Factors as integers, ``multiplier / 2**shift``, and the ways in which their products are rounded."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ossicle.errors import OssicleError

TOO_FINE = "the scale of an integer result is too fine for those of its operands; use fp16 for this layer"

DROPPED = 15
"""Lower bits of a multiplier that sums of int16 products leave no room for."""


class Rounding(StrEnum):
    """How the product of an integer and a factor becomes an integer (docs/numerics.md)."""

    ONCE = "once"
    """The exact product, halves upwards: that of all schemes."""
    FLOAT32 = "float32"
    """The product of floats in single precision, halves to even: that of LiteRT on XNNPACK."""
    TWICE = "twice"
    """The upper half of the doubled product, then a shift, each rounded: that of TFLM and CMSIS-NN."""


def rescale(
    accumulator: np.ndarray, multiplier: np.ndarray, shift: np.ndarray, rounding: Rounding = Rounding.ONCE
) -> np.ndarray:
    """Multiply integers by ``multiplier / 2**shift``; int64."""
    if rounding == Rounding.FLOAT32:
        factor = np.ldexp(multiplier.astype(np.float32), -shift.astype(np.int32))
        return np.rint(accumulator.astype(np.float32) * factor).astype(np.int64)
    multiplier, shift = multiplier.astype(np.int64), shift.astype(np.int64)
    if rounding == Rounding.TWICE:
        raised = np.clip(accumulator << np.maximum(31 - shift, 0), -(2**31) + 1, 2**31 - 1)
        upper = (raised * multiplier + (1 << 30)) >> 31
        return shift_away(upper, np.maximum(shift - 31, 0))
    half = np.int64(1) << (shift - 1)
    rescaled: np.ndarray = (accumulator * multiplier + half) >> shift
    return rescaled


def shift_away(value: np.ndarray, shift: np.ndarray | int) -> np.ndarray:
    """Divide int64 by ``2**shift``, rounded to nearest, halves away from zero."""
    half = (np.int64(1) << shift) >> 1
    magnitude = (np.abs(value) + half) >> shift
    result: np.ndarray = np.where(value < 0, -magnitude, magnitude)
    return result


def one_shift(factors: np.ndarray, bits: int, longest: int = 30) -> tuple[np.ndarray, int]:
    """Write factors of any sign as ``multiplier / 2**shift`` with one shift for all.

    The largest multiplier is between ``2**bits`` and ``2**(bits + 1)`` in magnitude, or less where the shift
    would be longer than ``longest``. Raises :class:`OssicleError` where there would be none.
    """
    _, exponent = np.frexp(np.abs(factors).max())
    shift = min(bits + 1 - int(exponent), longest)
    if shift < 1:
        raise OssicleError(TOO_FINE)
    return np.rint(np.ldexp(factors, shift)).astype(np.int32), shift


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
        raise OssicleError(TOO_FINE)
    return multiplier.astype(np.int32), shift.astype(np.uint8)


def short_fixed_point(factor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same with multipliers of 16 bits, for sums of 45 bits: an int64 holds their products."""
    multiplier, shift = fixed_point(factor)
    short, right = (
        (multiplier.astype(np.int64) + (1 << (DROPPED - 1))) >> DROPPED,
        shift.astype(int) - DROPPED,
    )
    if right.min() < 1:
        raise OssicleError(TOO_FINE)
    return short.astype(np.int32), right.astype(np.uint8)


@dataclass(frozen=True)
class Factor:
    """``multiplier / 2**shift``, by which products are rounded twice."""

    multiplier: int
    shift: int

    @classmethod
    def of(cls, factor: float) -> "Factor":
        """From a positive number."""
        multiplier, shift = fixed_point(np.array(factor))
        return cls(int(multiplier), int(shift))

    def times(self, values: np.ndarray) -> np.ndarray:
        """Integers times this; int64."""
        return rescale(values, np.array(self.multiplier), np.array(self.shift), Rounding.TWICE)
