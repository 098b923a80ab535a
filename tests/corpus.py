"""Corpora small enough to write in each test run: harmonic voices that pause, words, and several noises."""

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

RATE = 16000
SPLITS = ("train", "val", "test")
SPEAKERS = 4
CLIPS = 2
WORDS = ("up", "down", "left", "right", "bed", "go")


def voice(rng: np.random.Generator, pitch: float, seconds: float) -> np.ndarray:
    """Harmonics of a gliding pitch in bursts like syllables, with pauses; float64 at half of full scale."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * time))) / RATE
    tones = sum(rng.uniform(0.2, 1) / k * np.sin(k * phase) for k in range(1, 16))
    syllables = np.clip(np.sin(2 * np.pi * rng.uniform(2, 4) * time + rng.uniform(0, 6)), 0, None)
    signal = tones * syllables + 1e-4 * rng.standard_normal(len(time))
    return 0.5 * signal / np.max(np.abs(signal))


def noises(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Hiss, hum, and clicks shorter than any clip of speech."""
    time = np.arange(3 * RATE) / RATE
    return {
        "hiss": 0.1 * rng.standard_normal(len(time)),
        "hum": 0.2 * np.sin(2 * np.pi * 100 * time) + 0.01 * rng.standard_normal(len(time)),
        "clicks": 0.3 * rng.standard_normal(round(1.1 * RATE)) * (rng.random(round(1.1 * RATE)) < 0.01),
    }


def write_manifest(folder: Path, rows: list[dict[str, object]]) -> None:
    """Write ``folder/manifest.csv`` with the columns of the first row."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_corpus(root: Path) -> Path:
    """Four speakers of two clips, 2.2 s and 2.7 s, and three noises in each split; returns ``root``."""
    rng = np.random.default_rng(0)
    speech, noise = [], []
    for split in SPLITS:
        for speaker in range(SPEAKERS):
            for clip in range(CLIPS):
                signal = voice(rng, 90 + 40 * speaker, 2.2 + 0.5 * clip)
                speech.append(_write(root / "speech", f"{split}/s{speaker}_{clip}.flac", signal, split))
                speech[-1]["speaker"] = f"{split}-s{speaker}"
        for name, signal in noises(rng).items():
            noise.append(_write(root / "noise", f"{split}/{name}.flac", signal, split))
    write_manifest(root / "speech", speech)
    write_manifest(root / "noise", noise)
    return root


def word(rng: np.random.Generator, index: int) -> np.ndarray:
    """Two tones of a third of a second each, as no other word has them; float64."""
    time = np.arange(RATE // 3) / RATE
    tones = [np.sin(2 * np.pi * 300 * (1 + (index + 2 * k) % 7) * time) for k in range(2)]
    signal = np.pad(0.3 * np.concatenate(tones), RATE // 6)
    return signal + 1e-3 * rng.standard_normal(len(signal))


def write_keywords(root: Path) -> Path:
    """Four clips of each word by two speakers, the noises of `write_corpus`, and talk, in each split."""
    rng = np.random.default_rng(1)
    words, noise, talk = [], [], []
    for split in SPLITS:
        for speaker, seconds in enumerate((2.2, 1.3)):
            signal = voice(rng, 110 + 60 * speaker, seconds)
            talk.append(_write(root / "speech", f"{split}/s{speaker}.flac", signal, split))
            talk[-1]["speaker"] = f"{split}-t{speaker}"
        for index, name in enumerate(WORDS):
            for clip in range(4):
                file = f"{split}/{name}/{clip}.flac"
                words.append(_write(root / "keywords", file, word(rng, index), split))
                words[-1] |= {"speaker": f"{split}-s{clip % 2}", "label": name}
        for name, signal in noises(rng).items():
            noise.append(_write(root / "noise", f"{split}/{name}.flac", signal, split))
    write_manifest(root / "speech", talk)
    write_manifest(root / "keywords", words)
    write_manifest(root / "noise", noise)
    return root


@pytest.fixture(scope="session")
def keywords_root(tmp_path_factory):
    """The folder of the mini corpus of words; likewise."""
    return write_keywords(tmp_path_factory.mktemp("keywords"))


@pytest.fixture(scope="session")
def corpus_root(tmp_path_factory):
    """The folder of the mini corpus; tests read it and leave it as it is."""
    return write_corpus(tmp_path_factory.mktemp("corpus"))


def _write(folder: Path, file: str, signal: np.ndarray, split: str) -> dict[str, object]:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, signal, RATE, subtype="PCM_16")
    seconds = round(len(signal) / RATE, 3)
    return {"file": file, "split": split, "speaker": "", "duration_s": seconds, "licence": "CC0-1.0"}
