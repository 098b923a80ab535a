"""The network that engines race with: one network, however its file is written."""

import numpy as np
import pytest

from ossicle import api

onnxruntime = pytest.importorskip("onnxruntime")
networks = pytest.importorskip("speed_networks", exc_type=ImportError)


def test_both_files_and_the_import_hold_one_network(tmp_path):
    weights, rng = networks.random_weights(8), np.random.default_rng(1)
    feed = {"x": rng.random((1, networks.BINS), np.float32)}
    feed |= {name: rng.random((1, 8), np.float32) for name in ("h0", "h1")}
    paths = [networks.write_onnx(weights, tmp_path / f"{fused}.onnx", fused) for fused in (True, False)]
    fused, apart = (onnxruntime.InferenceSession(str(path)).run(None, feed) for path in paths)
    for one, other in zip(fused, apart, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    graph = api.import_network(paths[0], steps=1).graph
    assert [node.op for node in graph.nodes if node.op in ("gru", "linear")] == [
        *("linear", "gru", "gru", "linear", "linear")
    ]
