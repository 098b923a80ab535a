"""Files through a built suppressor, as ``ossicle denoise`` does it."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ossicle.audio.files import repair_samples
from ossicle.audio.formats import is_writable, output_format
from ossicle.audio.level import decibels, factor
from ossicle.audio.reading import open_audio
from ossicle.audio.writing import create_audio
from ossicle.errors import OssicleError
from ossicle.scale import run_all
from ossicle.tasks.suppression.enhance import enhance_blocks, kept_part, usual_gains
from ossicle.tasks.suppression.program import SuppressorProgram


@dataclass(frozen=True)
class Job:
    """One file to clean, and where to; the folder of ``out`` is made if it is missing and ``make_folder``."""

    source: Path
    out: Path
    make_folder: bool = False


@dataclass(frozen=True)
class Denoised:
    """What was done to one file."""

    file: str
    out: str
    rate: int
    channels: int
    audio_s: float
    elapsed_s: float
    repaired: int
    """Samples that were NaN or infinite and were taken for silence."""
    gains_db: tuple[float, ...]
    """By how much each channel was amplified for the network, which was taken back after it."""
    lost: tuple[str, ...] = ()
    """What the file held besides its sound and the format of the output does not take."""


def destinations(inputs: Sequence[Path], out: str | Path) -> list[Job]:
    """Decide where each input goes: into the folder ``out``, or for a single one to the file ``out``.

    ``out`` is a folder if there are several inputs, if it is one already, or if it ends in a slash. In it,
    each file keeps its name; one whose format cannot be written becomes a WAV file. The folder is made with
    its first file. Raises :class:`OssicleError` where the inputs cannot go there.
    """
    if not str(out):
        raise OssicleError("the output has no name; give a file, or a folder that ends in /")
    try:
        return _destinations(inputs, Path(out), str(out).endswith(("/", os.sep)))
    except OSError as error:
        raise OssicleError(f"cannot write {out} ({error.strerror}); choose another place") from None


def _destinations(inputs: Sequence[Path], out: Path, named_as_folder: bool) -> list[Job]:
    is_folder = out.is_dir()
    into_folder = len(inputs) > 1 or is_folder or named_as_folder
    if into_folder and not is_folder:
        if out.exists():
            raise OssicleError(f"cannot make the folder {out}: there is a file of that name; choose another")
        if out.suffix and not named_as_folder:
            raise OssicleError(
                f"several inputs need a folder to go to, and {out} looks like a file; end it in /"
            )
    jobs = [Job(path, _in_folder(out, path) if into_folder else out, into_folder) for path in inputs]
    for job in jobs:
        if not job.source.is_dir():
            output_format(job.out)
        if job.out.exists() and job.source.exists() and job.out.samefile(job.source):
            raise OssicleError(f"{job.out} would replace its own input; choose another output")
    if len({job.out for job in jobs}) < len(jobs):
        raise OssicleError("two inputs have the same file name; clean them into different folders")
    if not into_folder and not out.parent.is_dir():
        raise OssicleError(f"there is no folder {out.parent} to write {out.name} into")
    return jobs


def _in_folder(folder: Path, source: Path) -> Path:
    return folder / (source.name if is_writable(source) else f"{source.stem}.wav")


def denoise_files(
    jobs: Sequence[Job],
    program: SuppressorProgram,
    gain_db: float | None,
    advance: Callable[[float], None],
    attenuation_db: float | None = None,
) -> tuple[list[Denoised], list[str]]:
    """Clean files on all cores; returns what was done, and a sentence for each file that failed.

    The network hears them amplified by ``gain_db``, or by what brings very quiet and very loud ones to the
    usual level. Noise loses at most ``attenuation_db``. ``advance`` is told which further part of one file is
    done, from several threads.
    """

    stop, running = threading.Event(), set[int]()

    def stoppable(part: float) -> None:
        advance(part)
        if stop.is_set():
            raise OssicleError("interrupted")

    def run(job: Job) -> Denoised | str:
        running.add(threading.get_ident())
        try:
            return _denoise_file(job, program, gain_db, kept_part(attenuation_db), stoppable)
        except OssicleError as error:
            return str(error)
        except (ArithmeticError, MemoryError, ValueError) as error:
            # A reader that breaks on one file must not lose the others.
            return f"cannot clean {job.source} ({type(error).__name__}: {error}); convert it to WAV or FLAC"
        finally:
            running.discard(threading.get_ident())

    try:
        results = list(run_all(run, jobs, 1 if len(jobs) == 1 else -1, threads=True))
    except KeyboardInterrupt:
        stop.set()
        while running:  # Threads remove what they have half written.
            time.sleep(0.01)
        raise
    return [r for r in results if isinstance(r, Denoised)], [r for r in results if isinstance(r, str)]


def _denoise_file(
    job: Job,
    program: SuppressorProgram,
    gain_db: float | None,
    kept: float,
    advance: Callable[[float], None],
) -> Denoised:
    begun = time.perf_counter()
    frames = repaired = 0
    gains = _gains(job.source, gain_db)
    with open_audio(job.source) as source:
        stored = source.stored

        def heard() -> Iterator[np.ndarray]:
            nonlocal frames, repaired
            for block in source.blocks():
                samples, wrong = repair_samples(block)
                frames += len(block)
                repaired += wrong
                yield samples
                advance(len(block) / stored.frames if stored.frames else 0.0)

        if job.make_folder:
            _make_folder(job.out.parent)
        with create_audio(job.out, stored) as file:
            for cleaned in enhance_blocks(heard(), stored.rate, program, gains, kept):
                file.write(cleaned)
    return Denoised(
        str(job.source),
        str(job.out),
        stored.rate,
        stored.channels,
        frames / stored.rate,
        time.perf_counter() - begun,
        repaired,
        tuple(decibels(gain) for gain in gains),
        tuple(stored.metadata.lost_in(file.kind)),
    )


def _gains(path: Path, gain_db: float | None) -> np.ndarray:
    """The gain of each channel: the one that is given, or by its level, for which the file is read once."""
    with open_audio(path) as source:
        if gain_db is not None:
            return np.full(source.stored.channels, factor(gain_db), np.float32)
        blocks = (repair_samples(block)[0] for block in source.blocks())
        return usual_gains(blocks, source.stored.rate, source.stored.channels)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OssicleError(f"cannot make the folder {folder} ({error.strerror}); choose another") from None
