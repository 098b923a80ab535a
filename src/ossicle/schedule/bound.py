"""What no plan can beat: the least cycles that a hop of a graph takes on a cluster."""

import math
from dataclasses import dataclass

from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node
from ossicle.graph.operator import OPS
from ossicle.numerics.formats import PRECISIONS
from ossicle.targets import Cluster, OperatingPoint, Store


@dataclass(frozen=True)
class Bound:
    """Least cycles of each kind; all three overlap at best, so that a hop takes at least the most of them."""

    compute: int
    """All products, at the best rate of all workers and of the floating-point units."""
    dma: int
    """Weights that cannot stay in L1 from hop to hop, over the DMA engine."""
    far: int
    """Weights that can stay neither there nor in L2, over the channel from behind it."""

    @property
    def cycles(self) -> int:
        """The most of the three."""
        return max(self.compute, self.dma, self.far)

    @property
    def limit(self) -> str:
        """Which one that is: ``"compute"``, ``"dma"`` or ``"far"``."""
        return max(("compute", "dma", "far"), key=lambda name: getattr(self, name))


def bound(
    graph: Graph, cluster: Cluster, point: OperatingPoint | None = None, far: Store | None = None
) -> Bound:
    """Least cycles of a hop; only products and weights count, without biases, padding and latencies.

    Weights that fit neither L1 nor L2 come from ``far``, or else from the fastest memory behind L2; ``point``
    says how many cycles its seconds are.
    """
    weights = sum(_weight_bytes(node) for node in graph.nodes)
    from_l2 = max(weights - cluster.l1.bytes, 0)
    from_far = max(from_l2 - cluster.l2.bytes, 0)
    far = far or max(cluster.far, key=lambda store: store.bytes_per_second, default=None)
    if from_far and not (point and far):
        raise OssicleError(
            f"{graph.name} has {weights:,} bytes of weights, which L1 and L2 cannot hold; name an operating "
            "point of a cluster that has an L3"
        )
    seconds = from_far / far.bytes_per_second if far else 0.0
    return Bound(
        math.ceil(sum(_cycles(node, cluster) for node in graph.nodes)),
        math.ceil(from_l2 / cluster.dma.rate),
        math.ceil(seconds * point.hertz) if point else 0,
    )


def _products(node: Node) -> list[tuple[str, int]]:
    """Precision and number of weights of each product of a node."""
    return [
        (node.product(index).name, node.constants[matrix.weight].size)
        for index, matrix in enumerate(OPS[node.op].matrices)
    ]


def _cycles(node: Node, cluster: Cluster) -> float:
    """Of all workers together, for the node's products."""
    return sum(count * OPS[node.op].uses(node) / _rate(name, cluster) for name, count in _products(node))


def _rate(precision: str, cluster: Cluster) -> float:
    """Products a cycle of all workers."""
    units = cluster.fpu.units * cluster.fpu.macs.get(precision, math.inf)
    return min(cluster.workers * cluster.macs[precision], units)


def _weight_bytes(node: Node) -> int:
    return sum(PRECISIONS[name].least_bytes(count) for name, count in _products(node))
