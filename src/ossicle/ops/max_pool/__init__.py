"""Maximum pooling: the largest value of each channel at each output position (:mod:`ossicle.ops.pooling`)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Op, register
from ossicle.graph.types import Node, Tensor
from ossicle.ops.pooling import TYPES, check_pool, pool_calls, pooled_tensor, windows_of


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    return [windows_of(node, inputs[0]).max(axis=-2).reshape(*inputs[0].shape[:-1], -1)]


MAX_POOL = register(
    Op(
        "max_pool",
        ("x",),
        ("y",),
        check_pool,
        simulate,
        Path(__file__).parent,
        pool_calls,
        carries=lambda node: TYPES,
        carried=pooled_tensor,
        keeps_scale=True,
    )
)
