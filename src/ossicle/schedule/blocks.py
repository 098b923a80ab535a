"""Blocks of a convolution's filters whose weights stay in a data cache while all windows pass."""

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph import Node
from ossicle.kernels import Product
from ossicle.ops.geometry import Window

GROUP = 4
"""Filters that kernels may take at once: blocks are of whole groups."""


def row_elements(product: Product, weight: np.ndarray) -> int:
    """Elements of a packed table from a filter to the next one, where blocks begin at whole groups."""
    if not product.layout.even:
        raise OssicleError(
            f"the layout {product.layout.name!r} cannot be cut into blocks of filters; set the target's "
            "cache_bytes to 0"
        )
    bits = max(product.precision.stored_bits, 8)
    return 8 * product.layout.bytes(weight[:GROUP], product.precision) // (bits * len(weight[:GROUP]))


def filters_at_a_time(node: Node, weight_bytes: int, cache_bytes: int) -> int:
    """How many filters go over all windows before the next ones do; 0 for all of them at once.

    ``weight_bytes`` is what the node's constants take in all. Half of the cache is left to the map. Windows
    that have to be gathered are not gathered again for each block.
    """
    if node.op != "conv2d" or weight_bytes <= cache_bytes or not cache_bytes:
        return 0
    window, filters = Window.of(node), len(node.constants["weight"])
    if window.positions == 1 or window.groups > 1 or not window.contiguous:
        return 0
    fitting = cache_bytes // 2 * filters // weight_bytes
    return fitting // GROUP * GROUP
