"""Time per frame of built models, taken in turns so that a busy machine is unfair to none of them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ossicle.run import HostProgram, SpotterProgram, Stream


@dataclass(frozen=True)
class Speed:
    """Microseconds a frame, and the share of real time that they take, on one core."""

    median_us: float
    fastest_us: float
    real_time_factor: float


def time_programs(
    programs: Mapping[str, HostProgram | SpotterProgram], rounds: int = 15, seconds: float = 2.0
) -> dict[str, Speed]:
    """Run each program over the same noise, round after round, and take the median over the rounds."""
    streams = {name: program.open() for name, program in programs.items()}
    signals = {name: _noise(round(seconds * program.sample_rate)) for name, program in programs.items()}
    times: dict[str, list[float]] = {name: [] for name in programs}
    steps = {n: s.process if isinstance(s, Stream) else s.push for n, s in streams.items()}
    for name, step in steps.items():
        step(signals[name])
    for _ in range(rounds):
        for name, step in steps.items():
            begun = time.perf_counter()
            step(signals[name])
            times[name].append(time.perf_counter() - begun)
    return {name: _speed(programs[name], len(signals[name]), taken) for name, taken in times.items()}


def _noise(samples: int) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.05, samples).astype(np.float32)


def _speed(program: HostProgram | SpotterProgram, samples: int, times: list[float]) -> Speed:
    microseconds = 1e6 / (samples / program.hop)
    median = float(np.median(times))
    return Speed(median * microseconds, min(times) * microseconds, median * program.sample_rate / samples)
