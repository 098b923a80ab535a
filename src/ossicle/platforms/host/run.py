"""What this computer's C puts out, to which that of every other platform is compared."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.kernels import Kernels
from ossicle.lowering import PORTABLE
from ossicle.platforms.host.build import build
from ossicle.platforms.host.plan import plan_host
from ossicle.platforms.platform import emit
from ossicle.programs.interface import INTERFACES
from ossicle.targets import load_target


def host_output(graph: Graph, samples: np.ndarray, folder: Path, kernels: Kernels = PORTABLE) -> np.ndarray:
    """What plain C puts out on this computer, of the type that a chip puts out.

    ``kernels`` are those of the target that is compared, of which the plain ones are taken.
    """
    host = replace(load_target("host"), kernels=kernels.plain)
    emit(graph, plan_host(graph, host), host, folder)
    return build(folder).run(samples)


def largest_difference(graph: Graph, output: np.ndarray, expected: np.ndarray) -> float:
    """Between what a program put out and this computer's output, in the unit of the task's interface."""
    if len(output) != len(expected):
        raise OssicleError(
            f"the program put out {len(output)} results where this computer's C had {len(expected)}"
        )
    return INTERFACES[graph.task.name].difference(output, expected)
