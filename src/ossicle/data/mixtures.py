"""Fixed lists of mixtures: each row says which stretches of which corpus files are added, and how loud.

A list is a CSV file of the columns ``name``, ``speech``, ``noise``, ``snr_db`` and ``level_dbfs``. ``noise``
is one or more parts ``FOLDER/FILE@START*GAIN`` joined by ``;``, where FOLDER is the corpus folder ``noise``
or ``speech``, START a sample and GAIN a factor. A part that reaches the end of its file goes on at its start.
"""

import csv
from collections import defaultdict
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from ossicle.data.corpus import Clip, Corpus, clips_of, read_clip
from ossicle.data.mixing import FULL_SCALE, SILENCE, mix, rms
from ossicle.errors import OssicleError
from ossicle.files import replacing

SNRS_DB = (0, 5, 10, 15)


@dataclass(frozen=True)
class Mixture:
    """One row of a list."""

    name: str
    speech: str
    noise: str
    snr_db: float
    level_dbfs: float


def read_mixtures(path: Path) -> list[Mixture]:
    """Read a list."""
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            return [
                Mixture(
                    row["name"], row["speech"], row["noise"], float(row["snr_db"]), float(row["level_dbfs"])
                )
                for row in csv.DictReader(lines)
            ]
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise OssicleError(f"cannot read the list of mixtures {path} ({error!r}); write it again") from None


def write_mixtures(path: Path, mixtures: list[Mixture]) -> None:
    """Write a list."""
    with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow([field.name for field in fields(Mixture)])
        writer.writerows(astuple(mixture) for mixture in mixtures)


def build_mixture(mixture: Mixture, root: Path, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Build the noisy and the clean signal of a row from the corpus at ``root``; float32 of one length."""
    speech = _read(root / "speech" / mixture.speech, sample_rate)
    noise = np.zeros(len(speech))
    for part in mixture.noise.split(";"):
        file, start, gain = _parse(part, mixture.name)
        noise += gain * np.resize(np.roll(_read(root / file, sample_rate), -start), len(speech))
    return mix(speech, noise, mixture.snr_db, mixture.level_dbfs, sample_rate)


def draw_mixtures(
    corpus: Corpus, split: str, sample_rate: int, count: int, babble_every: int, seed: int
) -> list[Mixture]:
    """Draw a list: the SNRs in turn, noises without repeats, every n-th in babble of the split's speakers.

    Clips of speech under 2 s and noises under 1 s are left out; noises repeat where there are not enough.
    """
    rng = np.random.default_rng(seed)
    by_speaker: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips_of(corpus.speech, split):
        if clip.duration_s >= 2.0:
            by_speaker[clip.speaker].append(clip)
    speakers = list(rng.permutation(sorted(by_speaker)))
    noises = [clip for clip in clips_of(corpus.noise, split) if clip.duration_s >= 1.0]
    if len(speakers) < 2 or not noises:
        raise OssicleError(
            f"split {split!r} needs two speakers with clips of 2 s and a noise of 1 s to draw mixtures from"
        )
    order = rng.permutation(len(noises))
    mixtures = []
    for index in range(count):
        speaker = str(speakers[index % len(speakers)])
        clips = by_speaker[speaker]
        clip = clips[rng.integers(len(clips))]
        if index % babble_every == babble_every - 1:
            noise = _babble(rng, by_speaker, speaker, sample_rate)
        else:
            file = noises[order[index % len(noises)]]
            start = rng.integers(round(file.duration_s * sample_rate))
            noise = f"noise/{file.file}@{start}*1"
        snr_db = SNRS_DB[index % len(SNRS_DB)]
        mixtures.append(
            Mixture(f"{split}{index:03d}", clip.file, noise, snr_db, round(rng.uniform(-34, -20), 1))
        )
    return mixtures


def _babble(
    rng: np.random.Generator, by_speaker: dict[str, list[Clip]], speaker: str, sample_rate: int
) -> str:
    """Five speakers other than ``speaker``, brought to one level and then up to 6 dB apart."""
    others = [name for name in sorted(by_speaker) if name != speaker]
    parts = []
    for name in rng.choice(others, size=min(5, len(others)), replace=False):
        clips = by_speaker[str(name)]
        clip = clips[rng.integers(len(clips))]
        gain = 0.05 * 10 ** (rng.uniform(-6, 0) / 20) / max(rms(_read(clip.path, sample_rate)), SILENCE)
        start = rng.integers(round(clip.duration_s * sample_rate))
        parts.append(f"speech/{clip.file}@{start}*{gain:.5f}")
    return ";".join(parts)


def _parse(part: str, name: str) -> tuple[str, int, float]:
    file, _, rest = part.partition("@")
    start, _, gain = rest.partition("*")
    try:
        return file, int(start), float(gain)
    except ValueError:
        raise OssicleError(f"mixture {name}: noise {part!r} is not of the form FILE@START*GAIN") from None


def _read(path: Path, sample_rate: int) -> np.ndarray:
    clip = Clip(path.name, path, "", 0.0, "")
    return read_clip(clip, sample_rate) / FULL_SCALE
