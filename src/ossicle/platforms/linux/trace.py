"""Every tensor of a frame as a program on QEMU left it."""

from pathlib import Path

import numpy as np

from ossicle.graph import Graph
from ossicle.platforms.linux.program import LinuxProgram
from ossicle.platforms.linux.target import LinuxTarget
from ossicle.platforms.platform import emit
from ossicle.schedule import plan
from ossicle.verify.tensor_trace import TracedStates


def trace_linux(graph: Graph, target: LinuxTarget, items: np.ndarray, folder: Path) -> TracedStates:
    """Run ``items``, ``(n,)``, through a plan whose buffers all keep their values.

    Its program is emitted into ``folder``.
    """
    layout = plan(graph, reuse=False, kernels=target.kernels)
    program = LinuxProgram(folder, target, emit(graph, layout, target, folder))
    states = folder.with_suffix(".states")
    program.run_items(items, [str(states)])
    data, size = states.read_bytes(), layout.state_bytes
    return TracedStates(graph, layout, tuple(data[at : at + size] for at in range(0, len(data), size)))
