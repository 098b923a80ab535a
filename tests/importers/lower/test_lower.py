"""The graph of a network computes what its file computes, and moves no more than it must."""

from collections import Counter

import numpy as np
import pytest
from foreign import run_network
from onnx import helper

from ossicle.graph import check
from ossicle.importers.lower import lower
from ossicle.importers.passes import simplified
from ossicle.importers.states import pair_states
from ossicle.simulate import Simulator
from ossicle.tasks.frames.record import Frames

RNG = np.random.default_rng(7)


def floats(*shape):
    return RNG.normal(0, 0.6, shape).astype(np.float32)


def ints(*numbers):
    return np.array(numbers, np.int64)


def node(line, **attributes):
    """A node of a line such as "Add a b > c"; absent inputs are a dash."""
    left, right = line.split(" > ")
    op, *inputs = left.split()
    return helper.make_node(op, ["" if name == "-" else name for name in inputs], right.split(), **attributes)


CASES = {
    "convolution": (
        [node("Conv x w b > y", pads=[1, 2, 0, 1], strides=[1, 2], dilations=[2, 1])],
        {"x": (1, 4, 9, 8)},
        {"w": floats(6, 4, 3, 3), "b": floats(6)},
    ),
    "convolution of one axis": (
        [node("Conv x w > y", pads=[2, 0])],
        {"x": (1, 4, 9)},
        {"w": floats(5, 4, 3)},
    ),
    "convolution in groups": (
        [node("Conv x w > y", group=2)],
        {"x": (1, 4, 5, 6)},
        {"w": floats(6, 2, 2, 3)},
    ),
    "depthwise convolution": (
        [node("Conv x w b > y", group=4, pads=[1, 1, 1, 1])],
        {"x": (1, 4, 5, 6)},
        {"w": floats(4, 1, 3, 3), "b": floats(4)},
    ),
    "depthwise convolution with two filters each": (
        [node("Conv x w > y", group=4)],
        {"x": (1, 4, 5, 6)},
        {"w": floats(8, 1, 3, 3)},
    ),
    "convolution of several maps": (
        [node("Conv x w > y", pads=[1, 1])],
        {"x": (3, 4, 9)},
        {"w": floats(5, 4, 3)},
    ),
    "convolution whose padding holds whole windows": (
        [node("Conv x w > y", pads=[4, 5])],
        {"x": (1, 2, 6)},
        {"w": floats(3, 2, 3)},
    ),
    "convolution of neighbours that were unfolded": (
        [
            node("Pad x p > a"),
            node("Gather a places > b", axis=2),
            node("Transpose b > c", perm=[0, 1, 3, 2]),
            node("Reshape c shape > d"),
            node("Conv d w > y"),
        ],
        {"x": (1, 4, 8)},
        {
            "p": ints(0, 0, 1, 0, 0, 1),
            "places": np.arange(8)[:, None] + np.arange(3),
            "shape": ints(1, 12, 8),
            "w": floats(5, 12, 1),
        },
    ),
    "transposed convolution": (
        [node("ConvTranspose x w b > y", strides=[1, 2], pads=[0, 1, 0, 2], output_padding=[0, 1])],
        {"x": (1, 4, 2, 7)},
        {"w": floats(4, 3, 2, 5), "b": floats(3)},
    ),
    "transposed convolution over time that keeps the newest row": (
        [node("ConvTranspose x w > y", dilations=[2, 1], pads=[4, 1, 4, 1], group=4)],
        {"x": (1, 4, 5, 7)},
        {"w": floats(4, 1, 3, 3)},
    ),
    "transposed convolution with both": (
        [node("ConvTranspose x w > y", strides=[3], dilations=[2], pads=[2, 0])],
        {"x": (1, 2, 6)},
        {"w": floats(2, 3, 3)},
    ),
    "poolings": (
        [
            node("MaxPool x > a", kernel_shape=[2, 2], strides=[1, 2], pads=[0, 1, 0, 1]),
            node("AveragePool a > b", kernel_shape=[1, 3], pads=[0, 1, 0, 1], count_include_pad=1),
            node("AveragePool b > y", kernel_shape=[2, 2], pads=[1, 0, 0, 0]),
        ],
        {"x": (1, 3, 6, 8)},
        {},
    ),
    "dense layer": (
        [node("Gemm x w b > y", alpha=0.5, beta=2.0, transB=1)],
        {"x": (1, 6)},
        {"w": floats(4, 6), "b": floats(4)},
    ),
    "dense layer behind a map": (
        [node("Conv x w > a"), node("Flatten a > b"), node("MatMul b v > c"), node("Add c d > y")],
        {"x": (1, 3, 4, 5)},
        {"w": floats(6, 3, 1, 1), "v": floats(120, 7), "d": floats(7)},
    ),
    "matrix on the left": ([node("MatMul w x > y")], {"x": (2, 6, 3)}, {"w": floats(4, 6)}),
    "a matrix for each of a batch": ([node("MatMul x w > y")], {"x": (3, 2, 6)}, {"w": floats(3, 6, 4)}),
    "attention": (
        [
            node("MatMul x w > a"),
            node("Reshape a shape > b"),
            node("Split b > q k v", axis=2),
            node("Transpose q > q1", perm=[0, 3, 2, 1, 4]),
            node("Transpose k > k1", perm=[0, 3, 2, 4, 1]),
            node("Transpose v > v1", perm=[0, 3, 2, 1, 4]),
            node("MatMul q1 k1 > s"),
            node("Mul s scale > t"),
            node("Softmax t > p", axis=-1),
            node("MatMul p v1 > o"),
            node("Transpose o > o1", perm=[0, 3, 2, 1, 4]),
            node("Reshape o1 back > y"),
        ],
        {"x": (1, 5, 8)},
        {"w": floats(8, 24), "shape": ints(1, 5, 3, 2, 4), "scale": np.float32(0.5), "back": ints(1, 5, 8)},
    ),
    "einstein": (
        [node("Einsum x w > a", equation="bhc,cd->bdh"), node("Einsum a x > y", equation="bdh,bhc->bdc")],
        {"x": (2, 3, 4)},
        {"w": floats(4, 5)},
    ),
    "batch norm": (
        [node("BatchNormalization x g o m v > a"), node("Relu a > y")],
        {"x": (1, 4, 5)},
        {"g": floats(4), "o": floats(4), "m": floats(4), "v": np.abs(floats(4))},
    ),
    "layer norm of the middle": (
        [node("Transpose x > t", perm=[0, 2, 1]), node("LayerNormalization t g o > y", axis=-1)],
        {"x": (1, 6, 4)},
        {"g": floats(6), "o": floats(6)},
    ),
    "instance norm": (
        [node("InstanceNormalization x g o > y")],
        {"x": (1, 3, 8)},
        {"g": floats(3), "o": floats(3)},
    ),
    "reductions": (
        [
            node("ReduceMean x > a", axes=[1]),
            node("ReduceMax x > b", axes=[2]),
            node("ReduceL2 x > c", axes=[1, 2]),
            node("Add a b > d"),
            node("Mul d c > y"),
        ],
        {"x": (2, 3, 4)},
        {},
    ),
    "sums of values in other orders": (
        [
            node("Conv x w > a"),
            node("Add a x > b"),
            node("Sub x b > c"),
            node("Div c e > d"),
            node("Mul d row > y"),
        ],
        {"x": (1, 4, 5), "e": (1, 1, 5)},
        {"w": floats(4, 4, 1), "row": floats(4, 1)},
    ),
    "constants before and behind": (
        [
            node("Sub one x > a"),
            node("Div two a > b"),
            node("Max b low > c"),
            node("Min c rows > d"),
            node("Pow d two > y"),
        ],
        {"x": (1, 4, 5)},
        {"one": floats(1), "two": np.float32(2), "low": np.float32(-1), "rows": floats(4, 1)},
    ),
    "choices": (
        [node("Greater x e > a"), node("Less x zero > b"), node("Where a x e > c"), node("Where b c x > y")],
        {"x": (2, 6), "e": (2, 6)},
        {"zero": np.float32(0)},
    ),
    "movements": (
        [
            node("Slice x s0 s1 s2 s3 > a"),
            node("Pad a p nine > b"),
            node("Concat b k > c", axis=1),
            node("ScatterND c i u > d"),
            node("Tile d r > e"),
            node("Relu e > y"),
        ],
        {"x": (2, 6)},
        {
            "s0": ints(5),
            "s1": ints(-7),
            "s2": ints(1),
            "s3": ints(-2),
            "p": ints(0, 1, 0, 0),
            "nine": np.float32(9),
            "k": floats(2, 2),
            "i": ints(0, 3).reshape(1, 2),
            "u": floats(1),
            "r": ints(1, 2),
        },
    ),
    "values that are repeated": (
        [
            node(
                "Resize x - scales > a",
                mode="nearest",
                nearest_mode="floor",
                coordinate_transformation_mode="asymmetric",
            ),
            node("Resize a - - sizes > y", mode="nearest"),
        ],
        {"x": (1, 2, 3, 4)},
        {"scales": np.float32([1, 1, 2, 3]), "sizes": ints(1, 2, 4, 6)},
    ),
    "slope of each channel": (
        [node("Conv x w > a"), node("PRelu a s > y")],
        {"x": (1, 3, 4, 5)},
        {"w": floats(6, 3, 1, 1), "s": floats(6, 1, 1)},
    ),
    "functions": (
        [
            node("Sigmoid x > a"),
            node("Tanh a > b"),
            node("Exp b > c"),
            node("Log c > d"),
            node("Elu d > e"),
            node("Softplus e > f"),
            node("HardSigmoid f > g"),
            node("LeakyRelu g > h"),
            node("Abs h > i"),
            node("Neg i > j"),
            node("Erf j > k"),
            node("Clip k l u > y"),
        ],
        {"x": (3, 4)},
        {"l": np.float32(-0.9), "u": np.float32(0.5)},
    ),
    "one side of the spectra of real columns, padded with zeros": (
        [node("DFT x n > y", axis=1, onesided=1)],
        {"x": (2, 10, 3, 1)},
        {"n": ints(12)[0]},
    ),
    "both sides of the spectra of real rows, cut short": (
        [node("DFT x n > y", axis=1)],
        {"x": (3, 10, 1)},
        {"n": ints(8)[0]},
    ),
    "spectrum of an odd number of real values": (
        [node("DFT x > y", axis=1, onesided=1)],
        {"x": (2, 9, 1)},
        {},
    ),
    "spectrum of complex values and back, times a mask": (
        [node("DFT x > a", axis=-2), node("Mul a w > b"), node("DFT b > y", axis=-2, inverse=1)],
        {"x": (2, 15, 2)},
        {"w": floats(15, 1)},
    ),
    "inverse of half a spectrum": (
        [node("DFT x > y", axis=1, inverse=1, onesided=1)],
        {"x": (2, 7, 2)},
        {},
    ),
    "inverse of a spectrum of real values": (
        [node("DFT x > y", axis=1, inverse=1)],
        {"x": (2, 6, 1)},
        {},
    ),
    "GRU over bands in both directions": (
        [
            node("GRU x w r b > a", direction="bidirectional", hidden_size=4, linear_before_reset=1),
            node("Transpose a > c", perm=[0, 2, 1, 3]),
            node("Reshape c shape > y"),
        ],
        {"x": (7, 2, 3)},
        {"w": floats(2, 12, 3), "r": floats(2, 12, 4), "b": floats(2, 24), "shape": ints(7, 2, 8)},
    ),
}


def graph_of_network(network):
    found = lower(simplified(network), Frames())
    check(found.graph)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_graph_computes_what_its_network_computes(network, name):
    nodes, inputs, constants = CASES[name]
    original = network(nodes, inputs, ["y"], {key: np.asarray(of) for key, of in constants.items()})
    graph = graph_of_network(original).graph
    feeds = {key: floats(*shape) for key, shape in inputs.items()}
    (expected,) = run_network(original, feeds)
    (found,) = Simulator(graph).step(*(of.reshape(-1) for of in feeds.values()))
    np.testing.assert_allclose(found, expected.reshape(-1), rtol=2e-5, atol=2e-5)
    assert graph.tensors["y"].shape == expected.shape


def operators(graph):
    return Counter(one.op for one in graph.nodes)


def test_a_transposed_convolution_in_groups_is_one_for_each_group(network):
    """ONNX's reference computes no such one."""
    weight, x = floats(4, 3, 4), floats(1, 4, 7)
    attributes = {"strides": [2], "pads": [1, 1]}
    whole = [node("ConvTranspose x w > y", group=2, **attributes)]
    graph = graph_of_network(network(whole, {"x": x.shape}, ["y"], {"w": weight})).graph
    (found,) = Simulator(graph).step(x.reshape(-1))
    halves = []
    for part in (slice(0, 2), slice(2, 4)):
        one = network(
            [node("ConvTranspose x w > y", **attributes)], {"x": (1, 2, 7)}, ["y"], {"w": weight[part]}
        )
        halves += run_network(one, {"x": x[:, part]})
    np.testing.assert_allclose(found, np.concatenate(halves, 1).reshape(-1), rtol=1e-5, atol=1e-5)


def test_what_only_changes_the_order_of_a_map_costs_nothing(network):
    nodes = [
        node("Conv x w > a"),
        node("Transpose a > b", perm=[0, 2, 3, 1]),
        node("Mul b row > c"),
        node("Reshape c flat > d"),
        node("Transpose d > e", perm=[0, 2, 1]),
        node("Conv e v > f"),
        node("ReduceMean f > y", axes=[2], keepdims=0),
    ]
    constants = {"w": floats(6, 3, 1, 1), "row": floats(6), "flat": ints(1, 20, 6), "v": floats(4, 6, 1)}
    graph = graph_of_network(network(nodes, {"x": (1, 3, 4, 5)}, ["y"], constants)).graph
    # One gather brings the input into the order of maps; the product is part of the convolution.
    assert operators(graph) == {"gather": 1, "conv2d": 2, "reduce": 1}


def ring(rows=4, channels=3, bands=5):
    """A convolution over a ring of rows, which keeps all rows but the oldest."""
    nodes = [
        node("Conv x v > n"),
        node("Concat ring n > window", axis=2),
        node("Conv window w > c"),
        node("Slice window one last two > ring_out"),
        node("Sigmoid c > y"),
    ]
    constants = {
        "v": floats(channels, channels, 1, 1),
        "w": floats(2, channels, rows + 1, 1),
        "one": ints(1),
        "last": ints(rows + 1),
        "two": ints(2),
    }
    return (
        nodes,
        {"x": (1, channels, 1, bands), "ring": (1, channels, rows, bands)},
        ["y", "ring_out"],
        constants,
    )


def run_both(network, graph, steps=6):
    """Largest difference between a network and its graph over steps with carried states."""
    states = {pair.input: np.zeros(network.values[pair.input].shape, np.float32) for pair in network.states}
    given = [name for name in network.inputs if name not in states]
    simulator, worst = Simulator(graph), 0.0
    for _ in range(steps):
        feeds = {name: floats(*network.values[name].shape) for name in given}
        results = dict(zip(network.outputs, run_network(network, feeds | states), strict=True))
        found = simulator.step(*(feeds[name].reshape(-1) for name in given))
        for name, values in zip(graph.outputs, found, strict=True):
            worst = max(worst, float(np.abs(values - results[name].reshape(-1)).max()))
        states = {pair.input: results[pair.output] for pair in network.states}
    return worst


def test_a_ring_is_the_window_that_its_convolution_read_and_is_copied_once(network):
    original = pair_states(network(*ring()))
    graph = graph_of_network(original).graph
    assert run_both(original, graph) < 1e-5
    (state,) = graph.states
    (window,) = (one for one in graph.nodes if one.outputs.get("y") == state.output)
    assert window.op == "gather"
    assert graph.tensors[state.output].size == 5 * 3 * 5
    # Besides the window, only the input and the output change their order.
    assert operators(graph)["gather"] == 3


def test_states_that_a_network_packs_into_one_are_kept_where_their_layers_write_them(network):
    nodes = [
        node("Slice packed p0 p6 axis > h1"),
        node("Slice packed p6 p10 axis > h2"),
        node("Reshape h1 six > a1"),
        node("Reshape h2 four > a2"),
        node("GRU x w1 r1 - - a1 > s1 n1", hidden_size=6, linear_before_reset=1),
        node("Reshape s1 row > t1"),
        node("GRU t1 w2 r2 - - a2 > s2 n2", hidden_size=4, linear_before_reset=1),
        node("Reshape n1 flat > f1"),
        node("Reshape n2 flat > f2"),
        node("Concat f1 f2 > joined", axis=1),
        # As Silero's file has it: nothing is added.
        node("Add joined nothing > packed_out"),
        node("Sigmoid s2 > y"),
    ]
    constants = {"nothing": np.float32(0)} | {f"p{place}": ints(place) for place in (0, 6, 10)}
    constants |= {"axis": ints(1), "six": ints(1, 1, 6), "four": ints(1, 1, 4), "row": ints(1, 1, 6)}
    constants |= {"flat": ints(1, -1), "w1": floats(1, 18, 3), "r1": floats(1, 18, 6)}
    constants |= {"w2": floats(1, 12, 6), "r2": floats(1, 12, 4)}
    made = network(nodes, {"x": (1, 1, 3), "packed": (1, 10)}, ["y", "packed_out"], constants)
    original = pair_states(made)
    graph = graph_of_network(original).graph
    assert operators(graph) == {"gru": 2, "unary": 1}
    assert sorted(graph.tensors[state.input].size for state in graph.states) == [4, 6]
    assert run_both(original, graph) < 1e-5


def test_a_state_may_take_the_old_value_of_another(network):
    nodes = [
        node("Add x d1 > d1_new"),
        node("Identity d1 > d2_new"),
        node("Sub d1_new d2 > e"),
        node("Mul e d1 > y"),
    ]
    inputs = {"x": (1, 6), "d1": (1, 6), "d2": (1, 6)}
    original = pair_states(
        network(nodes, inputs, ["y", "d1_new", "d2_new"]), {"d1": "d1_new", "d2": "d2_new"}
    )
    graph = graph_of_network(original).graph
    assert run_both(original, graph) == 0
    written = {name for one in graph.nodes for name in one.outputs.values()}
    assert {state.output for state in graph.states} <= written


def test_names_of_a_file_become_names_of_c_and_are_kept(network):
    nodes = [node("Relu state > a", name="/En-coder.0/Relu"), node("Sigmoid a > y", name="int")]
    found = graph_of_network(network(nodes, {"state": (1, 6)}, ["y"]))
    assert [one.name for one in found.graph.nodes] == ["en_coder_0_relu", "nint"]
    assert found.graph.inputs == ("state_2",)
    assert found.origins["en_coder_0_relu"] == "/En-coder.0/Relu"
    assert found.origins["state_2"] == "state"


def test_it_is_known_where_each_value_of_the_network_lies(network):
    nodes = [node("Conv x w > a"), node("Transpose a > b", perm=[0, 2, 1]), node("Tanh b > y")]
    original = network(nodes, {"x": (1, 4, 5)}, ["y"], {"w": floats(3, 4, 1)})
    found = graph_of_network(original)
    x = floats(1, 4, 5)
    trace = Simulator(found.graph).trace(x.reshape(-1))
    place = found.places["a"]
    values = np.concatenate([trace[name] for name in place.tensors])[place.index]
    weight = original.values["w"].constant[:, :, 0]
    np.testing.assert_allclose(values, np.einsum("fc,bcl->bfl", weight, x), rtol=1e-5, atol=1e-5)
