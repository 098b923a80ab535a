"""The suppressors' network as a TFLite file of int8 weights and float activations.

So converters write it when they are asked for dynamic range quantization. The operators are those of the form
whose products are apart.
"""

from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from speed_networks import Step, Weights, steps

OPERATORS = {
    "MatMul": "FULLY_CONNECTED",
    "Split": "SPLIT",
    "Add": "ADD",
    "Sub": "SUB",
    "Mul": "MUL",
    "Relu": "RELU",
    "Sigmoid": "LOGISTIC",
    "Tanh": "TANH",
}
OPTIONS = {
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "SPLIT": "SplitOptions",
    "ADD": "AddOptions",
    "SUB": "SubOptions",
    "MUL": "MulOptions",
}
AXIS = "axis"
"""The constant that says along which axis gates are split."""


class _Tables:
    """The tensors of a file by name, and its buffers, the first of which is empty."""

    def __init__(self) -> None:
        self.tensors: dict[str, Any] = {}
        self.buffers = [schema.BufferT()]

    def add(self, name: str, shape: tuple[int, ...], kind: int, data: np.ndarray | None = None) -> Any:
        tensor = self.tensors[name] = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), kind, 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            tensor.buffer = len(self.buffers)
            self.buffers.append(buffer)
        return tensor

    def places(self, names: tuple[str, ...]) -> list[int]:
        order = list(self.tensors)
        return [order.index(name) for name in names]


def write_tflite(weights: Weights, path: Path) -> Path:
    """Each row of a matrix has a scale; operands are quantized as they come, as an engine sees fit."""
    tables = _Tables()
    for name, shape in weights.shapes.items():
        tables.add(name, shape, schema.TensorType.FLOAT32)
    tables.add(AXIS, (), schema.TensorType.INT32, np.int32(1))
    for name, matrix in weights.matrices.items():
        scales = np.abs(matrix).max(1) / 127
        codes = np.rint(matrix / scales[:, None]).astype(np.int8)
        quantization = schema.QuantizationParametersT()
        quantization.scale, quantization.zeroPoint = scales.tolist(), [0] * len(scales)
        tables.add(name, matrix.shape, schema.TensorType.INT8, codes).quantization = quantization
    graph, model = schema.SubGraphT(), schema.ModelT()
    kinds = sorted(set(OPERATORS.values()))
    graph.operators = [_operator(step, weights, tables, kinds) for step in steps(weights)]
    graph.tensors = list(tables.tensors.values())
    graph.inputs = tables.places(tuple(weights.shapes))
    graph.outputs = tables.places(("fc_out_y", *(f"{state}_next" for state in weights.states)))
    model.version, model.subgraphs, model.buffers = 3, [graph], tables.buffers
    model.operatorCodes = [_code(kind) for kind in kinds]
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())
    return path


def _code(kind: str) -> Any:
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, kind)
    code.version = {"FULLY_CONNECTED": 9}.get(kind, 1)
    return code


def _operator(step: Step, weights: Weights, tables: _Tables, kinds: list[str]) -> Any:
    kind = OPERATORS[step.kind]
    for name in step.outputs:
        tables.add(name, (1, _columns(step, weights, tables)), schema.TensorType.FLOAT32)
    operator = schema.OperatorT()
    operator.opcodeIndex = kinds.index(kind)
    inputs = (AXIS, *step.inputs) if kind == "SPLIT" else step.inputs
    operator.inputs, operator.outputs = tables.places(inputs), tables.places(step.outputs)
    if kind in OPTIONS:
        options = operator.builtinOptions = getattr(schema, f"{OPTIONS[kind]}T")()
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, OPTIONS[kind])
        if kind == "SPLIT":
            options.numSplits = len(step.outputs)
        if kind == "FULLY_CONNECTED":
            options.asymmetricQuantizeInputs = True
    return operator


def _columns(step: Step, weights: Weights, tables: _Tables) -> int:
    if step.kind == "MatMul":
        return len(weights.matrices[step.inputs[1]])
    return tables.tensors[step.inputs[0]].shape[1] // len(step.outputs)
