"""The network that engines race with: one network, however its file is written."""

import numpy as np
import pytest

from ossicle import api

onnxruntime = pytest.importorskip("onnxruntime")
networks = pytest.importorskip("speed_networks", exc_type=ImportError)


def inputs_of(weights):
    rng = np.random.default_rng(1)
    return {name: rng.random(shape, np.float32) for name, shape in weights.shapes.items()}


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_both_files_and_the_import_hold_one_network(tmp_path, cell):
    weights = networks.random_weights(cell, 8)
    paths = [networks.write_onnx(weights, tmp_path / f"{fused}.onnx", fused) for fused in (True, False)]
    fused, apart = (onnxruntime.InferenceSession(str(path)).run(None, inputs_of(weights)) for path in paths)
    for one, other in zip(fused, apart, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    graph = api.import_network(paths[0], steps=1).graph
    assert [node.op for node in graph.nodes if node.op in (cell, "linear")] == [
        *("linear", cell, cell, "linear", "linear")
    ]


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_tflite_file_holds_the_network_in_int8(tmp_path, cell):
    interpreters = pytest.importorskip("ai_edge_litert.interpreter")
    tflite = pytest.importorskip("speed_tflite", exc_type=ImportError)
    weights = networks.random_weights(cell, 64)
    engine = interpreters.Interpreter(
        str(tflite.write_tflite(weights, tmp_path / "int8.tflite")), num_threads=1
    )
    engine.allocate_tensors()
    feed = inputs_of(weights)
    for end in engine.get_input_details():
        engine.set_tensor(end["index"], feed[end["name"]])
    engine.invoke()
    found = [engine.get_tensor(end["index"]) for end in engine.get_output_details()]
    path = networks.write_onnx(weights, tmp_path / "apart.onnx", fused=False)
    for one, other in zip(found, onnxruntime.InferenceSession(str(path)).run(None, feed), strict=True):
        np.testing.assert_allclose(one, other, atol=0.03)
        assert np.abs(one - other).max() > 0  # The codes are not the floats.
