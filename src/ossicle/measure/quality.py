"""Scores of a suppressor over pairs of noisy and clean recordings."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from ossicle.audio.files import Audio, read_audio
from ossicle.audio.resampling import resample
from ossicle.errors import OssicleError
from ossicle.metrics.signal import all_finite, si_sdr
from ossicle.metrics.speech import pesq_wb, stoi
from ossicle.scale import run_all
from ossicle.tasks.suppression.enhance import enhance
from ossicle.tasks.suppression.program import SuppressorProgram

RATE = 16000
"""Sampling rate that the measures are taken at."""


@dataclass(frozen=True)
class Scores:
    """Measures of one signal against its clean reference, or means of them; NaN where one is not defined."""

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
class Failure:
    """A recording that could not be scored, and a sentence that says why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Evaluation:
    """A suppressor's scores over a data set."""

    files: tuple[FileScores, ...] = field(repr=False)
    failures: tuple[Failure, ...]
    """The other recordings, which are in no mean."""
    precisions: Mapping[str, str]
    """Of each node of the network."""

    @property
    def noisy(self) -> Scores:
        """Mean scores of the recordings as they were."""
        return mean_scores([file.noisy for file in self.files])

    @property
    def enhanced(self) -> Scores:
        """Mean scores of what the suppressor made of them."""
        return mean_scores([file.enhanced for file in self.files])

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "precisions": dict(self.precisions),
            "files": [asdict(file) for file in self.files],
            "failures": [asdict(failure) for failure in self.failures],
            "mean": {"noisy": asdict(self.noisy), "enhanced": asdict(self.enhanced)},
        }


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


def find_pairs(noisy: str | Path, clean: str | Path) -> list[Pair]:
    """Pair the audio files of two folders by name, whatever their endings."""
    noisy, clean = Path(noisy), Path(clean)
    for folder in (noisy, clean):
        if not folder.is_dir():
            raise OssicleError(f"there is no folder {folder}; name one with recordings")
    endings = {f".{kind.lower()}" for kind in soundfile.available_formats()}
    references = {path.stem: path for path in sorted(clean.iterdir()) if path.suffix.lower() in endings}
    files = [path for path in sorted(noisy.iterdir()) if path.suffix.lower() in endings]
    if not files:
        raise OssicleError(f"{noisy} holds no audio files; name the folder of the noisy recordings")
    alone = [path.name for path in files if path.stem not in references]
    if alone:
        raise OssicleError(
            f"{clean} has no clean recording for {alone[0]} and {len(alone) - 1} others; use the same names"
        )
    return [Pair(path, references[path.stem]) for path in files]


def evaluate(pairs: Sequence[Pair], program: SuppressorProgram, jobs: int = -1) -> Iterator[FileScores]:
    """Score each pair before and after the suppressor, on all cores.

    Raises :class:`OssicleError` at a pair that cannot be scored.
    """
    return run_all(partial(_evaluate_pair, program=program), pairs, jobs)


def evaluate_all(
    pairs: Sequence[Pair], program: SuppressorProgram, jobs: int, progress: Callable[[int, int], None]
) -> Evaluation:
    """Score all pairs that can be scored; ``progress`` is told how many of how many are done."""
    files: list[FileScores] = []
    failures: list[Failure] = []
    for done, result in enumerate(run_all(partial(_try_pair, program=program), pairs, jobs), 1):
        if isinstance(result, Failure):
            failures.append(result)
        else:
            files.append(result)
        progress(done, len(pairs))
    return Evaluation(tuple(files), tuple(failures), program.summary["precisions"])


def compare(
    pairs: Sequence[Pair], systems: Mapping[str, Callable[[np.ndarray], np.ndarray]], jobs: int = -1
) -> Iterator[dict[str, Scores]]:
    """Score what each system makes of the first channel of each noisy recording, at 16 kHz."""
    return run_all(partial(_compare_pair, systems), pairs, jobs)


def _compare_pair(systems: Mapping[str, Callable[[np.ndarray], np.ndarray]], pair: Pair) -> dict[str, Scores]:
    noisy, clean = _read_pair(pair)
    if (noisy.rate, noisy.samples.shape) != (clean.rate, clean.samples.shape) or noisy.rate != RATE:
        raise OssicleError(
            f"{pair.noisy} and {pair.clean} must be at {RATE} Hz and of one length; convert them"
        )
    reference = clean.samples[:, 0]
    return {name: score(system(noisy.samples[:, 0]), reference, RATE) for name, system in systems.items()}


def _read_pair(pair: Pair) -> tuple[Audio, Audio]:
    """The two recordings; one that holds NaN or infinity is refused, since no measure of it is defined."""
    noisy, clean = read_audio(pair.noisy), read_audio(pair.clean)
    for path, audio in ((pair.noisy, noisy), (pair.clean, clean)):
        if not all_finite(audio.samples):
            raise OssicleError(f"{path} holds NaN or infinite samples; replace them, or leave it out")
    return noisy, clean


def _try_pair(pair: Pair, program: SuppressorProgram) -> FileScores | Failure:
    try:
        return _evaluate_pair(pair, program)
    except OssicleError as error:
        return Failure(pair.noisy.name, str(error))


def _evaluate_pair(pair: Pair, program: SuppressorProgram) -> FileScores:
    noisy, clean = _read_pair(pair)
    if (noisy.rate, noisy.samples.shape) != (clean.rate, clean.samples.shape):
        raise OssicleError(
            f"{pair.noisy} and {pair.clean} differ in rate, channels or length; give recordings that match"
        )
    before, after, reference = (
        resample(audio.samples, audio.rate, RATE).mean(axis=1)
        for audio in (noisy, enhance(noisy, program), clean)
    )
    return FileScores(pair.noisy.name, score(before, reference, RATE), score(after, reference, RATE))


def mean_scores(scores: Sequence[Scores]) -> Scores:
    """Mean of each measure over the signals where it is defined; NaN where it is nowhere.

    The mean of values of which one is infinite is infinite.
    """
    return Scores(*(_mean([getattr(s, measure.name) for s in scores]) for measure in fields(Scores)))


def _mean(values: Sequence[float]) -> float:
    """Plain Python floats: infinities of both signs give NaN, and no warning."""
    defined = [value for value in values if not math.isnan(value)]
    return sum(defined) / len(defined) if defined else math.nan
