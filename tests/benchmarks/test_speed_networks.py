"""The network that engines race with: one network, however its file is written."""

import numpy as np
import pytest

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

from speed_networks import BINS, random_weights, write_onnx

from ossicle import api


def test_both_files_and_the_import_hold_one_network(tmp_path):
    weights, rng = random_weights(8), np.random.default_rng(1)
    feed = {"x": rng.random((1, BINS), np.float32)}
    feed |= {name: rng.random((1, 8), np.float32) for name in ("h0", "h1")}
    paths = [write_onnx(weights, tmp_path / f"{fused}.onnx", fused) for fused in (True, False)]
    fused, apart = (onnxruntime.InferenceSession(str(path)).run(None, feed) for path in paths)
    for one, other in zip(fused, apart, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    graph = api.import_network(paths[0], steps=1).graph
    assert [node.op for node in graph.nodes if node.op in ("gru", "linear")] == [
        *("linear", "gru", "gru", "linear", "linear")
    ]
