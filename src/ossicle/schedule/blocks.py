"""Blocks of a convolution's filters whose weights stay in a data cache while all windows pass."""

from ossicle.graph import Node
from ossicle.ops.geometry import Window

GROUP = 4
"""Filters that kernels may take at once: blocks are of whole groups."""


def filters_at_a_time(node: Node, weight_bytes: int, cache_bytes: int) -> int:
    """How many filters go over all windows before the next ones do; 0 for all of them at once.

    ``weight_bytes`` is what the node's constants take in all. Half of the cache is left to the map. Windows
    that have to be gathered are not gathered again for each block.
    """
    if node.op != "conv2d" or weight_bytes <= cache_bytes or not cache_bytes:
        return 0
    window, filters = Window.of(node), len(node.constants["weight"])
    if window.positions == 1 or not window.contiguous:
        return 0
    fitting = cache_bytes // 2 * filters // weight_bytes
    return fitting // GROUP * GROUP
