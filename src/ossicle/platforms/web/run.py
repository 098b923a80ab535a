"""A model on wasmtime: what it puts out, against this computer's C and the simulation, and its time."""

import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ossicle.audio.sound import Sound
from ossicle.graph import Graph
from ossicle.platforms.host.run import host_output, largest_difference
from ossicle.platforms.platform import emit
from ossicle.platforms.result import Emulation, Shown
from ossicle.platforms.web.plan import plan_web
from ossicle.platforms.web.program import WebProgram, run_frames
from ossicle.platforms.web.runtime import check_wasmtime
from ossicle.platforms.web.target import WebTarget
from ossicle.platforms.web.trace import trace_web
from ossicle.programs.interface import INTERFACES
from ossicle.targets import Target
from ossicle.verify.node_check import verify

ON = ("wasmtime",)
SIMULATED_FRAMES = 20


@dataclass(frozen=True, kw_only=True)
class WebEmulation(Emulation):
    """One run on a WebAssembly runtime of this computer; nodes are checked in the first frames."""

    frame_us: float
    """Median time of a frame."""
    real_time_factor: float
    """That time over the duration of a frame."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON; without the output."""
        return super().as_dict() | {"frame_us": self.frame_us, "real_time_factor": self.real_time_factor}

    def shown(self, name: str, target: Target) -> Iterator[Shown]:
        """The comparison, and the time."""
        yield from super().shown(name, target)
        yield (
            f"{self.frame_us:.0f} µs per frame on this computer (median), real-time factor "
            f"{self.real_time_factor:.4f}"
        )


def run_web(graph: Graph, target: WebTarget, on: str, read: Callable[[], Sound]) -> WebEmulation:
    """Run a model on ``"wasmtime"``."""
    check_wasmtime()
    sound, interface = read(), INTERFACES[graph.task.name]
    start = sound.samples[: SIMULATED_FRAMES * graph.task.frame_items]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / target.name
        program = WebProgram(folder, target, emit(graph, plan_web(graph, target), target, folder))
        found = run_frames(program.wasm, program.summary, sound.samples)
        expected = host_output(graph, sound.samples, Path(scratch) / "host", target.kernels)
    frame_s = statistics.median(found.seconds)
    return WebEmulation(
        on=on,
        output=found.output,
        largest_difference=largest_difference(graph, found.output, expected),
        unit=interface.unit,
        verification=verify(trace_web(graph, target, start), start),
        repaired=sound.repaired,
        frame_us=1e6 * frame_s,
        real_time_factor=frame_s * program.summary["sample_rate"] / program.summary["hop"],
    )
