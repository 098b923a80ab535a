"""Networks whose values are integers already: their scales and codes are kept.

A value with a scale becomes a tensor of that scale, so that moving data, poolings and means are lowered as
those of floats are; the nodes that they become write the type of the operation's output. What has weights,
and functions of each number, have rules of their own. Everything else is computed in floats between
conversions.
"""

from collections.abc import Mapping
from dataclasses import replace

from ossicle.importers.lower.context import RULES, Context, Rule, rule
from ossicle.importers.lower.elementwise import FUNCTIONS
from ossicle.importers.lower.integer_functions import arithmetic, function, in_floats, softmax
from ossicle.importers.lower.integer_layers import convolution, dense_layer, lstm
from ossicle.importers.lower.integer_types import type_of
from ossicle.importers.network import Operation
from ossicle.importers.obstacle import Obstacle

MOVES = (
    *("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Expand", "Tile", "Slice"),
    *("Split", "Concat", "Pad", "Gather", "MaxPool"),
)
"""Operators whose result has the scale of what they read."""
ONE_NUMBER = (*FUNCTIONS, "LeakyRelu", "Elu", "Clip")
"""Operators that are a function of one number."""
AS_FLOATS = ("AveragePool", "ReduceMean", "QuantizeLinear", "DequantizeLinear")
"""Further operators whose rules do not depend on the type."""
INTEGER_RULES: Mapping[str, Rule] = {
    "Conv": convolution,
    "Gemm": dense_layer,
    "MatMul": dense_layer,
    "Softmax": softmax,
    "LSTM": lstm,
    **dict.fromkeys(ONE_NUMBER, function),
    **dict.fromkeys(("Add", "Sub", "Mul", "Max", "Min"), arithmetic),
}


def lower_operation(context: Context, operation: Operation) -> None:
    """Lower one operation, in integers where its values are."""
    values = context.network.values
    written = [values[name] for name in operation.outputs if name]
    try:
        context.builder.result = type_of(written[0])
    except ValueError as error:
        raise Obstacle.at(operation, str(error), "quantize the network to int8 or 16x8") from None
    if written[0].quantization is None or operation.op in AS_FLOATS:
        RULES[operation.op](context, operation)
    elif operation.op in MOVES:
        RULES[operation.op](context, _of_one_type(context, operation))
    else:
        INTEGER_RULES.get(operation.op, in_floats)(context, operation)


def _of_one_type(context: Context, operation: Operation) -> Operation:
    """An operation that only moves values, with inputs that have the type of its output."""
    values, wanted = context.network.values, context.builder.result
    inputs = list(operation.inputs)
    for name in inputs:
        if name and values[name].quantization is not None and type_of(values[name]) != wanted:
            raise Obstacle.at(operation, "it changes the scale of what it moves", "quantize before it")
    return replace(operation, inputs=tuple(inputs))


@rule("QuantizeLinear", "DequantizeLinear")
def _convert(context: Context, operation: Operation) -> None:
    """From floats to codes, and from codes to floats."""
    x = context.builder.holding(context.place(operation.inputs[0]), operation.name)
    size = context.builder.tensors[x].size
    (y,) = context.builder.add("convert", operation.name, {"x": x}, {"y": size})
    context.put(operation.outputs[0], y)
