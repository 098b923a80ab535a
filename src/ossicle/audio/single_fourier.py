"""Discrete Fourier transforms of float32 as the C computes them: the same operations in the same order.

They are those of ``osc_fft.c`` and its stages, on arrays of any leading axes. Complex values of an array
``(..., n, 2)`` have the real part first.
"""

import numpy as np

from ossicle.audio.fourier import order, twiddle

COS_1, SIN_1 = np.float32(0.309016994), np.float32(0.951056516)
"""Of a fifth of a turn."""
COS_2, SIN_2 = np.float32(-0.809016994), np.float32(0.587785252)
"""Of two fifths."""
THIRD = np.float32(0.866025404)
HALF = np.float32(0.5)


def rfft(x: np.ndarray) -> np.ndarray:
    """``n / 2 + 1`` values ``(..., n / 2 + 1, 2)`` of n real ones ``(..., n)``, unscaled; n is even."""
    data = _fft(x.reshape(*x.shape[:-1], -1, 2), 1)
    count = data.shape[-2]
    a, b, mirror, factor = _mirrored(data)
    even_re, even_im = HALF * (a[..., 0] + b[..., 0]), HALF * (a[..., 1] - b[..., 1])
    odd_re, odd_im = HALF * (a[..., 1] + b[..., 1]), HALF * (b[..., 0] - a[..., 0])
    turned_re = odd_re * factor[:, 0] - odd_im * factor[:, 1]
    turned_im = odd_re * factor[:, 1] + odd_im * factor[:, 0]
    found = np.zeros((*x.shape[:-1], count + 1, 2), np.float32)
    found[..., 0, 0], found[..., count, 0] = (
        data[..., 0, 0] + data[..., 0, 1],
        data[..., 0, 0] - data[..., 0, 1],
    )
    found[..., 1 : count // 2 + 1, :] = _complex(even_re + turned_re, even_im + turned_im)
    found[..., mirror, :] = _complex(even_re - turned_re, turned_im - even_im)
    return found


def irfft(x: np.ndarray) -> np.ndarray:
    """n real values ``(..., n)`` of ``n / 2 + 1`` complex ones ``(..., n / 2 + 1, 2)``, divided by n."""
    count = x.shape[-2] - 1
    scale = HALF * (np.float32(1) / np.float32(count))
    a, b, mirror, factor = _mirrored(x[..., :count, :])
    even_re, even_im = scale * (a[..., 0] + b[..., 0]), scale * (a[..., 1] - b[..., 1])
    turned_re, turned_im = scale * (a[..., 0] - b[..., 0]), scale * (a[..., 1] + b[..., 1])
    odd_re = turned_re * factor[:, 0] + turned_im * factor[:, 1]
    odd_im = turned_im * factor[:, 0] - turned_re * factor[:, 1]
    data = np.zeros((*x.shape[:-2], count, 2), np.float32)
    ends = np.float32(1) / np.float32(2 * count)
    data[..., 0, 0] = ends * (x[..., 0, 0] + x[..., count, 0])
    data[..., 0, 1] = ends * (x[..., 0, 0] - x[..., count, 0])
    data[..., 1 : count // 2 + 1, :] = _complex(even_re - odd_im, even_im + odd_re)
    data[..., mirror, :] = _complex(even_re + odd_im, odd_re - even_im)
    samples: np.ndarray = _fft(data, -1)
    return samples.reshape(*x.shape[:-2], 2 * count)


def fft(x: np.ndarray) -> np.ndarray:
    """n complex values of n, unscaled."""
    return _fft(x, 1)


def ifft(x: np.ndarray) -> np.ndarray:
    """n complex values of n, divided by n."""
    return _fft(x * (np.float32(1) / np.float32(x.shape[-2])), -1)


def _complex(re: np.ndarray, im: np.ndarray) -> np.ndarray:
    return np.stack([re, im], axis=-1)


def _mirrored(data: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Values from 1 to the middle, those that mirror them, the places of these, and factors of the former."""
    count = data.shape[-2]
    places = np.arange(1, count // 2 + 1)
    return data[..., places, :], data[..., count - places, :], count - places, twiddle(2 * count)[places]


def _fft(x: np.ndarray, sign: int) -> np.ndarray:
    """The transform of n complex values; ``sign`` is -1 for the inverse one, which is not scaled here."""
    n = x.shape[-2]
    turn = np.concatenate([twiddle(2 * n), -twiddle(2 * n)]) * np.array([1, sign], np.float32)
    data, size, even = x[..., order(n), :], 1, n & -n
    if even.bit_length() % 2 == 0:
        data, size = _pairs(data), 2
    while size < even:
        data, size = _two_stages(data, size, turn, sign), 4 * size
    for radix, stage in ((3, _threes), (5, _fives)):
        while n // size % radix == 0:
            data, size = stage(data, size, turn, sign), radix * size
    return data


def _blocks(data: np.ndarray, radix: int, size: int) -> list[np.ndarray]:
    """Values of all butterflies, an array for each of their ``radix`` places: ``(..., groups, size, 2)``."""
    blocks = data.reshape(*data.shape[:-2], -1, radix, size, 2)
    return [blocks[..., place, :, :] for place in range(radix)]


def _joined(blocks: list[np.ndarray], data: np.ndarray) -> np.ndarray:
    return np.stack(blocks, axis=-3).reshape(data.shape)


def _times(x: np.ndarray, factor: np.ndarray) -> np.ndarray:
    re = x[..., 0] * factor[..., 0] + x[..., 1] * -factor[..., 1]
    return _complex(re, x[..., 0] * factor[..., 1] + x[..., 1] * factor[..., 0])


def _pairs(data: np.ndarray) -> np.ndarray:
    a, b = _blocks(data, 2, 1)
    return _joined([a + b, a - b], data)


def _two_stages(data: np.ndarray, half: int, turn: np.ndarray, sign: int) -> np.ndarray:
    """Two stages of radix 2 at once, which join groups of ``half`` values."""
    a, b, c, d = _blocks(data, 4, half)
    step = data.shape[-2] // (2 * half) * np.arange(half)
    first, second = turn[2 * step], turn[step]
    b, d = _times(b, first), _times(d, first)
    rest = np.float32(sign) * (c - d)
    even = _times(c + d, second)
    odd_re = rest[..., 0] * second[:, 1] + rest[..., 1] * second[:, 0]
    odd = _complex(odd_re, rest[..., 1] * second[:, 1] + rest[..., 0] * -second[:, 0])
    return _joined([a + b + even, a - b + odd, a + b - even, a - b - odd], data)


def _factors(data: np.ndarray, radix: int, size: int, turn: np.ndarray) -> list[np.ndarray]:
    """Those of the second and later values of a butterfly."""
    step = 2 * (data.shape[-2] // (radix * size)) * np.arange(size)
    return [turn[place * step] for place in range(1, radix)]


def _turned(x: np.ndarray) -> np.ndarray:
    """Values times -i."""
    return _complex(x[..., 1], -x[..., 0])


def _threes(data: np.ndarray, size: int, turn: np.ndarray, sign: int) -> np.ndarray:
    a, *others = _blocks(data, 3, size)
    b, c = (_times(x, of) for x, of in zip(others, _factors(data, 3, size, turn), strict=True))
    middle, rest = a - HALF * (b + c), _turned(np.float32(sign) * THIRD * (b - c))
    return _joined([a + (b + c), middle + rest, middle - rest], data)


def _fives(data: np.ndarray, size: int, turn: np.ndarray, sign: int) -> np.ndarray:
    a, *others = _blocks(data, 5, size)
    b, c, d, e = (_times(x, of) for x, of in zip(others, _factors(data, 5, size, turn), strict=True))
    near, far = b + e, c + d
    near_rest, far_rest = np.float32(sign) * (b - e), np.float32(sign) * (c - d)
    first, second = a + (COS_1 * near + COS_2 * far), a + (COS_2 * near + COS_1 * far)
    first_turned = _turned(SIN_1 * near_rest + SIN_2 * far_rest)
    second_turned = _turned(SIN_2 * near_rest - SIN_1 * far_rest)
    ends = [first + first_turned, second + second_turned, second - second_turned, first - first_turned]
    return _joined([a + (near + far), *ends], data)
