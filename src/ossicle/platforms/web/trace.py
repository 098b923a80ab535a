"""Every tensor of a frame as WebAssembly left it."""

import numpy as np

from ossicle.graph import Graph
from ossicle.platforms.web.build import build_wasm, c_project
from ossicle.platforms.web.program import run_frames
from ossicle.platforms.web.target import WebTarget
from ossicle.schedule import plan
from ossicle.verify.tensor_trace import TracedStates


def trace_web(graph: Graph, target: WebTarget, items: np.ndarray) -> TracedStates:
    """Run ``items``, ``(n,)``, through a plan whose buffers all keep their values."""
    layout = plan(graph, reuse=False, kernels=target.kernels)
    project = c_project(graph, layout, target)
    found = run_frames(build_wasm(project, target), project.summary, items, traced=True)
    return TracedStates(graph, layout, found.states)
