"""Two tensors, element by element: ``y[i] = function(a[i], b[(i // inner) % size of b])``.

The attribute ``function`` is one of add, sub, mul, div, max, min, greater, less and equal; the last three
give 1 or 0. With the attribute ``inner`` (1 unless it is there), ``b`` has a value for each row of so many
values of ``a``; it begins again where it ends. All but div work in int8 and int16 too (docs/numerics.md).
"""

from collections.abc import Collection, Sequence
from pathlib import Path

from ossicle.graph.operator import Bounds, Op, register, require
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType
from ossicle.ops.binary.lower import binary_calls
from ossicle.ops.binary.simulate import COMPARISONS, FUNCTIONS, simulate, terms
from ossicle.ops.elementwise import INTEGERS, calibrated, inner_of, narrowed_repeats, repeated_axes

FLOAT_ONLY = ("div",)


def _check(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    (a, b), (y,), function = inputs, outputs, node.attributes.get("function")
    require(function in FUNCTIONS, node, f"its function must be one of {', '.join(FUNCTIONS)}")
    inner = inner_of(node)
    filled = a.size % (inner * b.size) == 0
    require(filled, node, f"its second input of {b.size} values, {inner} times each, does not fill {a.size}")
    require(a.size == y.size, node, f"its first input has {a.size} values and its output {y.size}")
    types = {tensor.dtype for tensor in (*inputs, y)}
    possible = len(types) == 1 and y.dtype in _preserved_types(node)
    require(possible, node, f"it cannot compute {function} of {a.dtype} and {b.dtype} in {y.dtype}")
    if y.dtype in INTEGERS:
        logical = (y.scale, y.zero_point) == (1.0, 0)
        require(function not in COMPARISONS or logical, node, "the codes of a comparison are 1 and 0")
        terms(node, inputs, y)


def _preserved_types(node: Node) -> Collection[DType]:
    return (DType.F32,) if node.attributes["function"] in FLOAT_ONLY else (DType.F32, *INTEGERS)


def _preserved_outputs(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, ...]:
    if node.attributes["function"] in COMPARISONS:
        return (Tensor(outputs[0].shape, inputs[0].dtype),)
    return (calibrated(node, inputs[0].dtype, outputs[0], bounds),)


BINARY = register(
    Op(
        "binary",
        ("a", "b"),
        ("y",),
        _check,
        simulate,
        Path(__file__).parent,
        binary_calls,
        preserved_types=_preserved_types,
        preserved_outputs=_preserved_outputs,
        axes=repeated_axes,
        narrowed=narrowed_repeats,
    )
)
