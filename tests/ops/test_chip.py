"""A small network of many operators without matrices, in several schemes, on an emulated chip."""

import numpy as np
import pytest
from networks import ACTIVATIONS
from tools import need, slow_but

import ossicle
from ossicle.graph import Graph, Node, State, Tensor, check
from ossicle.graph.file import load_model, save_model
from ossicle.graph.model import Model
from ossicle.numerics.formats import DType
from ossicle.quantization import SCHEMES, calibrate, quantize
from ossicle.tasks.frames.record import Frames

RNG = np.random.default_rng(0)
SIZES = {
    **{"given": 12, "x": 24, "ring": 24, "ring_next": 24, "window": 48, "gated": 24, "bent": 24, "sum": 24},
    **{
        "mean": 6,
        "line": 24,
        "chosen": 24,
        "above": 24,
        "normed": 24,
        "bins": 26,
        "back": 24,
        "level": 24,
        "y": 5,
    },
}


def dense(name, x, y, rows, columns):
    constants = {
        "weight": RNG.normal(0, 1.0 / np.sqrt(columns), (rows, columns)).astype(np.float32),
        "bias": RNG.normal(0, 0.3, rows).astype(np.float32),
    }
    return Node("linear", name, {"x": x}, {"y": y}, constants, ACTIVATIONS["none"])


def model():
    """Four rows of six channels, and a ring of the row block before."""
    transposed = np.arange(48).reshape(8, 6).T.reshape(-1)[:24]
    slope = {"slope": np.float32([0.1, 0.2, 0.3, -0.1, 0.0, 0.5])}
    line = {name: RNG.normal(0.5, 0.5, 6).astype(np.float32) for name in ("scale", "offset")}
    norm = {"scale": np.ones(24, np.float32), "offset": np.zeros(24, np.float32)}
    nodes = (
        dense("first", "given", "x", 24, 12),
        gather("read", np.r_[0:48], "window", ("ring", "x")),
        gather("keep", np.r_[24:48], "ring_next", ("ring", "x")),
        gather("turn", transposed, "gated", ("window",)),
        Node("unary", "bend", {"x": "gated"}, {"y": "bent"}, slope, {"function": "prelu"}),
        Node("binary", "add", {"a": "bent", "b": "x"}, {"y": "sum"}, {}, {"function": "add"}),
        Node("reduce", "pool", {"x": "sum"}, {"y": "mean"}, {}, {"function": "mean", "shape": (1, 4, 6)}),
        Node("affine", "scale", {"x": "sum"}, {"y": "line"}, line),
        Node("binary", "compare", {"a": "line", "b": "mean"}, {"y": "above"}, {}, {"function": "greater"}),
        Node("select", "choose", {"c": "above", "a": "line", "b": "x"}, {"y": "chosen"}),
        Node(
            "normalize", "norm", {"x": "chosen"}, {"y": "normed"}, norm, {"shape": (1, 24), "epsilon": 1e-5}
        ),
        Node("fourier", "there", {"x": "normed"}, {"y": "bins"}, {}, {"function": "rfft", "shape": (1, 24)}),
        Node("fourier", "undo", {"x": "bins"}, {"y": "back"}, {}, {"function": "irfft", "shape": (1, 24)}),
        Node("unary", "gate", {"x": "back"}, {"y": "level"}, {}, {"function": "tanh"}),
        dense("last", "level", "y", 5, 24),
    )
    tensors = {name: Tensor((size,)) for name, size in SIZES.items()}
    graph = Graph("several", Frames(), ("given",), ("y",), (State("ring", "ring_next"),), tensors, nodes)
    check(graph)
    return Model(graph, calibrate(graph, [arrays(200, 1)["given"]]))


def gather(name, index, y, sources):
    sizes = tuple(SIZES[source] for source in sources)
    ports = {f"x{place}": source for place, source in enumerate(sources)}
    return Node("gather", name, ports, {"y": y}, {"index": index.astype(np.int32)}, {"sizes": sizes})


def arrays(frames, seed):
    return {"given": np.random.default_rng(seed).normal(size=(frames, 12)).astype(np.float32)}


@pytest.mark.parametrize("scheme", slow_but(("int8",), SCHEMES))
def test_each_node_of_the_c_is_its_simulation_on_a_chip(tmp_path, scheme):
    need("emulator")
    of = model()
    found = Model(quantize(of.graph, scheme, of.calibration), of.calibration)
    save_model(found, tmp_path / "several.ossicle")
    loaded = load_model(tmp_path / "several.ossicle")
    result = ossicle.run(loaded, arrays(12, 2), target="stm32f767")
    assert result.verification.passed
    assert len(result.verification.checks) >= len(of.graph.nodes)
    kinds = {loaded.graph.tensors[name].dtype for name in ("ring", "sum", "level")}
    assert kinds == {"fp32": {DType.F32}, "fp16": {DType.F32}}.get(scheme, kinds)
    layers = {cost.layer: cost.instructions for cost in result.layers}
    assert min(layers[node.name] for node in loaded.graph.nodes) > 20
