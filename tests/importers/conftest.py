import pytest
from foreign import graph_of, read, write_onnx


@pytest.fixture
def network(tmp_path):
    """Makes a network of nodes of ONNX, read from a file."""

    def make(nodes, inputs, outputs, constants=None, opset=17, **choices):
        graph = graph_of(nodes, inputs, outputs, constants)
        return read(write_onnx(tmp_path / "small.onnx", graph, opset), **choices)

    return make
