"""The arithmetic of :mod:`ossicle.ops.unary`."""

from collections.abc import Sequence

import numpy as np

from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType
from ossicle.numerics.functions import interpolated
from ossicle.ops.elementwise import repeated, saturated
from ossicle.ops.unary.integer import GATES, SLOPES, gate, prelu, sloped, slopes_of
from ossicle.ops.unary.single import single_function


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    (x,), (source,), (y,), function = inputs, sources, outputs, node.attributes["function"]
    if function == "prelu":
        return [_prelu(node, x, source, y)]
    if y.dtype == DType.F32:
        return [single_function(node, x)]
    if y.dtype == DType.S8:
        return [node.constants["table"][x.astype(np.int32) + 128]]
    if function in SLOPES:
        return [sloped(x, slopes_of(node, source, y)).astype(np.int16)]
    if function in GATES:
        return [saturated(gate(node, x, source, y), y)]
    return [saturated(interpolated(node.constants["table"], x, int(node.constants["step"][0])), y)]


def _prelu(node: Node, x: np.ndarray, source: Tensor, y: Tensor) -> np.ndarray:
    slope = repeated(node, node.constants["slope"], x.shape[-1])
    if y.dtype == DType.F32:
        return np.where(x > 0, x, slope * x)
    return saturated(prelu(node, x, source, y, slope), y)
