"""Tensors between which values are only moved share a type and a scale."""

from dataclasses import replace

import numpy as np
import pytest
from networks import ACTIVATIONS

from ossicle.graph import Graph, Node, State, Tensor, check
from ossicle.metrics.signal import snr
from ossicle.numerics.formats import DType
from ossicle.quantization import calibrate, quantize
from ossicle.quantization.calibrate import collect_activations
from ossicle.quantization.sharing import scale_sources
from ossicle.tasks.frames.record import Frames


def dense(name, x, rows, columns):
    # A seed of its own: weights must not depend on which tests ran before.
    rng = np.random.default_rng(list(name.encode()))
    constants = {
        "weight": rng.normal(0, 1.0 / np.sqrt(columns), (rows, columns)).astype(np.float32),
        "bias": rng.normal(0, 0.3, rows).astype(np.float32),
    }
    return Node("linear", name, {"x": x}, {"y": f"{name}_y"}, constants, ACTIVATIONS["none"])


def moved(name, index, y, **inputs):
    sizes = tuple(SIZES[x] for x in inputs.values())
    return Node("gather", name, inputs, {"y": y}, {"index": np.asarray(index, np.int32)}, {"sizes": sizes})


SIZES = {
    "in": 4,
    "first_y": 6,
    "loud_y": 6,
    "ring": 12,
    "window": 18,
    "ring_next": 12,
    "last_y": 3,
    "doubled": 6,
}


def ring_graph(elsewhere=False):
    """A layer that reads three rows of another one's results, two of which are kept in a ring."""
    nodes = [
        dense("first", "in", 6, 4),
        moved("read", range(18), "window", x0="ring", x1="first_y"),
        moved("keep", range(6, 18), "ring_next", x0="ring", x1="first_y"),
        dense("last", "window", 3, 18),
    ]
    outputs = ["last_y"]
    if elsewhere:
        nodes.append(
            Node(
                "binary", "twice", {"a": "first_y", "b": "first_y"}, {"y": "doubled"}, {}, {"function": "add"}
            )
        )
        outputs.append("doubled")
    names = [name for name in SIZES if name != "loud_y" and (elsewhere or name != "doubled")]
    tensors = {name: Tensor((SIZES[name],)) for name in names}
    state = (State("ring", "ring_next"),)
    graph = Graph("ringed", Frames(), ("in",), tuple(outputs), state, tensors, tuple(nodes))
    check(graph)
    return graph


def clips(frames=300, seed=4):
    return [np.random.default_rng(seed).normal(size=(frames, 4)).astype(np.float32)]


def quantized(graph, scheme):
    return quantize(graph, scheme, calibrate(graph, clips()))


def test_a_ring_its_window_and_what_only_they_read_span_the_same_values():
    sources = scale_sources(ring_graph())
    assert (
        sources["ring"]
        == sources["window"]
        == sources["ring_next"]
        == sources["first_y"]
        == ("first_y", "ring")
    )
    assert sources["last_y"] == ("last_y",)


def test_what_is_read_elsewhere_too_keeps_a_scale_of_its_own():
    sources = scale_sources(ring_graph(elsewhere=True))
    assert sources["first_y"] == ("first_y",) and sources["window"] == ("ring",)


@pytest.mark.parametrize(("scheme", "dtype"), [("int8", DType.S8), ("w8a16", DType.S16), ("fp16", DType.F16)])
def test_a_ring_has_the_type_of_the_product_that_reads_it_and_is_not_converted(scheme, dtype):
    graph = quantized(ring_graph(), scheme)
    of = {name: graph.tensors[name] for name in ("first_y", "ring", "window", "ring_next")}
    assert {(tensor.dtype, tensor.scale, tensor.zero_point) for tensor in of.values()} == {
        (dtype, of["ring"].scale, of["ring"].zero_point)
    }
    converted = [node.inputs["x"] for node in graph.nodes if node.op == "convert"]
    assert converted == ["in", "last_y"]


def test_tensors_of_other_scales_are_converted_before_they_are_moved_together():
    loud = dense("loud", "in", 6, 4)
    loud = replace(loud, constants={name: 30 * array for name, array in loud.constants.items()})
    nodes = [
        dense("first", "in", 6, 4),
        loud,
        moved("both", range(12), "both_y", x0="first_y", x1="loud_y"),
        *(
            Node("unary", f"{name}_abs", {"x": name}, {"y": f"{name}_abs_y"}, {}, {"function": "abs"})
            for name in ("first_y", "loud_y", "both_y")
        ),
    ]
    sizes = {"in": 4, "first_y": 6, "loud_y": 6, "both_y": 12}
    sizes |= {f"{name}_abs_y": size for name, size in sizes.items() if name != "in"}
    tensors = {name: Tensor((size,)) for name, size in sizes.items()}
    outputs = tuple(name for name in sizes if name.endswith("abs_y"))
    graph = quantized(Graph("joined", Frames(), ("in",), outputs, (), tensors, tuple(nodes)), "w8a16")
    found = graph.tensors
    assert found["both_x0"].scale == found["both_y"].scale > 20 * found["first_y"].scale
    assert found["both_y"].scale == found["loud_y"].scale and "both_x1" not in found


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize(("scheme", "least"), [("fp32", 200), ("fp16", 55), ("int8", 25), ("w8a16", 40)])
def test_a_network_with_a_ring_stays_close_to_float(scheme, least, elsewhere):
    graph = ring_graph(elsewhere)
    other = quantized(graph, scheme)
    floats, found = collect_activations(graph, clips(seed=9)), collect_activations(other, clips(seed=9))
    for name, reference in zip(other.outputs, graph.outputs, strict=True):
        assert snr(found[name], floats[reference]) > least


def test_the_same_slice_of_a_tensor_has_its_scale_even_if_it_is_read_elsewhere():
    nodes = (
        dense("first", "in", 6, 4),
        moved("half", range(3), "doubled", x0="first_y"),
        Node("unary", "rectify", {"x": "first_y"}, {"y": "window"}, {}, {"function": "relu"}),
        Node("unary", "other", {"x": "doubled"}, {"y": "last_y"}, {}, {"function": "relu"}),
    )
    sizes = {"in": 4, "first_y": 6, "doubled": 3, "window": 6, "last_y": 3}
    graph = Graph(
        "sliced",
        Frames(),
        ("in",),
        ("window", "last_y"),
        (),
        {n: Tensor((s,)) for n, s in sizes.items()},
        nodes,
    )
    found = quantized(graph, "w8a16").tensors
    assert found["doubled"].scale == found["first_y"].scale and found["doubled"].dtype == DType.S16


@pytest.mark.parametrize("scheme", ["int8", "w8a16"])
def test_a_state_that_is_computed_from_itself_has_16_bits_and_is_not_converted(scheme):
    """A mean that decays."""
    scale = {"scale": np.float32([0.9]), "offset": np.float32([0.0])}
    nodes = (
        dense("first", "in", 6, 4),
        Node("affine", "decay", {"x": "mean"}, {"y": "decayed"}, scale, {"inner": 6}),
        Node(
            "binary", "update", {"a": "decayed", "b": "first_y"}, {"y": "mean_next"}, {}, {"function": "add"}
        ),
        dense("last", "mean_next", 3, 6),
    )
    sizes = {"in": 4, "first_y": 6, "mean": 6, "decayed": 6, "mean_next": 6, "last_y": 3}
    tensors = {name: Tensor((size,)) for name, size in sizes.items()}
    float_graph = Graph("mean", Frames(), ("in",), ("last_y",), (State("mean", "mean_next"),), tensors, nodes)
    graph = quantized(float_graph, scheme)
    assert graph.tensors["mean"] == graph.tensors["mean_next"] and graph.tensors["mean"].dtype == DType.S16
    assert graph.states == float_graph.states
    floats, found = collect_activations(float_graph, clips(seed=9)), collect_activations(graph, clips(seed=9))
    assert snr(found[graph.outputs[0]], floats["last_y"]) > 30


def test_floats_that_layers_read_as_integers_are_added_to_integers_as_such():
    """A residual connection around the first layer; one of what no layer reads stays in float."""
    add = {"function": "add"}
    nodes = (
        dense("first", "in", 4, 4),
        Node("binary", "around", {"a": "in", "b": "first_y"}, {"y": "around_y"}, {}, add),
        Node("binary", "beside", {"a": "more", "b": "first_y"}, {"y": "beside_y"}, {}, add),
    )
    sizes = {"in": 4, "more": 4, "first_y": 4, "around_y": 4, "beside_y": 4}
    tensors = {name: Tensor((size,)) for name, size in sizes.items()}
    graph = Graph("around", Frames(), ("in", "more"), ("around_y", "beside_y"), (), tensors, nodes)
    values = np.random.default_rng(4).normal(size=(2, 60, 4)).astype(np.float32)
    found = quantize(graph, "int8", calibrate(graph, [list(values)])).tensors
    assert found["around_y"].dtype == DType.S16
    assert found["beside_y"].dtype == DType.F32


def test_what_only_float_operators_read_is_computed_in_float_from_one_input():
    """The root of a square keeps small values; a square that a layer reads is one of integers."""

    def unary(name, x, function):
        return Node("unary", name, {"x": x}, {"y": f"{name}_y"}, {}, {"function": function})

    nodes = (
        dense("first", "in", 6, 4),
        unary("power", "first_y", "square"),
        unary("magnitude", "power_y", "sqrt"),
        unary("energy", "first_y", "square"),
        dense("last", "magnitude_y", 3, 6),
        dense("other", "energy_y", 3, 6),
    )
    sizes = {"in": 4, "first_y": 6, "power_y": 6, "magnitude_y": 6, "energy_y": 6, "last_y": 3, "other_y": 3}
    tensors = {name: Tensor((size,)) for name, size in sizes.items()}
    graph = Graph("root", Frames(), ("in",), ("last_y", "other_y"), (), tensors, nodes)
    found = quantized(graph, "w8a16").tensors
    assert found["power_y"].dtype == found["magnitude_y"].dtype == DType.F32
    assert found["energy_y"].dtype == DType.S16
