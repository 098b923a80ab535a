"""Ratios of signal to error, in decibels; NaN where a signal holds NaN or infinity."""

import numpy as np


def si_sdr(estimate: np.ndarray, reference: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio (Le Roux et al. 2019) of signals of shape ``(n,)``, in dB.

    Means are removed. Infinite, but for rounding, where the estimate is a multiple of the reference; NaN
    where one of them is silent, since then no ratio is defined, or not finite.
    """
    if not all_finite(estimate, reference):
        return float("nan")
    estimate = estimate.astype(np.float64) - np.mean(estimate, dtype=np.float64)
    reference = reference.astype(np.float64) - np.mean(reference, dtype=np.float64)
    # Plain sums: np.dot adds up in an order that depends on how many threads BLAS has.
    energy = np.sum(reference**2)
    if energy == 0:
        return float("nan")
    target = reference * (np.sum(estimate * reference) / energy)
    return _ratio_db(np.sum(target**2), np.sum((estimate - target) ** 2))


def snr(estimate: np.ndarray, reference: np.ndarray) -> float:
    """Power of the reference over the power of the difference, in dB, over arrays of one shape.

    NaN where both are silent, or one of them is not finite.
    """
    if not all_finite(estimate, reference):
        return float("nan")
    difference = estimate.astype(np.float64) - reference.astype(np.float64)
    return _ratio_db(np.sum(reference.astype(np.float64) ** 2), np.sum(difference**2))


def all_finite(*signals: np.ndarray) -> bool:
    """Whether no signal holds NaN or infinity."""
    return all(np.isfinite(signal).all() for signal in signals)


def _ratio_db(signal: float, error: float) -> float:
    if error == 0:
        return float("inf") if signal > 0 else float("nan")
    return float(10 * np.log10(signal / error)) if signal > 0 else float("-inf")
