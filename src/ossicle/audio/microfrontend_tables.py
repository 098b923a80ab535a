"""Settings of the microfrontend (:mod:`ossicle.audio.microfrontend`), and the constants that follow.

They are made in single precision, as TensorFlow's are: one more or less changes the features.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ossicle.audio.formats import check_rate
from ossicle.errors import OssicleError

WINDOW_BITS = 12
FILTER_BITS = 12
NOISE_BITS = 14
"""Fraction bits of the factors of the moving mean."""
SNR_BITS, SHRUNK_BITS = 12, 6
"""Fraction bits of a signal over its noise, and of what becomes of it."""
LOG_SEGMENTS_BITS = 7
"""The logarithm's table has two to the power of that many segments."""


@dataclass(frozen=True)
class Pcan:
    """Gains are ``(noise + offset) ** -strength``, with ``gain_bits`` fraction bits."""

    strength: float = 0.95
    offset: float = 80.0
    gain_bits: int = 21

    def __post_init__(self) -> None:
        if not (0 <= self.strength <= 8 and 0 < self.offset <= 1e6 and 0 <= self.gain_bits <= 30):
            raise OssicleError(
                f"PCAN needs a strength of 0 to 8, not {self.strength}, an offset over 0 and up to 1e6, not "
                f"{self.offset}, and 0 to 30 bits of gain, not {self.gain_bits}"
            )


@dataclass(frozen=True)
class MicrofrontendConfig:
    """Sizes of the features; the defaults are those of microWakeWord.

    ``window`` and ``hop`` are in samples; ``pcan`` is None where gains are not controlled.
    """

    sample_rate: int = 16000
    window: int = 480
    hop: int = 160
    channels: int = 40
    low_hz: float = 125.0
    high_hz: float = 7500.0
    even_smoothing: float = 0.025
    odd_smoothing: float = 0.06
    least_signal: float = 0.05
    """The part of a signal that noise reduction leaves at least."""
    smoothing_bits: int = 10
    """Fraction bits of the noise."""
    pcan: Pcan | None = Pcan()
    log_shift: int = 6
    frames: int = 3
    """Of a patch."""
    scale: float = 10 / 256
    """What a feature is multiplied by for the network."""

    def __post_init__(self) -> None:
        check_rate(self.sample_rate)
        if not (0 < self.hop <= self.window and 33 <= self.window <= 16384):
            raise OssicleError(
                f"a window must have 33 to 16384 samples, and at least a hop of {self.hop}, not {self.window}"
            )
        if not 0 <= self.low_hz < self.high_hz <= self.sample_rate / 2:
            raise OssicleError(
                f"the channels must lie between 0 Hz and half of the sample rate {self.sample_rate}, "
                f"not {self.low_hz} to {self.high_hz} Hz"
            )
        if not (1 <= self.channels <= 256 and self.frames >= 1):
            raise OssicleError(
                f"channels must be between 1 and 256, not {self.channels}, and a patch must have frames"
            )
        shares = self.even_smoothing, self.odd_smoothing, self.least_signal
        if not (all(0 <= share <= 1 for share in shares) and 0 <= self.log_shift <= 15 and self.scale > 0):
            raise OssicleError(
                f"smoothing and the least signal must be 0 to 1, not {', '.join(map(str, shares))}, "
                f"log_shift 0 to 15, not {self.log_shift}, and scale over 0, not {self.scale}"
            )
        if not (self.correction_bits <= self.smoothing_bits <= 16 and self.gain_shift >= 0):
            raise OssicleError(
                f"a window of {self.window} needs {self.correction_bits} to 16 bits of smoothing, not "
                f"{self.smoothing_bits}, and {self.correction_bits + SNR_BITS} bits of gain or more"
            )
        if not _filters(self)[1].all():
            raise OssicleError(
                f"channels {self.channels} are too many: one is narrower than the bins of {self.n_fft} points"
            )

    @property
    def n_fft(self) -> int:
        """Points of the transform."""
        return 1 << (self.window - 1).bit_length()

    @property
    def correction_bits(self) -> int:
        """By how much the features of a longer transform are larger."""
        return self.n_fft.bit_length() - 1 - FILTER_BITS // 2

    @property
    def gain_shift(self) -> int:
        """Bits by which a magnitude times its gain is shifted back."""
        return self.pcan.gain_bits - self.correction_bits - SNR_BITS if self.pcan else 0

    @property
    def inputs(self) -> int:
        """Values of a patch."""
        return self.frames * self.channels

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""
        return asdict(self)


@dataclass(frozen=True)
class Tables:
    """Constants of the features."""

    window: np.ndarray
    """int16 ``(window,)``, of 12 fraction bits."""
    first: np.ndarray
    """First bin of each stretch between two centres, int16 ``(channels + 1,)``."""
    count: np.ndarray
    """How many bins it has."""
    rising: np.ndarray
    """What a bin gives to the channel whose centre ends its stretch, int16, all stretches in a row."""
    falling: np.ndarray
    """What it gives to the channel whose centre begins its stretch."""
    smoothing: np.ndarray
    """Factors of even and of odd channels, and the least signal, uint16."""
    gain: np.ndarray
    """Of PCAN, int16: results at 0 and 1, then a value and two coefficients for each power of two."""
    log: np.ndarray
    """Logarithm to base 2 over 1 to 2, less a straight line, uint16 of 16 fraction bits."""


_HALF = np.float32(0.5)
_ROOT_OF_2 = 1.41421354
_LN_2_HIGH, _LN_2_LOW = 0.693138123, 9.05800061e-06
"""The first has so few bits that its product with a whole number is exact."""
_LOG1P_SERIES = (0.666666687, 0.400000006, 0.285714298, 0.222221985, 0.181835726, 0.153138384, 0.147981986)


def tables_of(config: MicrofrontendConfig) -> Tables:
    """The constants of a configuration."""
    angles = np.float32(2 * np.pi / config.window) * (np.arange(config.window, dtype=np.float32) + _HALF)
    hann = _HALF - _HALF * np.cos(angles.astype(np.float64)).astype(np.float32)
    window = np.floor(hann * np.float32(1 << WINDOW_BITS) + _HALF).astype(np.int16)
    smoothing = [
        int(np.float32(of) * (1 << NOISE_BITS))
        for of in (config.even_smoothing, config.odd_smoothing, config.least_signal)
    ]
    segments = np.arange((1 << LOG_SEGMENTS_BITS) + 1) / (1 << LOG_SEGMENTS_BITS)
    log = np.rint(65536 * (np.log2(1 + segments) - segments)).astype(np.uint16)
    return Tables(window, *_filters(config), np.array(smoothing, np.uint16), _gains(config), log)


def _filters(config: MicrofrontendConfig) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    low, high = _mel(np.array([config.low_hz, config.high_hz], np.float32))
    spacing = np.float32((high - low) / np.float32(config.channels + 1))
    centres = low + spacing * np.arange(1, config.channels + 2, dtype=np.float32)
    edges = np.concatenate([[low], centres]).astype(np.float32)
    hz = np.float32(0.5 * config.sample_rate / np.float32(config.n_fft // 2))
    start = int(1.5 + config.low_hz / float(hz))
    mels = _mel(np.arange(config.n_fft // 2 + 1, dtype=np.float32) * hz)
    ends = np.searchsorted(mels[start:], centres, side="right") + start
    first = np.concatenate([[start], ends[:-1]])
    count = ends - first
    stretch = np.repeat(np.arange(config.channels + 1), count)
    of = mels[start : ends[-1]]
    weight = (centres[stretch] - of) / (centres[stretch] - edges[stretch])
    rising, falling = (
        np.floor(part * (1 << FILTER_BITS) + 0.5) for part in (1.0 - weight.astype(np.float64), weight)
    )
    return (
        first.astype(np.int16),
        count.astype(np.int16),
        rising.astype(np.int16),
        falling.astype(np.int16),
    )


def _mel(hz: np.ndarray) -> np.ndarray:
    """The mel scale with 700 Hz and 1127 mel, in single precision."""
    mels: np.ndarray = np.float32(1127) * _log1p(hz.astype(np.float32) / np.float32(700))
    return mels


def _log1p(x: np.ndarray) -> np.ndarray:
    """The logarithm of ``1 + x``, of single precision and not negative, as small C libraries compute it.

    By the series of the logarithm of ``(1 + s) / (1 - s)``. Others round it otherwise in the last bit, which
    two weights of microWakeWord's filters show.
    """
    u = np.float32(1) + x
    fraction, exponent = np.frexp(u)
    low = 2 * fraction < np.float32(_ROOT_OF_2)
    reduced = x >= np.float32(_ROOT_OF_2 - 1)
    k = np.where(reduced, exponent - low, 0).astype(np.float32)
    f = np.where(reduced, np.where(low, 2 * fraction, fraction) - np.float32(1), x)
    lost = np.where(k > 0, 1 - (u - x), x - (u - 1)) / u
    half_square, s = np.float32(0.5) * f * f, f / (2 + f)
    z, series = s * s, np.zeros_like(x)
    for coefficient in reversed(_LOG1P_SERIES):
        series = z * (series + np.float32(coefficient))
    tail = s * (half_square + series)
    whole = k * np.float32(_LN_2_HIGH) - ((half_square - (tail + (k * np.float32(_LN_2_LOW) + lost))) - f)
    logarithm: np.ndarray = np.where(reduced, whole, f - (half_square - tail)).astype(np.float32)
    return logarithm


def _gains(config: MicrofrontendConfig) -> np.ndarray:
    """A parabola for each power of two: the value at its begin, and two coefficients."""
    if config.pcan is None:
        return np.zeros(0, np.int16)
    pcan, noise_bits = config.pcan, config.smoothing_bits - config.correction_bits
    found = [_gain(pcan, noise_bits, 0), _gain(pcan, noise_bits, 1)]
    for bits in range(2, 33):
        begin, end = 1 << (bits - 1), min(1 << bits, (1 << 32) - 1)
        at = [_gain(pcan, noise_bits, x) for x in (begin, begin + begin // 2, end)]
        middle, whole = at[1] - at[0], at[2] - at[0]
        slope = 4 * middle - whole
        found += [at[0], slope, whole - slope, 0]
    return np.array(found[:-1]).astype(np.int16)


def _gain(pcan: Pcan, noise_bits: int, noise: int) -> int:
    base = np.float32(np.float32(noise) / np.float32(1 << noise_bits)) + np.float32(pcan.offset)
    gain = np.float32(1 << pcan.gain_bits) * np.float32(float(base) ** float(np.float32(-pcan.strength)))
    return min(int(gain + np.float32(0.5)), 32767)
