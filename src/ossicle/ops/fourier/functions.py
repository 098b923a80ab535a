"""The transforms that there are: how many numbers each takes and gives, and its arithmetic."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Function:
    """One of the transforms, of rows of n samples each."""

    compute: Callable[[np.ndarray, int], np.ndarray]
    """The rows ``(..., found(n))`` from rows ``(..., given(n))`` in double precision, and n."""
    given: Callable[[int], int]
    """Numbers of a row that goes in."""
    found: Callable[[int], int]
    """Numbers of a row that comes out."""
    n_fft: Callable[[int], int]
    """The length of the real transform whose tables it uses."""


def _complex(numbers: np.ndarray) -> np.ndarray:
    pairs: np.ndarray = np.ascontiguousarray(numbers).view(np.complex128)
    return pairs


def _numbers(values: np.ndarray) -> np.ndarray:
    numbers: np.ndarray = np.ascontiguousarray(values, np.complex128).view(np.float64)
    return numbers


def _samples(n: int) -> int:
    return n


def _half(n: int) -> int:
    return n + 2


def _pairs(n: int) -> int:
    return 2 * n


FUNCTIONS = {
    "rfft": Function(lambda x, n: _numbers(np.fft.rfft(x)), _samples, _half, _samples),
    "irfft": Function(lambda x, n: np.fft.irfft(_complex(x), n), _half, _samples, _samples),
    "fft": Function(lambda x, n: _numbers(np.fft.fft(_complex(x))), _pairs, _pairs, _pairs),
    "ifft": Function(lambda x, n: _numbers(np.fft.ifft(_complex(x))), _pairs, _pairs, _pairs),
}
"""By name."""
