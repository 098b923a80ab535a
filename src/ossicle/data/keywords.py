"""Spoken words for keyword spotting: speaker-disjoint splits, training examples, and fixed evaluation sets.

The classes are ``background`` (noise and silence), ``unknown`` (any word that is none of the commands) and
one for each command. A corpus is a folder with ``keywords/`` and ``noise/``, each with a manifest, that of
the words with a column ``label``; ``ossicle data get speech-commands`` writes such a folder.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from ossicle.data.augment import (
    AugmentConfig,
    band_limits,
    clip,
    equalize,
    limit_band,
    modulate,
    reverberate,
    room_responses,
)
from ossicle.data.corpus import Clip, check_speakers, clips_of, read_clips, read_manifest
from ossicle.data.mixing import FULL_SCALE, coloured_noise, mix, recorded_noise
from ossicle.errors import OssicleError

COMMANDS = ("up", "down", "left", "right")
LABELS = ("background", "unknown", *COMMANDS)
BACKGROUND, UNKNOWN = 0, 1
BACKGROUND_EVERY_S = 5
"""An evaluation set has one second of background of each five of a noise clip, at most twelve of one clip."""
BACKGROUND_MOST = 12


@dataclass(frozen=True)
class KeywordCorpus:
    """Clips of words and of noise by split."""

    root: Path
    words: dict[str, tuple[Clip, ...]]
    noise: dict[str, tuple[Clip, ...]]


@dataclass(frozen=True)
class KeywordMixing:
    """What training examples are drawn from; each is one second."""

    background: float = 0.12
    """Fraction of examples without a word."""
    unknown: float = 0.36
    """Fraction of words that are no command; the commands share the rest evenly."""
    shift_s: float = 0.1
    """A word begins up to this much earlier or later."""
    rate: tuple[float, float] = (0.85, 1.15)
    """Speeds at which ``augment.speed`` of the words are played."""
    noisy: float = 0.8
    """Fraction of words with noise."""
    snr_db: tuple[float, float] = (-5.0, 30.0)
    level_dbfs: tuple[float, float] = (-45.0, -12.0)
    augment: AugmentConfig = AugmentConfig(room=0.0)  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class KeywordSources:
    """Decoded int16 clips of one split: by class, then by word; and noise."""

    words: dict[int, dict[str, list[np.ndarray]]]
    noise: list[np.ndarray]


def load_keywords(root: Path) -> KeywordCorpus:
    """Read the manifests under ``root``; raises :class:`OssicleError` on a missing or inconsistent one."""
    corpus = KeywordCorpus(root, read_manifest(root / "keywords"), read_manifest(root / "noise"))
    where = root / "keywords" / "manifest.csv"
    check_speakers(corpus.words, where)
    for split, clips in corpus.words.items():
        if missing := set(COMMANDS) - {word.label for word in clips}:
            raise OssicleError(f"{where}: the split {split!r} has no clip of {', '.join(sorted(missing))}")
    return corpus


def label_of(word: str) -> int:
    """Class of a spoken word."""
    return LABELS.index(word) if word in COMMANDS else UNKNOWN


def decode_keywords(corpus: KeywordCorpus, split: str, sample_rate: int) -> KeywordSources:
    """Decode all clips of one split of a corpus."""
    words: dict[int, dict[str, list[np.ndarray]]] = defaultdict(lambda: defaultdict(list))
    clips = clips_of(corpus.words, split)
    for spoken, samples in zip(clips, read_clips(clips, sample_rate), strict=True):
        words[label_of(spoken.label)][spoken.label].append(samples)
    noise = read_clips(clips_of(corpus.noise, split), sample_rate)
    return KeywordSources({label: dict(group) for label, group in words.items()}, noise)


def evaluation_set(corpus: KeywordCorpus, split: str, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of sound ``(n, sample_rate)``, float32, and their classes ``(n,)``: always the same ones.

    They are all the words of the split as they are, in the order of the manifest, then pieces of its noises
    as ``BACKGROUND_EVERY_S`` says, from the middle of each stretch, then one second of silence.
    """
    spoken = clips_of(corpus.words, split)
    signals = [fit_length(samples, sample_rate) for samples in read_clips(spoken, sample_rate)]
    labels = [label_of(word.label) for word in spoken]
    for samples in read_clips(clips_of(corpus.noise, split), sample_rate):
        stretches = np.array_split(samples, max(len(samples) // (BACKGROUND_EVERY_S * sample_rate), 1))
        signals += [fit_length(stretch, sample_rate) for stretch in stretches[:BACKGROUND_MOST]]
    signals.append(np.zeros(sample_rate, np.int16))
    labels += [BACKGROUND] * (len(signals) - len(labels))
    return (np.array(signals) / FULL_SCALE).astype(np.float32), np.array(labels)


def fit_length(samples: np.ndarray, length: int) -> np.ndarray:
    """The middle ``length`` samples, or all of them between zeros."""
    return _place(samples, (length - len(samples)) // 2, length)


def draw_keyword(
    rng: np.random.Generator, sources: KeywordSources, config: KeywordMixing, sample_rate: int
) -> tuple[np.ndarray, int]:
    """Draw one training example: a second of float32 sound, and its class."""
    augment = config.augment
    label = _draw_label(rng, config)
    noise = _draw_noise(rng, sources.noise, augment, sample_rate)
    if label == BACKGROUND:
        # One in twenty is the silence of a muted microphone.
        signal, _ = mix(np.zeros(sample_rate), noise, 0.0, rng.uniform(*config.level_dbfs), sample_rate)
        return signal * np.float32(rng.random() > 0.05), label
    speech = _draw_word(rng, sources, label, config, sample_rate)
    if rng.random() < augment.room:
        at_talker, at_noise = room_responses(rng, sample_rate)
        speech, noise = reverberate(speech, at_talker), reverberate(noise, at_noise)
    if rng.random() < augment.equalize:
        speech = equalize(rng, speech)
    if rng.random() < augment.band_limit:
        sections = band_limits(rng, sample_rate)
        speech, noise = limit_band(speech, sections), limit_band(noise, sections)
    noise = noise * (rng.random() < config.noisy)
    signal, _ = mix(speech, noise, rng.uniform(*config.snr_db), rng.uniform(*config.level_dbfs), sample_rate)
    return clip(rng, signal) if rng.random() < augment.clip else signal, label


def _draw_label(rng: np.random.Generator, config: KeywordMixing) -> int:
    kind = rng.random()
    if kind < config.background:
        return BACKGROUND
    if kind < config.background + config.unknown:
        return UNKNOWN
    return UNKNOWN + 1 + int(rng.integers(len(COMMANDS)))


def _draw_word(
    rng: np.random.Generator, sources: KeywordSources, label: int, config: KeywordMixing, sample_rate: int
) -> np.ndarray:
    groups = sources.words[label]
    clips = groups[list(groups)[rng.integers(len(groups))]]
    word = clips[rng.integers(len(clips))] / FULL_SCALE
    if rng.random() < config.augment.speed:
        word = soxr.resample(word.astype(np.float32), rng.uniform(*config.rate), 1.0, "QQ")
    shift = round(rng.uniform(-config.shift_s, config.shift_s) * sample_rate)
    return _place(word, (sample_rate - len(word)) // 2 + shift, sample_rate)


def _draw_noise(
    rng: np.random.Generator, noises: list[np.ndarray], augment: AugmentConfig, samples: int
) -> np.ndarray:
    if rng.random() < 0.2:
        noise = coloured_noise(rng, samples)
    else:
        rate = rng.uniform(0.6, 1.5) if rng.random() < augment.speed else 1.0
        piece = recorded_noise(rng, noises, round(samples * rate) + 8)
        noise = piece if rate == 1.0 else soxr.resample(piece.astype(np.float32), rate, 1.0, "QQ")
        noise = _place(noise, 0, samples)
    if rng.random() < augment.equalize:
        noise = equalize(rng, noise)
    return modulate(rng, noise, samples) if rng.random() < augment.modulate else noise


def _place(signal: np.ndarray, start: int, length: int) -> np.ndarray:
    """``length`` samples in which the signal begins at ``start``, which may be negative; zeros around it."""
    placed = np.zeros(length, signal.dtype)
    piece = signal[max(-start, 0) : max(length - start, 0)]
    first = max(start, 0)
    placed[first : first + len(piece)] = piece
    return placed
