"""Mean pooling: the mean of each channel at each output position (:mod:`ossicle.ops.pooling`)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Op, register
from ossicle.graph.types import Node, Tensor
from ossicle.ops.pooling import TYPES, check_pool, pool_calls, pooled_tensor, values_under


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame; means of integers are rounded, halves upwards."""
    taps = values_under(node, inputs[0])
    if taps.dtype.kind == "f":
        means = taps.sum(axis=-2, dtype=np.float32) * np.float32(1 / taps.shape[-2])
    else:
        count = taps.shape[-2]
        means = (taps.sum(axis=-2, dtype=np.int64) * 2 + count) // (2 * count)
    return [means.reshape(*inputs[0].shape[:-1], -1).astype(taps.dtype)]


AVERAGE_POOL = register(
    Op(
        "average_pool",
        ("x",),
        ("y",),
        check_pool,
        simulate,
        Path(__file__).parent,
        pool_calls,
        preserved_types=TYPES,
        preserved_outputs=pooled_tensor,
        keeps_scale=True,
    )
)
