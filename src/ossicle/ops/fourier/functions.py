"""The transforms that there are: how many numbers each takes and gives, and its arithmetic."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ossicle.audio.single_fourier import fft, ifft, irfft, rfft


@dataclass(frozen=True)
class Function:
    """One of the transforms, of rows of n samples each."""

    compute: Callable[[np.ndarray], np.ndarray]
    """The rows from rows ``(..., given(n))``, float32."""
    given: Callable[[int], int]
    """Numbers of a row that goes in."""
    found: Callable[[int], int]
    """Numbers of a row that comes out."""
    n_fft: Callable[[int], int]
    """The length of the real transform whose tables it uses."""


def _complex(numbers: np.ndarray) -> np.ndarray:
    return numbers.reshape(*numbers.shape[:-1], -1, 2)


def _samples(n: int) -> int:
    return n


def _half(n: int) -> int:
    return n + 2


def _pairs(n: int) -> int:
    return 2 * n


FUNCTIONS = {
    "rfft": Function(rfft, _samples, _half, _samples),
    "irfft": Function(lambda x: irfft(_complex(x)), _half, _samples, _samples),
    "fft": Function(lambda x: fft(_complex(x)), _pairs, _pairs, _pairs),
    "ifft": Function(lambda x: ifft(_complex(x)), _pairs, _pairs, _pairs),
}
"""By name."""
