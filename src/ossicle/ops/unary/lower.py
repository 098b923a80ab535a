"""The kernel call of :mod:`ossicle.ops.unary`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Constant, Input, Kernels, Output, Product
from ossicle.kernels.calls import Value
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import DType
from ossicle.ops.elementwise import inner_of
from ossicle.ops.unary.functions import is_whole
from ossicle.ops.unary.integer import (
    GATES,
    SLOPES,
    fraction_factor,
    gate_factor,
    hard_gate,
    prelu_positive,
    product_factor,
    slopes_of,
    thirds_factor,
)
from ossicle.ops.unary.single import single_numbers

FOREIGN = ("sigmoid", "tanh")
"""Functions of int16 that other runtimes have."""


def unary_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """One call."""
    x, y, function = tensors[node.inputs["x"]], tensors[node.outputs["y"]], str(node.attributes["function"])
    values: dict[str, Value] = {"input": Input(), "y": Output()}
    if function == "prelu":
        kind, more = function, _prelu_values(node, x, y)
    elif y.dtype == DType.F32:
        numbers = single_numbers(node)
        kind, more = function, dict(numbers)
        if function == "pow" and is_whole(numbers["exponent"]):
            kind, more = "whole_pow", {"exponent": int(numbers["exponent"])}
    elif y.dtype == DType.S16 and function in SLOPES:
        kind, more = "slopes", _slope_values(node, x, y)
    elif y.dtype == DType.S16 and function in FOREIGN and node.rounding != Rounding.ONCE:
        kind, more = _foreign_gate(node, function, x)
    elif y.dtype == DType.S16 and function in GATES:
        kind, more = function, _gate_values(function, x, y)
    else:
        kind, more = "table", {"table": Constant("table")}
        if y.dtype == DType.S16:
            more["step"] = int(node.constants["step"][0])
    return Calls((Call(kernels.need(f"unary_{kind}", y.dtype), values | more),), y.size)


def unary_tables(node: Node) -> dict[str, np.ndarray]:
    """The constants that are tables in C; single numbers are passed."""
    return {name: array for name, array in node.constants.items() if name in ("slope", "table")}


def _prelu_values(node: Node, x: Tensor, y: Tensor) -> dict[str, Value]:
    values: dict[str, Value] = {
        "slope": Constant("slope"),
        "size": node.constants["slope"].size,
        "inner": inner_of(node),
    }
    if y.dtype != DType.F32:
        positive, shift = prelu_positive(node, x, y)
        values |= {"positive": positive, "shift": shift}
        values |= {"x_zero_point": x.zero_point, "zero_point": y.zero_point}
    return values


def _slope_values(node: Node, x: Tensor, y: Tensor) -> dict[str, Value]:
    return dict(asdict(slopes_of(node, x, y)))


def _foreign_gate(node: Node, function: str, x: Tensor) -> tuple[str, dict[str, Value]]:
    """Operation and values of a gate in the integers of another runtime."""
    if factor := fraction_factor(node, x):
        return f"{function}_of_fraction", {"factor": factor}
    multiplier, shift = thirds_factor(x)
    return f"{function}_by_table", {"multiplier": multiplier, "shift": shift}


def _gate_values(function: str, x: Tensor, y: Tensor) -> dict[str, Value]:
    product, right = product_factor(x, y)
    values: dict[str, Value] = {"product_multiplier": int(product), "product_shift": int(right)}
    if function == "hard_swish":
        gate = hard_gate(x)
        return values | {"multiplier": gate.positive, "offset": gate.offset, "shift": gate.shift}
    multiplier, shift = gate_factor(x)
    return values | {"multiplier": int(multiplier), "shift": int(shift)}
