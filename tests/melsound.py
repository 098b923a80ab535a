"""Sounds for tests of the mel features, the same bits on every platform."""

import numpy as np

SAMPLES = 16000


def bursts(loudness: float = 1.0) -> np.ndarray:
    """One second of coloured noise in bursts 20 dB apart, whole int16 values as floats of -1..1."""
    rng = np.random.default_rng(11)
    white = rng.integers(-4096, 4096, SAMPLES + 1)
    coloured = white[1:] + 0.9375 * white[:-1]
    levels = np.repeat([1.0, 0.1, 0.5, 0.01], SAMPLES // 4)
    return np.rint(coloured * levels * loudness) / 32768


def tone_in_silence() -> np.ndarray:
    """A loud tone of half a second, then noise 96 dB under it: a patch of more than 80 dB."""
    rng = np.random.default_rng(12)
    tone = np.sin(2 * np.pi * 1000 / 16000 * np.arange(SAMPLES // 2))
    rest = rng.integers(-2, 3, SAMPLES // 2) / 2
    return np.concatenate([np.rint(tone * 28000), rest]) / 32768
