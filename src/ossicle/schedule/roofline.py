"""The roofline lower bound: the fewest cycles that a frame of a graph takes on a cluster by any plan."""

import math
from dataclasses import dataclass

from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node
from ossicle.graph.operator import OPS
from ossicle.numerics.formats import PRECISIONS
from ossicle.targets import Cluster, OperatingPoint, Store


@dataclass(frozen=True)
class LowerBound:
    """Fewest cycles of each part of the machine; all three overlap at best, and the most of them holds."""

    cores: int
    """All products, at the best rate of all workers and of the floating-point units."""
    dma: int
    """Weights that L1 cannot hold from frame to frame, over the DMA engine."""
    l3: int
    """Weights that neither L1 nor L2 can hold, over the way from L3."""

    @property
    def cycles(self) -> int:
        """The most of the three."""
        return max(self.cores, self.dma, self.l3)

    @property
    def bottleneck(self) -> str:
        """Which one that is: ``"cores"``, ``"dma"`` or ``"l3"``."""
        return max(("cores", "dma", "l3"), key=lambda name: getattr(self, name))


def lower_bound(
    graph: Graph, cluster: Cluster, point: OperatingPoint | None = None, l3: Store | None = None
) -> LowerBound:
    """Fewest cycles of a frame; only products and weights count, without biases, padding and latencies.

    Weights that fit neither L1 nor L2 come from ``l3``, or else from the fastest L3 of the cluster; ``point``
    says how many cycles its seconds are.
    """
    weights = sum(_weight_bytes(node) for node in graph.nodes)
    from_l2 = max(weights - cluster.l1.bytes, 0)
    from_l3 = max(from_l2 - cluster.l2.bytes, 0)
    l3 = l3 or max(cluster.l3, key=lambda store: store.bytes_per_second, default=None)
    if from_l3 and not (point and l3):
        raise OssicleError(
            f"{graph.name} has {weights:,} bytes of weights, which L1 and L2 cannot hold; name an operating "
            "point of a cluster that has an L3"
        )
    seconds = from_l3 / l3.bytes_per_second if l3 else 0.0
    return LowerBound(
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
    reuse = OPS[node.op].weight_reuse(node)
    return sum(count * reuse / _rate(name, cluster) for name, count in _products(node))


def _rate(precision: str, cluster: Cluster) -> float:
    """Products a cycle of all workers."""
    units = cluster.fpu.units * cluster.fpu.macs.get(precision, math.inf)
    return min(cluster.workers * cluster.macs[precision], units)


def _weight_bytes(node: Node) -> int:
    return sum(PRECISIONS[name].least_bytes(count) for name, count in _products(node))
