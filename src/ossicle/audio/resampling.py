"""Changing the sampling rate: of a whole signal, and of sound that comes in blocks."""

import numpy as np
import soxr

QUALITY = "HQ"


def resample(samples: np.ndarray, rate: int, to: int, frames: int | None = None) -> np.ndarray:
    """Change the rate of ``(frames, channels)``, to exactly ``frames`` frames where given."""
    result = samples if rate == to else soxr.resample(samples, rate, to, quality=QUALITY)
    if frames is not None and len(result) != frames:
        result = np.pad(result[:frames], ((0, max(frames - len(result), 0)), (0, 0)))
    return result


class Resampler:
    """Sound of several channels at another rate, block by block, aligned with what goes in."""

    def __init__(self, rate: int, to: int, channels: int) -> None:
        self._channels = channels
        self._stream = (
            None if rate == to else soxr.ResampleStream(rate, to, channels, dtype="float32", quality=QUALITY)
        )

    def push(self, block: np.ndarray, last: bool = False) -> np.ndarray:
        """Take float32 samples ``(frames, channels)``; returns those that are ready, after the last all."""
        if self._stream is None:
            return block
        shape = -1 if self._channels == 1 else (-1, self._channels)
        ready = self._stream.resample_chunk(np.ascontiguousarray(block).reshape(shape), last=last)
        return np.asarray(ready, np.float32).reshape(-1, self._channels)
