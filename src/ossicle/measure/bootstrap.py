"""How sure a mean over files is."""

import numpy as np

RESAMPLES = 10_000


def mean_interval(values: np.ndarray) -> tuple[float, float, float]:
    """Mean of ``values`` of shape ``(n,)`` and the ends of its 95 % interval, by the percentile bootstrap.

    NaN counts as missing. For two systems on the same files, give their differences: the interval is then a
    paired one (Efron and Tibshirani 1993, chapter 13).
    """
    values = np.asarray(values, np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return (float("nan"),) * 3
    picks = np.random.default_rng(0).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.quantile(values[picks].mean(axis=1), [0.025, 0.975])
    return float(values.mean()), float(low), float(high)
