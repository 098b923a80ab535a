"""Factors as integers: multiply, add half, shift."""

import numpy as np

from ossicle.errors import OssicleError

TOO_FINE = "the scale of an integer result is too fine for those of its operands; use fp16 for this layer"


def rescale(accumulator: np.ndarray, multiplier: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Multiply integers by ``multiplier / 2**shift`` with one rounding, halves upwards; int64."""
    shift = shift.astype(np.int64)
    half = np.int64(1) << (shift - 1)
    rescaled: np.ndarray = (accumulator * multiplier.astype(np.int64) + half) >> shift
    return rescaled


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
