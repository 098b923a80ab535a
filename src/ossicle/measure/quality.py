"""Scores of a suppressor over pairs of noisy and clean recordings."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from ossicle.audio.files import read_audio, resample
from ossicle.errors import OssicleError
from ossicle.metrics.signal import si_sdr
from ossicle.metrics.speech import pesq_wb, stoi
from ossicle.run import HostProgram
from ossicle.run.enhance import enhance
from ossicle.scale import run_all

RATE = 16000
"""Sampling rate that the measures are taken at."""


@dataclass(frozen=True)
class Scores:
    """Measures of one signal against its clean reference."""

    pesq_wb: float
    stoi: float
    si_sdr_db: float


@dataclass(frozen=True)
class FileScores:
    """A recording before and after the suppressor."""

    file: str
    noisy: Scores
    enhanced: Scores


@dataclass(frozen=True)
class Pair:
    """A noisy recording and its clean reference."""

    noisy: Path
    clean: Path


def score(estimate: np.ndarray, reference: np.ndarray, sample_rate: int) -> Scores:
    """All measures of a float signal of shape ``(n,)`` at 16 kHz."""
    return Scores(
        pesq_wb(estimate, reference, sample_rate),
        stoi(estimate, reference, sample_rate),
        si_sdr(estimate, reference),
    )


def find_pairs(noisy: Path, clean: Path) -> list[Pair]:
    """Pair the audio files of two folders by name, whatever their endings."""
    for folder in (noisy, clean):
        if not folder.is_dir():
            raise OssicleError(f"there is no folder {folder}")
    endings = {f".{kind.lower()}" for kind in soundfile.available_formats()}
    references = {path.stem: path for path in sorted(clean.iterdir()) if path.suffix.lower() in endings}
    files = [path for path in sorted(noisy.iterdir()) if path.suffix.lower() in endings]
    if not files:
        raise OssicleError(f"{noisy} holds no audio files")
    alone = [path.name for path in files if path.stem not in references]
    if alone:
        raise OssicleError(f"{clean} has no clean recording for {alone[0]} and {len(alone) - 1} others")
    return [Pair(path, references[path.stem]) for path in files]


def evaluate(pairs: Sequence[Pair], program: HostProgram, jobs: int = -1) -> Iterator[FileScores]:
    """Score each pair before and after the suppressor, on all cores."""
    return run_all(partial(_evaluate_pair, program=program), pairs, jobs)


def compare(
    pairs: Sequence[Pair], systems: Mapping[str, Callable[[np.ndarray], np.ndarray]], jobs: int = -1
) -> Iterator[dict[str, Scores]]:
    """Score what each system makes of the first channel of each noisy recording, at 16 kHz."""
    return run_all(partial(_compare_pair, systems), pairs, jobs)


def _compare_pair(systems: Mapping[str, Callable[[np.ndarray], np.ndarray]], pair: Pair) -> dict[str, Scores]:
    noisy, clean = (read_audio(path) for path in (pair.noisy, pair.clean))
    if (noisy.rate, noisy.samples.shape) != (clean.rate, clean.samples.shape) or noisy.rate != RATE:
        raise OssicleError(f"{pair.noisy} and {pair.clean} must be at {RATE} Hz and of one length")
    reference = clean.samples[:, 0]
    return {name: score(system(noisy.samples[:, 0]), reference, RATE) for name, system in systems.items()}


def _evaluate_pair(pair: Pair, program: HostProgram) -> FileScores:
    noisy, clean = read_audio(pair.noisy), read_audio(pair.clean)
    if (noisy.rate, noisy.samples.shape) != (clean.rate, clean.samples.shape):
        raise OssicleError(
            f"{pair.noisy} and {pair.clean} differ in rate, channels or length; give recordings that match"
        )
    enhanced, sample_rate = enhance(noisy, program), program.sample_rate
    before, after, reference = (
        resample(audio.samples, audio.rate, sample_rate).mean(axis=1) for audio in (noisy, enhanced, clean)
    )
    return FileScores(
        pair.noisy.name, score(before, reference, sample_rate), score(after, reference, sample_rate)
    )


def mean_scores(scores: Sequence[Scores]) -> Scores:
    """Mean of each measure over the signals where it is defined; NaN where it is nowhere."""
    columns = {name: [asdict(s)[name] for s in scores] for name in asdict(scores[0])}
    finite = {name: [v for v in values if math.isfinite(v)] for name, values in columns.items()}
    return Scores(**{name: float(np.mean(v)) if v else float("nan") for name, v in finite.items()})
