"""Recordings and sound from the microphone through a model, and what a suppressor makes of them in scores."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ossicle.api.model_files import need_task
from ossicle.api.programs import compile_as
from ossicle.audio.files import read_audio, repair
from ossicle.audio.microphone import hear
from ossicle.audio.resampling import resample
from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.measure import quality
from ossicle.scale import on_cluster
from ossicle.tasks.spotting import Spotting
from ossicle.tasks.spotting.program import Detection, SpotterProgram
from ossicle.tasks.suppression import Suppression, raw
from ossicle.tasks.suppression import files as suppressor_files
from ossicle.tasks.suppression.files import Denoised
from ossicle.tasks.suppression.program import SuppressorProgram
from ossicle.tasks.suppression.raw import RawSource

Paths = str | Path | Sequence[str | Path]
"""A file, or several."""


@dataclass(frozen=True)
class Denoising:
    """What was done to files, and a sentence for each one that failed."""

    files: tuple[Denoised, ...]
    failures: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {"files": [asdict(file) for file in self.files], "failures": list(self.failures)}


@dataclass(frozen=True)
class SpottedFile:
    """The keywords in a recording."""

    file: str
    words: tuple[Detection, ...]
    repaired: int
    """Samples that were NaN or infinite and were taken for silence."""


@dataclass(frozen=True)
class Spotted:
    """The keywords in recordings, and a sentence for each file that could not be read."""

    files: tuple[SpottedFile, ...]
    failures: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON: words by file."""
        return {file.file: [asdict(word) for word in file.words] for file in self.files}


def denoise(
    model: Model | SuppressorProgram,
    inputs: Paths,
    out: str | Path,
    advance: Callable[[float], None] = lambda fraction: None,
    gain_db: float | None = None,
) -> Denoising:
    """Clean recordings of any rate with a suppressor, or with its program.

    Rate, channels, depth, length and alignment stay.
    ``out`` is the file for one input, or a folder: for several, or where it ends in a slash. Sound is read
    and written block by block, so that a recording may be of any length. The network hears it amplified by
    ``gain_db``, which is taken back after it; without one, a channel that is very quiet or very loud is
    brought to the usual level. ``advance`` is told, from several threads, which further fraction of one file
    is done.
    """
    jobs = suppressor_files.destinations(_paths(inputs), out)
    program = _suppressor(model)
    files, failures = suppressor_files.denoise_files(jobs, program, gain_db, advance)
    return Denoising(tuple(files), tuple(failures))


def denoise_raw(
    model: Model | SuppressorProgram,
    source: RawSource,
    sink: BinaryIO,
    gain_db: float = 0.0,
    tell_level: Callable[[float], None] = lambda dbfs: None,
) -> int:
    """Clean raw 16-bit samples at the model's rate as they come; as many go out, aligned with the input.

    The network hears them amplified by ``gain_db``, which is taken back after it. ``tell_level`` is called
    once, after ten seconds or at the end, with the level in dBFS that the network heard until then. Returns
    how many bytes were left over: 1 where the input ends in the middle of a sample.
    """
    return raw.denoise_raw(_suppressor(model), source, sink, gain_db, tell_level)


def _suppressor(model: Model | SuppressorProgram) -> SuppressorProgram:
    if isinstance(model, SuppressorProgram):
        return model
    need_task(model, Suppression.name)
    return compile_as(SuppressorProgram, model)


def evaluate(
    model: Model,
    noisy: str | Path,
    clean: str | Path,
    jobs: int = -1,
    cluster: str | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> quality.Evaluation:
    """Score a suppressor by PESQ-WB, STOI and SI-SDR over pairs of recordings of one name in two folders.

    ``jobs`` counts processes, -1 for all cores; ``cluster`` is ``"ray"`` to send the work there. ``progress``
    is told how many of how many recordings are done. Needs the packages of ``ossicle[metrics]``.
    """
    need_task(model, Suppression.name)
    pairs = quality.find_pairs(noisy, clean)
    program = compile_as(SuppressorProgram, model)
    with on_cluster(cluster):
        return quality.evaluate_all(pairs, program, jobs, progress)


def spot(model: Model, inputs: Paths, threshold: float | None = None) -> Spotted:
    """Find the keywords in recordings of any rate, their channels averaged.

    ``threshold`` is the mean posterior from which a word counts, in place of the model's.
    """
    need_task(model, Spotting.name)
    program = compile_as(SpotterProgram, model)
    found: list[SpottedFile] = []
    failures: list[str] = []
    for path in _paths(inputs):
        try:
            found.append(_spot(program, path, threshold))
        except OssicleError as error:
            failures.append(str(error))
    return Spotted(tuple(found), tuple(failures))


def listen(model: Model, threshold: float | None = None) -> Iterator[Detection]:
    """The keywords that the default microphone hears, without end; needs ``ossicle[live]``."""
    need_task(model, Spotting.name)
    program = compile_as(SpotterProgram, model)
    stream = program.open(threshold)
    chunks = hear(program.sample_rate, program.hop)
    return (word for chunk in chunks for word in stream.push(chunk).detections)


def _spot(program: SpotterProgram, path: Path, threshold: float | None) -> SpottedFile:
    audio, repaired = repair(read_audio(path))
    signal = resample(audio.samples, audio.rate, program.sample_rate).mean(axis=1)
    return SpottedFile(str(path), tuple(program.spot(signal, threshold).detections), repaired)


def _paths(given: Paths) -> list[Path]:
    return [Path(path) for path in ([given] if isinstance(given, str | Path) else given)]
