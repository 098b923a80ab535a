"""Complex spectra as the real numbers that networks read and write: layouts of the parts, and powers.

``interleaved`` is re, im, re, im, ...; ``planar`` is all real parts, then all imaginary ones.
"""

import math

import numpy as np

from ossicle.errors import OssicleError

INTERLEAVED, PLANAR = "interleaved", "planar"
LAYOUTS = (INTERLEAVED, PLANAR)


def check_layout(layout: str) -> None:
    """Raise :class:`OssicleError` for a layout that there is not."""
    if layout not in LAYOUTS:
        raise OssicleError(f"there is no layout {layout!r} of complex numbers; choose {' or '.join(LAYOUTS)}")


def check_power(power: float) -> None:
    """Raise :class:`OssicleError` for a power that magnitudes cannot be raised to and brought back from."""
    if not 0.05 <= power <= 20:
        raise OssicleError(f"the power of magnitudes must be from 0.05 to 20, not {power}")


def layout_of(shape: tuple[int, ...]) -> str | None:
    """The layout of an array that has one axis of 2 and one longer one; None of any other shape."""
    axes = [axis for axis, size in enumerate(shape) if size != 1]
    pairs = [axis for axis in axes if shape[axis] == 2]
    if len(axes) != 2 or len(pairs) != 1:
        return None
    return INTERLEAVED if pairs[0] == axes[-1] else PLANAR


def split_parts(spectrum: np.ndarray, layout: str) -> np.ndarray:
    """Parts of complex values ``(..., bins)``: float32 of shape ``(..., 2 * bins)``."""
    parts = np.stack([spectrum.real, spectrum.imag], axis=-1 if layout == INTERLEAVED else -2)
    return parts.reshape(*spectrum.shape[:-1], -1).astype(np.float32)


def join_parts(parts: np.ndarray, layout: str) -> np.ndarray:
    """:func:`split_parts` undone: complex64 of shape ``(..., bins)``."""
    shape = (-1, 2) if layout == INTERLEAVED else (2, -1)
    pairs = parts.reshape(*parts.shape[:-1], *shape)
    real, imaginary = np.moveaxis(pairs, -1 if layout == INTERLEAVED else -2, 0)
    found: np.ndarray = (real + 1j * imaginary).astype(np.complex64)
    return found


def raised(spectrum: np.ndarray, power: float) -> np.ndarray:
    """Complex values whose magnitudes are raised to a power; zero stays zero."""
    if math.isclose(power, 1):
        return spectrum
    magnitudes = np.abs(spectrum)
    factors = np.zeros_like(magnitudes)
    np.power(magnitudes, power - 1, out=factors, where=magnitudes > 0)
    found: np.ndarray = spectrum * factors
    return found
