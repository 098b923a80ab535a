"""What operators share that compute each value of their output from few values of their inputs."""

import numpy as np

from ossicle.graph.operator import Bounds
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType

INTEGERS = (DType.S8, DType.S16)
MULTIPLIER_BITS = {DType.S8: 20, DType.S16: 13}
"""Such that two terms and a half fit into an int32; see :func:`ossicle.numerics.fixed_point.one_shift`."""


def calibrated(node: Node, dtype: DType, output: Tensor, bounds: Bounds) -> Tensor:
    """The output ``y`` of a node in an element type, with the range that calibration saw."""
    of = {DType.S8: Tensor.affine_s8, DType.S16: Tensor.symmetric_s16}.get(dtype)
    return of(output.shape, *bounds(node.outputs["y"], dtype)) if of else Tensor(output.shape, dtype)


def saturated(values: np.ndarray, target: Tensor) -> np.ndarray:
    """Integers as codes of a tensor, whose zero point is added."""
    limits = np.iinfo(target.dtype.numpy)
    codes: np.ndarray = np.clip(values + target.zero_point, limits.min, limits.max)
    return codes.astype(limits.dtype)
