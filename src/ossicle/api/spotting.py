"""The keywords in recordings, and in what the microphone hears."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ossicle.api.paths import Paths, paths_of
from ossicle.api.programs import compile_as
from ossicle.audio.devices import hear
from ossicle.audio.files import read_audio, repair
from ossicle.audio.resampling import resample
from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.graph.task import need_task
from ossicle.tasks.spotting.program import Detection, SpotterProgram
from ossicle.tasks.spotting.record import Spotting


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


def spot(model: Model, inputs: Paths, threshold: float | None = None) -> Spotted:
    """Find the keywords in recordings of any rate, their channels averaged.

    ``threshold`` is the mean posterior from which a word counts, in place of the model's.
    """
    need_task(model, Spotting.name)
    program = compile_as(SpotterProgram, model)
    found: list[SpottedFile] = []
    failures: list[str] = []
    for path in paths_of(inputs):
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
