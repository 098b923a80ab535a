"""Convolutions, dense layers and LSTM layers of integers.

Each is lowered as a float layer whose weights are the codes and whose biases number the rows: in whatever
order the rows come out, the integers follow.
"""

from dataclasses import dataclass, replace

import numpy as np

from ossicle.graph.types import Node, Tensor
from ossicle.importers.lower.context import RULES, Context
from ossicle.importers.lower.dense import dense
from ossicle.importers.lower.integer_types import turned, type_of
from ossicle.importers.network import Operation, Value
from ossicle.importers.obstacle import Obstacle
from ossicle.numerics.fixed_point import Rounding, fixed_point
from ossicle.numerics.formats import PRECISIONS, DType
from ossicle.numerics.functions import GATE_SCALE

PRODUCTS = {DType.S8: PRECISIONS["w8a8"], DType.S16: PRECISIONS["w8a16"]}
"""How an operand is multiplied by weights of eight bits."""
LSTM_GATES = (0, 2, 3, 1)
"""Gates i, f, g, o among those of ONNX, i, o, f, g."""
SHORT_MULTIPLIER = 16
"""Bits that the multipliers of sums of 16-bit operands lack."""


@dataclass(frozen=True)
class _Layer:
    """The constants of a convolution or dense layer."""

    weight: Value
    biases: np.ndarray
    """Of each row, int64."""
    scales: np.ndarray
    """Of each row's weights, float32."""
    dense: bool = False
    """Whether LiteRT multiplies its sums of int16 operands by multipliers of 31 bits."""

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
        scales = np.broadcast_to(weight.quantization.scale, (rows,))
        return cls(weight, biases, scales, operation.op != "Conv")

    @property
    def codes(self) -> np.ndarray:
        """The weights as a float layer has them."""
        assert self.weight.constant is not None
        return self.weight.constant.astype(np.float32)

    @property
    def numbers(self) -> np.ndarray:
        """The numbers of the rows, in place of biases."""
        return np.arange(len(self.biases), dtype=np.float32)

    def constants(self, x: Tensor, scale: float, rounding: Rounding) -> dict[str, np.ndarray]:
        """Those of a product with operands of a type, one step of whose results stands for ``scale``."""
        assert self.weight.constant is not None
        weight = self.weight.constant
        folded = self.biases - x.zero_point * weight.sum(axis=1, dtype=np.int64)
        if np.abs(folded).max() >= 2**31:
            problem = "its biases do not fit into 32 bits"
            raise Obstacle(self.weight.name, "weight", problem, "quantize the layer to int8")
        multiplier, shift = self.factors(x, scale, rounding)
        return {
            "weight": weight,
            "bias": folded.astype(np.int32),
            "multiplier": multiplier,
            "shift": shift,
        }

    def factors(self, x: Tensor, scale: float, rounding: Rounding) -> tuple[np.ndarray, np.ndarray]:
        """Multipliers and shifts of the rows."""
        if self.dense and x.dtype == DType.S16 and rounding == Rounding.FLOAT32:
            return fixed_point(x.scale * self.scales.astype(np.float64) / scale)
        return factors(x, self.scales, scale, rounding)

    def keep(self, context: Context, before: int) -> None:
        """Give all nodes from ``before`` on their integers."""
        nodes = context.builder.nodes
        nodes[before:] = [
            _integers(context, node, self) if "weight" in node.constants else node for node in nodes[before:]
        ]


def convolution(context: Context, operation: Operation) -> None:
    layer, before = _Layer.of(context, operation), len(context.builder.nodes)
    weight = replace(layer.weight, constant=layer.codes, quantization=None)
    numbers = Value("row numbers", layer.numbers.shape, "float32", layer.numbers)
    values = {**context.network.values, weight.name: weight, numbers.name: numbers}
    inside = Context(replace(context.network, values=values), context.builder, context.places)
    RULES["Conv"](inside, replace(operation, inputs=(operation.inputs[0], weight.name, numbers.name)))
    layer.keep(context, before)


def dense_layer(context: Context, operation: Operation) -> None:
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
    codes = replace(layer.weight, constant=weight)
    ordered = replace(layer, weight=codes, biases=layer.biases[rows], scales=layer.scales[rows])
    constants = ordered.constants(x, y.scale, context.builder.rounding)
    attributes = dict(node.attributes)
    if x.dtype == DType.S16:
        attributes.pop("rounding", None)
    return replace(node, constants=constants, attributes=attributes, precisions=(PRODUCTS[x.dtype],))


def factors(
    x: Tensor, scales: np.ndarray, result: float, rounding: Rounding
) -> tuple[np.ndarray, np.ndarray]:
    """Multipliers and shifts from the sums of an operand times weights of some scales to that of a result."""
    if x.dtype == DType.S16:
        # Sums of 64 bits leave 15 bits for their multipliers.
        multiplier, shift = fixed_point(x.scale * scales.astype(np.float64) / result)
        short = np.minimum(
            (multiplier.astype(np.int64) + (1 << SHORT_MULTIPLIER - 1)) >> SHORT_MULTIPLIER, 0x7FFF
        )
        return short.astype(np.int32), (shift - SHORT_MULTIPLIER).astype(np.uint8)
    if rounding == Rounding.FLOAT32:
        return single_factors(x, scales, result)
    return fixed_point(x.scale * scales.astype(np.float64) / result)


def single_factors(x: Tensor, scales: np.ndarray, result: float) -> tuple[np.ndarray, np.ndarray]:
    """The same, computed in single precision."""
    single = np.float32(x.scale) * scales.astype(np.float32) / np.float32(result)
    return fixed_point(single.astype(np.float64))


def lstm(context: Context, operation: Operation) -> None:
    """An LSTM whose cell is int16."""
    values, builder = context.network.values, context.builder
    x, h, c = (operation.inputs[port] for port in (0, 5, 6))
    steps, units = context.shape(x)[0], context.shape(h)[-1]
    if operation.attributes.get("direction", "forward") != "forward" or context.shape(x)[1] != 1:
        raise Obstacle.at(operation, "it runs several sequences", "export one sequence in one direction")
    layers = [_gates(context, operation, port) for port in (1, 2)]
    operand, hidden, cell = (type_of(values[name]) for name in (x, h, c))
    constants: dict[str, np.ndarray] = {}
    for suffix, layer, kind in zip(("_ih", "_hh"), layers, (operand, hidden), strict=True):
        stored = layer.constants(kind, GATE_SCALE, Rounding.TWICE)
        if kind.dtype == DType.S8 and builder.rounding == Rounding.FLOAT32:
            # LiteRT rounds twice here, by factors in single precision.
            stored |= dict(
                zip(("multiplier", "shift"), single_factors(kind, layer.scales, GATE_SCALE), strict=True)
            )
        constants |= {name + suffix: array for name, array in stored.items()}
    clip = operation.attributes.get("cell_clip", 0.0) / cell.scale
    attributes = {"steps": steps, "cell_clip": int(min(clip, 2**15 - 1))}
    ports = {
        "x": builder.holding(context.place(x), operation.name),
        "h": builder.holding(context.place(h), operation.name),
        "c": builder.holding(context.place(c), operation.name),
    }
    sizes = {"y": steps * units, "h_next": units, "c_next": units}
    builder.result = hidden
    found = builder.add("lstm_codes", operation.name, ports, sizes, constants, attributes)
    node = builder.nodes[-1]
    builder.tensors[node.outputs["c_next"]] = replace(cell, shape=(units,))
    rounding = {"rounding": str(Rounding.TWICE)} if hidden.dtype == DType.S16 else {}
    precisions = (PRODUCTS[operand.dtype],) * 2
    builder.nodes[-1] = replace(node, attributes={**node.attributes, **rounding}, precisions=precisions)
    for name, index in zip(operation.outputs, found, strict=True):
        context.put(name, index)


def _gates(context: Context, operation: Operation, port: int) -> _Layer:
    """The product of a port, its rows in our order of gates."""
    weight = context.network.values[operation.inputs[port]]
    bias = context.constant(operation.inputs[3])
    if weight.constant is None or weight.quantization is None or bias is None:
        raise Obstacle.at(operation, "its weights are no constant codes", "quantize the network to int8")
    rows = weight.shape[1]
    order = np.concatenate([np.arange(rows).reshape(4, -1)[gate] for gate in LSTM_GATES])
    both = bias.reshape(2, rows)[port - 1].astype(np.int64)
    scales = replace(weight.quantization, scale=weight.quantization.scale[order], axis=0)
    codes = replace(weight, constant=weight.constant[0][order], quantization=scales)
    return _Layer(codes, both[order], scales.scale)
