"""Mean pooling: the mean of each channel at each output position (:mod:`ossicle.ops.pooling`)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Op, register
from ossicle.graph.types import Node, Tensor
from ossicle.numerics import single
from ossicle.numerics.fixed_point import Rounding
from ossicle.ops.geometry import map_axes, with_channels
from ossicle.ops.pooling import TYPES, check_pool, pool_calls, pooled_tensor, values_under


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one step; means of integers are rounded, halves upwards or as other runtimes do away from zero."""
    points = values_under(node, inputs[0])
    count = points.shape[-2]
    if points.dtype.kind == "f":
        means = single.added(points) * np.float32(1 / count)
    elif node.rounding == Rounding.ONCE:
        means = (points.sum(axis=-2, dtype=np.int64) * 2 + count) // (2 * count)
    else:
        sums = points.sum(axis=-2, dtype=np.int64)
        means = np.sign(sums) * ((np.abs(sums) + count // 2) // count)
    return [means.reshape(*inputs[0].shape[:-1], -1).astype(points.dtype)]


AVERAGE_POOL = register(
    Op(
        "average_pool",
        ("x",),
        ("y",),
        check_pool,
        simulate,
        Path(__file__).parent,
        pool_calls,
        preserved_types=lambda node: TYPES,
        preserved_outputs=pooled_tensor,
        keeps_scale=True,
        axes=map_axes,
        narrowed=with_channels,
    )
)
