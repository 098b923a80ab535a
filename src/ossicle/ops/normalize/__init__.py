"""Values of rows less their mean and divided by their standard deviation: layer and instance norm.

For each of ``outer`` rows of ``n`` values, which the attribute ``shape`` has as (outer, n)::

    y = (x - mean) / sqrt(variance + epsilon) * scale + offset

The constants ``scale`` and ``offset`` are ``(n,)``, ``epsilon`` is an attribute. It works in f32 only: a row
of small values becomes as large as any other, so that integers would keep few bits of it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ossicle.graph.operator import Bounds, Op, Role, Stored, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Constant, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value
from ossicle.numerics import single
from ossicle.numerics.formats import DType
from ossicle.ops.elementwise import check_same, sizes_of


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    check_same(node, inputs, outputs[0], (DType.F32,))
    shape, epsilon = sizes_of(node, 2), node.attributes.get("epsilon")
    require(
        inputs[0].size == shape[0] * shape[1], node, f"its shape {shape} does not fit {inputs[0].size} values"
    )
    require(isinstance(epsilon, float) and epsilon >= 0, node, f"its epsilon is {epsilon}")


def _parameters(node: Node) -> Mapping[str, Stored]:
    count = sizes_of(node, 2)[1]
    return {name: Stored(Role.PARAMETER, "float32", (count,)) for name in ("scale", "offset")}


def _preserved_outputs(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, ...]:
    return tuple(outputs)


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one step."""
    (x,), shape = inputs, sizes_of(node, 2)
    rows, share = x.reshape(*x.shape[:-1], *shape), np.float32(1) / np.float32(shape[1])
    rows = rows - (single.row_sums(rows) * share)[..., None]
    variance = single.row_squares(rows) * share
    gain = np.float32(1) / np.sqrt(variance + np.float32(_epsilon(node)))
    y = rows * gain[..., None] * node.constants["scale"] + node.constants["offset"]
    return [y.reshape(x.shape)]


def _epsilon(node: Node) -> float:
    epsilon = node.attributes["epsilon"]
    assert isinstance(epsilon, float)
    return epsilon


def _calls(node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]) -> Calls:
    y, (outer, count) = tensors[node.outputs["y"]], sizes_of(node, 2)
    values: dict[str, Value] = {
        "input": Input(),
        "y": Output(),
        "outer": outer,
        "count": count,
        "epsilon": _epsilon(node),
        "scale": Constant("scale"),
        "offset": Constant("offset"),
    }
    return Calls((Call(kernels.need("normalize", y.dtype), values),), y.size)


NORMALIZE = register(
    Op(
        "normalize",
        ("x",),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        _calls,
        parameters=_parameters,
        preserved_types=lambda node: (DType.F32,),
        preserved_outputs=_preserved_outputs,
    )
)
