"""Conversion of a tensor to another element type, that of the output.

A pair of types without a kernel of its own is converted through f32, which holds all of these values exactly.
"""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

from ossicle.graph.operator import Op, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType
from ossicle.ops.convert.lower import convert_calls
from ossicle.ops.convert.simulate import simulate

CONVERSIONS = {
    (DType.F32, DType.F16),
    (DType.F16, DType.F32),
    (DType.F32, DType.S8),
    (DType.F32, DType.S16),
    (DType.S8, DType.F32),
    (DType.S16, DType.F32),
    *product((DType.S8, DType.S16), repeat=2),
}


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    source, target = inputs[0], outputs[0]
    require((source.dtype, target.dtype) in CONVERSIONS, node, "it names no conversion that exists")
    require(source.size == target.size, node, "it changes the number of values")
    integers = source.dtype.numpy.kind == target.dtype.numpy.kind == "i"
    require(
        not integers or 2.0**-40 <= source.scale / target.scale <= 2.0**20,
        node,
        "its scales lie too far apart",
    )


CONVERT = register(Op("convert", ("x",), ("y",), _check, simulate, Path(__file__).parent, convert_calls))
