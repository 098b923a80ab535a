"""Recordings and raw sound through a suppressor."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ossicle import api
from ossicle.api.paths import Paths, paths_of
from ossicle.graph.task import need_task
from ossicle.tasks.suppression import files as suppressor_files
from ossicle.tasks.suppression import raw
from ossicle.tasks.suppression.files import Denoised
from ossicle.tasks.suppression.program import SuppressorProgram
from ossicle.tasks.suppression.raw import RawSource
from ossicle.tasks.suppression.settings import Suppression

if TYPE_CHECKING:
    from ossicle.graph.model import Model


@dataclass(frozen=True)
class Denoising:
    """What was done to files, and a sentence for each one that failed."""

    files: tuple[Denoised, ...]
    failures: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {"files": [asdict(file) for file in self.files], "failures": list(self.failures)}


def denoise(
    model: "Model | SuppressorProgram",
    inputs: Paths,
    out: str | Path,
    advance: Callable[[float], None] = lambda fraction: None,
    gain_db: float | None = None,
    attenuation_db: float | None = None,
) -> Denoising:
    """Clean recordings of any rate with a suppressor, or with its program.

    Rate, channels, depth, length and alignment stay.
    ``out`` is the file for one input, or a folder: for several, or where it ends in a slash. Sound is read
    and written block by block, so that a recording may be of any length. The network hears it amplified by
    ``gain_db``, which is taken back after it; without one, a channel that is very quiet or very loud is
    brought to the usual level. With ``attenuation_db``, noise loses at most so much. ``advance`` is told,
    from several threads, which further fraction of one file is done.
    """
    jobs = suppressor_files.destinations(paths_of(inputs), out)
    program = suppressor_program(model)
    files, failures = suppressor_files.denoise_files(jobs, program, gain_db, advance, attenuation_db)
    return Denoising(tuple(files), tuple(failures))


def denoise_raw(
    model: "Model | SuppressorProgram",
    source: RawSource,
    sink: BinaryIO,
    gain_db: float = 0.0,
    tell_level: Callable[[float], None] = lambda dbfs: None,
    attenuation_db: float | None = None,
) -> int:
    """Clean raw 16-bit samples at the model's rate as they come; as many go out, aligned with the input.

    The network hears them amplified by ``gain_db``, which is taken back after it. With ``attenuation_db``,
    noise loses at most so much. ``tell_level`` is called
    once, after ten seconds or at the end, with the level in dBFS that the network heard until then. Returns
    how many bytes were left over: 1 where the input ends in the middle of a sample.
    """
    return raw.denoise_raw(suppressor_program(model), source, sink, gain_db, tell_level, attenuation_db)


def suppressor_program(model: "Model | SuppressorProgram") -> SuppressorProgram:
    """The program of a suppressor; raises :class:`OssicleError` for a model of another task."""
    if isinstance(model, SuppressorProgram):
        return model
    need_task(model, Suppression.name)
    program = api.compile(model)
    assert isinstance(program, SuppressorProgram)
    return program
