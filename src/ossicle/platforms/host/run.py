"""What this computer's C puts out, to which that of every other platform is compared."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ossicle.emit import emit
from ossicle.graph import Graph
from ossicle.kernels import Kernels
from ossicle.lowering import PORTABLE
from ossicle.run import build
from ossicle.schedule import plan
from ossicle.targets import load_target


def host_output(graph: Graph, samples: np.ndarray, folder: Path, kernels: Kernels = PORTABLE) -> np.ndarray:
    """What plain C puts out on this computer, of the type that a chip puts out.

    ``kernels`` are those of the target that is compared, of which the plain ones are taken.
    """
    host = replace(load_target("host"), kernels=kernels.plain)
    emit(graph, plan(graph, kernels=host.kernels), host, folder)
    return build(folder).run(samples)
