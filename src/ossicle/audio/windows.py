"""The one definition of the windows of the short-time Fourier transform, by their names.

With ``n = 0 ... N - 1``, a periodic window of ``N`` values has the period ``N``, as ``torch.hann_window`` and
``torch.hamming_window`` give it, and a symmetric one begins and ends with the same value, as
``numpy.hanning`` does (Harris 1978 compares them). ``sqrt_hann`` is the root of ``hann``: twice over a signal
it is one Hann window. ``vorbis`` is ``sin(pi/2 * sin(pi * (n + 1/2) / N)**2)`` (Vorbis I specification,
section 4.3.1), whose square sums to 1 at an overlap of 50 %.
"""

from collections.abc import Callable

import numpy as np

from ossicle.errors import OssicleError

HANN, RECTANGULAR = "hann", "rectangular"


def hann(length: int) -> np.ndarray:
    """Periodic Hann window, float32 of shape ``(length,)``."""
    return _raised_cosine(length, length).astype(np.float32)


def _raised_cosine(length: int, period: int, mean: float = 0.5) -> np.ndarray:
    window: np.ndarray = mean - (1 - mean) * np.cos(2 * np.pi * np.arange(length) / period)
    return window


def _vorbis(length: int) -> np.ndarray:
    window: np.ndarray = np.sin(np.pi / 2 * np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2)
    return window


WINDOWS: dict[str, Callable[[int], np.ndarray]] = {
    HANN: hann,
    "hann_symmetric": lambda length: _raised_cosine(length, length - 1),
    "sqrt_hann": lambda length: np.sqrt(_raised_cosine(length, length)),
    "sqrt_hann_symmetric": lambda length: np.sqrt(_raised_cosine(length, length - 1)),
    "hamming": lambda length: _raised_cosine(length, length, 0.54),
    "hamming_symmetric": lambda length: _raised_cosine(length, length - 1, 0.54),
    RECTANGULAR: np.ones,
    "vorbis": _vorbis,
}
"""By name: from a length of two or more to its values."""

Window = str | tuple[float, ...]
"""The name of a window, or its values."""


def window_values(window: Window, length: int) -> np.ndarray:
    """The values of a window, float32 of shape ``(length,)``.

    Raises :class:`OssicleError` for a name that is none of ``WINDOWS``, and for a table that has another
    length, a value that is not finite, or nothing but zeros.
    """
    if isinstance(window, str):
        if window not in WINDOWS:
            raise OssicleError(
                f"there is no window {window!r}; choose {', '.join(WINDOWS)}, or give a table of numbers"
            )
        return WINDOWS[window](length).astype(np.float32)
    if not all(isinstance(value, int | float) for value in window):
        raise OssicleError("a window's table holds something else than numbers; give numbers, or a name")
    values = np.array(window, np.float32)
    if values.shape != (length,):
        raise OssicleError(f"a window's table has {values.size} numbers; give it {length}, one a sample")
    if not (np.isfinite(values).all() and values.any()):
        raise OssicleError("a window's table needs finite numbers that are not all 0")
    return values
