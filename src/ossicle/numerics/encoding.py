"""From reals to codes and back: how a range becomes a scale, and a real a code."""

import numpy as np

from ossicle.numerics.formats import DType


def affine_s8(low: float, high: float) -> tuple[float, int]:
    """Scale and zero point of an int8 whose 256 codes span ``low`` to ``high``; zero is one of the codes."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / 255 or 1.0
    return scale, max(-128, min(127, round(-128 - low / scale)))


def symmetric_s16(low: float, high: float) -> float:
    """Scale of an int16 around zero that holds ``low`` and ``high``."""
    return max(-low, high) / 32767 or 1.0


def encode(x: np.ndarray, dtype: DType, scale: float, zero_point: int = 0) -> np.ndarray:
    """Round float32 of any shape to integer codes, halves to even, saturated."""
    limits = np.iinfo(dtype.numpy)
    codes = np.rint(np.clip(x * np.float32(1 / scale), -65536, 65536))
    saturated: np.ndarray = np.clip(codes + zero_point, limits.min, limits.max)
    return saturated.astype(dtype.numpy)


def to_half(x: np.ndarray) -> np.ndarray:
    """Round float32 to IEEE half, to nearest even, saturated to its largest finite value."""
    saturated: np.ndarray = np.clip(x, -65504.0, 65504.0)
    return saturated.astype(np.float16)
