"""Tiles: stretches of a node's weights that are brought near in one go, cut into a chunk for each worker.

A tile holds the chunks one after another. A chunk holds all rows of its units, gate by gate, so that a
worker that has computed them goes on to the gates of these units without waiting for another. For each
product of the node it has the packed weights, then for integers the biases, multipliers and shifts, for
floats the biases. Each of these begins at a multiple of 4 bytes, and a chunk at one of 8.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ossicle.errors import OssicleError
from ossicle.graph import DType, Graph, Node
from ossicle.graph.operator import OPS

WEIGHTED = ("linear", "gru", "lstm")
SPLIT = (*WEIGHTED, "convert")
"""Operators that workers can share."""


APART = 2
"""Words between the banks of L1 in which the parts of neighbouring workers begin, who use theirs at once."""


@dataclass(frozen=True)
class Tile:
    """Units ``first`` to ``first + units`` of a node: hidden units, or rows of a dense layer."""

    node: str
    first: int
    units: int
    bytes: int


def check_operators(graph: Graph) -> None:
    """Raise :class:`OssicleError` where a graph has an operator that cannot be shared."""
    for node in graph.nodes:
        if node.op not in SPLIT:
            raise OssicleError(
                f"node {node.name!r} of {graph.name} is a {node.op}, which a cluster cannot run yet; "
                "take a Cortex-M target"
            )


def share(n: int, workers: int, worker: int) -> int:
    """Where the part of a worker begins in ``n`` items; osc_share.h has the same."""
    return n // workers * worker + min(worker, n % workers)


def units(node: Node) -> int:
    """Units that a node with weights can be cut into."""
    return len(node.constants["weight"]) if node.op == "linear" else node.constants["weight_hh"].shape[1]


def gates(node: Node) -> int:
    """Rows of each of its matrices that a unit has."""
    return 1 if node.op == "linear" else len(node.constants["weight_hh"]) // units(node)


def columns(node: Node, index: int) -> int:
    """Operands of each row of one of its products."""
    return node.constants[OPS[node.op].matrices[index].weight].shape[1]


def chunk_bytes(node: Node, count: int) -> int:
    """Bytes of a chunk of ``count`` units."""
    rows, size = gates(node) * count, 0
    for index in range(len(OPS[node.op].matrices)):
        product, of_row = node.product(index), columns(node, index)
        if product.weight_bits:
            size += rows * _aligned(of_row * product.weight_bits, 32) // 8 + 8 * rows + _aligned(rows, 4)
        else:
            width = product.operand.numpy.itemsize
            size += _aligned(width * rows * of_row, 4) + _aligned(width * rows, 4)
    return _aligned(size, 8)


def tile_bytes(node: Node, count: int, workers: int) -> int:
    """Bytes of a tile of ``count`` units."""
    begins = [share(count, workers, worker) for worker in range(workers + 1)]
    return sum(chunk_bytes(node, end - begin) for begin, end in pairwise(begins))


def cut(node: Node, workers: int, most_bytes: int) -> list[Tile]:
    """Tiles of a node of at most ``most_bytes`` where one unit takes no more; all but the last of one size.

    As long as that leaves a unit for each worker, tiles have as many units for all of them.
    """
    total = units(node)
    count = max(1, min(total, most_bytes // chunk_bytes(node, 1)))
    while count > 1 and tile_bytes(node, count, workers) > most_bytes:
        count -= 1
    if count >= workers:
        count -= count % workers
        even = -(-total // -(-total // count))
        count = min(count, _aligned(even, workers))
    sizes = [min(count, total - first) for first in range(0, total, count)]
    return [
        Tile(node.name, index * count, size, tile_bytes(node, size, workers))
        for index, size in enumerate(sizes)
    ]


def widest_chunk(tiles: Iterable[Tile], workers: int) -> int:
    """Units of the largest chunk of a node's tiles."""
    return (
        max(share(tile.units, workers, 1) for tile in tiles) if workers > 1 else max(t.units for t in tiles)
    )


def copied(node: Node, index: int) -> str:
    """How the operand of a product is copied before the first tile of its node; empty where it is not.

    ``"wide"``: halves as floats. ``"split"``: integers of 16 bits as the bytes that are multiplied with
    narrower weights. ``"kept"``: as they are, where gates replace them while other workers still read them.
    """
    product = node.product(index)
    if product.operand == DType.F16:
        return "wide"
    if product.operand == DType.S16 and product.weight_bits < 16:
        return "split"
    # Operands of 8 bits are no state themselves: they are converted from one.
    return "kept" if index == 1 and product.operand != DType.S8 else ""


def copies(node: Node) -> Iterable[tuple[int, str, str]]:
    """Of each operand of a node that is copied: which product multiplies it, how, and into what buffer."""
    if node.op in WEIGHTED:
        for index, matrix in enumerate(OPS[node.op].matrices):
            if form := copied(node, index):
                yield index, form, f"{node.name}_{form}{matrix.suffix}"


def copy_items(node: Node, index: int) -> int:
    """What workers share of a copy: its values, or its groups of four where they are split."""
    values = columns(node, index)
    return _aligned(values, 8) // 4 if copied(node, index) == "split" else values


def work(node: Node, widest: int, workers: int) -> Iterable[tuple[str, str, int]]:
    """Buffers of a node whose workers compute up to ``widest`` units at once.

    ``NODE_work`` has a part for each worker. The others are copies of operands.
    """
    if node.op not in WEIGHTED:
        return
    rows = gates(node) * widest * len(OPS[node.op].matrices)
    rows += (APART - rows) % (APART * workers)
    if node.integer or node.op != "linear" or node.precision == "fp16":
        yield f"{node.name}_work", "int32_t" if node.integer else "float", workers * rows
    for index, form, name in copies(node):
        items = copy_items(node, index)
        if form == "split":
            yield name, "uint32_t", 2 * items
        else:
            yield name, "int16_t" if node.integer else "float", items


def _aligned(size: int, to: int) -> int:
    return -(-size // to) * to
