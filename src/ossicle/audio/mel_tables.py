"""Settings of the mel features (:mod:`ossicle.audio.mel`), and the tables that they give."""

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

import numpy as np

from ossicle.audio.formats import check_rate
from ossicle.audio.fourier import check_n_fft
from ossicle.audio.windows import HANN, Window, window_values
from ossicle.errors import OssicleError

SLANEY, HTK, NONE, PEAK = "slaney", "htk", "none", "peak"
MAXIMUM, STANDARD = "max", "standard"
TIME_MAJOR, MEL_MAJOR = "time_major", "mel_major"
CHOICES = {
    "mel_scale": (SLANEY, HTK),
    "norm": (SLANEY, NONE, PEAK),
    "triangles": ("hz", "mel"),
    "logarithm": ("db", "ln", "log10"),
    "normalize": (STANDARD, MAXIMUM, NONE),
    "dct": ("ortho", HTK),
    "layout": (MEL_MAJOR, TIME_MAJOR),
}
"""What settings that are a word can be."""
DECIBEL = {"db": 1.0, "ln": math.log(10) / 10, "log10": 0.1}
"""What it is in the unit of each logarithm."""
LEAST_FLOOR, MOST_GAIN = 1e-37, 2.0**24
"""Next to the least normal float; samples that are integers of 24 bits need half of that gain."""


@dataclass(frozen=True)
class MelConfig:
    """What the features are; the defaults are those of arXiv 2208.02765.

    ``window``, ``hop`` and ``n_fft`` are in samples. ``coefficients`` is 0 for log-mel, else how many MFCC.
    The other settings are in the order in which the features come about.
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

    gain: float = 1.0
    """What samples of -1..1 are multiplied by, such as 32768."""
    pre_emphasis: float = 0.0
    """How much of each sample is taken off the next one."""
    analysis: Window = HANN
    power: int = 2
    """1 for the magnitudes of the bins, 2 for their powers."""
    mel_scale: str = SLANEY
    norm: str = SLANEY
    """Of a filter: unit area in Hz, nothing, or a largest weight of 1."""
    triangles: str = "hz"
    """The scale on which a filter rises and falls linearly."""
    floor: float = 1e-10
    """The least band."""
    offset: float = 0.0
    """What is added to a band before its logarithm."""
    logarithm: str = "db"
    top_db: float = 80.0
    """How far values of a patch lie under its largest one, at most; 0 for any distance."""
    normalize: str = STANDARD
    """What is taken off a patch: its mean, then its standard deviation is divided out; its largest value."""
    mean: float = 0.0
    std: float = 1.0
    """What is then taken off and divided out in any case."""
    clip: tuple[float, ...] = ()
    """The least and the largest value after that."""
    dct: str = "ortho"
    layout: str = MEL_MAJOR
    """Whether a patch has a row for each feature or for each frame."""

    SIZES: ClassVar[int] = 9
    """So many settings, the first ones, are sizes."""

    def __post_init__(self) -> None:
        _check_sizes(self)
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise OssicleError(f"{name} must be {' or '.join(choices)}, not {getattr(self, name)!r}")
        window_values(self.analysis, self.window)
        if self.power not in (1, 2):
            raise OssicleError(f"power must be 1, for magnitudes, or 2, not {self.power}")
        if not 0 < self.gain <= MOST_GAIN:
            raise OssicleError(f"gain must be over 0 and up to {MOST_GAIN:g}, not {self.gain}")
        if not -1 <= self.pre_emphasis <= 1:
            raise OssicleError(f"pre_emphasis must be -1 to 1, not {self.pre_emphasis}")
        least = min(self.floor, self.offset)
        if not (least >= 0 and LEAST_FLOOR <= self.floor + self.offset < math.inf):
            raise OssicleError(
                f"the logarithm needs a floor or an offset of at least {LEAST_FLOOR:g}, not {self.floor} and "
                f"{self.offset}"
            )
        if not 0 <= self.top_db < math.inf:
            raise OssicleError(f"top_db must be a number of at least 0, not {self.top_db}")
        if not (math.isfinite(self.mean) and 0 < self.std < math.inf):
            raise OssicleError(f"mean must be a number and std one over 0, not {self.mean} and {self.std}")
        if self.clip and not (
            _are_numbers(self.clip) and len(self.clip) == 2 and self.clip[0] < self.clip[1]
        ):
            raise OssicleError(
                f"clip must be a least and a larger number, as in [0, 1], not {list(self.clip)}"
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

    @property
    def parts(self) -> int:
        """In how many equal parts the C takes a hop, each at most half a window: 1 but for short windows."""
        return next(
            n for n in range(1, self.hop + 1) if self.hop % n == 0 and 2 * self.hop <= n * self.window
        )

    @property
    def analysis_window(self) -> np.ndarray:
        """What samples are multiplied by, float32 of shape ``(window,)``."""
        return window_values(self.analysis, self.window) * np.float32(self.gain)

    @property
    def changed(self) -> dict[str, Any]:
        """The settings besides the sizes that are not the defaults."""
        others = fields(self)[self.SIZES :]
        return {part.name: value for part in others if (value := getattr(self, part.name)) != part.default}

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header: the sizes, and all that is not a default."""
        sizes = list(asdict(self).items())[: self.SIZES]
        return dict(sizes) | {
            name: list(value) if isinstance(value, tuple) else value for name, value in self.changed.items()
        }


def _are_numbers(values: tuple[object, ...]) -> bool:
    return all(isinstance(value, int | float) and math.isfinite(value) for value in values)


def _check_sizes(config: MelConfig) -> None:
    if not (config.hop > 0 and 2 <= config.window <= config.n_fft):
        raise OssicleError(
            f"hop {config.hop} must be at least 1, and window {config.window} at least 2 and no longer than "
            f"n_fft {config.n_fft}"
        )
    check_n_fft(config.n_fft)
    check_rate(config.sample_rate)
    if not 0 <= config.low_hz < config.high_hz <= config.sample_rate / 2:
        raise OssicleError(
            f"the mel bands must lie between 0 Hz and half of the sample rate {config.sample_rate}, "
            f"not {config.low_hz} to {config.high_hz} Hz"
        )
    if config.mels < 1 or config.frames < 1:
        raise OssicleError(f"mels {config.mels} and frames {config.frames} must be at least 1")
    if not 0 <= config.coefficients <= config.mels:
        raise OssicleError(f"coefficients {config.coefficients} must be between 0 and mels {config.mels}")
    if config.mels > config.bins:
        raise OssicleError(f"mels {config.mels} are more than the bins of n_fft {config.n_fft}")


def mel_filters(config: MelConfig) -> np.ndarray:
    """Triangular filters, float32 of shape ``(mels, bins)``; one that lies between two bins is 0."""
    to_mel, to_hz = _SCALES[config.mel_scale]
    lowest, highest = to_mel(np.array([config.low_hz, config.high_hz]))
    mel_edges = np.linspace(lowest, highest, config.mels + 2)
    hz_edges = to_hz(mel_edges)
    bins = np.arange(config.bins) * (config.sample_rate / config.n_fft)
    edges, at = (hz_edges, bins) if config.triangles == "hz" else (mel_edges, to_mel(bins))
    low, peak, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.maximum(np.minimum((at - low) / (peak - low), (high - at) / (high - peak)), 0)
    if config.norm == SLANEY:
        triangles = triangles * 2 / (hz_edges[2:] - hz_edges[:-2])[:, None]
    elif config.norm == PEAK:
        largest = triangles.max(axis=1, keepdims=True)
        triangles = triangles / np.where(largest > 0, largest, 1)
    filters: np.ndarray = triangles.astype(np.float32)
    return filters


def sparse_filters(config: MelConfig) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The filters without their zeros: int16 first bins and bin counts, and all weights in a row, float32."""
    filters = mel_filters(config)
    first = np.argmax(filters > 0, axis=1)
    count = np.count_nonzero(filters, axis=1)
    weights = [row[start : start + n] for row, start, n in zip(filters, first, count, strict=True)]
    return first.astype(np.int16), count.astype(np.int16), np.concatenate(weights)


def dct_matrix(config: MelConfig) -> np.ndarray:
    """The first rows of the DCT-II, float32 of shape ``(coefficients, mels)``.

    It is orthonormal, or that of HTK, whose first row is larger by a factor of the root of 2.
    """
    n = config.mels
    angles = np.pi / n * np.outer(np.arange(config.coefficients), np.arange(n) + 0.5)
    scale = np.full((config.coefficients, 1), np.sqrt(2 / n))
    if config.dct == "ortho":
        scale[:1] = np.sqrt(1 / n)
    return (scale * np.cos(angles)).astype(np.float32)


# Slaney's scale: linear up to 1 kHz, which is mel 15, then logarithmic with 27 mels for a factor of 6.4.
_LINEAR_HZ_PER_MEL = 200 / 3
_BREAK_HZ, _BREAK_MEL = 1000.0, 15.0
_LOG_STEP = np.log(6.4) / 27


def _slaney_mel(hz: np.ndarray) -> np.ndarray:
    above = _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz / _LINEAR_HZ_PER_MEL, above)


def _slaney_hz(mel: np.ndarray) -> np.ndarray:
    above = _BREAK_HZ * np.exp((mel - _BREAK_MEL) * _LOG_STEP)
    return np.where(mel < _BREAK_MEL, mel * _LINEAR_HZ_PER_MEL, above)


def _htk_mel(hz: np.ndarray) -> np.ndarray:
    mel: np.ndarray = 2595 * np.log10(1 + hz / 700)
    return mel


def _htk_hz(mel: np.ndarray) -> np.ndarray:
    hz: np.ndarray = 700 * (10 ** (mel / 2595) - 1)
    return hz


_SCALES = {SLANEY: (_slaney_mel, _slaney_hz), HTK: (_htk_mel, _htk_hz)}
