"""Networks whose values are integers already: their scales and codes are kept.

A value with a scale becomes a tensor of that scale, so that moving data, poolings, functions of each number
and the like are lowered as those of floats are; the nodes that they become write the type of the operation's
output. What has weights is lowered as a float layer whose weights are the codes and whose biases number the
rows: in whatever order the rows come out, the integers follow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ossicle.graph.types import Node, Tensor
from ossicle.importers.lower.arithmetic import beside
from ossicle.importers.lower.context import RULES, Context, rule
from ossicle.importers.lower.dense import dense
from ossicle.importers.lower.elementwise import FUNCTIONS
from ossicle.importers.lower.tables import constant_table, function_table
from ossicle.importers.network import Operation, Value
from ossicle.importers.obstacle import Obstacle
from ossicle.numerics.fixed_point import Rounding, fixed_point
from ossicle.numerics.formats import PRECISIONS, DType
from ossicle.ops.softmax.codes import powers

UNSIGNED = 128
"""What an uint8 has more than the int8 that it becomes."""
PRODUCTS = {DType.S8: PRECISIONS["w8a8"], DType.S16: PRECISIONS["w8a16"]}
"""How an operand is multiplied by weights of eight bits."""
MOVES = (
    *("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Expand", "Tile", "Slice"),
    *("Split", "Concat", "Pad", "Gather", "MaxPool"),
)
"""Operators whose result has the scale of what they read."""
ONE_NUMBER = (*FUNCTIONS, "LeakyRelu", "Elu", "Clip")
"""Operators that are a function of one number."""
SHORT_MULTIPLIER = 16
"""Bits that the multipliers of sums of 16-bit operands lack."""


def type_of(value: Value) -> Tensor:
    """The type of a tensor that holds a value; its shape is left open.

    Raises :class:`ValueError` where there is none.
    """
    quantization = value.quantization
    if quantization is None:
        return Tensor((1,))
    if quantization.scale.size > 1:
        raise ValueError("its activations have a scale for each channel; give them one scale")
    scale, zero_point = float(quantization.scale[0]), int(quantization.zero_point[0])
    if value.dtype == "uint8":
        return Tensor((1,), DType.S8, scale, zero_point - UNSIGNED)
    if value.dtype == "int8":
        return Tensor((1,), DType.S8, scale, zero_point)
    if value.dtype == "int16" and zero_point == 0:
        return Tensor((1,), DType.S16, scale)
    raise ValueError(f"{value.dtype} with the zero point {zero_point} is no type of activations here")


def codes_of(value: Value) -> np.ndarray:
    """The codes of a constant, as its type has them."""
    assert value.constant is not None
    return value.constant.astype(np.int64) - (UNSIGNED if value.dtype == "uint8" else 0)


def turned(weight: Value) -> Value:
    """A weight ``(columns, rows)`` as ``(rows, columns)``, with its scales."""
    assert weight.constant is not None and weight.quantization is not None
    scales = replace(weight.quantization, axis=0)
    return replace(weight, constant=weight.constant.T, shape=weight.constant.T.shape, quantization=scales)


def lower_operation(context: Context, operation: Operation) -> None:
    """Lower one operation, in integers where its values are."""
    values = context.network.values
    written = [values[name] for name in operation.outputs if name]
    try:
        context.builder.result = type_of(written[0])
    except ValueError as error:
        raise Obstacle.at(operation, str(error), "quantize the network to int8 or 16x8") from None
    rule = RULES[operation.op]
    if written[0].quantization is not None:
        rule = INTEGER_RULES.get(operation.op, rule)
        if operation.op in MOVES:
            operation = _of_one_type(context, operation)
    rule(context, operation)


def _of_one_type(context: Context, operation: Operation) -> Operation:
    """An operation that only moves values, with inputs that have the type of its output."""
    values, wanted = context.network.values, context.builder.result
    inputs = list(operation.inputs)
    for name in inputs:
        if name and values[name].quantization is not None and type_of(values[name]) != wanted:
            raise Obstacle.at(operation, "it changes the scale of what it moves", "quantize before it")
    return replace(operation, inputs=tuple(inputs))


@dataclass(frozen=True)
class _Layer:
    """The constants of a convolution or dense layer."""

    weight: Value
    biases: np.ndarray
    """Of each row, int64."""
    scales: np.ndarray
    """Of each row's weights, float32."""

    @classmethod
    def of(cls, context: Context, operation: Operation) -> "_Layer":
        values = context.network.values
        weight = values[operation.inputs[1]]
        if operation.op != "Conv" and not operation.attributes.get("transB") and weight.constant is not None:
            weight = turned(weight)
        if weight.constant is None or weight.quantization is None or weight.quantization.zero_point.any():
            problem = "its weights are no constants with the zero point 0"
            raise Obstacle.at(operation, problem, "quantize them symmetrically")
        rows = len(weight.constant)
        biases = np.zeros(rows, np.int64)
        if len(operation.inputs) > 2 and operation.inputs[2]:
            bias = context.constant(operation.inputs[2])
            if bias is None:
                raise Obstacle.at(operation, "its bias is no constant", "export it with a constant bias")
            biases = bias.astype(np.int64).reshape(-1)
        return cls(weight, biases, np.broadcast_to(weight.quantization.scale, (rows,)))

    @property
    def codes(self) -> np.ndarray:
        """The weights as a float layer has them."""
        assert self.weight.constant is not None
        return self.weight.constant.astype(np.float32)

    @property
    def numbers(self) -> np.ndarray:
        """The numbers of the rows, in place of biases."""
        return np.arange(len(self.biases), dtype=np.float32)

    def keep(self, context: Context, before: int) -> None:
        """Give all nodes from ``before`` on their integers."""
        nodes = context.builder.nodes
        nodes[before:] = [
            _integers(context, node, self) if "weight" in node.constants else node for node in nodes[before:]
        ]


def _convolution(context: Context, operation: Operation) -> None:
    layer, before = _Layer.of(context, operation), len(context.builder.nodes)
    weight = replace(layer.weight, constant=layer.codes, quantization=None)
    numbers = Value("row numbers", layer.numbers.shape, "float32", layer.numbers)
    values = {**context.network.values, weight.name: weight, numbers.name: numbers}
    inside = Context(replace(context.network, values=values), context.builder, context.places)
    RULES["Conv"](inside, replace(operation, inputs=(operation.inputs[0], weight.name, numbers.name)))
    layer.keep(context, before)


def _dense(context: Context, operation: Operation) -> None:
    layer, before = _Layer.of(context, operation), len(context.builder.nodes)
    x = context.place(operation.inputs[0])
    index = dense(context, operation, x.reshape(-1, x.shape[-1]), layer.codes, layer.numbers)
    context.put(operation.outputs[0], index)
    layer.keep(context, before)


def _integers(context: Context, node: Node, layer: _Layer) -> Node:
    """A node of codes and row numbers with its own constants."""
    x, y = (context.builder.tensors[ports[port]] for ports, port in ((node.inputs, "x"), (node.outputs, "y")))
    rows = node.constants["bias"].astype(np.int64)
    weight = node.constants["weight"].astype(np.int8)
    folded = layer.biases[rows] - x.zero_point * weight.sum(axis=1, dtype=np.int64)
    multiplier, shift = factors(x, layer.scales[rows], y, context.builder.rounding)
    constants = {
        "weight": weight,
        "bias": folded.astype(np.int32),
        "multiplier": multiplier,
        "shift": shift,
    }
    if (folded != constants["bias"]).any():
        raise Obstacle(node.name, node.op, "its biases do not fit into 32 bits", "quantize the layer to int8")
    attributes = dict(node.attributes)
    if x.dtype == DType.S16:
        attributes.pop("rounding", None)
    return replace(node, constants=constants, attributes=attributes, precisions=(PRODUCTS[x.dtype],))


def factors(x: Tensor, scales: np.ndarray, y: Tensor, rounding: Rounding) -> tuple[np.ndarray, np.ndarray]:
    """Multipliers and shifts from the sums of an operand times weights of some scales to a result."""
    if x.dtype == DType.S16:
        # Sums of 64 bits leave 15 bits for their multipliers.
        multiplier, shift = fixed_point(x.scale * scales.astype(np.float64) / y.scale)
        short = np.minimum(
            (multiplier.astype(np.int64) + (1 << SHORT_MULTIPLIER - 1)) >> SHORT_MULTIPLIER, 0x7FFF
        )
        return short.astype(np.int32), (shift - SHORT_MULTIPLIER).astype(np.uint8)
    if rounding == Rounding.FLOAT32:
        single = np.float32(x.scale) * scales.astype(np.float32) / np.float32(y.scale)
        return fixed_point(single.astype(np.float64))
    return fixed_point(x.scale * scales.astype(np.float64) / y.scale)


def _function(context: Context, operation: Operation) -> None:
    """A function of each code: a table of the function's results, on the scales of input and output."""
    builder, before = context.builder, len(context.builder.nodes)
    RULES[operation.op](context, operation)
    for number, node in enumerate(builder.nodes[before:], before):
        if node.op != "unary":
            continue
        source, target = (builder.tensors[name] for name in (node.inputs["x"], node.outputs["y"]))
        if source.dtype == target.dtype == DType.S16 and operation.op in ("Relu", "Clip"):
            continue
        if (source.dtype, target.dtype) != (DType.S8, DType.S8):
            raise Obstacle.at(operation, f"it has no form in {source.dtype}", "quantize the network to int8")
        table = function_table(node, source, target)
        builder.nodes[number] = replace(node, constants={"table": table})


def _arithmetic(context: Context, operation: Operation) -> None:
    """A function of two values; with a constant, a table for each number of that."""
    builder, known = context.builder, [context.constant(name) for name in operation.inputs]
    at = next((place for place, constant in enumerate(known) if constant is not None), -1)
    if at < 0 or len(known) != 2:
        RULES[operation.op](context, operation)
        return
    values = [context.network.values[name] for name in operation.inputs]
    codes, kind = codes_of(values[at]), type_of(values[at])
    moving = np.broadcast_to(context.place(operation.inputs[1 - at]), context.shape(operation.outputs[0]))
    x, places, (inner, (entries,)) = beside(builder, moving, [codes], operation.name)
    source, target = builder.tensors[x], builder.result
    if (source.dtype, target.dtype) != (DType.S8, DType.S8):
        problem = f"with a constant it has no form in {source.dtype}"
        raise Obstacle.at(operation, problem, "quantize the network to int8")
    attributes = {"function": operation.op.lower(), "rounding": str(builder.rounding)}
    table = np.stack([constant_table(attributes, source, kind, int(code), at, target) for code in entries])
    size = {"y": source.size}
    (y,) = builder.add("lookup", operation.name, {"x": x}, size, {"table": table}, {"inner": inner})
    context.put(operation.outputs[0], y[places])


def _softmax(context: Context, operation: Operation) -> None:
    """A softmax, which keeps a table of powers where it computes in single precision."""
    before, builder = len(context.builder.nodes), context.builder
    RULES["Softmax"](context, operation)
    for number, node in enumerate(builder.nodes[before:], before):
        if node.op == "softmax" and node.rounding == Rounding.FLOAT32:
            table = powers(builder.tensors[node.inputs["x"]].scale)
            builder.nodes[number] = replace(node, constants={"powers": table})


@rule("QuantizeLinear", "DequantizeLinear")
def _convert(context: Context, operation: Operation) -> None:
    """From floats to codes, and from codes to floats."""
    x = context.builder.holding(context.place(operation.inputs[0]), operation.name)
    size = context.builder.tensors[x].size
    (y,) = context.builder.add("convert", operation.name, {"x": x}, {"y": size})
    context.put(operation.outputs[0], y)


INTEGER_RULES: Mapping[str, Callable[[Context, Operation], None]] = {
    "Conv": _convolution,
    "Gemm": _dense,
    "MatMul": _dense,
    "Softmax": _softmax,
    **dict.fromkeys(ONE_NUMBER, _function),
    **dict.fromkeys(("Add", "Sub", "Mul", "Max", "Min"), _arithmetic),
}
