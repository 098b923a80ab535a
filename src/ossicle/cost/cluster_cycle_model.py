"""The cluster cycle model: cycles of each worker in each step of a cluster's plan.

Kernels take what :mod:`ossicle.cost.cycle_table` says of one core that is alone, and longer for what others
take from it (:mod:`ossicle.cost.contention`). What surrounds the kernels was fitted to the RTL bench.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import log2

from ossicle.cost import cycle_table
from ossicle.cost.contention import Work, together
from ossicle.cost.discrete_event_model import StepCycles
from ossicle.graph import Graph, Node
from ossicle.graph.operator import OPS
from ossicle.schedule.cluster import ClusterPlan, Step
from ossicle.schedule.tiles import WEIGHTED, columns, copies, copy_items, gates, share
from ossicle.targets import Cluster

PAUSE = 6
LAYER, CONVERSION = 90, 20
"""From the begin of a step to its first kernel, and from its last one to the end."""
COPY, KEPT = 30, 6
"""Of each copy of an operand, and of each value of one that is kept from the gates."""
TRANSFORMS = {"front_end": (Work(9.06, 3.2), 320), "back_end": (Work(10.0, 3.5), 370)}
"""Of n_fft log2(n_fft), shared by all workers; and what each besides the first makes all of them wait."""
MAGNITUDE = Work(28, 4, 1)
"""Of a bin."""


def step_cycles(graph: Graph, cluster: Cluster, plan: ClusterPlan) -> StepCycles:
    """What each worker takes for its share of a step of a plan."""
    nodes = {node.name: node for node in graph.nodes}
    known: dict[tuple[str, int], float] = {}
    copying = 0.0

    def alone(step: Step, count: int) -> Work:
        if not step.node or not count:
            return Work(PAUSE)
        node = nodes[step.node]
        if step.layer.startswith("prepare"):
            return _preparation(node, plan.workers)
        if node.op not in WEIGHTED:
            types = [graph.tensors[name].dtype for name in (node.inputs[0], node.outputs[0])]
            return Work(CONVERSION) + cycle_table.convert("_".join(types), count)
        return _layer(graph, node, count, cluster.fpu.half_pairs)

    def cycles(step: Step, count: int) -> float:
        if (step.layer, count) not in known:
            known[step.layer, count] = (
                transform(step.layer, graph.task.stft.n_fft, cluster, plan.workers, copying)
                if step.layer in TRANSFORMS
                else together(alone(step, count), cluster, plan.workers, copying)
            )
        return known[step.layer, count]

    def of(step: Step) -> Sequence[float]:
        begins = [share(step.count, plan.workers, worker) for worker in range(plan.workers + 1)]
        return [cycles(step, end - begin) for begin, end in pairwise(begins)]

    # The engine is busy for as long as it takes in a hop without copies: what that makes longer is little.
    still = sum(max(of(step)) for step in plan.steps)
    copying = min(1.0, plan.traffic["l2"] / cluster.dma.rate / still)
    known.clear()
    return of


def transform(layer: str, n_fft: int, cluster: Cluster, workers: int, copying: float) -> float:
    """Cycles of the transform and what surrounds it, or of its inverse: shared parts, and barriers."""
    shared, barriers = TRANSFORMS[layer]
    work = n_fft * log2(n_fft) / workers * shared
    total = together(work, cluster, workers, copying) + barriers * (workers - 1)
    if layer == "front_end":
        total += together((n_fft / 2 + 1) / workers * MAGNITUDE, cluster, workers, copying)
    return total


def _layer(graph: Graph, node: Node, count: int, pairs: bool) -> Work:
    rows, names = gates(node) * count, node.precision.split("+")
    total, result = Work(LAYER), graph.tensors[node.outputs[0]].dtype
    for index, matrix in enumerate(OPS[node.op].matrices):
        total += cycle_table.matvec(names[min(index, len(names) - 1)], rows, columns(node, index), pairs)
        if node.integer and node.op != "linear":
            total += cycle_table.finish("s32", rows, _coarse(node, matrix.shift))
    if node.op != "linear":
        return total + cycle_table.gates(f"{node.op}_{result}", count)
    activation = node.attributes["activation"]
    if not node.integer:
        return total + cycle_table.finish(f"{result}_{activation}", rows)
    if activation == "sigmoid":
        return total + cycle_table.finish("s32", rows, _coarse(node, "shift")) + cycle_table.sigmoid(rows)
    return total + cycle_table.finish(result, rows, _coarse(node, "shift"))


def _coarse(node: Node, shift: str) -> bool:
    """Whether a node has a factor of a half or more, so that all of its rows are taken to be slow."""
    return bool(node.constants[shift].min() <= 32)


def _preparation(node: Node, workers: int) -> Work:
    """Of the worker that takes longest."""
    return max(
        (
            sum((_copy(node, index, form, workers, worker) for index, form, _ in copies(node)), Work(0))
            for worker in range(workers)
        ),
        key=lambda work: work.cycles,
    )


def _copy(node: Node, index: int, form: str, workers: int, worker: int) -> Work:
    items = copy_items(node, index)
    begin, end = share(items, workers, worker), share(items, workers, worker + 1)
    if form == "wide":
        return Work(COPY) + cycle_table.convert("f16_f32", end - begin)
    if form == "split":
        return Work(COPY) + cycle_table.split(columns(node, index), begin, end)
    return Work(COPY + KEPT * (end - begin))
