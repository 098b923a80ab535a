"""The cluster cycle model: cycles of each worker in each step of a plan, summed over its calls of kernels.

A call takes what the record of its kernel says of one core that is alone (:mod:`ossicle.kernels.cv32e40p`),
and longer for what others take from it (:mod:`ossicle.cost.contention`). What surrounds the kernels was
fitted to the RTL bench.
"""

from collections.abc import Sequence
from itertools import pairwise

from ossicle.cost.contention import together
from ossicle.cost.discrete_event_model import StepCycles
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.kernels import Kernel, Product
from ossicle.kernels.cycles import Size, Transform, Work
from ossicle.lowering import Lowered
from ossicle.schedule.arrange import parallel_ends
from ossicle.schedule.cluster import ClusterPlan, Step
from ossicle.schedule.tiles import lower_shared, share, staged
from ossicle.targets import Target

PAUSE = 6
LAYER, CONVERSION = 90, 20
"""From the begin of a step to its first kernel, and from its last one to the end."""
COPY, KEPT = 30, 6
"""Of each copy of an operand, and of each value of one that is kept from the gates."""
AROUND = {"front_end": ("parallel_stft", "magnitude"), "back_end": ("parallel_istft",)}
"""Operations whose kernels' cycle-table entries make up what surrounds the network."""


def step_cycles(graph: Graph, target: Target, plan: ClusterPlan) -> StepCycles:
    """What each worker takes for its share of a step of a plan."""
    cluster, parallel = target.need_cluster(), parallel_ends(graph)
    shared = lower_shared(graph, target.kernels)
    known: dict[tuple[str, int], float] = {}
    copying = 0.0

    def alone(step: Step, count: int) -> Work:
        if not step.node or not count:
            return Work(PAUSE)
        if step.layer.startswith("prepare"):
            return _preparation(shared[step.node], target, plan.workers)
        return layer_work(shared[step.node], count, cluster.fpu.half_pairs)

    def cycles(step: Step, count: int) -> float:
        if (step.layer, count) not in known:
            known[step.layer, count] = (
                around(step.layer, parallel.transform_points, target, plan.workers, copying)
                if step.layer in AROUND
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


def around(layer: str, n_fft: int, target: Target, workers: int, copying: float) -> float:
    """Cycles of the front end or the back end: the parts of a transform, the waits in it, and magnitudes."""
    total = 0.0
    for operation in AROUND[layer]:
        kernel = target.kernels.need(operation)
        if isinstance(kernel.cycles, Transform):
            work = kernel.cycles.of(Size(n_fft, workers=workers))
            total += kernel.cycles.waiting * (workers - 1)
        else:
            work = (n_fft / 2 + 1) / workers * kernel_work(kernel, Size(1))
        total += together(work, target.need_cluster(), workers, copying)
    return total


def layer_work(lowered: Lowered, units: int, half_pairs: bool) -> Work:
    """What one worker has to do for so many units of a node."""
    total = Work(LAYER if lowered.products else CONVERSION)
    for call in lowered.body.calls:
        size = Size(call.rows * units, call.columns, variant=call.variant, half_pairs=half_pairs)
        total += lowered.body.times * kernel_work(call.kernel, size)
    return total


def kernel_work(kernel: Kernel, size: Size) -> Work:
    """What a call takes; raises :class:`OssicleError` where nobody has counted or measured it."""
    if kernel.cycles is None:
        raise OssicleError(
            f"nobody has measured what {kernel.name} takes on a core of a cluster; choose another precision"
        )
    return kernel.cycles.of(size)


def _preparation(lowered: Lowered, target: Target, workers: int) -> Work:
    """Of the worker that takes longest."""
    of_workers = (
        sum((_copy(product, target, workers, worker) for product in staged(lowered)), Work(0))
        for worker in range(workers)
    )
    return max(of_workers, key=lambda work: work.cycles)


def _copy(product: Product, target: Target, workers: int, worker: int) -> Work:
    items = product.form.items(product.columns)
    begin, end = share(items, workers, worker), share(items, workers, worker + 1)
    if not product.form.operation:
        return Work(COPY + KEPT * (end - begin))
    kernel = target.kernels.need(product.form.operation, product.form.types)
    return Work(COPY) + kernel_work(kernel, Size(end - begin, product.columns, begin))
