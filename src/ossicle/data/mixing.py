"""Noisy speech from clean speech and noise, at a stated ratio and level, fixed by a random generator."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.signal import lfilter

from ossicle.data.augment import (
    AugmentConfig,
    band_limits,
    change_speed,
    clip,
    equalize,
    limit_band,
    modulate,
    reverberate,
    room_responses,
)

FULL_SCALE = 32768.0
SILENCE = 1e-5
"""RMS under which a signal counts as silent, relative to full scale (-100 dBFS)."""


@dataclass(frozen=True)
class MixConfig:
    """Ranges that the training mixtures are drawn from."""

    seconds: float = 3.0
    snr_db: tuple[float, float] = (-5.0, 20.0)
    level_dbfs: tuple[float, float] = (-42.0, -14.0)
    babble: float = 0.25
    """Fraction of mixtures whose noise is speech of several other speakers."""
    coloured: float = 0.15
    """Fraction of mixtures whose noise is stationary, synthetic and without tones."""
    machine: float = 0.0
    """Fraction of mixtures whose noise is that of a synthetic machine: a fan, an engine, mains hum."""
    second_noise: float = 0.3
    """Fraction of noises that get a recorded one on top."""
    clean: float = 0.03
    """Fraction of mixtures without noise."""
    alone: float = 0.0
    """Fraction of mixtures without speech, of what is left."""
    pauses: float = 0.0
    """Fraction of mixtures whose speech has a pause of up to three quarters of the mixture."""
    by_label: bool = False
    """Whether recorded noises are drawn by label, so that no kind is heard too often, or clip by clip."""
    augment: AugmentConfig = AugmentConfig()  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class Sources:
    """Decoded int16 clips of one split: speech by speaker, and noise."""

    speech: dict[str, list[np.ndarray]]
    noise: list[np.ndarray]
    labels: tuple[str, ...] = ()
    """What each noise is."""

    @cached_property
    def label_fractions(self) -> np.ndarray:
        """Fraction of each noise where labels are heard by the square roots of their durations.

        The clips of a label are heard by their durations.
        """
        lengths = np.array([len(noise) for noise in self.noise], float)
        totals: dict[str, float] = defaultdict(float)
        for label, length in zip(self.labels, lengths, strict=True):
            totals[label] += length
        heard = lengths / np.sqrt([totals[label] for label in self.labels])
        fractions: np.ndarray = heard / heard.sum()
        return fractions


def rms(signal: np.ndarray) -> float:
    """Root mean square of a signal of any shape."""
    return float(np.sqrt(np.mean(np.square(signal, dtype=np.float64)))) if signal.size else 0.0


def active_rms(speech: np.ndarray, sample_rate: int) -> float:
    """RMS over the 20 ms frames that lie within 40 dB of the loudest one: pauses do not count as speech."""
    size = sample_rate // 50
    if len(speech) < size:
        return rms(speech)
    powers = np.mean(speech[: len(speech) // size * size].reshape(-1, size).astype(np.float64) ** 2, axis=1)
    return float(np.sqrt(np.mean(powers[powers >= powers.max() * 1e-4])))


def mix(
    speech: np.ndarray, noise: np.ndarray, snr_db: float, level_dbfs: float, sample_rate: int
) -> tuple[np.ndarray, np.ndarray]:
    """Add noise to speech, both float of shape ``(n,)``.

    ``snr_db`` relates the active speech to the whole noise; ``level_dbfs`` is the RMS of the mixture, lowered
    where a peak would pass -0.1 dBFS. Returns the noisy and the clean signal, float32, of one gain. Where one
    of the two is silent there is no ratio, and where both are, no level.
    """
    speech_rms, noise_rms = active_rms(speech, sample_rate), rms(noise)
    if speech_rms > SILENCE and noise_rms > SILENCE:
        noise = noise * (speech_rms / noise_rms * 10 ** (-snr_db / 20))
    noisy = speech + noise
    loudness = rms(noisy)
    # Noise may cancel the peak of the speech.
    peak = float(np.max(np.abs([noisy, speech]), initial=0.0))
    gain = 1.0
    if loudness > SILENCE:
        gain = min(10 ** (level_dbfs / 20) / loudness, 10 ** (-0.1 / 20) / peak)
    return (noisy * gain).astype(np.float32), (speech * gain).astype(np.float32)


def talk(rng: np.random.Generator, clips: list[np.ndarray], samples: int) -> np.ndarray:
    """String one speaker's clips together, with pauses up to 8000 samples.

    The first clip starts at a random place where it is longer than ``samples``.
    """
    first = clips[rng.integers(len(clips))]
    pieces = [first[rng.integers(max(len(first) - samples, 1)) :]]
    while sum(map(len, pieces)) < samples:
        pieces.append(np.zeros(rng.integers(8000), np.int16))
        pieces.append(clips[rng.integers(len(clips))])
    return np.concatenate(pieces)[:samples] / FULL_SCALE


def babble(rng: np.random.Generator, sources: Sources, speaker: str, samples: int) -> np.ndarray:
    """Three to eight speakers other than ``speaker``, talking at once at levels within 6 dB.

    There are fewer where the sources have fewer: silence where ``speaker`` is alone.
    """
    others = [name for name in sources.speech if name != speaker]
    total = np.zeros(samples)
    for name in rng.choice(others, size=min(int(rng.integers(3, 9)), len(others)), replace=False):
        voice = talk(rng, sources.speech[str(name)], samples)
        total += voice * (10 ** (rng.uniform(-6, 0) / 20) / max(rms(voice), SILENCE))
    return total


def pause(rng: np.random.Generator, speech: np.ndarray, sample_rate: int) -> np.ndarray:
    """Speech with a silence of up to three quarters of its length at a random place; its end is cut off."""
    silence = int(rng.integers(len(speech) * 3 // 4 + 1))
    fade = min(sample_rate // 100, len(speech) - silence)
    heard = speech[: len(speech) - silence].copy()
    slope = np.linspace(0, 1, fade)
    heard[:fade] *= slope
    heard[len(heard) - fade :] *= slope[::-1]
    return np.roll(np.pad(heard, (0, silence)), rng.integers(len(speech)))


def recorded_noise(
    rng: np.random.Generator, noises: list[np.ndarray], samples: int, fractions: np.ndarray | None = None
) -> np.ndarray:
    """A random stretch of a random noise clip, repeated where the clip is shorter.

    ``fractions`` are the probabilities of the clips, which are alike without them.
    """
    noise = noises[rng.integers(len(noises)) if fractions is None else rng.choice(len(noises), p=fractions)]
    start = int(rng.integers(len(noise)))
    return noise.take(np.arange(start, start + samples), mode="wrap") / FULL_SCALE


def coloured_noise(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Gaussian noise through a random one-pole filter, from dark brown to bright blue."""
    noise: np.ndarray = lfilter([1.0], [1.0, -rng.uniform(-0.6, 0.99)], rng.standard_normal(samples))
    return noise


def machine_noise(rng: np.random.Generator, samples: int, sample_rate: int) -> np.ndarray:
    """Up to 30 harmonics of a random tone of 25 to 400 Hz that wavers a little, in a broadband rumble.

    The harmonics fall by 0 to 12 dB an octave; the rumble, Gaussian noise through a random resonance of up to
    1 kHz, has -20 to 10 dB of their energy.
    """
    tone, waver = 25 * 16 ** rng.random(), rng.uniform(0, 0.02)
    turns = rng.standard_normal(samples // 1600 + 2)
    speed = tone * (1 + waver * np.interp(np.arange(samples) / 1600, range(len(turns)), turns))
    angle = 2 * np.pi * np.cumsum(speed) / sample_rate
    orders = np.arange(1, min(int(rng.integers(1, 31)), int(0.45 * sample_rate / tone)) + 1)
    levels = orders ** -rng.uniform(0, 2) * 10 ** (rng.uniform(-10, 0, len(orders)) / 20)
    phases = rng.uniform(0, 2 * np.pi, len(orders))
    hum = sum(a * np.sin(k * angle + phase) for a, k, phase in zip(levels, orders, phases, strict=True))
    radius, place = rng.uniform(0.8, 0.995), 2 * np.pi * rng.uniform(0, 1000) / sample_rate
    poles = [1.0, -2 * radius * np.cos(place), radius**2]
    rumble = lfilter([1.0], poles, rng.standard_normal(samples))
    gain = rms(hum) / max(rms(rumble), SILENCE) * 10 ** (rng.uniform(-20, 10) / 20)
    noise: np.ndarray = hum + gain * rumble
    return noise


def draw_mixture(
    rng: np.random.Generator, sources: Sources, config: MixConfig, sample_rate: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw one training example: noisy and clean float32 of ``config.seconds``.

    The room and the colour of the speech stay in the clean signal: they are not what is to be removed.
    """
    samples = round(config.seconds * sample_rate)
    augment = config.augment
    speech, speaker = _draw_speech(rng, sources, augment, samples)
    if config.pauses and rng.random() < config.pauses:
        speech = pause(rng, speech, sample_rate)
    noise = _draw_noise(rng, sources, config, speaker, samples, sample_rate)
    if config.alone and noise.any() and rng.random() < config.alone:
        speech = np.zeros(samples)
    if rng.random() < augment.room:
        at_talker, at_noise = room_responses(rng, sample_rate)
        speech, noise = reverberate(speech, at_talker), reverberate(noise, at_noise)
    if rng.random() < augment.equalize:
        speech = equalize(rng, speech)
    if rng.random() < augment.equalize:
        noise = equalize(rng, noise)
    if rng.random() < augment.band_limit:
        sections = band_limits(rng, sample_rate)
        speech, noise = limit_band(speech, sections), limit_band(noise, sections)
    noisy, clean = mix(
        speech, noise, rng.uniform(*config.snr_db), rng.uniform(*config.level_dbfs), sample_rate
    )
    if rng.random() < augment.clip:
        noisy = clip(rng, noisy)
    return noisy, clean


def _draw_speech(
    rng: np.random.Generator, sources: Sources, augment: AugmentConfig, samples: int
) -> tuple[np.ndarray, str]:
    speakers = list(sources.speech)
    weights = np.array([len(sources.speech[name]) for name in speakers], float)
    speaker = speakers[rng.choice(len(speakers), p=weights / weights.sum())]
    if rng.random() < augment.speed:
        rate = rng.uniform(0.9, 1.1)
        return change_speed(talk(rng, sources.speech[speaker], round(samples * rate)), rate, samples), speaker
    return talk(rng, sources.speech[speaker], samples), speaker


def _draw_noise(
    rng: np.random.Generator,
    sources: Sources,
    config: MixConfig,
    speaker: str,
    samples: int,
    sample_rate: int,
) -> np.ndarray:
    kind = rng.random()
    if kind < config.clean:
        return np.zeros(samples)
    if kind < config.clean + config.babble:
        noise = babble(rng, sources, speaker, samples)
    elif kind < config.clean + config.babble + config.coloured:
        noise = coloured_noise(rng, samples)
    elif kind < config.clean + config.babble + config.coloured + config.machine:
        noise = machine_noise(rng, samples, sample_rate)
    else:
        noise = _draw_recorded(rng, sources, config, samples)
    if rng.random() < config.second_noise:
        second = _draw_recorded(rng, sources, config, samples)
        gain = 10 ** (rng.uniform(-12, 6) / 20) * rms(noise) / max(rms(second), SILENCE)
        noise = noise + second * gain
    if rng.random() < config.augment.modulate:
        noise = modulate(rng, noise, sample_rate)
    return noise


def _draw_recorded(rng: np.random.Generator, sources: Sources, config: MixConfig, samples: int) -> np.ndarray:
    fractions = sources.label_fractions if config.by_label else None
    if rng.random() < config.augment.speed:
        rate = rng.uniform(0.6, 1.5)
        return change_speed(
            recorded_noise(rng, sources.noise, round(samples * rate), fractions), rate, samples
        )
    return recorded_noise(rng, sources.noise, samples, fractions)
