"""The one definition of the short-time Fourier transform and its inverse.

Frame ``t`` covers the samples ``[t*hop - (window - hop), t*hop + hop)``: it ends with the newest hop, so
that a stream needs no look-ahead. Samples before the start of the signal are zero. Each frame is weighted
by a periodic Hann window, padded with zeros at its end to ``n_fft`` and transformed without scaling.

The inverse weights each frame by the same window and adds them up. The squared windows of all the frames
over one sample sum to a constant (1.5 for Hann at 75 % overlap), so that dividing by it reconstructs the
signal exactly where the spectrum was not changed (Griffin and Lim 1984). The output of a stream lags its
input by ``latency = window - hop`` samples.

The emitted C, the trainer's tensors and the functions below all follow this text; tests hold them together.
"""

from dataclasses import asdict, dataclass

import numpy as np

from ossicle.errors import OssicleError


@dataclass(frozen=True)
class StftConfig:
    """Sizes of the transform, in samples; the defaults are those of arXiv 2210.07692."""

    sample_rate: int = 16000
    window: int = 400
    hop: int = 100
    n_fft: int = 512

    def __post_init__(self) -> None:
        if not (self.hop > 0 and 4 * self.hop <= self.window <= self.n_fft and self.window % self.hop == 0):
            raise OssicleError(
                f"window {self.window} must be a multiple of hop {self.hop}, at least four hops, "
                f"and no longer than n_fft {self.n_fft}"
            )
        if self.n_fft & (self.n_fft - 1):
            raise OssicleError(f"n_fft {self.n_fft} must be a power of two")

    @property
    def bins(self) -> int:
        """Number of frequency bins, ``n_fft / 2 + 1``."""
        return self.n_fft // 2 + 1

    @property
    def latency(self) -> int:
        """Lag of a stream's output behind its input, in samples."""
        return self.window - self.hop

    @property
    def overlap_gain(self) -> float:
        """Sum of the squared windows over one sample."""
        return float(np.sum(hann(self.window).astype(np.float64) ** 2) / self.hop)

    def frames(self, samples: int) -> int:
        """Number of frames after which a stream has put out all of ``samples`` input samples."""
        return -(-(samples + self.latency) // self.hop)

    def as_dict(self) -> dict[str, int]:
        """The sizes as plain data, for a file header."""
        return asdict(self)


def hann(length: int) -> np.ndarray:
    """Periodic Hann window, float32 of shape ``(length,)``."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)


def stft(signal: np.ndarray, config: StftConfig) -> np.ndarray:
    """Transform float samples of shape ``(n,)`` into complex64 of shape ``(config.frames(n), bins)``."""
    frames = config.frames(len(signal))
    padded = np.zeros(config.latency + frames * config.hop, np.float32)
    padded[config.latency : config.latency + len(signal)] = signal
    windows = np.lib.stride_tricks.sliding_window_view(padded, config.window)[:: config.hop]
    return np.fft.rfft(windows * hann(config.window), config.n_fft).astype(np.complex64)


def istft(spectrum: np.ndarray, config: StftConfig, samples: int) -> np.ndarray:
    """Invert :func:`stft` into ``samples`` float32 samples, aligned with the signal that was transformed."""
    frames = np.fft.irfft(spectrum, config.n_fft)[:, : config.window] * (
        hann(config.window) / config.overlap_gain
    )
    padded = np.zeros(config.latency + len(frames) * config.hop)
    for start, frame in zip(range(0, len(frames) * config.hop, config.hop), frames, strict=True):
        padded[start : start + config.window] += frame
    return padded[config.latency : config.latency + samples].astype(np.float32)
