"""Exponentials and reciprocals of fixed-point numbers as TFLM computes them (docs/numerics.md).

Numbers of 31 fraction bits less the integer bits that a name says, in int64 that holds an int32.
"""

import numpy as np

from ossicle.numerics.fixed_point import shift_away

ONE = 2**31 - 1
"""As much of one as fits where there are no integer bits."""
EXP_EIGHTH = 1895147668
"""exp(-1/8)."""
THIRD = 715827883
EXP_OF_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
"""exp(-1/4), exp(-1/2), exp(-1) ... exp(-16)."""


def times(a: np.ndarray, b: np.ndarray | int) -> np.ndarray:
    """Product of two fractions: the upper half of the doubled product, halves upwards."""
    result: np.ndarray = (a * b + (1 << 30)) >> 31
    return result


def saturate(value: np.ndarray) -> np.ndarray:
    """Limit to an int32."""
    result: np.ndarray = np.clip(value, -(2**31), 2**31 - 1)
    return result


def exp_of_negative(x: np.ndarray) -> np.ndarray:
    """exp of numbers up to zero with 5 integer bits, without integer bits."""
    quarter = 1 << 24
    rest = (x & (quarter - 1)) - quarter
    result = _exp_of_less_than_quarter(rest << 5)
    whole = rest - x
    for place, factor in enumerate(EXP_OF_POWERS):
        result = np.where(whole >> (24 + place) & 1, times(result, factor), result)
    return np.where(x == 0, ONE, result)


def _exp_of_less_than_quarter(x: np.ndarray) -> np.ndarray:
    """exp of -1/4 up to 0 without integer bits: four terms of the series around -1/8."""
    y = x + (1 << 28)
    square = times(y, y)
    cube, fourth = times(square, y), times(square, square)
    more = shift_away(times(shift_away(fourth, 2) + cube, THIRD) + square, 1)
    return EXP_EIGHTH + times(y + more, EXP_EIGHTH)


def reciprocal(x: np.ndarray, integer_bits: int) -> tuple[np.ndarray, np.ndarray]:
    """1 / x of positive numbers, without integer bits, and the shift to the right that it still needs."""
    headroom = 32 - np.frexp(x.astype(np.float64))[1].astype(np.int64)
    return _reciprocal_of_one_and(saturate((x << headroom) - (1 << 31))), integer_bits - headroom


def _reciprocal_of_one_and(x: np.ndarray) -> np.ndarray:
    """1 / (1 + x) of 0 to 1, by three steps of Newton and Raphson on numbers with 2 integer bits."""
    half = (x + ONE + 1) >> 1
    found = 1515870810 + times(half, -1010580540)
    for _ in range(3):
        error = (1 << 29) - times(half, found)
        found = saturate(found + saturate(times(found, error) << 2))
    return saturate(found << 1)
