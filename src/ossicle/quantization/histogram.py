"""Values of a tensor, counted: enough for every rule that turns them into a range."""

import math
from dataclasses import dataclass

import numpy as np

BINS = 4096


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts, uint32 of shape ``(BINS,)``, of values in equal bins from ``low`` to ``high``.

    The two ends are the smallest and the largest value.
    """

    low: float
    high: float
    counts: np.ndarray

    def __post_init__(self) -> None:
        counts = np.shape(self.counts) == (BINS,) and self.counts.dtype == np.uint32 and self.counts.any()
        if not (counts and -math.inf < self.low <= self.high < math.inf):
            raise ValueError("a histogram has no counts or no ends")

    @classmethod
    def of(cls, values: np.ndarray) -> "Histogram":
        """Count values of any shape."""
        low, high = float(values.min()), float(values.max())
        counts, _ = np.histogram(values, BINS, (low, high) if low < high else (low, low + 1.0))
        return cls(low, high, counts.astype(np.uint32))

    @property
    def edges(self) -> np.ndarray:
        """Edges of the bins, ``(BINS + 1,)``."""
        return np.linspace(self.low, self.high, BINS + 1)

    @property
    def centres(self) -> np.ndarray:
        """Centres of the bins, ``(BINS,)``."""
        centres: np.ndarray = (self.edges[1:] + self.edges[:-1]) / 2
        return centres

    @property
    def mean(self) -> float:
        """Mean of the values."""
        return float(np.average(self.centres, weights=self.counts))

    @property
    def std(self) -> float:
        """Standard deviation of the values."""
        return float(np.sqrt(np.average((self.centres - self.mean) ** 2, weights=self.counts)))

    def quantile(self, share: float) -> float:
        """Value that ``share`` of the values lie below, linear within a bin."""
        return float(np.interp(share * self.counts.sum(), np.append(0, np.cumsum(self.counts)), self.edges))
