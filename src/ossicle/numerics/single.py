"""Functions and sums of float32 as the C computes them: the same operations in the same order, so equal bits.

Functions are those of ``osc_functions.h`` and ``osc_math.h``, sums those of ``osc_reduce.h``. They use
+, -, * and / only, which NumPy and C round alike.
"""

from collections.abc import Sequence

import numpy as np

TINY = np.finfo(np.float32).tiny
"""Logarithms and powers take smaller magnitudes for this one."""
LANES = 16
"""Sums that run side by side, before they are added up."""
_MAGIC = np.float32(12582912)
"""Added and subtracted, it rounds a number under 2**22 to the nearest whole one."""
_UPPER_LN2, _LOWER_LN2 = np.float32(0.693359375), np.float32(2.12194440e-4)
"""ln(2) is the former less the latter."""


def _shares(*of: int) -> list[float]:
    """1 / n for each n, where a negative one has a negative share."""
    return [float(np.float32(1) / np.float32(n)) for n in of]


def _series(x: np.ndarray, factors: Sequence[float]) -> np.ndarray:
    """A polynomial by Horner's rule, the constant factor first."""
    result: np.ndarray = np.full_like(x, factors[-1])
    for factor in factors[-2::-1]:
        result = np.float32(factor) + x * result
    return result


_EXP = [1.0, 1.0, *_shares(2, 6, 24, 120, 720, 5040)]
_LOG = [2 * share for share in _shares(3, 5, 7, 9)]
_LOG1P = _shares(3, 5, 7, 9, 11, 13, 15)
_ATAN = [1.0, *_shares(-3, 5, -7, 9, -11, 13, -15, 17)]
_SINE = _shares(-6, 120, -5040, 362880)
_COSINE = [1.0, *_shares(-2, 24, -720, 40320, -3628800)]
_ERF_NEAR = (
    *(1.12837917, -0.376126389, 0.112837917, -0.0268661706, 5.22397762e-3),
    *(-8.54832702e-4, 1.20553330e-4, -1.49256504e-5, 1.64621144e-6, -1.63658447e-7),
)
_ERF_FAR = (
    *(-1.66130658e-3, 0.577874996, -0.0339420434, -0.309970968),
    *(0.308656666, -0.138752196, 0.0253784384),
)


def clamp(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """``x`` between two values."""
    clamped: np.ndarray = np.where(x < low, np.float32(low), np.where(x > high, np.float32(high), x))
    return clamped


def nearest(x: np.ndarray) -> np.ndarray:
    """The nearest whole number, of two the even one."""
    size = np.abs(x)
    whole = np.where(size < 2**23, (size + np.float32(2**23)) - np.float32(2**23), size)
    result: np.ndarray = np.where(x < 0, -whole, whole)
    return result


def _powers(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``r`` and 2**k with ``x = k ln(2) + r``, for the arguments of an exponential function."""
    y = clamp(x, -87.0, 88.0)
    shifted = y * np.float32(1.44269504) + _MAGIC
    k = shifted - _MAGIC
    power = ((shifted.view(np.uint32) + np.uint32(127)) << np.uint32(23)).view(np.float32)
    return (y - k * _UPPER_LN2) + k * _LOWER_LN2, power


def exp(x: np.ndarray) -> np.ndarray:
    """The exponential function of -87 to 88."""
    r, power = _powers(x)
    result: np.ndarray = _series(r, _EXP) * power
    return result


def expm1(x: np.ndarray) -> np.ndarray:
    """exp(x) - 1."""
    r, power = _powers(x)
    result: np.ndarray = power * (r * _series(r, _EXP[1:])) + (power - np.float32(1))
    return result


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function."""
    return np.float32(1) / (np.float32(1) + exp(-x))


def tanh(x: np.ndarray) -> np.ndarray:
    """Hyperbolic tangent."""
    e = expm1(np.float32(2) * clamp(x, -10.0, 10.0))
    return e / (e + np.float32(2))


def log(x: np.ndarray) -> np.ndarray:
    """Natural logarithm."""
    bits = np.where(x > TINY, x, TINY).view(np.uint32)
    k = (bits - np.uint32(0x3F3504F3)).view(np.int32) >> 23
    mantissa = (bits - (k.view(np.uint32) << np.uint32(23))).view(np.float32)
    s = (mantissa - np.float32(1)) / (mantissa + np.float32(1))
    s2, whole = s * s, k.astype(np.float32)
    rest = s * s2 * _series(s2, _LOG)
    result: np.ndarray = whole * _UPPER_LN2 + (np.float32(2) * s + (rest - whole * _LOWER_LN2))
    return result


def softplus(x: np.ndarray) -> np.ndarray:
    """ln(1 + exp(x))."""
    power = exp(-np.abs(x))
    s = power / (np.float32(2) + power)
    log1p = np.float32(2) * s + np.float32(2) * s * (s * s) * _series(s * s, _LOG1P)
    result: np.ndarray = np.where(x > 0, x, np.float32(0)) + log1p
    return result


def erf(x: np.ndarray) -> np.ndarray:
    """Error function."""
    one, a = np.float32(1), np.abs(x)
    far = clamp(a, 1.0, 4.0)
    y = one - exp(-far * far) * _series(one / far, _ERF_FAR)
    result: np.ndarray = np.where(a < 1, x * _series(x * x, _ERF_NEAR), np.where(x < 0, -y, y))
    return result


def sine(x: np.ndarray, quarters: int) -> np.ndarray:
    """The sine of ``x + quarters pi / 2``."""
    shifted = x * np.float32(0.636619772) + _MAGIC
    k = shifted - _MAGIC
    r = x - k * np.float32(1.5703125)
    r = (r - k * np.float32(4.83751297e-4)) - k * np.float32(7.54979013e-8)
    r2 = r * r
    quadrant = shifted.view(np.uint32) + np.uint32(quarters)
    y = np.where(quadrant & 1, _series(r2, _COSINE), r + r * r2 * _series(r2, _SINE))
    return np.where(quadrant & 2, -y, y)


def atan(x: np.ndarray) -> np.ndarray:
    """Inverse tangent."""
    zero, one, a = np.float32(0), np.float32(1), np.abs(x)
    with np.errstate(divide="ignore"):
        small = np.where(a > 1, -one / a, a)
    turned = np.abs(small) > np.float32(0.414213562)
    toward = np.where(small < 0, -one, one)
    w = np.where(turned, (small - toward) / (one + toward * small), small)
    base = np.where(a > 1, np.float32(1.57079633), zero)
    base = base + np.where(turned, toward * np.float32(0.785398163), zero)
    y = base + w * _series(w * w, _ATAN)
    result: np.ndarray = np.where(x < 0, -y, y)
    return result


def power(x: np.ndarray, exponent: float) -> np.ndarray:
    """``x**exponent`` of positive numbers, by logarithm and exponential function."""
    return exp(np.float32(exponent) * log(x))


def whole_power(x: np.ndarray, exponent: int) -> np.ndarray:
    """``x**exponent`` by products, or the reciprocal of one."""
    product, square, left = np.ones_like(x), x, abs(exponent)
    while left:
        product = product * square if left & 1 else product
        square, left = square * square, left >> 1
    return np.float32(1) / product if exponent < 0 else product


def added(terms: np.ndarray) -> np.ndarray:
    """Sums ``(..., n)`` of terms ``(..., count, n)``, which are added one after the other to zero."""
    sums: np.ndarray = np.add.accumulate(terms + np.float32(0), axis=-2, dtype=np.float32)[..., -1, :]
    return sums


def row_sums(x: np.ndarray) -> np.ndarray:
    """Sums ``(...)`` of rows ``(..., n)``: those of the lanes in turn, then what is left over."""
    whole = x.shape[-1] - x.shape[-1] % LANES
    return _joined(_lanes(x[..., :whole]), x[..., whole:])


def row_squares(x: np.ndarray) -> np.ndarray:
    """Sums of the squares of rows; what is left over goes to the first lanes."""
    squares = x * x
    whole = x.shape[-1] - x.shape[-1] % LANES
    lanes, rest = _lanes(squares[..., :whole]), squares[..., whole:]
    lanes[..., : rest.shape[-1]] += rest
    return _joined(lanes, rest[..., :0])


def _lanes(x: np.ndarray) -> np.ndarray:
    blocks = x.reshape(*x.shape[:-1], -1, LANES)
    return added(blocks) if blocks.shape[-2] else np.zeros((*x.shape[:-1], LANES), np.float32)


def _joined(lanes: np.ndarray, rest: np.ndarray) -> np.ndarray:
    return added(np.concatenate([lanes, rest], axis=-1)[..., None])[..., 0]
