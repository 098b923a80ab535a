"""Every tensor of a frame as a cluster program left it."""

from pathlib import Path

import numpy as np

from ossicle.graph import Graph
from ossicle.platforms.cluster.execution import BACKENDS, run_cluster
from ossicle.platforms.platform import emit
from ossicle.schedule.cluster import ClusterPlan
from ossicle.schedule.plan_search import without_reuse
from ossicle.targets import ClusterTarget
from ossicle.verify.tensor_trace import TracedStates


def trace_cluster(
    graph: Graph, target: ClusterTarget, plan: ClusterPlan, on: str, samples: np.ndarray, folder: Path
) -> TracedStates:
    """Run int16 samples, ``(n,)``, whole hops, through a plan whose buffers all keep their values.

    Its program is emitted into ``folder``.
    """
    traced = without_reuse(graph, target, plan)
    summary = emit(graph, traced, target, folder, BACKENDS[on])
    states = run_cluster(folder, summary, target.cluster, on, samples, trace=True).states
    return TracedStates(graph, traced.layout, states)
