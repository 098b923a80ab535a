"""Operators of integers that name their scales themselves, as the floats between conversions that they mean.

onnxruntime's quantizer writes two forms: ``QuantizeLinear`` and ``DequantizeLinear`` around operators of
floats, or operators that have the scales among their inputs. The second is brought into the first. Where the
scales of activations are found while the network runs, activations stay floats: an integer then stands for
itself, and the scale is 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

DYNAMIC = ("DynamicQuantizeLSTM", "DynamicQuantizeLinear", "DynamicQuantizeMatMul")
"""Operators that round activations by scales that they find while the network runs."""
OPSET = 13
"""In which the replacing nodes are written."""
FEWEST = 5
"""Inputs of an operator with scales: an operand and its own two, and those of the result."""


@dataclass
class _Body:
    """The nodes that replace one node."""

    node: onnx.NodeProto
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    opset: int = OPSET

    def input(self, index: int) -> str:
        return self.node.input[index] if index < len(self.node.input) else ""

    @property
    def attributes(self) -> Mapping[str, Any]:
        given = {one.name: helper.get_attribute_value(one) for one in self.node.attribute}
        return {name: value for name, value in given.items() if name != "channels_last"}

    def add(self, op: str, inputs: Sequence[str], output: str = "", /, **attributes: Any) -> str:
        """Append a node; returns the name of its output."""
        name = output or f"{self.node.output[0]} {op.lower()} {len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], name=self.node.name, **attributes))
        return name

    def real(self, place: int, axis: int = 0) -> str:
        """The floats of an input, whose scale and zero point follow it."""
        return self.add("DequantizeLinear", [self.input(place + part) for part in range(3)], axis=axis)

    def bias(self, place: int, one: int, other: int) -> str:
        """The floats of a bias, on the product of the scales of two inputs; empty where there is none."""
        if not self.input(place):
            return ""
        scale = self.add("Mul", [self.input(one + 1), self.input(other + 1)])
        return self.add("DequantizeLinear", [self.input(place), scale], axis=0)

    def give(self, op: str, inputs: Sequence[str], scale: int, /, **attributes: Any) -> None:
        """An operator of floats; its results as integers of the scale and zero point at a place, if given."""
        kept = [*inputs]
        while kept and not kept[-1]:
            kept.pop()
        (output,) = self.node.output
        if not self.input(scale):
            self.add(op, kept, output, **attributes)
            return
        found = self.add(op, kept, **attributes)
        self.add("QuantizeLinear", [found, self.input(scale), self.input(scale + 1)], output)


def _conv(body: _Body) -> None:
    body.give("Conv", [body.real(0), body.real(3), body.bias(8, 0, 3)], 6, **body.attributes)


def _matmul(body: _Body) -> None:
    body.give("MatMul", [body.real(0), body.real(3, axis=-1)], 6)


def _gemm(body: _Body) -> None:
    weight = body.real(3, axis=0 if body.attributes.get("transB") else 1)
    body.give("Gemm", [body.real(0), weight, body.bias(6, 0, 3)], 7, **body.attributes)


def _of_two(op: str) -> Callable[[_Body], None]:
    return lambda body: body.give(op, [body.real(0), body.real(3)], 6)


def _of_one(op: str) -> Callable[[_Body], None]:
    return lambda body: body.give(op, [body.real(0)], 3, **body.attributes)


def _softmax(body: _Body) -> None:
    more = dict(body.attributes)
    body.opset = OPSET if int(str(more.pop("opset", OPSET))) >= OPSET else OPSET - 1
    body.give("Softmax", [body.real(0)], 3, **more)


def _concat(body: _Body) -> None:
    parts = [body.real(place) for place in range(2, len(body.node.input), 3)]
    body.give("Concat", parts, 0, **body.attributes)


def _dynamic(body: _Body) -> None:
    value, scale, zero = body.node.output
    body.add("Identity", [body.input(0)], value)
    for name, kind, number in ((scale, "FLOAT", 1.0), (zero, "UINT8", 0)):
        tensor = helper.make_tensor(name, getattr(onnx.TensorProto, kind), (), [number])
        if name:
            body.add("Constant", [], name, value=tensor)


def _product(op: str) -> Callable[[_Body], None]:
    """A product of integers, whose results are integers of no scale."""

    def write(body: _Body) -> None:
        operands = []
        for place in range(2):
            whole = body.add("Cast", [body.input(place)], to=onnx.TensorProto.FLOAT)
            if body.input(place + 2):
                zero = body.add("Cast", [body.input(place + 2)], to=onnx.TensorProto.FLOAT)
                whole = body.add("Sub", [whole, zero])
            operands.append(whole)
        body.add(op, operands, body.node.output[0], **body.attributes)

    return write


def _dynamic_matmul(body: _Body) -> None:
    scale, zero, bias = (body.input(place) for place in (2, 3, 4))
    weight = body.add("DequantizeLinear", [body.input(1), scale, *filter(None, [zero])], axis=-1)
    (output,) = body.node.output
    product = body.add("MatMul", [body.input(0), weight], "" if bias else output)
    if bias:
        body.add("Add", [product, bias], output)


def _dynamic_lstm(body: _Body) -> None:
    """Its weights are ``(directions, columns, rows)``, with a scale for each direction, or for each row."""
    shape = body.add("Constant", [], value_ints=[0, 1, -1])
    weights = []
    for place, scale in ((1, 8), (2, 10)):
        codes = body.add("Cast", [body.input(place)], to=onnx.TensorProto.FLOAT)
        if body.input(scale + 1):
            zero = body.add("Cast", [body.input(scale + 1)], to=onnx.TensorProto.FLOAT)
            codes = body.add("Sub", [codes, body.add("Reshape", [zero, shape])])
        real = body.add("Mul", [codes, body.add("Reshape", [body.input(scale), shape])])
        weights.append(body.add("Transpose", [real], perm=[0, 2, 1]))
    inputs = [body.input(0), *weights, *(body.input(place) for place in range(3, 8))]
    while not inputs[-1]:
        inputs.pop()
    body.nodes.append(
        helper.make_node("LSTM", inputs, body.node.output, name=body.node.name, **body.attributes)
    )


_RULES: Mapping[str, Callable[[_Body], None]] = {
    "ConvInteger": _product("Conv"),
    "DynamicQuantizeLSTM": _dynamic_lstm,
    "DynamicQuantizeLinear": _dynamic,
    "DynamicQuantizeMatMul": _dynamic_matmul,
    "MatMulInteger": _product("MatMul"),
    "QGemm": _gemm,
    "QLinearAdd": _of_two("Add"),
    "QLinearAveragePool": _of_one("AveragePool"),
    "QLinearConcat": _concat,
    "QLinearConv": _conv,
    "QLinearGlobalAveragePool": _of_one("GlobalAveragePool"),
    "QLinearLeakyRelu": _of_one("LeakyRelu"),
    "QLinearMatMul": _matmul,
    "QLinearMul": _of_two("Mul"),
    "QLinearReduceMean": _of_one("ReduceMean"),
    "QLinearSigmoid": _of_one("Sigmoid"),
    "QLinearSoftmax": _softmax,
}


def in_floats(node: onnx.NodeProto) -> tuple[list[onnx.NodeProto], int] | None:
    """The nodes that replace an operator of integers, and their opset; None for any other operator."""
    given = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    scaled = node.op_type == "QGemm" and given.get("alpha", 1.0) != 1.0
    unusual = scaled or given.get("channels_last", 0)
    short = node.op_type.startswith("Q") and len(node.input) < FEWEST
    if node.op_type not in _RULES or node.domain not in ("", "com.microsoft") or unusual or short:
        return None
    body = _Body(node)
    _RULES[node.op_type](body)
    return body.nodes, body.opset


_WEIGHTS = {
    "ConvInteger": ((1, 3),),
    "DynamicQuantizeLSTM": ((1, 9), (2, 11)),
    "DynamicQuantizeMatMul": ((1, 3),),
    "MatMulInteger": ((1, 3),),
    "QGemm": ((3, 5),),
    "QLinearConv": ((3, 5),),
    "QLinearMatMul": ((3, 5),),
}
"""Places of the weights of products, and of their zero points."""


def with_unsigned_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """A file whose products of uint8 and int8 are products of uint8, of the same results.

    On processors without VNNI, onnxruntime adds pairs of the former in 16 bits, where they overflow.
    """
    arrays = {tensor.name: tensor for tensor in model.graph.initializer}
    for number, node in enumerate(model.graph.node):
        places = _WEIGHTS.get(node.op_type, ())
        operand = arrays.get(node.input[2]) if len(places) == 1 and len(node.input) > 2 else None
        if operand is not None and operand.data_type == onnx.TensorProto.INT8:
            continue
        for place, zero in places:
            weight = arrays.get(node.input[place])
            if weight is not None and weight.data_type == onnx.TensorProto.INT8:
                node.input.extend([""] * (zero + 1 - len(node.input)))
                for port in (place, zero):
                    _make_unsigned(model, node, number, port, arrays.get(node.input[port]))
    return model


def _make_unsigned(
    model: onnx.ModelProto, node: onnx.NodeProto, number: int, port: int, tensor: onnx.TensorProto | None
) -> None:
    """Let a node read codes that are 128 more; 0 where there are none."""
    codes = numpy_helper.to_array(tensor) if tensor is not None else np.zeros((), np.int8)
    name = f"{node.input[port]} of {number} unsigned"
    moved = (codes.astype(np.int16) + 128).astype(np.uint8)
    model.graph.initializer.append(numpy_helper.from_array(moved, name))
    node.input[port] = name
