"""The one definition of the streaming log-mel and MFCC features of keyword spotters.

Frame ``t`` covers the samples ``[(t + 1)*hop - window, (t + 1)*hop)``: it ends with the newest hop, and
samples before the start are zero. It is weighted by a periodic Hann window, padded with zeros to ``n_fft``
and transformed without scaling; samples are of -1..1. The power of the bins goes through triangular filters
on the mel scale of Slaney's Auditory Toolbox, each of unit area, and becomes dB: ``10*log10(max(power,
1e-10))``.

A patch is what the network reads: the newest ``frames`` frames, with silence (-100 dB) before the start.
Values more than 80 dB under the largest one OF THE PATCH are raised to that, so that loudness has no say;
then the mean of the patch is taken off and its standard deviation (plus 0.01 dB, for silence) divided out;
then, for MFCC, each frame goes through an orthonormal DCT-II. The patch has the shape ``(features, frames)``.

The figures are those of librosa with ``center=False``. The emitted C and the trainer's tensors follow this
text; tests hold them together.
"""

from dataclasses import asdict, dataclass

import numpy as np

from ossicle.audio.formats import check_rate
from ossicle.audio.fourier import check_n_fft
from ossicle.audio.windows import hann
from ossicle.errors import OssicleError

POWER_FLOOR = 1e-10
SILENCE_DB = -100.0
"""What ``POWER_FLOOR`` is in dB."""
PATCH_RANGE_DB = 80.0
STD_OFFSET_DB = 0.01
"""Keeps the rounding errors of a constant patch small; next to the 10 to 20 dB of sound it is nothing."""


@dataclass(frozen=True)
class MelConfig:
    """Sizes of the features; the defaults are those of arXiv 2208.02765.

    ``window``, ``hop`` and ``n_fft`` are in samples. ``coefficients`` is 0 for log-mel, else how many MFCC.
    """

    sample_rate: int = 16000
    window: int = 1024
    hop: int = 512
    n_fft: int = 1024
    mels: int = 40
    low_hz: float = 0.0
    high_hz: float = 8000.0
    coefficients: int = 0
    frames: int = 30

    def __post_init__(self) -> None:
        if not (self.hop > 0 and 2 * self.hop <= self.window <= self.n_fft):
            raise OssicleError(
                f"window {self.window} must be at least two hops of {self.hop} and no longer than "
                f"n_fft {self.n_fft}"
            )
        check_n_fft(self.n_fft)
        check_rate(self.sample_rate)
        if not 0 <= self.low_hz < self.high_hz <= self.sample_rate / 2:
            raise OssicleError(
                f"the mel bands must lie between 0 Hz and half of the sample rate {self.sample_rate}, "
                f"not {self.low_hz} to {self.high_hz} Hz"
            )
        if not 1 <= self.mels <= self.bins or self.frames < 1:
            raise OssicleError(
                f"mels {self.mels} must be 1 to {self.bins}, as n_fft {self.n_fft} has bins, and frames "
                f"{self.frames} at least 1"
            )
        if not 0 <= self.coefficients <= self.mels:
            raise OssicleError(f"coefficients {self.coefficients} must be between 0 and mels {self.mels}")
        if not mel_filters(self).any(axis=1).all():
            raise OssicleError(
                f"mels {self.mels} is too many: a band is narrower than the bins of n_fft {self.n_fft}"
            )

    @property
    def bins(self) -> int:
        """Number of frequency bins, ``n_fft / 2 + 1``."""
        return self.n_fft // 2 + 1

    @property
    def features(self) -> int:
        """Values of a frame of the patch: coefficients, or mel bands."""
        return self.coefficients or self.mels

    @property
    def inputs(self) -> int:
        """Values of a patch."""
        return self.features * self.frames

    def as_dict(self) -> dict[str, int | float]:
        """The sizes as plain data, for a file header."""
        return asdict(self)


def mel_filters(config: MelConfig) -> np.ndarray:
    """Triangular filters on Slaney's mel scale, of unit area in Hz; float32 of shape ``(mels, bins)``."""
    lowest, highest = _hz_to_mel(np.array([config.low_hz, config.high_hz]))
    edges = _mel_to_hz(np.linspace(lowest, highest, config.mels + 2))
    bins = np.arange(config.bins) * (config.sample_rate / config.n_fft)
    low, peak, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.minimum((bins - low) / (peak - low), (high - bins) / (high - peak))
    filters: np.ndarray = np.maximum(triangles, 0) * 2 / (high - low)
    return filters.astype(np.float32)


def sparse_filters(config: MelConfig) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The filters without their zeros: int16 first bins and bin counts, and all weights in a row, float32."""
    filters = mel_filters(config)
    first = np.argmax(filters > 0, axis=1)
    count = np.count_nonzero(filters, axis=1)
    weights = [row[start : start + n] for row, start, n in zip(filters, first, count, strict=True)]
    return first.astype(np.int16), count.astype(np.int16), np.concatenate(weights)


def dct_matrix(config: MelConfig) -> np.ndarray:
    """The first rows of the orthonormal DCT-II; float32 of shape ``(coefficients, mels)``."""
    n = config.mels
    angles = np.pi / n * np.outer(np.arange(config.coefficients), np.arange(n) + 0.5)
    scale = np.full((config.coefficients, 1), np.sqrt(2 / n))
    scale[:1] = np.sqrt(1 / n)
    return (scale * np.cos(angles)).astype(np.float32)


def log_mel(signal: np.ndarray, config: MelConfig) -> np.ndarray:
    """Mel bands in dB of the whole hops of a float signal ``(n,)``; float32 of shape ``(n // hop, mels)``."""
    frames = len(signal) // config.hop
    if not frames:
        return np.zeros((0, config.mels), np.float32)
    kept = config.window - config.hop
    padded = np.concatenate([np.zeros(kept), signal[: frames * config.hop]])
    windows = np.lib.stride_tricks.sliding_window_view(padded, config.window)[:: config.hop]
    power = np.abs(np.fft.rfft(windows * hann(config.window), config.n_fft)) ** 2
    bands = power @ mel_filters(config).T.astype(np.float64)
    decibels: np.ndarray = 10 * np.log10(np.maximum(bands, POWER_FLOOR))
    return decibels.astype(np.float32)


def mfcc(signal: np.ndarray, config: MelConfig) -> np.ndarray:
    """The DCT of :func:`log_mel`, float32 of shape ``(n // hop, coefficients)``."""
    coefficients: np.ndarray = log_mel(signal, config) @ dct_matrix(config).T
    return coefficients


def patch(db_frames: np.ndarray, config: MelConfig) -> np.ndarray:
    """The network's input after the last of the frames ``(n, mels)`` in dB; float32 ``(inputs,)``."""
    newest = np.full((config.frames, config.mels), SILENCE_DB)
    count = min(len(db_frames), config.frames)
    newest[config.frames - count :] = db_frames[len(db_frames) - count :]
    raised = np.maximum(newest, newest.max() - PATCH_RANGE_DB)
    normal = (raised - raised.mean()) / (raised.std() + STD_OFFSET_DB)
    if config.coefficients:
        normal = normal @ dct_matrix(config).T.astype(np.float64)
    return np.ascontiguousarray(normal.T, np.float32).reshape(-1)


def patches(signal: np.ndarray, config: MelConfig, step: int) -> np.ndarray:
    """The patches of a stream after every ``step`` frames; float32 ``(n // hop // step, inputs)``."""
    db_frames = log_mel(signal, config)
    ends = range(step, len(db_frames) + 1, step)
    return np.array([patch(db_frames[:end], config) for end in ends], np.float32).reshape(-1, config.inputs)


# Slaney's scale: linear up to 1 kHz, which is mel 15, then logarithmic with 27 mels for a factor of 6.4.
_LINEAR_HZ_PER_MEL = 200 / 3
_BREAK_HZ, _BREAK_MEL = 1000.0, 15.0
_LOG_STEP = np.log(6.4) / 27


def _hz_to_mel(hz: np.ndarray) -> np.ndarray:
    above = _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz / _LINEAR_HZ_PER_MEL, above)


def _mel_to_hz(mel: np.ndarray) -> np.ndarray:
    above = _BREAK_HZ * np.exp((mel - _BREAK_MEL) * _LOG_STEP)
    return np.where(mel < _BREAK_MEL, mel * _LINEAR_HZ_PER_MEL, above)
