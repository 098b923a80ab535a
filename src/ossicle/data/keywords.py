"""Spoken words for keyword spotting: speaker-disjoint splits, training examples, and fixed evaluation sets.

The classes are ``background`` (noise and silence), ``unknown`` (any word that is none of the commands, and
connected talk) and one for each command. A corpus is a folder with ``keywords/`` and ``noise/``, each with a
manifest, that of the words with a column ``label``; ``ossicle data get speech-commands`` writes such a
folder. Where it also has ``speech/``, as a corpus for suppressors does, that is the talk.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
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
from ossicle.data.mixing import FULL_SCALE, SILENCE, coloured_noise, mix, recorded_noise, rms
from ossicle.errors import OssicleError

COMMANDS = ("up", "down", "left", "right")
LABELS = ("background", "unknown", *COMMANDS)
BACKGROUND, UNKNOWN = 0, 1
BACKGROUND_EVERY_S = 5
"""An evaluation set has one second of background of each five of a noise clip, at most twelve of one clip."""
BACKGROUND_MOST = 12
TALK_EVERY_S = 0.3
"""From one second of talk of a fixed set to the next."""
ACTIVE = 3e-3
"""Of the power of the loudest 20 ms of a word: what is above it is the word."""
TALK = -1
"""Stands for talk where a kind of example is drawn; its class is ``unknown``."""


@dataclass(frozen=True)
class KeywordCorpus:
    """Clips of words, of noise, and of talk where there is some, by split."""

    root: Path
    words: dict[str, tuple[Clip, ...]]
    noise: dict[str, tuple[Clip, ...]]
    talk: dict[str, tuple[Clip, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class KeywordMixing:
    """What training examples are drawn from; each is one second."""

    background: float = 0.12
    """Fraction of examples without a word."""
    unknown: float = 0.36
    """Fraction of examples with a word that is no command; the commands share the rest evenly."""
    talk: float = 0.0
    """Fraction of examples with connected talk; with more such words where the corpus has no talk."""
    fragments: float = 0.3
    """Fraction of talk that is a piece of 0.15 to 0.7 s, cut at any place of its words, in silence."""
    beside_talk: float = 0.0
    """Fraction of commands with talk up to shortly before them, or from shortly after them."""
    shift_s: float = 0.1
    """A command begins up to this much earlier or later."""
    unknown_shift_s: float = 0.1
    """Likewise another word; where it is large, the second holds a part of the word only."""
    rate: tuple[float, float] = (0.85, 1.15)
    """Speeds at which ``augment.speed`` of the words are played."""
    noisy: float = 0.8
    """Fraction of words with noise."""
    snr_db: tuple[float, float] = (-5.0, 30.0)
    level_dbfs: tuple[float, float] = (-45.0, -12.0)
    augment: AugmentConfig = AugmentConfig(room=0.0)  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class KeywordSources:
    """Decoded int16 clips of one split: by class, then by word; noise; and talk."""

    words: dict[int, dict[str, list[np.ndarray]]]
    noise: list[np.ndarray]
    talk: list[np.ndarray]

    @cached_property
    def talk_ends(self) -> np.ndarray:
        """Where each clip of the talk would end if they stood one behind the other."""
        return np.cumsum([len(clip) for clip in self.talk])


def load_keywords(root: Path) -> KeywordCorpus:
    """Read the manifests under ``root``; raises :class:`OssicleError` on a missing or inconsistent one."""
    talk = read_manifest(root / "speech") if (root / "speech").exists() else {}
    corpus = KeywordCorpus(root, read_manifest(root / "keywords"), read_manifest(root / "noise"), talk)
    where = root / "keywords" / "manifest.csv"
    check_speakers(corpus.words, where)
    check_speakers(corpus.talk, root / "speech" / "manifest.csv")
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
    talk = read_clips(corpus.talk.get(split, ()), sample_rate)
    return KeywordSources({label: dict(group) for label, group in words.items()}, noise, talk)


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


def talk_seconds(corpus: KeywordCorpus, split: str, sample_rate: int) -> np.ndarray:
    """Seconds of the talk of a split ``(n, sample_rate)``, float32: always the same ones.

    One begins at each ``TALK_EVERY_S`` of each clip; the last ones end in silence.
    """
    step = round(TALK_EVERY_S * sample_rate)
    seconds = [
        _place(samples, -start, sample_rate)
        for samples in read_clips(corpus.talk.get(split, ()), sample_rate)
        for start in range(0, len(samples), step)
    ]
    return (np.array(seconds).reshape(-1, sample_rate) / FULL_SCALE).astype(np.float32)


def fit_length(samples: np.ndarray, length: int) -> np.ndarray:
    """The middle ``length`` samples, or all of them between zeros."""
    return _place(samples, (length - len(samples)) // 2, length)


def draw_keyword(
    rng: np.random.Generator, sources: KeywordSources, config: KeywordMixing, sample_rate: int
) -> tuple[np.ndarray, int]:
    """Draw one training example: a second of float32 sound, and its class."""
    augment = config.augment
    label = _draw_label(rng, config, talk=bool(sources.talk))
    noise = _draw_noise(rng, sources.noise, augment, sample_rate)
    if label == BACKGROUND:
        # One in twenty is the silence of a muted microphone.
        signal, _ = mix(np.zeros(sample_rate), noise, 0.0, rng.uniform(*config.level_dbfs), sample_rate)
        return signal * np.float32(rng.random() > 0.05), label
    speech = _draw_speech(rng, sources, label, config, sample_rate)
    label = max(label, UNKNOWN)
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


def _draw_label(rng: np.random.Generator, config: KeywordMixing, talk: bool) -> int:
    """A class, or ``TALK``."""
    kind = rng.random()
    if kind < config.background:
        return BACKGROUND
    if kind < config.background + config.unknown:
        return UNKNOWN
    if kind < config.background + config.unknown + config.talk:
        return TALK if talk else UNKNOWN
    return UNKNOWN + 1 + int(rng.integers(len(COMMANDS)))


def _draw_speech(
    rng: np.random.Generator, sources: KeywordSources, label: int, config: KeywordMixing, sample_rate: int
) -> np.ndarray:
    """A second with a word, or of talk, before noise is added."""
    if label == TALK:
        return _draw_talk(rng, sources, config, sample_rate)
    word = _draw_word(rng, sources, label, config, sample_rate)
    if label > UNKNOWN and sources.talk and rng.random() < config.beside_talk:
        word = word + _draw_beside(rng, word, sources, sample_rate)
    return word


def _draw_place(rng: np.random.Generator, sources: KeywordSources) -> tuple[np.ndarray, int]:
    """A clip of the talk and a place in it; each sample is as likely as any other."""
    place = int(rng.integers(sources.talk_ends[-1]))
    index = int(np.searchsorted(sources.talk_ends, place, side="right"))
    samples = sources.talk[index]
    return samples, place - int(sources.talk_ends[index]) + len(samples)


def _draw_talk(
    rng: np.random.Generator, sources: KeywordSources, config: KeywordMixing, sample_rate: int
) -> np.ndarray:
    """A second of somebody's talk, which may begin or end in it, or a piece of it on its own."""
    samples, place = _draw_place(rng, sources)
    rate = rng.uniform(*config.rate) if rng.random() < config.augment.speed else 1.0
    wanted = round(sample_rate * rate)
    if rng.random() < config.fragments:
        length = round(rng.uniform(0.15, 0.7) * wanted)
        piece = _faded(samples[place : place + length] / FULL_SCALE, sample_rate // 100)
        signal = _place(piece, round(rng.uniform(0, wanted - length)), wanted)
    else:
        # The place is within the second: so at least 0.3 s of it are talk.
        signal = _place(samples, round(rng.uniform(0.3, 0.7) * wanted) - place, wanted) / FULL_SCALE
    return signal if rate == 1.0 else _place(_faster(signal, rate), 0, sample_rate)


def _draw_beside(
    rng: np.random.Generator, word: np.ndarray, sources: KeywordSources, sample_rate: int
) -> np.ndarray:
    """Talk that ends 0.1 to 0.3 s before the word in a second, or begins so much after it.

    Its level is 10 dB under that of the word to 3 dB over it.
    """
    size = sample_rate // 50
    powers = np.mean(word[: len(word) // size * size].reshape(-1, size) ** 2, axis=1)
    active = np.flatnonzero(powers > ACTIVE * powers.max())
    pause = round(rng.uniform(0.1, 0.3) * sample_rate)
    before = rng.random() < 0.5
    free = (active[0] * size if before else len(word) - (active[-1] + 1) * size) - pause
    samples, place = _draw_place(rng, sources)
    piece = samples[place : place + max(free, 0)] / FULL_SCALE
    level = np.sqrt(powers[active].mean()) * 10 ** (rng.uniform(-10, 3) / 20)
    piece = _faded(piece * min(level / max(rms(piece), SILENCE), 30.0), size // 2)
    return _place(piece, free - len(piece) if before else len(word) - free, len(word))


def _faded(signal: np.ndarray, fade: int) -> np.ndarray:
    """A signal that rises and falls within ``fade`` samples at its ends."""
    slope = np.minimum(np.arange(len(signal)) / fade, 1)
    faded: np.ndarray = signal * slope * slope[::-1]
    return faded


def _faster(signal: np.ndarray, rate: float) -> np.ndarray:
    """A signal at ``rate`` times its speed, its pitch with it."""
    faster: np.ndarray = soxr.resample(signal.astype(np.float32), rate, 1.0, "QQ")
    return faster


def _draw_word(
    rng: np.random.Generator, sources: KeywordSources, label: int, config: KeywordMixing, sample_rate: int
) -> np.ndarray:
    groups = sources.words[label]
    clips = groups[list(groups)[rng.integers(len(groups))]]
    word = clips[rng.integers(len(clips))] / FULL_SCALE
    if rng.random() < config.augment.speed:
        word = _faster(word, rng.uniform(*config.rate))
    most = config.shift_s if label > UNKNOWN else config.unknown_shift_s
    shift = round(rng.uniform(-most, most) * sample_rate)
    return _place(word, (sample_rate - len(word)) // 2 + shift, sample_rate)


def _draw_noise(
    rng: np.random.Generator, noises: list[np.ndarray], augment: AugmentConfig, samples: int
) -> np.ndarray:
    if rng.random() < 0.2:
        noise = coloured_noise(rng, samples)
    else:
        rate = rng.uniform(0.6, 1.5) if rng.random() < augment.speed else 1.0
        piece = recorded_noise(rng, noises, round(samples * rate) + 8)
        noise = piece if rate == 1.0 else _faster(piece, rate)
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
