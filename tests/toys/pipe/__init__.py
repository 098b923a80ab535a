"""A toy platform: a machine with little memory, whose programs are fed through a pipe.

This computer stands in for it. Its C folder has no Makefile: ``sources.txt`` lists what is compiled besides
the kernels. It runs suppressors, whole hops.
"""

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ossicle.audio.sound import Sound
from ossicle.cost.cost_table import CostTable, cost_table
from ossicle.emit.project import Project, one_core_project
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.calibration import Calibration
from ossicle.lowering import node_bytes
from ossicle.platforms.host.run import host_output, largest_difference
from ossicle.platforms.platform import Platform, Summary, emit
from ossicle.platforms.result import Emulation, Estimate, Shown, Table
from ossicle.programs.compiler import find_compiler, run_compiler
from ossicle.programs.folder import own_summary
from ossicle.programs.interface import INTERFACES, interface_of
from ossicle.schedule import Plan, plan
from ossicle.targets import Target
from ossicle.targets.target import common_fields
from ossicle.verify.node_check import verify
from ossicle.verify.tensor_trace import TracedStates

FOLDER = Path(__file__).parent
MACHINE = str(FOLDER / "machine.toml")
"""Its only target."""


@dataclass(frozen=True)
class PipeTarget(Target):
    """A machine at the other end of a pipe."""

    memory_bytes: int
    clock_hz: int


@dataclass(frozen=True)
class PipePlan:
    """Where the buffers lie, and what they leave of the memory."""

    layout: Plan
    free_bytes: int


def plan_pipe(graph: Graph, target: PipeTarget, reuse: bool = True) -> PipePlan:
    """The memory plan of one core; raises where it does not fit."""
    layout = plan(graph, reuse, target.kernels)
    free_bytes = target.memory_bytes - layout.state_bytes
    if free_bytes < 0:
        raise OssicleError(f"{graph.name} needs {-free_bytes} bytes more than {target.name} has")
    return PipePlan(layout, free_bytes)


def project(graph: Graph, found: PipePlan, target: PipeTarget, backend: str = "") -> Project:
    """What the C folder is to hold."""
    names = ("program.c", "sources.txt")
    return one_core_project(
        graph,
        found.layout,
        target,
        FOLDER / "templates",
        lambda render: {name: render(f"pipe/{name}.j2") for name in names},
        {"free_bytes": found.free_bytes},
    )


def build(folder: Path, *flags: str) -> Path:
    """The program of a C folder, beside its sources."""
    summary = own_summary(folder, "pipe", "a machine with a pipe")
    listed = (folder / "sources.txt").read_text("utf-8").split()
    kernels = [path.name for path in folder.glob("osc_*.c")]
    arguments = ["-std=c99", *summary["cflags"], *flags, "-o", "program", *listed, *kernels, "-lm"]
    run_compiler(find_compiler(), arguments, folder)
    return folder / "program"


@dataclass(frozen=True)
class PipeProgram:
    """A built program."""

    path: Path
    summary: Summary
    needs_folder: ClassVar[bool] = True

    def run(self, inputs: np.ndarray) -> np.ndarray:
        """What it puts out of what it is given."""
        interface = interface_of(self.summary)
        stdin = interface.items(self.summary, inputs).tobytes()
        done = subprocess.run([self.path], input=stdin, capture_output=True, check=True)
        return np.frombuffer(done.stdout, interface.result_type(self.summary))


def trace(graph: Graph, target: PipeTarget, items: np.ndarray, folder: Path) -> TracedStates:
    """Every tensor of every frame, by a program whose buffers all keep their values."""
    traced = plan_pipe(graph, target, reuse=False)
    summary = emit(graph, traced, target, folder)
    program, stdin = build(folder, "-DOSC_TRACE"), items.tobytes()
    stdout = subprocess.run([program], input=stdin, capture_output=True, check=True).stdout
    hop = 2 * summary["hop"]
    size = hop + summary["state_bytes"]
    states = tuple(stdout[at + hop : at + size] for at in range(0, len(stdout), size))
    return TracedStates(graph, traced.layout, states)


def run(graph: Graph, target: PipeTarget, on: str, read: Callable[[], Sound]) -> Emulation:
    """Run whole frames, and hold them to this computer's C and to the simulation."""
    sound, per_frame = read(), graph.task.frame_items
    items = sound.samples[: len(sound.samples) // per_frame * per_frame]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "program"
        summary = emit(graph, plan_pipe(graph, target), target, folder)
        output = PipeProgram(build(folder), summary).run(items)
        traced = trace(graph, target, items, Path(scratch) / "traced")
        expected = host_output(graph, items, Path(scratch) / "host", target.kernels)
    return Emulation(
        on=on,
        output=output,
        largest_difference=largest_difference(graph, output, expected),
        unit=INTERFACES[graph.task.name].unit,
        verification=verify(traced, items),
        repaired=sound.repaired,
    )


@dataclass(frozen=True)
class PipeEstimate(Estimate):
    """One cycle for each byte of weights."""

    plan: PipePlan
    cycles: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"cycles": dict(self.cycles), "free_bytes": self.plan.free_bytes}

    def plan_as_dict(self) -> dict[str, Any]:
        """The plan."""
        return asdict(self.plan)

    def draw(self, path: Path, title: str) -> None:
        """A picture in letters."""
        path.write_text(f"{title}: {'.'.join(self.cycles)}", "utf-8")

    def shown(self, name: str, target: Target) -> Iterator[Shown]:
        """A table of nodes."""
        yield f"{name} on {target.description}:"
        yield Table(["node", "cycles"], [[node, f"{count:g}"] for node, count in self.cycles.items()])


def cycles(graph: Graph, target: PipeTarget) -> dict[str, float]:
    """Of each node of a frame."""
    return {node.name: float(node_bytes(node, target.kernels)) for node in graph.nodes}


def costs(
    graph: Graph, calibration: Calibration, target: PipeTarget, advance: Callable[[], None]
) -> CostTable:
    """By the same rule."""
    return cost_table(graph, calibration, lambda form: cycles(form, target), target.clock_hz, advance)


def parse(name: str, data: Mapping[str, Any]) -> PipeTarget:
    """Read the section ``[pipe]``."""
    return PipeTarget(**common_fields(name, data), **data["pipe"])


PIPE = Platform[PipeTarget, PipePlan](
    "pipe",
    description="a machine with a pipe",
    example=MACHINE,
    parse=parse,
    plan=plan_pipe,
    project=project,
    program=lambda folder, target, summary: PipeProgram(build(folder), summary),
    sizes=lambda summary: {"bytes free": str(summary["free_bytes"])},
    on=("pipe",),
    run=run,
    estimate=lambda graph, target: PipeEstimate(plan_pipe(graph, target), cycles(graph, target)),
    cost_table=costs,
)
