"""Operators that compute each number on its own."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from ossicle.importers.lower.arithmetic import affine, binary, select, unary, with_slope
from ossicle.importers.lower.context import Context, rule
from ossicle.importers.network import Operation
from ossicle.importers.obstacle import Obstacle

Line = Callable[[np.ndarray], tuple[np.ndarray | float, np.ndarray | float]]
FUNCTIONS = {
    "Abs": "abs",
    "Atan": "atan",
    "Ceil": "ceil",
    "Cos": "cos",
    "Erf": "erf",
    "Exp": "exp",
    "Floor": "floor",
    "Gelu": "gelu",
    "HardSwish": "hard_swish",
    "Log": "log",
    "Mish": "mish",
    "Neg": "neg",
    "Reciprocal": "reciprocal",
    "Relu": "relu",
    "Round": "round",
    "Sigmoid": "sigmoid",
    "Sign": "sign",
    "Swish": "silu",
    "Sin": "sin",
    "Softplus": "softplus",
    "Sqrt": "sqrt",
    "Tanh": "tanh",
}


@rule(*FUNCTIONS)
def _unary(context: Context, operation: Operation) -> None:
    _apply(context, operation, FUNCTIONS[operation.op])


@rule("LeakyRelu")
def _leaky(context: Context, operation: Operation) -> None:
    _apply(context, operation, "leaky_relu", alpha=operation.attributes.get("alpha", 0.01))


@rule("Elu")
def _elu(context: Context, operation: Operation) -> None:
    _apply(context, operation, "elu", alpha=operation.attributes.get("alpha", 1.0))


@rule("Clip")
def _clip(context: Context, operation: Operation) -> None:
    ends = {"low": operation.attributes.get("min"), "high": operation.attributes.get("max")}
    _apply(context, operation, "clip", **{name: end for name, end in ends.items() if end is not None})


@rule("HardSigmoid")
def _hard_sigmoid(context: Context, operation: Operation) -> None:
    slope, offset = operation.attributes.get("alpha", 0.2), operation.attributes.get("beta", 0.5)
    line = affine(context.builder, context.place(operation.inputs[0]), slope, offset, operation.name)
    context.put(operation.outputs[0], unary(context.builder, "clip", line, operation.name, low=0.0, high=1.0))


@rule("PRelu")
def _prelu(context: Context, operation: Operation) -> None:
    slope = context.constant(operation.inputs[1])
    if slope is None:
        raise Obstacle.at(operation, "its slope depends on the data", "export it with a constant slope")
    index = context.place(operation.inputs[0])
    context.put(operation.outputs[0], with_slope(context.builder, index, slope, operation.name))


def _apply(context: Context, operation: Operation, function: str, **numbers: float) -> None:
    numbers = {name: float(number) for name, number in numbers.items()}
    index = context.place(operation.inputs[0])
    context.put(operation.outputs[0], unary(context.builder, function, index, operation.name, **numbers))


AFTER: Mapping[str, Line] = {
    "Add": lambda c: (1.0, c),
    "Sub": lambda c: (1.0, -c),
    "Mul": lambda c: (c, 0.0),
    "Div": lambda c: (1.0 / c.astype(np.float64), 0.0),
}
"""Scale and offset of a number that stands before a constant ``c``, as in ``x - c``."""
BEFORE: Mapping[str, Line] = {**AFTER, "Sub": lambda c: (-1.0, c), "Div": lambda c: (c, 0.0)}
"""Of a number that stands behind it, as in ``c - x``; for a quotient, of the number's reciprocal."""


@rule("Add", "Sub", "Mul", "Div")
def _arithmetic(context: Context, operation: Operation) -> None:
    builder, name = context.builder, operation.name
    left, right = operation.inputs
    before, after = context.constant(left), context.constant(right)
    if before is None and after is None:
        index = binary(builder, operation.op.lower(), context.place(left), context.place(right), name)
    else:
        constant = before if after is None else after
        assert constant is not None
        line = (BEFORE if after is None else AFTER)[operation.op](constant)
        index = context.place(right if after is None else left)
        if after is None and operation.op == "Div":
            index = unary(builder, "reciprocal", index, name)
        index = affine(builder, np.broadcast_to(index, context.shape(operation.outputs[0])), *line, name)
    context.put(operation.outputs[0], index)


@rule("Max", "Min")
def _extreme(context: Context, operation: Operation) -> None:
    """The extreme of any number of values; with a constant, that of the difference and 0."""
    builder, name, function = context.builder, operation.name, operation.op.lower()
    constants = [context.constant(value) for value in operation.inputs]
    moving = [value for value, known in zip(operation.inputs, constants, strict=True) if known is None]
    index = context.place(moving[0])
    for value in moving[1:]:
        index = binary(builder, function, index, context.place(value), name)
    ends = {"max": {"low": 0.0}, "min": {"high": 0.0}}[function]
    for end in (known for known in constants if known is not None):
        index = np.broadcast_to(index, np.broadcast_shapes(index.shape, end.shape))
        if end.min() == end.max():
            index = unary(builder, "clip", index, name, **dict.fromkeys(ends, float(end.min())))
        else:
            index = unary(builder, "clip", affine(builder, index, 1.0, -end, name), name, **ends)
            index = affine(builder, index, 1.0, end, name)
    context.put(operation.outputs[0], index)


@rule("Pow")
def _power(context: Context, operation: Operation) -> None:
    exponent = context.constant(operation.inputs[1])
    if exponent is None or exponent.size != 1:
        raise Obstacle.at(operation, "its exponent is not one constant", "write it with exp and log")
    index, number = context.place(operation.inputs[0]), float(exponent.reshape(()))
    special = {2.0: "square", 0.5: "sqrt", -1.0: "reciprocal"}
    if number in special:
        index = unary(context.builder, special[number], index, operation.name)
    elif number != 1:
        index = unary(context.builder, "pow", index, operation.name, exponent=number)
    context.put(operation.outputs[0], index)


@rule("Greater", "Less", "Equal")
def _compare(context: Context, operation: Operation) -> None:
    """1 where it is so and 0 elsewhere; the sign of a difference where one side is a constant."""
    builder, name, function = context.builder, operation.name, operation.op.lower()
    left, right = operation.inputs
    before, after = context.constant(left), context.constant(right)
    if (before is None and after is None) or function == "equal":
        index = binary(builder, function, context.place(left), context.place(right), name)
    else:
        constant = after if before is None else before
        assert constant is not None
        upward = (function == "greater") == (before is None)
        x = np.broadcast_to(
            context.place(left if before is None else right), context.shape(operation.outputs[0])
        )
        difference = affine(builder, x, *((1.0, -constant) if upward else (-1.0, constant)), name)
        index = unary(builder, "relu", unary(builder, "sign", difference, name), name)
    context.put(operation.outputs[0], index)


@rule("GreaterOrEqual", "LessOrEqual")
def _compare_or_equal(context: Context, operation: Operation) -> None:
    opposite = {"GreaterOrEqual": "Less", "LessOrEqual": "Greater"}[operation.op]
    _compare(context, replace(operation, op=opposite))
    index = context.place(operation.outputs[0])
    context.put(operation.outputs[0], affine(context.builder, index, -1.0, 1.0, operation.name))


@rule("Not")
def _negation(context: Context, operation: Operation) -> None:
    index = affine(context.builder, context.place(operation.inputs[0]), -1.0, 1.0, operation.name)
    context.put(operation.outputs[0], index)


@rule("And", "Or")
def _both(context: Context, operation: Operation) -> None:
    a, b = (context.place(value) for value in operation.inputs)
    function = {"And": "min", "Or": "max"}[operation.op]
    context.put(operation.outputs[0], binary(context.builder, function, a, b, operation.name))


@rule("Where")
def _where(context: Context, operation: Operation) -> None:
    chosen, a, b = (context.place(value) for value in operation.inputs)
    context.put(operation.outputs[0], select(context.builder, chosen, a, b, operation.name))
