"""Vectors that repeat themselves, as constants do that go with each channel or each row of a tensor."""

import math

import numpy as np

ANY = np.iinfo(np.int64).min
"""In the place of an integer that may be any."""


def repetition(values: np.ndarray) -> tuple[int, np.ndarray]:
    """The shortest form of a vector: ``inner`` and ``p`` entries; value ``i`` is entry ``(i // inner) % p``.

    What is :data:`ANY` may be anything.
    """
    if (values == ANY).any():
        values = _filled(values)
    size = len(values)
    steps = np.flatnonzero(values[1:] != values[:-1]) + 1
    inner = math.gcd(size, *steps.tolist()) if len(steps) else size
    entries = values[::inner]
    period = next(p for p in divisors(len(entries)) if (entries.reshape(-1, p) == entries[:p]).all())
    return inner, entries[:period]


def _filled(values: np.ndarray) -> np.ndarray:
    """With all gaps filled so that the vector repeats itself as soon as it can."""
    for period in divisors(len(values)):
        rows = values.reshape(-1, period)
        entries = rows.max(axis=0)
        if ((rows == ANY) | (rows == entries)).all():
            return np.tile(np.where(entries == ANY, values.max(), entries), len(rows))
    raise AssertionError("a vector repeats itself at its own length")


def divisors(number: int) -> list[int]:
    """All divisors of a number, from 1 up."""
    low = [d for d in range(1, math.isqrt(number) + 1) if number % d == 0]
    return sorted({*low, *(number // d for d in low)})
