"""Conversions between element types (:mod:`ossicle.ops.convert`)."""

from collections.abc import Sequence

import numpy as np

from ossicle.graph import Node, Tensor
from ossicle.numerics.encoding import to_half
from ossicle.numerics.fixed_point import fixed_point, rescale
from ossicle.numerics.formats import DType


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame."""
    (x,), (source,), (target,) = inputs, sources, outputs
    if target.dtype == DType.F16:
        return [to_half(x)]
    if source.dtype.numpy.kind == target.dtype.numpy.kind == "i":
        limits = np.iinfo(target.dtype.numpy)
        steps = rescale(
            x.astype(np.int64) - source.zero_point, *fixed_point(np.array(source.scale / target.scale))
        )
        return [np.clip(steps + target.zero_point, limits.min, limits.max).astype(limits.dtype)]
    if target.dtype in (DType.S8, DType.S16):
        return [target.encode(x)]
    offset = x.astype(np.int32) - source.zero_point if source.dtype == DType.S8 else x
    return [offset.astype(np.float32) * np.float32(source.scale)]
