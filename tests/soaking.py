"""Hours of sound of all kinds through the C of a model: does it stay finite, as fast, and as good?

Sound comes in rounds: minutes of speech in noise, silence, full scale, floats that are no numbers, levels
that jump, levels at which floats lose bits, and tones. Each round ends in a minute of speech, at which a
stream is held against one in floats that heard the same. Rounds are equal, since networks remember minutes.
"""

import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from ossicle.audio.sound import synthetic_voice
from ossicle.programs.library import LibraryProgram, Stream

MINUTE_S = 60
ROUND = 12
"""Minutes."""
USUAL = "speech"
"""The minute that the others are held against, and that a round ends in."""


@dataclass(frozen=True)
class Soaked:
    """What hours of sound did to a stream."""

    hours: float
    finite: bool
    """Whether all outputs were numbers."""
    peak: float
    """Largest magnitude of an output."""
    ends: Sequence[np.ndarray]
    """Output of the last minute of each round."""
    slowest: str
    """The kind of sound that takes the most time."""
    slowdown: float
    """CPU time of a minute of it, relative to a minute of speech."""


def soak(program: LibraryProgram, rate: int, hours: float) -> Soaked:
    """Run so many hours of sound at ``rate`` Hz, in whole rounds."""
    sounds, stream = minutes(rate), program.open()
    times, ends = defaultdict[str, list[float]](list), list[np.ndarray]()
    finite, peak = True, 0.0
    kinds = [[*sounds][minute % len(sounds)] for minute in range(ROUND - 1)]
    for _ in range(max(1, round(hours * 60 / ROUND))):
        for kind in (*kinds, USUAL):
            begun = time.process_time()
            heard = _outputs(stream, sounds[kind])
            times[kind].append(time.process_time() - begun)
            finite, peak = finite and bool(np.isfinite(heard).all()), max(peak, float(np.abs(heard).max()))
        ends.append(heard)
    slowest = max(times, key=lambda kind: median(times[kind]))
    slowdown = median(times[slowest]) / median(times[USUAL])
    return Soaked(len(ends) * ROUND / 60, finite, peak, ends, slowest, slowdown)


def sqnr_db(reference: Soaked, found: Soaked) -> list[float]:
    """Of the last minute of each round, against those of the same network in floats."""
    pairs = zip(reference.ends, found.ends, strict=True)
    return [_snr_db(np.asarray(expected, np.float64), end) for expected, end in pairs]


def minutes(rate: int) -> Mapping[str, np.ndarray]:
    """A minute of each kind of sound, float32."""
    rng, samples = np.random.default_rng(0), MINUTE_S * rate
    time_s = np.arange(samples) / rate
    voice = np.resize(synthetic_voice(rate, 10.0) / 32768, samples)
    speech = voice + rng.normal(0, 0.02, samples)
    numbers = speech.copy()
    numbers[rng.random(samples) < 1e-3] = np.nan
    numbers[rng.random(samples) < 1e-3] = np.inf
    found = {
        USUAL: speech,
        "silence": np.zeros(samples),
        "full scale": np.sign(speech),
        "no numbers": numbers,
        "level jumps": np.clip(speech * np.repeat(10 ** rng.uniform(-5, 1, MINUTE_S), rate), -1, 1),
        "below floats": speech * 1e-38,
        "fading": speech * 10**-time_s,
        "tone": 0.5 * np.sin(2 * np.pi * 1000 * time_s),
        "offset": 0.9 + 0.05 * speech,
    }
    return {kind: sound.astype(np.float32) for kind, sound in found.items()}


def _outputs(stream: Stream, sound: np.ndarray) -> np.ndarray:
    """What a sound gives: samples, posteriors or probabilities."""
    found = stream.feed(sound)
    names = ("posteriors", "probabilities")
    return np.asarray(next((getattr(found, name) for name in names if hasattr(found, name)), found))


def _snr_db(expected: np.ndarray, found: np.ndarray) -> float:
    error = np.square(expected - found).mean()
    return float(10 * np.log10(np.square(expected).mean() / error)) if error else math.inf
