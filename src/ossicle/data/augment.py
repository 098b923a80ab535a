"""Changes that a room, a microphone or a talker would make: a few hours of recordings stand for many more."""

from dataclasses import dataclass

import numpy as np
import soxr
from scipy.signal import butter, fftconvolve, lfilter, sosfilt


@dataclass(frozen=True)
class AugmentConfig:
    """Shares, 0 to 1, of the mixtures that each change is made to."""

    speed: float = 0.5
    equalize: float = 0.6
    room: float = 0.25
    modulate: float = 0.3
    band_limit: float = 0.1
    clip: float = 0.05


NO_CHANGE = AugmentConfig(speed=0, equalize=0, room=0, modulate=0, band_limit=0, clip=0)


def change_speed(signal: np.ndarray, rate: float, samples: int) -> np.ndarray:
    """Play ``signal`` ``rate`` times as fast, pitch included; ``samples`` of it, padded with zeros."""
    played = soxr.resample(signal.astype(np.float32), rate, 1.0, "LQ")[:samples]
    return np.pad(played, (0, samples - len(played)))


def equalize(rng: np.random.Generator, signal: np.ndarray) -> np.ndarray:
    """Colour a signal by a second-order filter with random coefficients within 3/8 (arXiv 1709.08243)."""
    b1, b2, a1, a2 = rng.uniform(-3 / 8, 3 / 8, 4)
    coloured: np.ndarray = lfilter([1.0, b1, b2], [1.0, a1, a2], signal)
    return coloured


def modulate(rng: np.random.Generator, signal: np.ndarray, sample_rate: int) -> np.ndarray:
    """Let the level of a signal wander by up to 20 dB, with 0.5 to 8 turns a second."""
    turns = max(int(len(signal) / sample_rate * rng.uniform(0.5, 8)), 1) + 1
    levels = rng.uniform(-rng.uniform(3, 20), 0, turns)
    decibels = np.interp(np.linspace(0, turns - 1, len(signal)), range(turns), levels)
    modulated: np.ndarray = signal * 10 ** (decibels / 20)
    return modulated


def band_limits(rng: np.random.Generator, sample_rate: int) -> np.ndarray:
    """A low pass of 3.4 to 7.5 kHz, as second-order sections: a telephone, a codec, a cheap microphone."""
    sections: np.ndarray = butter(6, rng.uniform(3400, 7500), fs=sample_rate, output="sos")
    return sections


def limit_band(signal: np.ndarray, sections: np.ndarray) -> np.ndarray:
    """Run a signal through second-order sections."""
    limited: np.ndarray = sosfilt(sections, signal)
    return limited


def clip(rng: np.random.Generator, signal: np.ndarray) -> np.ndarray:
    """Overdrive a signal: what exceeds 30 to 90 % of its peak is cut off."""
    top = rng.uniform(0.3, 0.9) * np.max(np.abs(signal), initial=0.0)
    clipped: np.ndarray = np.clip(signal, -top, top)
    return clipped


def room_responses(rng: np.random.Generator, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Impulse responses of a random room from a talker and from a noise source to one microphone.

    A shoebox of 3 to 9 m whose walls absorb 25 to 90 % of the energy, by the image source method, down to
    reflections of -30 dB. The direct sound of the talker has a level of 1 and no delay.
    """
    import pyroomacoustics

    size = rng.uniform([3.0, 3.0, 2.4], [9.0, 7.0, 3.6])
    places = rng.uniform(0.4, size - 0.4, (3, 3))
    absorption = rng.uniform(0.25, 0.9)
    room = pyroomacoustics.ShoeBox(
        size,
        fs=sample_rate,
        materials=pyroomacoustics.Material(absorption),
        max_order=int(np.ceil(np.log(1e-3) / np.log(1 - absorption))),
    )
    room.add_source(places[0])
    room.add_source(places[1])
    room.add_microphone(places[2])
    room.compute_rir()
    talker, noise = room.rir[0]
    direct = int(np.argmax(np.abs(talker)))
    return talker[direct:] / np.abs(talker[direct]), noise


def reverberate(signal: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Put a signal into a room; same length."""
    reverberant: np.ndarray = fftconvolve(signal, response)
    return reverberant[: len(signal)]
