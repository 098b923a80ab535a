"""Whole audio files of any rate, channels and depth, as float32 in memory, and back."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ossicle.audio.reading import Stored, open_audio
from ossicle.audio.writing import create_audio


@dataclass(frozen=True)
class Audio:
    """Decoded audio: float32 samples of shape ``(frames, channels)``, and how the file stored them."""

    samples: np.ndarray
    rate: int
    subtype: str = "PCM_16"

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate


def read_audio(path: str | Path) -> Audio:
    """Decode a file; raises :class:`OssicleError` where it is missing, no audio, cut short or empty."""
    with open_audio(path) as source:
        samples = np.concatenate(list(source.blocks()))
        return Audio(samples, source.stored.rate, source.stored.subtype)


def repair(audio: Audio) -> tuple[Audio, int]:
    """The audio with silence in place of NaN and infinity, and how many samples that were."""
    samples, wrong = repair_samples(audio.samples)
    return replace(audio, samples=samples), wrong


def repair_samples(samples: np.ndarray) -> tuple[np.ndarray, int]:
    """Samples with silence in place of NaN and infinity, and how many that were."""
    wrong = ~np.isfinite(samples)
    return np.where(wrong, np.float32(0), samples), int(np.count_nonzero(wrong))


def repaired_text(file: object, count: int) -> str:
    """A sentence about samples that were repaired."""
    return f"{file}: {count} NaN or infinite samples were taken for silence"


def write_audio(path: str | Path, audio: Audio) -> None:
    """Encode by the ending of ``path``, in the depth of ``audio`` where the format has it.

    The file appears whole or not at all. Samples beyond full scale are limited in integer formats. Raises
    :class:`OssicleError` where it cannot be written, and where the format cannot hold such sound.
    """
    stored = Stored(audio.rate, audio.samples.shape[1], audio.subtype, "", len(audio.samples))
    with create_audio(path, stored) as file:
        file.write(audio.samples)
