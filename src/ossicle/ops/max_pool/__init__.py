"""Maximum pooling: the largest value of each channel at each output position (:mod:`ossicle.ops.pooling`)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Op, register
from ossicle.graph.types import Node, Tensor
from ossicle.ops.geometry import map_axes, with_channels
from ossicle.ops.pooling import TYPES, check_pool, pool_calls, pooled_tensor, values_under


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame."""
    return [values_under(node, inputs[0]).max(axis=-2).reshape(*inputs[0].shape[:-1], -1)]


MAX_POOL = register(
    Op(
        "max_pool",
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
