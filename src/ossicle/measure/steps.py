"""Cycles of each worker in each step of a cluster's plan.

Kernels take what :mod:`ossicle.measure.xpulp` says of one core that is alone, and longer where others ask for
the same banks of L1: an access waits for a cycle with half the number of accesses that the others have for
its bank in a cycle. What surrounds the kernels was fitted to the RTL bench.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import log2

from ossicle.graph import Graph, Node
from ossicle.graph.ops import OPS
from ossicle.measure import xpulp
from ossicle.measure.events import StepCycles
from ossicle.schedule.cluster import ClusterPlan, Step
from ossicle.schedule.tiles import WEIGHTED, columns, copies, copy_items, gates, share
from ossicle.targets import Cluster

ACCESSES = 0.5
"""Of L1, by a worker in a cycle: five of nine in the loop of int8 products, less elsewhere."""
PAUSE = 6
LAYER, CONVERSION = 90, 20
"""From the begin of a step to its first kernel, and from its last one to the end."""
COPY, KEPT = 30, 6
"""Of each copy of an operand, and of each value of one that is kept from the gates."""


def step_cycles(graph: Graph, cluster: Cluster, plan: ClusterPlan) -> StepCycles:
    """What each worker takes for its share of a step of a plan."""
    nodes = {node.name: node for node in graph.nodes}
    slower = contention(cluster, plan.workers)
    known: dict[tuple[str, int], float] = {}

    def alone(step: Step, count: int) -> float:
        if step.layer in ("front_end", "back_end"):
            return transform(step.layer, graph.task.stft.n_fft, plan.workers)
        if not step.node or not count:
            return PAUSE
        node = nodes[step.node]
        if step.layer.startswith("prepare"):
            return _preparation(node, plan.workers)
        if node.op not in WEIGHTED:
            types = [graph.tensors[name].dtype for name in (node.inputs[0], node.outputs[0])]
            return CONVERSION + xpulp.convert("_".join(types), count)
        return _layer(graph, node, count, pairs=cluster.macs["fp16"] > 1)

    def cycles(step: Step, count: int) -> float:
        if (step.layer, count) not in known:
            known[step.layer, count] = slower * alone(step, count)
        return known[step.layer, count]

    def of(step: Step) -> Sequence[float]:
        begins = [share(step.count, plan.workers, worker) for worker in range(plan.workers + 1)]
        return [cycles(step, end - begin) for begin, end in pairwise(begins)]

    return of


def contention(cluster: Cluster, workers: int) -> float:
    """How much longer a worker takes because others, and the DMA engine, use the same banks of L1."""
    others = ACCESSES * (workers - 1) + cluster.dma.bytes_per_cycle / 4
    return 1 + ACCESSES * others / (2 * cluster.banks)


def transform(layer: str, n_fft: int, workers: int) -> float:
    """Cycles of the transform and what surrounds it, or of its inverse: a shared part, and barriers."""
    shared, barriers = {"front_end": (9.8, 2400), "back_end": (8.9, 2400)}[layer]
    return shared * n_fft * log2(n_fft) / workers + (barriers if workers > 1 else 0)


def _layer(graph: Graph, node: Node, count: int, pairs: bool) -> float:
    rows, names = gates(node) * count, node.precision.split("+")
    total, result = float(LAYER), graph.tensors[node.outputs[0]].dtype
    for index, matrix in enumerate(OPS[node.op].matrices):
        total += xpulp.matvec(names[min(index, len(names) - 1)], rows, columns(node, index), pairs)
        if node.integer and node.op != "linear":
            total += xpulp.finish("s32", rows, _coarse(node, matrix.shift))
    if node.op != "linear":
        return total + xpulp.gates(f"{node.op}_{result}", count)
    activation = node.attributes["activation"]
    if not node.integer:
        return total + xpulp.finish(f"{result}_{activation}", rows)
    if activation == "sigmoid":
        return total + xpulp.finish("s32", rows, _coarse(node, "shift")) + xpulp.sigmoid(rows)
    return total + xpulp.finish(result, rows, _coarse(node, "shift"))


def _coarse(node: Node, shift: str) -> bool:
    """Whether a node has a factor of a half or more, so that all of its rows are taken to be slow."""
    return bool(node.constants[shift].min() <= 32)


def _preparation(node: Node, workers: int) -> float:
    """Of the worker that takes longest."""
    return max(
        sum(_copy(node, index, form, workers, worker) for index, form, _ in copies(node))
        for worker in range(workers)
    )


def _copy(node: Node, index: int, form: str, workers: int, worker: int) -> float:
    items = copy_items(node, index)
    begin, end = share(items, workers, worker), share(items, workers, worker + 1)
    if form == "wide":
        return COPY + xpulp.convert("f16_f32", end - begin)
    if form == "split":
        return COPY + xpulp.split(columns(node, index), begin, end)
    return COPY + KEPT * (end - begin)
