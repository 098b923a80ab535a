"""Time per frame of built models, taken in turns so that a busy machine is unfair to none of them."""

import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ossicle.programs import LibraryProgram

FRAMES_A_SECOND = 100
"""Where nobody knows how many there are."""
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Speed:
    """Microseconds a frame, and the share of real time that they take, on one core.

    That share is None where nobody knows how many frames a second has.
    """

    median_us: float
    fastest_us: float
    real_time_factor: float | None


def time_programs(
    programs: Mapping[Key, LibraryProgram], rounds: int = 15, seconds: float = 2.0
) -> dict[Key, Speed]:
    """Run each program over the same noise, round after round, and take the median over the rounds."""
    streams = {name: program.open() for name, program in programs.items()}
    frames = {name: round(seconds * (program.rate or FRAMES_A_SECOND)) for name, program in programs.items()}
    signals = {name: program.noise(frames[name]) for name, program in programs.items()}
    times: dict[Key, list[float]] = {name: [] for name in programs}
    for name, stream in streams.items():
        stream.feed(signals[name])
    for _ in range(rounds):
        for name, stream in streams.items():
            begun = time.perf_counter()
            stream.feed(signals[name])
            times[name].append(time.perf_counter() - begun)
    return {name: _speed(programs[name], frames[name], taken) for name, taken in times.items()}


def _speed(program: LibraryProgram, frames: int, times: list[float]) -> Speed:
    median = float(np.median(times)) / frames
    return Speed(1e6 * median, 1e6 * min(times) / frames, median * program.rate if program.rate else None)
