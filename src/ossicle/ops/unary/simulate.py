"""The arithmetic of :mod:`ossicle.ops.unary`."""

from collections.abc import Sequence

import numpy as np

from ossicle.graph.types import Node, Tensor
from ossicle.numerics.fixed_point import fixed_point, one_shift, rescale
from ossicle.numerics.formats import Q15, DType
from ossicle.numerics.functions import (
    GATE_FRACTION,
    GATE_SCALE,
    PREACTIVATION_LIMIT,
    interpolated,
    sigmoid_q15,
    tanh_q15,
)
from ossicle.ops.elementwise import MULTIPLIER_BITS, saturated
from ossicle.ops.unary.functions import function_of, numbers_of
from ossicle.ops.unary.slopes import Slopes, prelu_codes, slopes


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    (x,), (source,), (y,) = inputs, sources, outputs
