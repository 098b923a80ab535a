"""Tiles: stretches of a node's weights that are copied into L1 in one transfer, with a slice for each worker.

A tile holds the slices one after another. A slice holds all rows of its units, gate by gate, so that a
worker that has computed them goes on to the gates of these units without waiting for another. For each
product of the node it has the packed weights, then for integers the biases, multipliers and shifts, for
floats the biases. Each of these begins at a multiple of 4 bytes, and a slice at one of 8.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.graph.operator import OPS
from ossicle.kernels import Kernels, NoKernelError, Product
from ossicle.lowering import Lowered, constant_bytes, lower
from ossicle.schedule.plan import C_TYPES, scratch_name

APART = 2
"""Words between the banks of L1 in which the scratch of neighbouring workers begins, who use it at once."""


@dataclass(frozen=True)
class Tile:
    """Units ``first`` to ``first + units`` of a node: hidden units, or rows of a dense layer."""

    node: str
    first: int
    units: int
    bytes: int


def lower_shared(graph: Graph, kernels: Kernels) -> dict[str, Lowered]:
    """The nodes of a graph as calls that workers share, by name.

    Raises :class:`OssicleError` where a node has a call without a kernel that computes a range.
    """
    found = {}
    for node in graph.nodes:
        try:
            found[node.name] = lower(node, graph.tensors, kernels)
        except NoKernelError:
            raise OssicleError(
                f"node {node.name!r} of {graph.name} is a {node.op}, which a cluster cannot run yet; "
                "take a Cortex-M target"
            ) from None
    return found


def range_begin(n: int, workers: int, worker: int) -> int:
    """Where the worker range of a worker begins in ``n`` items; osc_range_begin.h has the same."""
    return n // workers * worker + min(worker, n % workers)


def slice_bytes(lowered: Lowered, count: int) -> int:
    """Bytes of a slice of ``count`` units."""
    size = 0
    for product in lowered.products:
        weight = lowered.node.constants[OPS[lowered.node.op].matrices[product.index].weight]
        size += sum(_aligned(part, 4) for part in constant_bytes(product, weight[: lowered.rows * count]))
    return _aligned(size, 8)


def tile_bytes(lowered: Lowered, count: int, workers: int) -> int:
    """Bytes of a tile of ``count`` units."""
    begins = [range_begin(count, workers, worker) for worker in range(workers + 1)]
    return sum(slice_bytes(lowered, end - begin) for begin, end in pairwise(begins))


def cut(lowered: Lowered, workers: int, most_bytes: int) -> list[Tile]:
    """Tiles of a node of at most ``most_bytes`` where one unit takes no more; all but the last of one size.

    As long as that leaves a unit for each worker, tiles have as many units for all of them.
    """
    total = lowered.body.units
    count = max(1, min(total, most_bytes // slice_bytes(lowered, 1)))
    while count > 1 and tile_bytes(lowered, count, workers) > most_bytes:
        count -= 1
    if count >= workers:
        count -= count % workers
        even = -(-total // -(-total // count))
        count = min(count, _aligned(even, workers))
    sizes = [min(count, total - first) for first in range(0, total, count)]
    return [
        Tile(lowered.node.name, index * count, size, tile_bytes(lowered, size, workers))
        for index, size in enumerate(sizes)
    ]


def staged(lowered: Lowered) -> list[Product]:
    """The products of a node whose operands are copied before its first tile."""
    return [product for product in lowered.products if product.staged]


def staged_name(lowered: Lowered, product: Product) -> str:
    """The buffer of a staged operand."""
    return f"{lowered.node.name}_{product.form.name}{product.suffix}"


def scratch_buffers(lowered: Lowered, widest: int, workers: int) -> Iterable[tuple[str, str, int]]:
    """Buffers of a node whose workers compute up to ``widest`` units at once.

    ``NODE_scratch`` has a part for each worker. The others are staged operands.
    """
    if lowered.body.sums:
        words = lowered.body.sums * widest
        words += (APART - words) % (APART * workers)
        yield scratch_name(lowered.node), "int32_t" if lowered.node.integer else "float", workers * words
    for product in staged(lowered):
        c_type = product.form.c_type or C_TYPES[product.precision.operand]
        yield staged_name(lowered, product), c_type, product.form.count(product.columns)


def _aligned(size: int, to: int) -> int:
    return -(-size // to) * to
