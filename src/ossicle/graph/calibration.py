"""What a model file keeps of its calibration: enough to quantize it, and no sound."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

LARGEST_CORRELATION = 1024
"""Columns up to which the correlation of an operand is kept; it grows with their square."""
HEADROOM = 4.0
"""Span of int16 integers over that of the values that calibration saw.

It costs two of sixteen bits, and speech that is 12 dB louder than a short calibration does not clip.
"""
SHRINKAGE = 1e-3
"""Share by which correlations are drawn to zero: rounded, they may be those of no real values."""


@dataclass(frozen=True)
class Span:
    """The values that a tensor was seen to hold, from ``low`` to ``high``, and those that integers span."""

    low: float
    high: float
    s8_low: float
    s8_high: float
    s16: float
    """The largest magnitude of an int16."""

    @classmethod
    def usual(cls, low: float, high: float, s8_low: float, s8_high: float) -> "Span":
        """With an int16 that spans :data:`HEADROOM` times the largest magnitude."""
        return cls(low, high, s8_low, s8_high, HEADROOM * max(-low, high, 0.0))

    def __post_init__(self) -> None:
        if not 0 <= self.s16 < math.inf:
            raise ValueError("a span has no largest magnitude")
        for low, high in ((self.low, self.high), (self.s8_low, self.s8_high)):
            if not -math.inf < low <= high < math.inf:
                raise ValueError("a span has no ends")


@dataclass(frozen=True, eq=False)
class Moments:
    """First and second moments of what the columns of a weight multiply, ``(groups, columns)``, float32.

    The rows of a matrix share one operand, a single group; those of a depthwise convolution have one each.
    """

    mean: np.ndarray
    s8_mean: np.ndarray
    """Mean of the same values rounded to the int8 of the operand's :class:`Span`."""
    power: np.ndarray
    """Mean square."""
    correlation: np.ndarray
    """``E[x_i x_j] / sqrt(E[x_i^2] E[x_j^2])`` for ``i < j`` in Q15, int16 of shape ``(groups, pairs)``.

    Row by row; there are no pairs beyond :data:`LARGEST_CORRELATION` columns.
    """

    def __post_init__(self) -> None:
        groups, columns = self.power.shape
        vectors = (self.mean, self.s8_mean, self.power)
        if any(v.shape != (groups, columns) or v.dtype != np.float32 for v in vectors):
            raise ValueError("moments differ in shape, or are no float32")
        if self.correlation.shape != (groups, _pairs(columns)) or self.correlation.dtype != np.int16:
            raise ValueError("a correlation does not fit its columns")
        if not all(np.isfinite(v).all() for v in vectors) or self.power.min() < 0:
            raise ValueError("moments are not finite, or a mean square is negative")

    @classmethod
    def of(cls, values: np.ndarray, rounded: np.ndarray) -> "Moments":
        """Moments of values ``(groups, products, columns)``; ``rounded`` is the same in int8, as reals."""
        groups, products, columns = values.shape
        real = values.astype(np.float64)
        power = np.square(real).mean(axis=1)
        correlation = np.zeros((groups, _pairs(columns)), np.int16)
        if correlation.size:
            first, second = np.triu_indices(columns, 1)
            unit = np.sqrt(np.where(power > 0, power, 1.0))
            for group in range(groups):
                scaled = real[group] / unit[group]
                shares = (scaled.T @ scaled / products)[first, second]
                correlation[group] = np.rint(32767 * np.clip(shares, -1, 1))
        mean, s8_mean = (array.mean(axis=1, dtype=np.float64) for array in (values, rounded))
        mean, s8_mean, power = (array.astype(np.float32) for array in (mean, s8_mean, power))
        return cls(mean, s8_mean, power, correlation)

    def second_moment(self, group: int) -> np.ndarray:
        """``E[x x^T]`` of a group, ``(columns, columns)``; its diagonal where no correlation is kept."""
        power = self.power[group].astype(np.float64)
        shares = np.eye(len(power))
        if self.correlation.size:
            pairs = (1 - SHRINKAGE) / 32767 * self.correlation[group].astype(np.float64)
            shares[np.triu_indices(len(power), 1)] = pairs
            shares.T[np.triu_indices(len(power), 1)] = pairs
        return shares * np.sqrt(np.outer(power, power))

    def covariance(self, group: int) -> np.ndarray:
        """``E[x x^T] - E[x] E[x]^T`` of a group, drawn to its diagonal as the correlations are."""
        mean = self.mean[group].astype(np.float64)
        return self.second_moment(group) - (1 - SHRINKAGE) * np.outer(mean, mean)

    def narrowed(self, groups: np.ndarray, columns: np.ndarray) -> "Moments":
        """Of some of the groups and of the columns, which two masks tell."""
        pairs = np.zeros(self.correlation.shape[1], bool)
        if pairs.size:
            first, second = np.triu_indices(columns.size, 1)
            pairs = columns[first] & columns[second]
        left = np.ix_(groups, columns)
        mean, s8_mean, power = (of[left] for of in (self.mean, self.s8_mean, self.power))
        correlation = self.correlation[np.ix_(groups, pairs)]
        if not pairs.size:
            correlation = np.zeros((groups.sum(), _pairs(int(columns.sum()))), np.int16)
        return Moments(mean, s8_mean, power, correlation)


@dataclass(frozen=True)
class Calibration:
    """What the tensors of a float graph were seen to hold, and what its products multiplied."""

    spans: Mapping[str, Span] = field(default_factory=dict)
    """By tensor."""
    moments: Mapping[str, Moments] = field(default_factory=dict)
    """By product, as :func:`product_name` names it."""
    wide: frozenset[str] = frozenset()
    """Products whose operand loses too much in each int8; schemes give them 16 bits."""

    def without_moments(self) -> "Calibration":
        """The same ranges alone: then weights go to the nearest code, and biases stay as they are."""
        blank = {
            name: replace(
                of, **{part: np.zeros_like(getattr(of, part)) for part in ("mean", "s8_mean", "correlation")}
            )
            for name, of in self.moments.items()
        }
        return replace(self, moments=blank)


def product_name(node: str, weight: str) -> str:
    """Name of a product of a node."""
    return f"{node}.{weight}"


def _pairs(columns: int) -> int:
    return columns * (columns - 1) // 2 if columns <= LARGEST_CORRELATION else 0
