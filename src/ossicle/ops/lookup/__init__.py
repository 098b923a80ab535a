"""A function of each int8 by a table of all of its codes: ``y[i] = table[(i // inner) % p, x[i] + 128]``.

The constant ``table`` is int8 ``(p, 256)``; the attribute ``inner`` says how many values in turn have one of
its rows. A function of an int8 and one of ``p`` constants is this operator, whatever the scales of its input
and output are, and however its results were rounded.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Op, Role, Stored, register, require, require_types
from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Constant, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value
from ossicle.numerics.formats import DType

CODES = np.arange(-128, 128)
"""All codes of an int8, in the order of the table."""


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    require_types(node, inputs, outputs, [DType.S8], [DType.S8])
    size, inner = inputs[0].size, node.attributes.get("inner")
    require(size == outputs[0].size, node, "its input and output differ in size")
    rows = len(node.constants.get("table", CODES))
    fits = type(inner) is int and inner > 0 and size % (inner * rows) == 0
    require(fits, node, f"its {rows} tables for {inner} values each do not fill {size} values")


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    table, x = node.constants["table"], inputs[0].astype(np.int64)
    row = np.arange(x.shape[-1]) // int(node.attributes["inner"]) % len(table)  # type: ignore[arg-type]
    return [table[row, x + 128]]


def _parameters(node: Node) -> Mapping[str, Stored]:
    rows = len(node.constants.get("table", ""))
    return {"table": Stored(Role.PARAMETER, "int8", (rows, len(CODES)))}


def _calls(node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]) -> Calls:
    rows, size = len(node.constants["table"]), tensors[node.outputs["y"]].size
    inner = int(node.attributes["inner"])  # type: ignore[arg-type]
    values: dict[str, Value] = {"input": Input(), "y": Output(), "table": Constant("table")}
    values |= {"outer": size // (rows * inner), "size": rows, "inner": inner}
    return Calls((Call(kernels.need("lookup", DType.S8), values),), size)


LOOKUP = register(
    Op("lookup", ("x",), ("y",), _check, simulate, Path(__file__).parent, _calls, parameters=_parameters)
)
