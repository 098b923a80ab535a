"""A model on QEMU's user mode: what it puts out, against this computer's C and the simulation."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from ossicle.audio.sound import Sound
from ossicle.graph import Graph
from ossicle.platforms.host.run import host_output, largest_difference
from ossicle.platforms.linux.plan import plan_linux
from ossicle.platforms.linux.program import LinuxProgram
from ossicle.platforms.linux.qemu import check_qemu
from ossicle.platforms.linux.target import LinuxTarget
from ossicle.platforms.linux.trace import trace_linux
from ossicle.platforms.platform import emit
from ossicle.platforms.result import Emulation
from ossicle.programs.interface import INTERFACES
from ossicle.verify.node_check import verify

ON = ("qemu",)
SIMULATED_FRAMES = 20


def run_linux(graph: Graph, target: LinuxTarget, on: str, read: Callable[[], Sound]) -> Emulation:
    """Run a model on ``"qemu"``; nodes are checked in the first frames."""
    check_qemu(target)
    sound, interface = read(), INTERFACES[graph.task.name]
    start = sound.samples[: SIMULATED_FRAMES * graph.task.frame_items]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / target.name
        program = LinuxProgram(folder, target, emit(graph, plan_linux(graph, target), target, folder))
        output = program.run_items(sound.samples)
        traced = trace_linux(graph, target, start, Path(scratch) / "traced")
        expected = host_output(graph, sound.samples, Path(scratch) / "host", target.kernels)
    return Emulation(
        on=on,
        output=output,
        largest_difference=largest_difference(graph, output, expected),
        unit=interface.unit,
        verification=verify(traced, start),
        repaired=sound.repaired,
    )
