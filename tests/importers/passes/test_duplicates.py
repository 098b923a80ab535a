"""Equal operations become one; conversions of one value to two scales do not."""

import numpy as np
import pytest
from foreign import graph_of, read, write_onnx
from onnx import helper

from ossicle.importers.passes.duplicates import join_duplicates


@pytest.mark.parametrize(("scale", "left"), [(0.1, 1), (0.3, 2)])
def test_a_conversion_to_another_scale_is_another_one(tmp_path, scale, left):
    constants = {"s": np.float32(0.1), "t": np.float32(scale), "z": np.int8(0)}
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["a"]),
        helper.make_node("QuantizeLinear", ["x", "t", "z"], ["b"]),
        helper.make_node("DequantizeLinear", ["a", "s", "z"], ["c"]),
        helper.make_node("DequantizeLinear", ["b", "t", "z"], ["d"]),
        helper.make_node("Add", ["c", "d"], ["y"]),
    ]
    network = read(write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (1, 4)}, ["y"], constants)))
    found = join_duplicates(network).operations
    assert [operation.op for operation in found].count("QuantizeLinear") == left
