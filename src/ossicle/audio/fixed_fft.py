"""The Fourier transform of int16 values in fixed point, as the microfrontend has it.

A real transform of ``n`` values is a complex one of ``n / 2``: the values with an even index are real parts,
the others imaginary parts. Complex values go through stages of four points each, or first of two where the
number of stages asks for it; each stage divides its points by their number first. Every product with a factor
of 15 fraction bits is rounded, halves up, a complex one after its two products were added. Sums wrap
around in 16 bits, as loud noise can make them do.
"""

import numpy as np

ONE = 32767
"""What a factor of 1 is."""
FRACTION_BITS = 15


def fft_tables(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Twiddle factors of a real transform of ``n`` values, int16, cosine and sine side by side.

    Those of the complex transform, ``(n / 2, 2)``, and those that make it a real one, ``(n / 4, 2)``.
    """
    half = n // 2
    twiddle = -2 * np.pi * np.arange(half) / half
    split = -np.pi * ((np.arange(half // 2) + 1) / half + 0.5)
    return _factors(twiddle), _factors(split)


def real_fft(frames: np.ndarray) -> np.ndarray:
    """The first half of the spectra of int16 values ``(..., n)``, int64 of shape ``(..., n / 2 + 1, 2)``.

    ``n`` is a power of two of at least 8. The spectrum is divided by ``n``.
    """
    n = frames.shape[-1]
    half = n // 2
    twiddle, split = fft_tables(n)
    z = _complex_fft(frames.astype(np.int64).reshape(*frames.shape[:-1], half, 2), twiddle)
    first = _scaled(z[..., 0, :], 2)
    forth = _scaled(z[..., 1 : half // 2 + 1, :], 2)
    mirrored = z[..., half - 1 : half // 2 - 1 : -1, :] * np.array([1, -1])
    back = _scaled(_wrapped(mirrored), 2)
    total, turned = forth + back, _product(forth - back, split)
    spectrum = np.zeros((*frames.shape[:-1], half + 1, 2), np.int64)
    spectrum[..., 0, 0] = first[..., 0] + first[..., 1]
    spectrum[..., half, 0] = first[..., 0] - first[..., 1]
    spectrum[..., 1 : half // 2 + 1, :] = (total + turned) >> 1
    # The one in the middle, its own mirror, is written twice.
    spectrum[..., half - 1 : half // 2 - 1 : -1, 0] = (total - turned)[..., 0] >> 1
    spectrum[..., half - 1 : half // 2 - 1 : -1, 1] = (turned - total)[..., 1] >> 1
    return spectrum


def digit_order(n: int) -> np.ndarray:
    """Which value of a complex transform of ``n`` points comes first, second and so on."""
    order = np.arange(n).reshape(1, n)
    for radix in reversed(stages(n)):
        order = order.reshape(len(order), -1, radix).swapaxes(1, 2).reshape(len(order) * radix, -1)
    return order.reshape(-1)


def stages(n: int) -> list[int]:
    """Points of the stages of a complex transform of ``n`` values, a power of two, in their order."""
    bits = n.bit_length() - 1
    return [2] * (bits % 2) + [4] * (bits // 2)


def _complex_fft(z: np.ndarray, twiddle: np.ndarray) -> np.ndarray:
    """The spectrum of complex values ``(..., n, 2)``."""
    n = z.shape[-2]
    z, length = z[..., digit_order(n), :], 1
    for radix in stages(n):
        groups = n // (radix * length)
        points = _scaled(z.reshape(*z.shape[:-2], groups, radix, length, 2), radix)
        powers = np.arange(radix)[:, None] * np.arange(length) * groups
        points[..., 1:, :, :] = _product(points[..., 1:, :, :], twiddle[powers[1:]])
        z = _wrapped((_pairs if radix == 2 else _fours)(points)).reshape(z.shape)
        length *= radix
    return z


def _pairs(points: np.ndarray) -> np.ndarray:
    a, b = points[..., 0, :, :], points[..., 1, :, :]
    return np.stack([a + b, a - b], axis=-3)


def _fours(points: np.ndarray) -> np.ndarray:
    a, b, c, d = np.moveaxis(points, -3, 0)
    even, odd, opposite = a + c, b + d, a - c
    turned = np.stack([(b - d)[..., 1], -(b - d)[..., 0]], axis=-1)
    return np.stack([even + odd, opposite + turned, even - odd, opposite - turned], axis=-3)


def _scaled(z: np.ndarray, radix: int) -> np.ndarray:
    """``z / radix``, by the product with a fraction."""
    return _rounded(z * (ONE // radix))


def _product(z: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Complex products, of 16 bits."""
    real = z[..., 0] * factor[..., 0] - z[..., 1] * factor[..., 1]
    imaginary = z[..., 0] * factor[..., 1] + z[..., 1] * factor[..., 0]
    return _wrapped(_rounded(np.stack([real, imaginary], axis=-1)))


def _rounded(product: np.ndarray) -> np.ndarray:
    return (product + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS


def _wrapped(values: np.ndarray) -> np.ndarray:
    """What 16 bits keep of them."""
    return values.astype(np.int16).astype(np.int64)


def _factors(angles: np.ndarray) -> np.ndarray:
    parts = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return np.floor(0.5 + ONE * parts).astype(np.int16)
