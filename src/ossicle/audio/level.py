"""How loud sound is, and the gain that brings it to a level that networks know."""

import numpy as np

BLOCK_S = 0.1
GATE = 0.1
"""Blocks of less than this share of the mean power are pauses: the relative gate of ITU-R BS.1770, 10 dB."""
USUAL_DBFS = -26.0
"""RMS level of speech that networks are trained and measured on (ITU-T P.56, P.501)."""
QUIETEST_DBFS, LOUDEST_DBFS = -40.0, -10.0
"""Levels that networks hear in training; outside of them they lose speech, or leave noise."""
SILENCE_DBFS = -120.0
"""Sound of less is nothing that anybody recorded."""


class LevelMeter:
    """The level of each channel of sound that comes in blocks, pauses left out."""

    def __init__(self, rate: int, channels: int) -> None:
        self._size = max(1, round(BLOCK_S * rate))
        self._rest = np.zeros((0, channels), np.float32)
        self._powers = [np.zeros((0, channels))]

    def push(self, block: np.ndarray) -> None:
        """Hear a block of samples ``(frames, channels)``."""
        samples = np.concatenate([self._rest, block])
        whole = len(samples) // self._size * self._size
        self._rest = samples[whole:]
        parts = samples[:whole].reshape(-1, self._size, samples.shape[1])
        self._powers.append(np.square(parts, dtype=np.float64).mean(axis=1))

    def levels_dbfs(self) -> np.ndarray:
        """RMS level of each channel in dB of full scale; -inf where there is only silence."""
        powers = np.concatenate(self._powers)
        if len(self._rest):
            powers = np.concatenate([powers, np.square(self._rest, dtype=np.float64).mean(axis=0)[None]])
        return np.array([_gated_dbfs(channel) for channel in powers.T])


def _gated_dbfs(powers: np.ndarray) -> float:
    if not powers.any():
        return -np.inf
    return float(10 * np.log10(powers[powers >= GATE * powers.mean()].mean()))


def rms_dbfs(samples: np.ndarray) -> float:
    """RMS level of all samples in dB of full scale; -inf where there is only silence."""
    power = float(np.square(samples, dtype=np.float64).mean()) if len(samples) else 0.0
    return 10 * float(np.log10(power)) if power else -np.inf


def factor(gain_db: float) -> float:
    """What samples are multiplied by for a gain in dB."""
    return float(10 ** (gain_db / 20))


def decibels(gain: float) -> float:
    """A factor of samples, in dB."""
    return float(20 * np.log10(gain))


def usual_gain(level_dbfs: float) -> float:
    """The factor that brings sound of a level to the usual one; 1 where networks know its level already.

    It is a power of two, so that sound multiplied by it and divided again is the same in each bit.
    """
    if QUIETEST_DBFS <= level_dbfs <= LOUDEST_DBFS or level_dbfs < SILENCE_DBFS:
        return 1.0
    return float(2.0 ** np.rint((USUAL_DBFS - level_dbfs) / decibels(2)))
