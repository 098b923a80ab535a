"""A function of each int8 by a table of all of its codes: ``y[i] = table[x[i] + 128]``.

The constant ``table`` is int8 ``(256,)``. Any function of one int8 is this operator, whatever the scales of its
input and output are, and however its results were rounded.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Op, Role, Stored, register, require, require_types
from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Constant, Input, Kernels, Output, Product
from ossicle.numerics.formats import DType

CODES = np.arange(-128, 128)
"""All codes of an int8, in the order of the table."""


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    require_types(node, inputs, outputs, [DType.S8], [DType.S8])
    require(inputs[0].size == outputs[0].size, node, "its input and output differ in size")


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    return [node.constants["table"][inputs[0].astype(np.int64) + 128]]


def _parameters(node: Node) -> Mapping[str, Stored]:
    return {"table": Stored(Role.PARAMETER, "int8", (len(CODES),))}


def _calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    values = {"input": Input(), "y": Output(), "table": Constant("table")}
    return Calls((Call(kernels.need("lookup", DType.S8), values),), tensors[node.outputs["y"]].size)


LOOKUP = register(
    Op("lookup", ("x",), ("y",), _check, simulate, Path(__file__).parent, _calls, parameters=_parameters)
)
