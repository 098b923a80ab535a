"""What a discrete Fourier transform of real values needs in C: its lengths, its factors, its order.

``n`` real values are taken as ``n / 2`` complex ones, which are transformed by decimation in time (Cooley
and Tukey 1965): stages of radix 2 come first, then those of radix 3, then those of radix 5.
"""

import math

import numpy as np

from ossicle.errors import OssicleError

FACTORS = (2, 3, 5)
"""What lengths are products of, in the order of their stages."""
LONGEST = 65536
"""Positions of complex values are kept in 16 bits."""


def possible(n_fft: int) -> bool:
    """Whether there is a transform of that length."""
    return 2 <= n_fft <= LONGEST and n_fft % 2 == 0 and math.prod(radices(n_fft)) == n_fft


def check_n_fft(n_fft: int) -> None:
    """Raise :class:`OssicleError` where a transform cannot have this length."""
    if not possible(n_fft):
        raise OssicleError(
            f"n_fft {n_fft} must be an even product of {', '.join(map(str, FACTORS))}, up to {LONGEST}"
        )


def radices(length: int) -> list[int]:
    """The factors 2, 3 and 5 of a positive length, in the order of their stages."""
    found = []
    for factor in FACTORS:
        while length % factor == 0:
            found.append(factor)
            length //= factor
    return found


def twiddle(n_fft: int) -> np.ndarray:
    """Cosine and negative sine of ``2 pi k / n_fft``, float32 of shape ``(n_fft / 2, 2)``."""
    angles = 2 * np.pi * np.arange(n_fft // 2) / n_fft
    return np.stack([np.cos(angles), -np.sin(angles)], axis=1).astype(np.float32)


def swaps(n_fft: int) -> np.ndarray:
    """With which position each one changes places, one after the other; uint16 of shape ``(n_fft / 2,)``.

    They bring complex values in place into the order in which the first stage takes them. Of a power of two
    nothing is returned, ``(0,)``: its order is that of positions whose bits are mirrored.
    """
    count = n_fft // 2
    if count & (count - 1) == 0:
        return np.zeros(0, np.uint16)
    held, place = np.arange(count), np.arange(count)
    found = np.zeros(count, np.uint16)
    for position, value in enumerate(order(count)):
        other, moved = place[value], held[position]
        held[other], place[moved] = moved, other
        found[position] = other
    return found


def order(count: int) -> np.ndarray:
    """Which of ``count`` complex values each position holds before the first stage."""
    found = np.zeros(1, int)
    for radix in radices(count):
        found = (radix * found + np.arange(radix)[:, None]).reshape(-1)
    return found
