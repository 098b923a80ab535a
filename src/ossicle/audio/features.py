"""The one definition of what a suppressor's network hears of a frame: its features, by their kind.

``X`` is the frame's spectrum, and each kind gives one value a bin, or two.

``magnitude``: ``|X|**power``.

``log_power``: ``log10(max(|X|**2, floor))``.

``complex``: real and imaginary part of ``X * |X|**(power - 1)``, which is the spectrum itself for a power
of 1. They are ``interleaved`` (re, im, re, im, ...) or ``planar`` (all real parts, then all imaginary ones).

``samples``: the samples of the frame, weighted by the analysis window; there is no spectrum.

``compressed``: the magnitudes divided by the running level of the signal, to the power 1/4. A recording at
-50 dBFS and one at -12 dBFS then look the same to the network, and loud bins do not drown soft ones.

The running level follows the mean square of the newest hop, ``p``, from one hop to the next::

    level += rate * (p - level)

where ``rate`` is the hop's duration over ``ATTACK_S`` while ``p`` is above the level, and over ``RELEASE_S``
otherwise. It starts at 0, so that it is always of the past and the present alone; as a divisor it is at least
``FLOOR``, so that digital silence stays silence. Magnitudes are divided by its root. The fourth root of such
a quotient is the eighth root of the bin's power over the level: three square roots, which are correctly
rounded on every platform.

The emitted C, the trainer's tensors and the functions below all follow this text; tests hold them together.
"""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from ossicle.audio.parts import INTERLEAVED, check_layout, check_power, join_parts, raised, split_parts
from ossicle.audio.stft import StftConfig, stft, windowed_frames
from ossicle.errors import OssicleError

ATTACK_S, RELEASE_S = 0.0625, 2.0
"""Time constants of the running level: a word is loud at once, and a pause of a second changes little."""
FLOOR = 1e-10
"""Least mean square, -100 dBFS."""


class Features(ABC):
    """What one input of a network hears; each kind is a frozen dataclass of its settings."""

    kind: ClassVar[str]

    @property
    def linear(self) -> bool:
        """Whether features grow as the amplitude of the signal does."""
        return False

    def size(self, config: StftConfig) -> int:
        """Values of a frame."""
        return config.bins

    @abstractmethod
    def of(self, signal: np.ndarray, config: StftConfig) -> np.ndarray:
        """The features of a float signal ``(n,)``: float32 of shape ``(config.frames(n), size)``."""

    @abstractmethod
    def magnitudes(self, heard: np.ndarray, config: StftConfig) -> np.ndarray:
        """``|X|`` again, ``(..., bins)``, of features ``(..., size)``; without a level divided out."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file header."""
        return {"kind": self.kind, **asdict(self)}  # type: ignore[call-overload]


@dataclass(frozen=True)
class Magnitude(Features):
    """Magnitudes to a power."""

    power: float = 1.0
    kind: ClassVar[str] = "magnitude"
    levelled: ClassVar[bool] = False
    """Whether the magnitudes are divided by the running level first."""

    def __post_init__(self) -> None:
        check_power(self.power)

    @property
    def linear(self) -> bool:
        """Without a root."""
        return self.power == 1

    def of(self, signal: np.ndarray, config: StftConfig) -> np.ndarray:
        """``|X|**power``."""
        found: np.ndarray = np.abs(stft(signal, config)) ** self.power
        return found

    def magnitudes(self, heard: np.ndarray, config: StftConfig) -> np.ndarray:
        """The root undone."""
        found: np.ndarray = heard ** (1 / self.power)
        return found


@dataclass(frozen=True)
class Compressed(Features):
    """Fourth roots of magnitudes over the running level."""

    kind: ClassVar[str] = "compressed"
    levelled: ClassVar[bool] = True
    power: ClassVar[float] = 0.25

    def of(self, signal: np.ndarray, config: StftConfig) -> np.ndarray:
        """``(|X| / sqrt(level))**(1/4)``."""
        found: np.ndarray = np.abs(stft(signal, config)) / np.sqrt(divisors(signal, config))[:, None]
        return found**self.power

    def magnitudes(self, heard: np.ndarray, config: StftConfig) -> np.ndarray:
        """Over the level."""
        found: np.ndarray = heard ** (1 / self.power)
        return found


@dataclass(frozen=True)
class LogPower(Features):
    """Decimal logarithms of powers that are at least ``floor``."""

    floor: float = 1e-12
    kind: ClassVar[str] = "log_power"

    def __post_init__(self) -> None:
        if not 1e-30 <= self.floor < np.inf:
            raise OssicleError(f"the floor of a logarithm must be at least 1e-30, not {self.floor}")

    def of(self, signal: np.ndarray, config: StftConfig) -> np.ndarray:
        """``log10(max(|X|**2, floor))``."""
        powers = np.square(np.abs(stft(signal, config)))
        found: np.ndarray = np.log10(np.maximum(powers, np.float32(self.floor)))
        return found

    def magnitudes(self, heard: np.ndarray, config: StftConfig) -> np.ndarray:
        """Those under the floor are its root."""
        found: np.ndarray = 10 ** (heard / 2)
        return found


@dataclass(frozen=True)
class Complex(Features):
    """Real and imaginary parts, of magnitudes to a power."""

    layout: str = INTERLEAVED
    power: float = 1.0
    kind: ClassVar[str] = "complex"

    def __post_init__(self) -> None:
        check_layout(self.layout)
        check_power(self.power)

    @property
    def linear(self) -> bool:
        """Without a root."""
        return self.power == 1

    def size(self, config: StftConfig) -> int:
        """Two values a bin."""
        return 2 * config.bins

    def of(self, signal: np.ndarray, config: StftConfig) -> np.ndarray:
        """``X * |X|**(power - 1)``."""
        return split_parts(raised(stft(signal, config), self.power), self.layout)

    def magnitudes(self, heard: np.ndarray, config: StftConfig) -> np.ndarray:
        """Without the phase."""
        found: np.ndarray = np.abs(join_parts(heard, self.layout)) ** (1 / self.power)
        return found


@dataclass(frozen=True)
class Samples(Features):
    """The windowed samples of the frame."""

    kind: ClassVar[str] = "samples"
    linear: ClassVar[bool] = True

    def size(self, config: StftConfig) -> int:
        """Samples of the window."""
        return config.window

    def of(self, signal: np.ndarray, config: StftConfig) -> np.ndarray:
        """What the transform would take."""
        return windowed_frames(signal, config)

    def magnitudes(self, heard: np.ndarray, config: StftConfig) -> np.ndarray:
        """Of its transform."""
        return np.abs(np.fft.rfft(heard, config.n_fft)).astype(np.float32)


FEATURES: dict[str, type[Features]] = {
    kind.kind: kind for kind in (Magnitude, Compressed, LogPower, Complex, Samples)
}
"""By the name of the kind."""
MAGNITUDE, COMPRESSED = Magnitude.kind, Compressed.kind
TRAINED: dict[str, Magnitude | Compressed] = {MAGNITUDE: Magnitude(), COMPRESSED: Compressed()}
"""What networks can be trained on here."""


def trained_features(name: str) -> Magnitude | Compressed:
    """The features of that name to train on; raises :class:`OssicleError` where there are none."""
    if name not in TRAINED:
        raise OssicleError(f"there are no features {name!r} to train on; choose {' or '.join(TRAINED)}")
    return TRAINED[name]


def divisors(signal: np.ndarray, config: StftConfig) -> np.ndarray:
    """What divides the power of each frame of ``(..., n)``: its running level with the floor, float32."""
    level = running_level(hop_powers(signal, config), *level_rates(config))
    floored: np.ndarray = np.maximum(level, np.float32(FLOOR))
    return floored


def hop_powers(signal: np.ndarray, config: StftConfig) -> np.ndarray:
    """Mean square of the newest hop of each frame, float32 of shape ``(..., frames)``."""
    frames = config.frames(signal.shape[-1])
    hops = np.zeros((*signal.shape[:-1], frames * config.hop), np.float32)
    hops[..., : signal.shape[-1]] = signal
    powers: np.ndarray = np.square(hops.reshape(*hops.shape[:-1], frames, config.hop)).mean(-1)
    return powers


def level_rates(config: StftConfig) -> tuple[float, float]:
    """How far the running level goes in a hop, of the way up and of the way down."""
    seconds = config.hop / config.sample_rate
    return min(seconds / ATTACK_S, 1.0), min(seconds / RELEASE_S, 1.0)


def running_level(powers: np.ndarray, attack: float, release: float) -> np.ndarray:
    """Follow powers of shape ``(..., frames)``; float32 of that shape."""
    levels = np.zeros_like(powers)
    level = np.zeros(powers.shape[:-1], powers.dtype)
    for frame in range(powers.shape[-1]):
        change = powers[..., frame] - level
        level = level + np.where(change > 0, np.float32(attack), np.float32(release)) * change
        levels[..., frame] = level
    return levels
