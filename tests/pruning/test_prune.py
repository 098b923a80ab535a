"""The pass: what is left of a network, whatever its operators."""

from dataclasses import replace

import numpy as np
import pytest
from networks import (
    band_network,
    conv_graph,
    frames_model,
    magnitudes,
    random_cell,
    random_frames,
    random_layer,
    small_frames,
    small_model,
)

from ossicle.errors import OssicleError
from ossicle.graph import Node, State
from ossicle.graph.calibration import Calibration, product_name
from ossicle.graph.operator import OPS
from ossicle.pruning import Pruning, prune
from ossicle.pruning.channels import leaving_channels
from ossicle.pruning.couplings import find_couplings
from ossicle.quantization import SCHEMES, calibrate, quantize
from ossicle.simulate import Simulator


def moving_network():
    """What moves and joins channels: a ring, a concatenation, a sum, scales, slopes, a mean and a gate."""
    rng = np.random.default_rng(0)
    bands = {"map": (1, 5, 4), "kernel": (1, 1), "stride": (1, 1), "pad": (0, 0), "out": (1, 5)}
    plain = {"activation": "none"}
    order = np.arange(40).reshape(2, 5, 4).swapaxes(0, 1).ravel().astype(np.int32)
    doubled = {**bands, "map": (1, 5, 8)}
    nodes = [
        Node("conv2d", "first", {"x": "x"}, {"y": "a"}, random_layer(rng, 4, 4), bands | plain),
        Node("conv2d", "second", {"x": "a"}, {"y": "b"}, random_layer(rng, 4, 4), bands | plain),
        Node("binary", "sum", {"a": "a", "b": "b"}, {"y": "c"}, {}, {"function": "add"}),
        Node(
            "affine",
            "scale",
            {"x": "c"},
            {"y": "d"},
            {"scale": np.arange(1, 5, dtype=np.float32), "offset": np.ones(4, np.float32)},
            {},
        ),
        Node("gather", "join", {"x0": "d", "x1": "kept"}, {"y": "e"}, {"index": order}, {"sizes": (20, 20)}),
        Node(
            "gather",
            "keep",
            {"x0": "d"},
            {"y": "kept_next"},
            {"index": np.arange(20, dtype=np.int32)},
            {"sizes": (20,)},
        ),
        Node("conv2d", "mixed", {"x": "e"}, {"y": "f"}, random_layer(rng, 6, 8), doubled | plain),
        Node(
            "unary",
            "bend",
            {"x": "f"},
            {"y": "g"},
            {"slope": np.full(6, 0.3, np.float32)},
            {"function": "prelu"},
        ),
        Node("reduce", "mean", {"x": "g"}, {"y": "m"}, {}, {"function": "mean", "shape": (1, 5, 6)}),
        Node("linear", "squeeze", {"x": "m"}, {"y": "s"}, random_layer(rng, 6, 6), plain),
        Node(
            "unary",
            "lean",
            {"x": "s"},
            {"y": "r"},
            {"slope": np.full(1, 0.2, np.float32)},
            {"function": "prelu", "inner": 6},
        ),
        Node("unary", "gate", {"x": "r"}, {"y": "w"}, {}, {"function": "sigmoid"}),
        Node("binary", "excite", {"a": "g", "b": "w"}, {"y": "v"}, {}, {"function": "mul"}),
        Node(
            "gru_scan",
            "scan",
            {"x": "v"},
            {"y": "t", "h_next": "last"},
            random_cell(rng, 3, 6, 4),
            {"steps": 5},
        ),
        Node("linear", "out", {"x": "t"}, {"y": "y"}, random_layer(rng, 3, 20), plain),
    ]
    shapes = dict.fromkeys("abcd", (1, 5, 4)) | {"x": (1, 5, 4), "kept": (1, 5, 4), "kept_next": (1, 5, 4)}
    shapes |= {"e": (1, 5, 8)} | dict.fromkeys("fgv", (1, 5, 6)) | dict.fromkeys("mrsw", (6,))
    shapes |= {"t": (5, 4), "last": (4,), "y": (3,)}
    return frames_model("moving", nodes, shapes, ("x",), ("y",), [State("kept", "kept_next")])


def conv_model():
    return small_model("conv")


NETWORKS = {
    "conv": conv_model,
    "gru": lambda: small_model("gru"),
    "lstm": lambda: small_model("lstm"),
    "frames": small_frames,
    "bands": band_network,
    "moving": moving_network,
}


def outputs(graph, frames=12):
    return outputs_of(graph, [of.reshape(frames, -1) for of in random_frames(graph, frames).values()])


def outputs_of(graph, heard):
    simulator = Simulator(graph)
    return np.stack([np.concatenate(simulator.step(*of)) for of in zip(*heard, strict=True)])


def unread(graph, couplings, leaving):
    """The whole graph, whose matrices do not look at the channels that are to leave."""
    changed = {}
    for of in couplings.matrices(graph):
        gone = np.isin(of.columns, leaving)
        weight = changed.setdefault(of.node.name, dict(of.node.constants))
        weight[of.matrix.weight] = np.where(gone, np.float32(0), weight[of.matrix.weight])
    return replace(
        graph,
        nodes=tuple(replace(node, constants=changed.get(node.name, node.constants)) for node in graph.nodes),
    )


@pytest.mark.parametrize("granularity", ["filter", "unit"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_smaller_network_computes_what_the_whole_one_does_without_these_channels(name, granularity):
    model = NETWORKS[name]()
    couplings = find_couplings(model.graph)
    pruning = Pruning(granularity, 0.5, "random")
    leaving = leaving_channels(model.graph, couplings, pruning, model.calibration)
    if not leaving.size:
        assert (name, granularity) in (("conv", "unit"), ("bands", "filter"))
        return
    small = prune(model.graph, pruning, model.calibration)
    assert small.graph.macs < model.graph.macs and small.graph.parameters < model.graph.parameters
    expected = outputs(unread(model.graph, couplings, leaving))
    np.testing.assert_allclose(outputs(small.graph), expected, atol=2e-5)
    assert np.abs(outputs(model.graph) - expected).max() > 1e-3
    # What calibration saw fits the smaller network, so that every scheme takes it.
    fresh = calibrate(small.graph, [random_frames(small.graph, 30)])
    for product, moments in fresh.moments.items():
        assert small.calibration.moments[product].correlation.shape == moments.correlation.shape
    outputs(quantize(small.graph, "w8a16", small.calibration), 3)


def test_layers_that_are_added_lose_the_same_channels():
    model = moving_network()
    small = prune(model.graph, Pruning("filter", 0.5, layers=("second",)), model.calibration).graph
    sizes = {node.name: node.constants["weight"].shape for node in small.nodes if "weight" in node.constants}
    assert sizes["first"] == (2, 4) and sizes["second"] == (2, 2) and sizes["mixed"] == (6, 4)
    assert small.tensors["kept"].shape == (1, 5, 2) and sizes["squeeze"] == (6, 6)


def test_the_smallest_filters_go_and_the_least_read_channels():
    graph = conv_graph()
    (node,) = [node for node in graph.nodes if node.name == "local"]
    rows = node.constants["weight"] * np.arange(1, 9, dtype=np.float32)[:, None]
    graph = replace(
        graph,
        nodes=tuple(
            replace(of, constants={**of.constants, "weight": rows}) if of is node else of
            for of in graph.nodes
        ),
    )
    kept = prune(graph, Pruning("filter", 0.5, layers=("local",)), Calibration()).graph
    found = next(of for of in kept.nodes if of.name == "local").constants["weight"]
    ranked = {tuple(row) for row in rows[4:]}
    assert sum(tuple(row) in ranked for row in found) >= 3
    point = next(of for of in kept.nodes if of.name == "point").constants["weight"]
    assert point.shape == (10, 4)
    columns = prune(graph, Pruning("channel", 0.5, layers=("local",)), Calibration()).graph
    read = next(of for of in columns.nodes if of.name == "point").constants["weight"]
    whole = next(of for of in graph.nodes if of.name == "point").constants["weight"]
    largest = np.sort(np.linalg.norm(whole, axis=0))[4:]
    np.testing.assert_allclose(np.sort(np.linalg.norm(read, axis=0)), largest, rtol=1e-6)


@pytest.mark.parametrize("granularity", ["weight", "block", "filter", "unit"])
def test_what_calibration_knows_makes_up_for_much(granularity):
    model = small_model("gru")
    heard = [magnitudes(model.graph, 60, seed=5)]
    exact, errors = outputs_of(model.graph, heard), {}
    for criterion in ("random", "magnitude", "obs"):
        small = prune(model.graph, Pruning(granularity, 0.4, criterion), model.calibration).graph
        errors[criterion] = np.square(outputs_of(small, heard) - exact).sum()
    assert errors["obs"] < 0.8 * min(errors["random"], errors["magnitude"])


@pytest.mark.parametrize("granularity", ["weight", "filter", "unit"])
def test_taylor_takes_what_costs_the_loss_least(granularity):
    model, layer = small_model("gru"), "rnn0" if granularity == "unit" else "fc_in"
    losses = {
        product_name(node.name, matrix.weight): np.ones(node.constants[matrix.weight].shape)
        for node in model.graph.nodes
        for matrix in OPS[node.op].matrices
    }
    for loss in (loss for name, loss in losses.items() if name.startswith(layer)):
        loss.reshape(-1, 20, loss.shape[1])[:, ::2] = 0.5
    pruning = Pruning(granularity, 0.5, "taylor", layers=(layer,))
    small = prune(model.graph, pruning, Calibration(), losses).graph
    whole, found = (
        next(iter(node.constants.values()))
        for graph in (model.graph, small)
        for node in graph.nodes
        if node.name == layer
    )
    kept = whole.reshape(-1, 20, whole.shape[1])[:, 1::2].reshape(-1, whole.shape[1])
    if granularity == "weight":
        found = found.reshape(-1, 20, whole.shape[1])[:, 1::2].reshape(-1, whole.shape[1])
    np.testing.assert_array_equal(found, kept)


@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if scheme.startswith(("w", "i"))])
def test_zeros_stay_zero_in_integers(scheme):
    model = small_model("gru")
    found = prune(model.graph, Pruning("block", 0.5, "obs"), model.calibration)
    integers = quantize(found.graph, scheme, found.calibration)
    exact = {node.name: node for node in found.graph.nodes}
    for node in integers.nodes:
        for matrix in OPS[node.op].matrices:
            zeros = exact[node.name].constants[matrix.weight] == 0
            assert zeros.mean() == pytest.approx(0.5, abs=0.05)
            assert not node.constants[matrix.weight][zeros].any()


@pytest.mark.parametrize(
    ("pruning", "sentence"),
    [
        (("blocks", 0.5), "no granularity 'blocks'"),
        (("block", 0.5, "size"), "no criterion 'size'"),
        (("block", 1.0), "a sparsity of 1 is not between"),
        (("weight", 0.5, "magnitude", (4, 2)), "belongs to the granularities vector and block"),
        (("block", 0.5, "magnitude", (0, 2)), "at least one row and one column"),
        (("vector", 0.5, "magnitude", (4, 2)), "lies within one row"),
        (("weight", 0.5, "obs"), "no calibration, which the criterion obs needs"),
        (("weight", 0.5, "taylor"), "needs the gradients of a training; give its corpus with --finetune"),
        (("weight", 0.5, "random", None, ("rnn9",)), "no layer 'rnn9'; it has fc_in"),
        (("unit", 0.5, "random", None, ("fc_in",)), "no units that can go"),
    ],
)
def test_what_cannot_be_pruned_is_said_in_a_sentence(pruning, sentence):
    with pytest.raises(OssicleError, match=sentence):
        prune(small_model("gru").graph, Pruning(*pruning), Calibration())


def test_a_quantized_model_is_refused():
    model = small_model("gru")
    graph = quantize(model.graph, "int8", model.calibration)
    with pytest.raises(OssicleError, match="prune the float model"):
        prune(graph, Pruning("block", 0.5), model.calibration)
