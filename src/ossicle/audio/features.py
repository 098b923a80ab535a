"""The one definition of what a suppressor's network hears of a spectrum: its features, by their kind.

``magnitude``: the magnitudes of the spectrum as they are.

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

from dataclasses import dataclass

import numpy as np

from ossicle.audio.stft import StftConfig, stft
from ossicle.errors import OssicleError


@dataclass(frozen=True)
class FeatureKind:
    """A kind of features: a power of the magnitudes."""

    power: float = 1.0
    levelled: bool = False
    """Whether the magnitudes are divided by the running level first."""


MAGNITUDE, COMPRESSED = "magnitude", "compressed"
FEATURES = {MAGNITUDE: FeatureKind(), COMPRESSED: FeatureKind(0.25, levelled=True)}
"""The kinds by name."""
ATTACK_S, RELEASE_S = 0.0625, 2.0
"""Time constants of the running level: a word is loud at once, and a pause of a second changes little."""
FLOOR = 1e-10
"""Least mean square, -100 dBFS."""


def feature_kind(name: str) -> FeatureKind:
    """The kind of that name; raises :class:`OssicleError` where there is none."""
    if name not in FEATURES:
        raise OssicleError(f"there are no features {name!r}; choose {' or '.join(FEATURES)}")
    return FEATURES[name]


def features(signal: np.ndarray, config: StftConfig, name: str) -> np.ndarray:
    """What the network hears of a float signal ``(n,)``: float32 of shape ``(config.frames(n), bins)``."""
    kind = feature_kind(name)
    heard: np.ndarray = np.abs(stft(signal, config))
    if kind.levelled:
        heard /= np.sqrt(divisors(signal, config))[:, None]
    return heard**kind.power


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
