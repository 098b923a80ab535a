"""The kernel call of :mod:`ossicle.ops.binary`."""

from collections.abc import Mapping, Sequence

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value, rounded
from ossicle.numerics.formats import DType
from ossicle.ops.binary.simulate import Terms, adds_terms, product_rounding, terms
from ossicle.ops.binary.twice import Factors
from ossicle.ops.elementwise import inner_of


def binary_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """One call."""
    a, b, y = tensors[node.inputs["a"]], tensors[node.inputs["b"]], tensors[node.outputs["y"]]
    values: dict[str, Value] = {"a": Input("a"), "b": Input("b"), "y": Output()}
    values |= {"size": b.size, "inner": inner_of(node)}
    function = str(node.attributes["function"])
    if y.dtype != DType.F32:
        factors = terms(node, (a, b), y)
        function = factors.function
        values |= _integer_values(factors, a, b, y)
        if function == "add" and adds_terms(node, y):
            values |= _values_of_terms(node, a, b, y)
            function = rounded(function, node.rounding)
        elif function == "mul":
            function = rounded(function, product_rounding(node, y))
    return Calls((Call(kernels.need(f"binary_{function}", y.dtype), values),), y.size)


def _values_of_terms(node: Node, a: Tensor, b: Tensor, y: Tensor) -> dict[str, Value]:
    factors = Factors.of(a, b, y)
    return {
        "a_multiplier": factors.a.multiplier,
        "a_shift": factors.a.shift,
        "b_multiplier": factors.b.multiplier,
        "b_shift": factors.b.shift,
        "sign": -1 if node.attributes["function"] == "sub" else 1,
        "multiplier": factors.sum.multiplier,
        "shift": factors.sum.shift,
    }


def _integer_values(factors: Terms, a: Tensor, b: Tensor, y: Tensor) -> dict[str, Value]:
    """What kernels take besides; zero points and the half that rounds are in the offsets."""
    half = 1 << (factors.shift - 1)
    of_a, of_b = a.zero_point * factors.a, b.zero_point * factors.b
    return {
        "a_zero_point": a.zero_point,
        "b_zero_point": b.zero_point,
        "multiplier": factors.a,
        "a_multiplier": factors.a,
        "b_multiplier": factors.b,
        "offset": half - of_a - of_b,
        "a_offset": half - of_a,
        "b_offset": half - of_b,
        "difference": of_b - of_a,
        "shift": factors.shift,
        "zero_point": y.zero_point,
    }
