"""Samples of 16 bits."""

import numpy as np


def to_pcm16(signal: np.ndarray) -> np.ndarray:
    """Samples of -1..1 as int16, rounded and saturated; NaN is silence."""
    return np.clip(np.rint(np.nan_to_num(signal) * 32768), -32768, 32767).astype(np.int16)
