"""A corpus: a folder whose ``speech`` and ``noise`` folders each hold a ``manifest.csv``.

A manifest has at least the columns ``file`` (relative to the folder), ``split`` (``train``, ``val`` or
``test``), ``speaker``, ``duration_s`` and ``licence``. No speaker may stand in two splits.
"""

import csv
import math
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from ossicle.errors import OssicleError
from ossicle.scale import run_all

COLUMNS = ("file", "split", "speaker", "duration_s", "licence")
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Clip:
    """One recording of a corpus; ``file`` is its name inside the manifest's folder."""

    file: str
    path: Path
    speaker: str
    duration_s: float
    licence: str
    label: str = ""
    """What is heard, such as the word that is spoken, where the manifest says it."""


@dataclass(frozen=True)
class Corpus:
    """Speech and noise clips by split."""

    root: Path
    speech: dict[str, tuple[Clip, ...]]
    noise: dict[str, tuple[Clip, ...]]


def load_corpus(root: Path) -> Corpus:
    """Read the manifests under ``root``; raises :class:`OssicleError` on a missing or inconsistent one."""
    corpus = Corpus(root, read_manifest(root / "speech"), read_manifest(root / "noise"))
    check_speakers(corpus.speech, root / "speech" / "manifest.csv")
    return corpus


def check_speakers(by_split: dict[str, tuple[Clip, ...]], manifest: Path) -> None:
    """Raise :class:`OssicleError` where a speaker stands in two splits of a manifest."""
    split_of: dict[str, str] = {}
    for split, clips in by_split.items():
        for speaker in {clip.speaker for clip in clips}:
            if split_of.setdefault(speaker, split) != split:
                raise OssicleError(
                    f"speaker {speaker!r} stands in the splits {split_of[speaker]} and {split} of "
                    f"{manifest}; give each speaker to one split"
                )


def read_manifest(folder: Path) -> dict[str, tuple[Clip, ...]]:
    """Read ``folder/manifest.csv`` into clips by split."""
    path = folder / "manifest.csv"
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OssicleError(
            f"cannot read {path} ({error}); each folder of a corpus needs such a manifest"
        ) from None
    missing = [column for column in COLUMNS if rows and column not in rows[0]]
    if missing or not rows:
        lacking = "the columns " + ", ".join(missing) if rows else "rows"
        raise OssicleError(f"{path} lacks {lacking}; docs/training.md says what a manifest holds")
    clips: dict[str, list[Clip]] = defaultdict(list)
    for number, row in enumerate(rows, 2):
        where, name = f"{path}, line {number}", row["file"]
        if None in row.values() or not name:
            raise OssicleError(f"{where}: a field is missing; fill in {', '.join(COLUMNS)}")
        try:
            duration = float(row["duration_s"])
        except ValueError:
            duration = math.nan
        if not 0 < duration < math.inf:
            raise OssicleError(f"{where}: duration_s is not a number of seconds, such as 2.5")
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise OssicleError(f"{where}: file {name!r} leaves the corpus folder; name a file within it")
        if row["split"] not in SPLITS:
            raise OssicleError(f"{where}: split {row['split']!r} is none of {', '.join(SPLITS)}")
        clip = Clip(name, folder / name, row["speaker"], duration, row["licence"], row.get("label", ""))
        clips[row["split"]].append(clip)
    return {split: tuple(clips[split]) for split in clips}


def clips_of(by_split: dict[str, tuple[Clip, ...]], split: str) -> tuple[Clip, ...]:
    """The clips of a split, of which there must be some."""
    if not by_split.get(split):
        raise OssicleError(
            f"the corpus has no clips in its split {split!r}; give that split to some rows of its manifests"
        )
    return by_split[split]


def read_clip(clip: Clip, sample_rate: int) -> np.ndarray:
    """Decode a mono clip to int16 of shape ``(n,)``: half the memory of float for a corpus held whole."""
    samples: np.ndarray
    try:
        samples, rate = soundfile.read(clip.path, dtype="int16")
    except (OSError, soundfile.LibsndfileError) as error:
        raise OssicleError(f"cannot read {clip.path} ({error}); is the corpus complete?") from None
    if rate != sample_rate or samples.ndim != 1:
        raise OssicleError(
            f"{clip.path} must be mono at {sample_rate} Hz for training; convert it, for example with sox"
        )
    if not len(samples):
        raise OssicleError(f"{clip.path} holds no samples; take it out of the manifest")
    return samples


def read_clips(clips: tuple[Clip, ...], sample_rate: int) -> list[np.ndarray]:
    """Decode many clips on all cores."""
    return list(run_all(partial(read_clip, sample_rate=sample_rate), clips, threads=True))
