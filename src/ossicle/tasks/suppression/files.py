"""Files and streams through a built suppressor, as ``ossicle denoise`` does it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from ossicle.audio.files import output_format, read_audio, repair, write_audio
from ossicle.errors import OssicleError
from ossicle.scale import run_all
from ossicle.tasks.suppression.enhance import enhance
from ossicle.tasks.suppression.program import SuppressorProgram

RAW_BLOCK = 1600
"""Bytes read at once from a raw stream, at most: 50 ms."""


@dataclass(frozen=True)
class Job:
    """One file to clean, and where to."""

    source: Path
    out: Path


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


def destinations(inputs: Sequence[Path], out: Path) -> list[Job]:
    """Decide where each input goes: into the folder ``out``, or for a single one to the file ``out``.

    The folder for several inputs is made where it is missing, unless its name looks like a file's.
    """
    into_folder = len(inputs) > 1 or out.is_dir()
    if into_folder and out.suffix and not out.is_dir():
        raise OssicleError(f"several inputs need a folder to go to, and {out} looks like a file; mkdir {out}")
    jobs = [Job(path, out / path.name if into_folder else out) for path in inputs]
    for job in jobs:
        output_format(job.out)
        if job.out.exists() and job.source.exists() and job.out.samefile(job.source):
            raise OssicleError(f"{job.out} would replace its own input; choose another output")
    if len({job.out for job in jobs}) < len(jobs):
        raise OssicleError("two inputs have the same file name; clean them into different folders")
    if into_folder:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OssicleError(f"cannot make the folder {out} ({error.strerror}); choose another") from None
    elif not out.parent.is_dir():
        raise OssicleError(f"there is no folder {out.parent} to write {out.name} into")
    return jobs


def denoise_files(
    jobs: Sequence[Job], program: SuppressorProgram, advance: Callable[[float], None]
) -> tuple[list[Denoised], list[str]]:
    """Clean files on all cores; returns what was done, and a sentence for each file that failed.

    ``advance`` is told which further share of one file is done, from several threads.
    """

    def run(job: Job) -> Denoised | str:
        try:
            return _denoise_file(job, program, advance)
        except OssicleError as error:
            return str(error)

    results = list(run_all(run, jobs, threads=True))
    return [r for r in results if isinstance(r, Denoised)], [r for r in results if isinstance(r, str)]


def _denoise_file(job: Job, program: SuppressorProgram, advance: Callable[[float], None]) -> Denoised:
    begun = time.perf_counter()
    audio, repaired = repair(read_audio(job.source))
    write_audio(job.out, enhance(audio, program, advance))
    return Denoised(
        str(job.source),
        str(job.out),
        audio.rate,
        audio.samples.shape[1],
        audio.seconds,
        time.perf_counter() - begun,
        repaired,
    )


class RawSource(Protocol):
    """A buffered stream of bytes, such as ``sys.stdin.buffer``."""

    def read1(self, size: int, /) -> bytes:
        """Up to ``size`` bytes as soon as there are some; none at the end."""


def denoise_raw(program: SuppressorProgram, source: RawSource, sink: BinaryIO) -> None:
    """Clean raw 16-bit samples as they come; as many go out, aligned with what came in."""
    stream = program.open()
    skip, received, sent, rest = program.latency, 0, 0, b""

    def send(samples: np.ndarray) -> None:
        nonlocal skip, sent
        kept = samples[skip:][: received - sent]
        skip -= min(skip, len(samples))
        sent += len(kept)
        sink.write(np.clip(np.rint(kept * 32768.0), -32768, 32767).astype("<i2").tobytes())
        sink.flush()

    while data := source.read1(RAW_BLOCK):
        data = rest + data
        whole = len(data) // 2 * 2
        rest = data[whole:]
        received += whole // 2
        send(stream.process(np.frombuffer(data[:whole], "<i2").astype(np.int16)))
    if rest:
        raise OssicleError(
            "the raw input ends in the middle of a 16-bit sample; send samples of 2 bytes (S16_LE, mono)"
        )
    if not received:
        raise OssicleError("the raw input holds no samples; send samples of 2 bytes (S16_LE, mono)")
    send(stream.flush())
