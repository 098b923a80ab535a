"""From a file to a model that agrees with its original, and what ends an import."""

import json
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from foreign import graph_of, write_onnx
from onnx import helper

import ossicle
from ossicle.errors import OssicleError
from ossicle.graph import check
from ossicle.importers import importing, proof
from ossicle.importers.engines import NoEngineError
from ossicle.metrics.signal import snr
from ossicle.quantization import calibrate, quantize
from ossicle.simulate import Simulator

RNG = np.random.default_rng(11)
needs_engine = pytest.mark.skipif(not find_spec("onnxruntime"), reason="needs onnxruntime")


def floats(*shape: int) -> np.ndarray:
    return (RNG.normal(size=shape) / 2).astype(np.float32)


def masker(tmp_path, shape=(1, 1, 6), states=True):
    """A GRU and a dense layer with a sigmoid, in one step with its state, or over a sequence."""
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], "turn", perm=[1, 0, 2]),
        helper.make_node(
            "GRU",
            ["t", "w", "r", "b", "", "h"] if states else ["t", "w", "r", "b"],
            ["g", "h_out"] if states else ["g"],
            "layer",
            hidden_size=8,
            linear_before_reset=1,
        ),
        helper.make_node("Squeeze", ["g", "axis"], ["s"], "flat"),
        helper.make_node("Transpose", ["s"], ["u"], "back", perm=[1, 0, 2]),
        helper.make_node("MatMul", ["u", "d"], ["p"], "product"),
        helper.make_node("Add", ["p", "e"], ["q"], "bias"),
        helper.make_node("Sigmoid", ["q"], ["mask"], "gate"),
    ]
    constants = {
        "w": floats(1, 24, 6),
        "r": floats(1, 24, 8),
        "b": floats(1, 48),
        "d": floats(8, 6),
        "e": floats(6),
        "axis": np.array([1], np.int64),
    }
    inputs = {"x": shape, "h": (1, 1, 8)} if states else {"x": shape}
    outputs = ["mask", "h_out"] if states else ["mask"]
    return write_onnx(tmp_path / "masker.onnx", graph_of(nodes, inputs, outputs, constants))


@needs_engine
def test_a_network_with_its_state_agrees_with_its_original_node_by_node(tmp_path):
    model = ossicle.import_network(masker(tmp_path), steps=20)
    check(model.graph)
    assert model.proof.engine.startswith("onnxruntime ") and model.proof.steps == 20
    assert model.proof.snr_db > 110
    assert {one.node for one in model.proof.nodes} >= {"layer", "gate"}
    assert all(one.compared == 20 * size for one, size in zip(model.proof.outputs, (6, 8), strict=True))
    assert len(model.graph.states) == 1 and len(model.graph.inputs) == len(model.graph.outputs) == 1


@needs_engine
def test_a_sequence_becomes_steps_that_agree_with_one_run_over_all(tmp_path):
    model = ossicle.import_network(masker(tmp_path, (1, "time", 6), states=False), steps=30)
    assert model.graph.tensors["x"].shape == (1, 1, 6) and len(model.graph.states) == 1
    assert model.proof.steps == 30 and model.proof.snr_db > 110
    fixed = masker(tmp_path, (1, 12, 6), states=False)
    model = ossicle.import_network(fixed, shapes={"x": (1, None, 6)}, steps=30)
    assert model.proof.steps == 12 and model.proof.snr_db > 110


def plain_layers(tmp_path, over_time):
    """Layers over a sequence that starts from zero, or over bands in both directions, then in one step."""
    if over_time:
        nodes = [helper.make_node("RNN", ["x", "v", "s", "o"], ["y"], "time", hidden_size=5)]
        constants = {"v": floats(1, 5, 6), "s": floats(1, 5, 5), "o": floats(1, 10)}
        return write_onnx(tmp_path / "plain.onnx", graph_of(nodes, {"x": ("time", 1, 6)}, ["y"], constants))
    ways = {"direction": "bidirectional", "activations": ["Tanh", "Relu"]}
    nodes = [
        helper.make_node("Reshape", ["x", "bands"], ["b"], "split"),
        helper.make_node("RNN", ["b", "w", "r", "o"], ["c"], "over_bands", hidden_size=4, **ways),
        helper.make_node("Reshape", ["c", "flat"], ["d"], "join"),
        helper.make_node("RNN", ["d", "v", "s", "", "", "h"], ["y", "h_out"], "time", hidden_size=5),
    ]
    constants = {
        "bands": np.array([3, 1, 2], np.int64), "w": floats(2, 4, 2), "r": floats(2, 4, 4),
        "o": floats(2, 8), "flat": np.array([1, 1, 24], np.int64), "v": floats(1, 5, 24),
        "s": floats(1, 5, 5),
    }  # fmt: skip
    graph = graph_of(nodes, {"x": (1, 1, 6), "h": (1, 1, 5)}, ["y", "h_out"], constants)
    return write_onnx(tmp_path / "plain.onnx", graph)


@needs_engine
@pytest.mark.parametrize("over_time", [False, True])
def test_plain_recurrent_layers_agree_with_their_original_and_have_integers(tmp_path, over_time):
    model = ossicle.import_network(plain_layers(tmp_path, over_time), steps=20)
    assert model.proof.snr_db > 110 and len(model.graph.states) == 1
    clip = [RNG.normal(size=(60, 6)).astype(np.float32)]
    quantized = quantize(model.graph, "w8a16", calibrate(model.graph, [clip]))
    assert all(node.integer for node in quantized.nodes if node.op in ("linear", "conv2d"))
    expected, found = (
        np.stack([simulator.step(x)[0] for x in clip[0]])
        for simulator in (Simulator(model.graph), Simulator(quantized))
    )
    assert snr(found, expected) > 45


@needs_engine
def test_the_comparison_runs_on_inputs_of_a_file(tmp_path):
    steps = {"x": floats(7, 1, 1, 6)}
    np.savez(tmp_path / "steps.npz", **steps)
    model = ossicle.import_network(masker(tmp_path), inputs=tmp_path / "steps.npz")
    assert model.proof.steps == 7
    np.savez(tmp_path / "wrong.npz", y=steps["x"])
    with pytest.raises(OssicleError, match="'x'"):
        ossicle.import_network(masker(tmp_path), inputs=tmp_path / "wrong.npz")
    np.savez(tmp_path / "wrong.npz", x=floats(7, 1, 1, 5))
    with pytest.raises(OssicleError, match=r"\[1, 1, 6\]"):
        ossicle.import_network(masker(tmp_path), inputs=tmp_path / "wrong.npz")
    (tmp_path / "text.npz").write_text("no arrays")
    with pytest.raises(OssicleError, match=r"no \.npz file"):
        ossicle.import_network(masker(tmp_path), inputs=tmp_path / "text.npz")


@needs_engine
def test_an_import_ends_at_the_first_node_that_computes_something_else(tmp_path, monkeypatch):
    lower = importing.lower

    def wrong(*arguments):
        lowered = lower(*arguments)
        nodes = [
            replace(node, constants={**node.constants, "bias": node.constants["bias"] + 0.1})
            if node.op == "linear"
            else node
            for node in lowered.graph.nodes
        ]
        assert any(node.op == "linear" for node in nodes)
        return replace(lowered, graph=replace(lowered.graph, nodes=tuple(nodes)))

    monkeypatch.setattr(importing, "lower", wrong)
    path = masker(tmp_path)
    with pytest.raises(
        OssicleError, match=r"node '(product|bias|gate)' \(\w+\) computes something else .* dB"
    ):
        ossicle.import_network(path, steps=5)
    assert ossicle.import_network(path, steps=0).proof.engine is None


def test_counts_are_null_where_nothing_was_compared(tmp_path, monkeypatch):
    def missing(*arguments):
        raise NoEngineError("onnxruntime is not installed")

    monkeypatch.setattr(importing, "open_engine", missing)
    model = ossicle.import_network(masker(tmp_path))
    found = model.provenance["import"]["proof"]
    assert found["reason"] == "onnxruntime is not installed"
    assert {found[key] for key in ("engine", "steps", "snr_db", "equal_results", "compared_results")} == {
        None
    }


def test_the_provenance_survives_the_file(tmp_path):
    path = masker(tmp_path)
    model = ossicle.import_network(path, steps=0)
    ossicle.save(model, tmp_path / "m.ossicle")
    loaded = ossicle.load(tmp_path / "m.ossicle")
    found = loaded.provenance["import"]
    assert loaded.provenance["source"] == "masker.onnx" and found["format"] == "onnx"
    assert [(pair["input"], pair["output"]) for pair in found["states"]] == [("h", "h_out")]
    assert "layer" in {*found["names"].values(), *(node.name for node in loaded.graph.nodes)}
    feeds = [floats(6) for _ in range(3)]
    for one, other in zip(_run(model, feeds), _run(loaded, feeds), strict=True):
        np.testing.assert_array_equal(one, other)


def _run(model, feeds):
    simulator = Simulator(model.graph)
    return [simulator.step(feed)[0] for feed in feeds]


def test_names_that_the_c_needs_for_itself_are_no_obstacle(tmp_path):
    nodes = [
        helper.make_node("Relu", ["in"], ["out"], "int"),
        helper.make_node("Add", ["out", "state"], ["float"], "front_end"),
        helper.make_node("Tanh", ["float"], ["scratch"], "main"),
        helper.make_node("Mul", ["scratch", "float"], ["memcpy"], "2nd Größe"),
    ]
    graph = graph_of(nodes, {"in": (1, 4), "state": (1, 4)}, ["memcpy", "float"])
    path = write_onnx(tmp_path / "while.onnx", graph)
    model = ossicle.import_network(path, states={"state": "float"}, steps=0)
    stream = ossicle.compile(model).open()
    simulator, x = Simulator(model.graph), floats(4)
    for _ in range(3):
        (wanted,) = simulator.step(x)
        np.testing.assert_allclose(np.reshape(stream.step(x.reshape(1, 4)), -1), wanted, rtol=1e-5)


def test_an_agreement_of_equal_values_is_infinite_and_of_no_signal_is_none():
    equal = proof.Agreement("y", "n", "Relu", np.inf, 4, 4)
    assert proof.Proof("engine", 1, (equal,), (equal,)).first_below(60) is None
    none = replace(equal, snr_db=-np.inf)
    assert proof.Proof("engine", 1, (none,), (equal, none)).first_below(60) is none


def test_inspect_lists_all_that_stands_in_the_way(tmp_path):
    nodes = [
        helper.make_node("GRU", ["x", "w", "r"], ["g"], "before", hidden_size=8),
        helper.make_node("Squeeze", ["g", "axis"], ["s"], "flat"),
        helper.make_node("Det", ["square"], ["k"], "det"),
        helper.make_node("DFT", ["seven"], ["f"], "transform", axis=1),
        helper.make_node("ReduceSum", ["f"], ["total"], "total", keepdims=0),
        helper.make_node("Mul", ["s", "total"], ["y"], "scale"),
    ]
    constants = {"w": floats(1, 24, 6), "r": floats(1, 24, 8), "axis": np.array([1], np.int64)}
    graph = graph_of(nodes, {"x": (1, 1, 6), "seven": (1, 7, 1), "square": (2, 2)}, ["y", "k"], constants)
    found = ossicle.inspect_network(write_onnx(tmp_path / "m.onnx", graph))
    assert [text.split(":")[0] for text in found.obstacles] == [
        "node 'before' (GRU)",
        "node 'det' (Det)",
        "node 'transform' (DFT)",
    ]
    assert found.operators["GRU"] == 1 and found.macs == 24 * (6 + 8)
    json.dumps(found.as_dict())


def test_inspect_describes_files_of_both_kinds_alike(tmp_path):
    path = masker(tmp_path)
    original = ossicle.inspect_network(path)
    ossicle.save(ossicle.import_network(path, steps=0), tmp_path / "m.ossicle")
    ours = ossicle.inspect_network(tmp_path / "m.ossicle")
    assert original.obstacles == ours.obstacles == ()
    assert [end.shape for end in (*original.inputs, *original.outputs)] == [(1, 1, 6), (1, 1, 6)]
    assert [end.shape for end in (*ours.inputs, *ours.outputs)] == [(1, 1, 6), (1, 1, 6)]
    assert original.macs == ours.macs == 24 * (6 + 8) + 8 * 6
    assert [pair.input for pair in original.states] == ["h"] and len(ours.states) == 1
    assert (original.format, ours.format) == ("onnx", "ossicle")


def test_files_of_unknown_endings_are_refused(tmp_path):
    with pytest.raises(OssicleError, match=r"\.onnx, \.tflite"):
        ossicle.import_network(tmp_path / "m.pth")
