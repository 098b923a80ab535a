"""Small networks of other formats, written and run by the packages that define them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from ossicle.importers.network import Network, Operation
from ossicle.importers.onnx import read_onnx
from ossicle.importers.reading import Choices

Shape = Sequence[int | str | None]
FLOAT = onnx.TensorProto.FLOAT


def graph_of(
    nodes: Sequence[onnx.NodeProto],
    inputs: Mapping[str, Shape],
    outputs: Sequence[str],
    constants: Mapping[str, np.ndarray] | None = None,
) -> onnx.GraphProto:
    """A graph of float inputs, whose outputs have no declared shape."""
    return helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in inputs.items()],
        [onnx.ValueInfoProto(name=name) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )


def write_onnx(path: Path, graph: onnx.GraphProto, opset: int = 17, **more: Any) -> Path:
    """Write a graph as a file."""
    imports = [helper.make_opsetid("", opset), *more.pop("opset_imports", [])]
    path.write_bytes(helper.make_model(graph, opset_imports=imports, **more).SerializeToString())
    return path


def read(path: Path, **choices: Any) -> Network:
    """The network of a file in which nothing stands in the way."""
    return read_onnx(path, Choices(**choices)).complete()


def run_file(path: Path, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """What a file computes."""
    return ReferenceEvaluator(onnx.load(path)).run(None, dict(feeds))


def run_network(network: Network, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """What a network computes, written back as a file of opset 19."""
    nodes, constants = [], {}
    for operation in network.operations:
        nodes.append(_as_node(operation, network, constants))
    for name in {name for operation in network.operations for name in operation.inputs if name}:
        if network.values[name].constant is not None:
            constants[name] = network.values[name].constant
    kinds = {
        name: helper.np_dtype_to_tensor_dtype(np.dtype(network.values[name].dtype)) for name in network.inputs
    }
    graph = helper.make_graph(
        nodes,
        "again",
        [
            helper.make_tensor_value_info(name, kinds[name], network.values[name].shape)
            for name in network.inputs
        ],
        [onnx.ValueInfoProto(name=name) for name in network.outputs],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    found = ReferenceEvaluator(graph, opsets={"": 19}).run(None, dict(feeds))
    for name, array in zip(network.outputs, found, strict=True):
        assert array.shape == network.values[name].shape, name
    return found


_AS_INPUTS = {
    "Reshape": ("shape",),
    "Expand": ("shape",),
    "Tile": ("repeats",),
    "Slice": ("starts", "ends", "axes", "steps"),
    "Split": ("split",),
    "Pad": ("pads", "value"),
    "Clip": ("min", "max"),
    "DFT": ("dft_length",),
}
"""What opset 19 has as inputs where a network has attributes."""


def _as_node(operation: Operation, network: Network, constants: dict[str, np.ndarray]) -> onnx.NodeProto:
    attributes = {name: value for name, value in operation.attributes.items() if value is not None}
    inputs = list(operation.inputs)
    names = ("axes",) if operation.op.startswith("Reduce") else _AS_INPUTS.get(operation.op, ())
    for name in names:
        value = attributes.pop(name, None)
        kind = np.float32 if name in ("value", "min", "max") else np.int64
        inputs.append("" if value is None else f"{operation.outputs[0]} {name}")
        if value is not None:
            constants[inputs[-1]] = np.array(value, kind)
    if operation.op in ("QuantizeLinear", "DequantizeLinear"):
        codes = operation.outputs[0] if operation.op == "QuantizeLinear" else operation.inputs[0]
        quantization, dtype = network.values[codes].quantization, network.values[codes].dtype
        inputs += [f"{operation.outputs[0]} scale", f"{operation.outputs[0]} zero"]
        one = quantization.scale.size == 1
        constants[inputs[-2]] = quantization.scale.reshape(() if one else -1)
        constants[inputs[-1]] = quantization.zero_point.astype(dtype).reshape(() if one else -1)
        attributes = {"axis": quantization.axis}
    if not attributes.get("activation_alpha", True):
        attributes = {name: value for name, value in attributes.items() if not name.startswith("activation_")}
    if attributes.get("clip") == 0:
        del attributes["clip"]
    return helper.make_node(operation.op, inputs, list(operation.outputs), operation.name, **attributes)
