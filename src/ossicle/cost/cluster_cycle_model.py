"""The cluster cycle model: cycles of each worker in each phase of a plan, summed over its calls of kernels.

A call takes what the record of its kernel says of one core that is alone (:mod:`ossicle.kernels.cv32e40p`),
and longer for what others take from it (:mod:`ossicle.cost.contention`). What surrounds the kernels was
fitted to the RTL testbench.
"""

from collections.abc import Sequence
from itertools import pairwise

from ossicle.cost.contention import together
from ossicle.cost.discrete_event_model import PhaseCycles
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.operator import OPS
from ossicle.graph.task import EndCall
from ossicle.kernels import Kernel, Product
from ossicle.kernels.cycles import Size, Transform, Work
from ossicle.lowering import Lowered
from ossicle.schedule.cluster import ClusterPlan, Phase
from ossicle.schedule.plan_search import parallel_ends
from ossicle.schedule.tiles import lower_shared, range_begin, staged
from ossicle.targets import ClusterTarget

EMPTY_PHASE = 6
LAYER, CONVERSION = 90, 20
"""From the begin of a phase to its first kernel, and from its last one to the end."""
STAGED_OPERAND, SNAPSHOT_VALUE = 30, 6
"""Of each staged operand, and of each value of a state snapshot."""


def phase_cycles(graph: Graph, target: ClusterTarget, plan: ClusterPlan) -> PhaseCycles:
    """What each worker takes for its worker range of a phase of a plan."""
    cluster, parallel = target.cluster, parallel_ends(graph)
    shared = lower_shared(graph, target.kernels)
    ends = {"front_end": parallel.front_end, "back_end": parallel.back_end}
    known: dict[tuple[str, int], float] = {}
    copying = 0.0

    def alone(phase: Phase, count: int) -> Work:
        if not phase.node or not count:
            return Work(EMPTY_PHASE)
        if phase.layer.startswith("stage_"):
            return _staging(shared[phase.node], target, plan.workers)
        return layer_work(shared[phase.node], count, cluster.fpu.half_pairs)

    def cycles(phase: Phase, count: int) -> float:
        if (phase.layer, count) not in known:
            known[phase.layer, count] = (
                end_cycles(ends[phase.layer], target, plan.workers, copying)
                if phase.layer in ends
                else together(alone(phase, count), cluster, plan.workers, copying)
            )
        return known[phase.layer, count]

    def of(phase: Phase) -> Sequence[float]:
        begins = [range_begin(phase.count, plan.workers, worker) for worker in range(plan.workers + 1)]
        return [cycles(phase, end - begin) for begin, end in pairwise(begins)]

    # The engine is busy for as long as it takes in a frame without copies: what that makes longer is little.
    still = sum(max(of(phase)) for phase in plan.phases)
    copying = min(1.0, plan.traffic["l2"] / cluster.dma.rate / still)
    known.clear()
    return of


def end_cycles(calls: Sequence[EndCall], target: ClusterTarget, workers: int, copying: float) -> float:
    """Cycles of the front end or the back end, with the waits in a transform."""
    total = 0.0
    for call in calls:
        kernel = target.kernels.need(call.operation)
        if isinstance(kernel.cycles, Transform):
            work = kernel.cycles.of(Size(call.size, workers=workers))
            total += kernel.cycles.waiting * (workers - 1)
        elif call.shared:
            work = call.size / workers * kernel_work(kernel, Size(1))
        else:
            work = kernel_work(kernel, Size(call.size))
        total += together(work, target.cluster, workers, copying)
    return total


def layer_work(lowered: Lowered, units: int, half_pairs: bool) -> Work:
    """What one worker has to do for so many units of a node."""
    total = Work(LAYER if lowered.products else CONVERSION)
    reuse = OPS[lowered.node.op].weight_reuse(lowered.node)
    for call in lowered.body.calls:
        size = Size(call.rows * units, call.columns, variant=call.variant, half_pairs=half_pairs)
        total += reuse * kernel_work(call.kernel, size)
    return total


def kernel_work(kernel: Kernel, size: Size) -> Work:
    """What a call takes; raises :class:`OssicleError` where nobody has counted or measured it."""
    if kernel.cycles is None:
        raise OssicleError(
            f"nobody has measured what {kernel.name} takes on a core of a cluster; choose another precision"
        )
    return kernel.cycles.of(size)


def _staging(lowered: Lowered, target: ClusterTarget, workers: int) -> Work:
    """Of the worker that takes longest."""
    of_workers = (
        sum((_staged_operand(product, target, workers, worker) for product in staged(lowered)), Work(0))
        for worker in range(workers)
    )
    return max(of_workers, key=lambda work: work.cycles)


def _staged_operand(product: Product, target: ClusterTarget, workers: int, worker: int) -> Work:
    items = product.form.items(product.columns)
    begin, end = range_begin(items, workers, worker), range_begin(items, workers, worker + 1)
    if not product.form.operation:
        return Work(STAGED_OPERAND + SNAPSHOT_VALUE * (end - begin))
    kernel = target.kernels.need(product.form.operation, product.form.types)
    return Work(STAGED_OPERAND) + kernel_work(kernel, Size(end - begin, product.columns, begin))
