"""What a scheme converts of an imported network."""

from collections import Counter

import numpy as np
import pytest
from foreign import graph_of, write_onnx
from onnx import helper

import ossicle
from ossicle.quantization import calibrate, quantize


@pytest.mark.parametrize("scheme", ["int8", "w8a16"])
def test_a_tensor_is_converted_to_one_scale_once(tmp_path, scheme):
    rng = np.random.default_rng(2)
    constants = {
        name: rng.normal(size=shape) for name, shape in {"v": (8, 8), "w": (16, 4), "u": (16, 4)}.items()
    }
    nodes = [
        helper.make_node("MatMul", ["x", "v"], ["a"]),
        helper.make_node("Relu", ["x"], ["r"]),
        helper.make_node("Concat", ["a", "r"], ["p"], axis=1),
        helper.make_node("Concat", ["r", "a"], ["q"], axis=1),
        helper.make_node("MatMul", ["p", "w"], ["y"]),
        helper.make_node("MatMul", ["q", "u"], ["z"]),
    ]
    floats = {name: array.astype(np.float32) for name, array in constants.items()}
    path = write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (1, 8)}, ["y", "z"], floats))
    graph = ossicle.import_network(path, steps=0).graph
    frames = rng.normal(size=(40, 8)).astype(np.float32)
    found = quantize(graph, scheme, calibrate(graph, [frames]))
    conversions = Counter(
        (node.inputs["x"], found.tensors[node.outputs["y"]]) for node in found.nodes if node.op == "convert"
    )
    assert conversions and max(conversions.values()) == 1
