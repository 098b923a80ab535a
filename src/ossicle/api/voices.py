"""Where somebody speaks in recordings."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ossicle.api.paths import Paths, paths_of
from ossicle.api.programs import compile_as
from ossicle.audio.files import read_audio, repair
from ossicle.audio.resampling import resample
from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.graph.task import need_task
from ossicle.tasks.voice.program import VoiceProgram
from ossicle.tasks.voice.record import Voice
from ossicle.tasks.voice.segments import Segment


@dataclass(frozen=True)
class SegmentedFile:
    """Where somebody speaks in a recording."""

    file: str
    segments: tuple[Segment, ...]
    repaired: int
    """Samples that were NaN or infinite and were taken for silence."""


@dataclass(frozen=True)
class Segmented:
    """Where somebody speaks in recordings, and a sentence for each file that could not be read."""

    files: tuple[SegmentedFile, ...]
    failures: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON: segments by file."""
        return {file.file: [asdict(segment) for segment in file.segments] for file in self.files}


def segment(model: Model, inputs: Paths, threshold: float | None = None) -> Segmented:
    """Find the segments with voice in recordings of any rate, their channels averaged.

    ``threshold`` is the probability at which voice begins, in place of the model's; the one below which it
    ends moves along.
    """
    need_task(model, Voice.name)
    program = compile_as(VoiceProgram, model)
    found: list[SegmentedFile] = []
    failures: list[str] = []
    for path in paths_of(inputs):
        try:
            found.append(_segment(program, path, threshold))
        except OssicleError as error:
            failures.append(str(error))
    return Segmented(tuple(found), tuple(failures))


def _segment(program: VoiceProgram, path: Path, threshold: float | None) -> SegmentedFile:
    audio, repaired = repair(read_audio(path))
    signal = resample(audio.samples, audio.rate, program.sample_rate).mean(axis=1)
    return SegmentedFile(str(path), tuple(program.segment(signal, threshold)), repaired)
