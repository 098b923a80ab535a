"""Which output of a network is the next value of which input."""

import numpy as np
import pytest
from foreign import graph_of, read, write_onnx
from onnx import helper

from ossicle.errors import OssicleError
from ossicle.importers.states import pair_states


def leaky(tmp_path, pairs, shapes=None, order=None):
    """A network of leaky means: each state moves towards the mean of x, and all of them make the result."""
    shapes = shapes or {}
    nodes = [helper.make_node("ReduceMean", ["x"], ["m"], axes=[0, 1], keepdims=0)]
    total = "m"
    for number, (old, new) in enumerate(pairs):
        nodes += [
            helper.make_node("Add", [old, "m"], [new]),
            helper.make_node("ReduceMean", [new], [f"part{number}"], keepdims=0),
            helper.make_node("Add", [total, f"part{number}"], [f"total{number}"]),
        ]
        total = f"total{number}"
    nodes.append(helper.make_node("Relu", [total], ["y"]))
    inputs = {"x": (1, 12)} | {old: shapes.get(old, (1, 8)) for old, _ in pairs}
    graph = graph_of(nodes, inputs, ["y", *(order or [new for _, new in pairs])])
    return read(write_onnx(tmp_path / "leaky.onnx", graph, 13))


def found(network):
    return {pair.input: pair.output for pair in network.states}


@pytest.mark.parametrize(
    "pairs",
    [
        {"state": "state_out"},
        {"h_in": "h_out", "c_in": "c_out"},
        {"cache_in_0": "cache_out_0", "cache_in_1": "cache_out_1"},
        {"recurrent": "next_recurrent", "cache_3": "next_cache_3"},
        {"h0": "hn", "c0": "cn"},
        {"h": "h2", "c": "c2"},
        {"state": "stateN"},
        {"prev_h": "new_h"},
        {"conv1_mem": "conv1_mem_out", "conv2_mem": "conv2_mem_out"},
        {"ring0": "ring0_next", "ring1": "ring1_next"},
    ],
)
def test_names_tell_pairs_whatever_their_order(tmp_path, pairs):
    network = leaky(tmp_path, list(pairs.items()), order=list(pairs.values())[::-1])
    assert found(pair_states(network)) == pairs


def test_data_is_no_state_although_its_names_and_shapes_pair(tmp_path):
    nodes = [
        helper.make_node("Add", ["spec_in", "cache_in"], ["cache_out"]),
        helper.make_node("Sigmoid", ["cache_out"], ["spec_out"]),
    ]
    graph = graph_of(nodes, {"spec_in": (1, 8), "cache_in": (1, 8)}, ["spec_out", "cache_out"])
    assert found(pair_states(read(write_onnx(tmp_path / "s.onnx", graph)))) == {"cache_in": "cache_out"}


def test_an_output_that_goes_on_inside_pairs_with_the_only_input_of_its_shape(tmp_path):
    network = leaky(tmp_path, [("input_3", "stack_2"), ("input_9", "relu_4")], {"input_3": (2, 3)})
    paired = pair_states(network)
    assert found(paired) == {"input_3": "stack_2", "input_9": "relu_4"}
    assert {pair.how for pair in paired.states} == {"by shape"}


def test_many_states_of_one_shape_pair_by_number(tmp_path):
    pairs = {f"input_{number}": f"Identity_{number - 1}" for number in range(2, 14)}
    shuffled = sorted(pairs.values(), key=lambda name: int(name[9:]) * 7 % 12)
    assert found(pair_states(leaky(tmp_path, list(pairs.items()), order=shuffled))) == pairs


def test_states_that_nobody_can_tell_apart_are_refused_with_all_candidates(tmp_path):
    network = leaky(tmp_path, [("p", "u"), ("q", "v")], order=["v", "u"])
    with pytest.raises(OssicleError, match=r"'p', 'q' may be states that become 'v', 'u'.*--state p=v"):
        pair_states(network)
    assert found(pair_states(network, {"p": "u", "q": "v"})) == {"p": "u", "q": "v"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"z": "u"}, "there is no 'z'; the inputs left are 'x', 'p'"),
        ({"p": "w"}, "there is no 'w'; the outputs left are 'y', 'u'"),
        ({"x": "u"}, r"their shapes are \[1, 12\] and \[1, 8\]"),
    ],
)
def test_a_given_pair_that_does_not_fit_is_refused(tmp_path, given, message):
    with pytest.raises(OssicleError, match=message):
        pair_states(leaky(tmp_path, [("p", "u")]), given)


def test_a_layer_pairs_what_it_starts_from_with_what_it_ends_with(tmp_path):
    rng = np.random.default_rng(0)
    weights = {"w": rng.normal(size=(1, 12, 5)), "r": rng.normal(size=(1, 12, 4))}
    constants = {name: of.astype(np.float32) for name, of in weights.items()}
    nodes = [
        helper.make_node(
            "GRU", ["x", "w", "r", "", "", start], ["", end], hidden_size=4, linear_before_reset=1, name=start
        )
        for start, end in (("alpha", "one"), ("beta", "two"))
    ] + [helper.make_node("Add", ["one", "two"], ["y"])]
    inputs = {"x": (1, 1, 5), "beta": (1, 1, 4), "alpha": (1, 1, 4)}
    graph = graph_of(nodes, inputs, ["y", "two", "one"], constants)
    network = pair_states(read(write_onnx(tmp_path / "g.onnx", graph)))
    assert found(network) == {"alpha": "one", "beta": "two"}


def test_a_layer_that_starts_from_zero_pairs_nothing(tmp_path):
    constants = {"w": np.ones((1, 12, 5), np.float32), "r": np.ones((1, 12, 4), np.float32)}
    layer = helper.make_node("GRU", ["x", "w", "r"], ["", "end"], hidden_size=4, linear_before_reset=1)
    graph = graph_of([layer], {"x": (1, 1, 5)}, ["end"], constants)
    assert not found(pair_states(read(write_onnx(tmp_path / "g.onnx", graph))))


def moved_and_computed(tmp_path, names, opset=13):
    """Outputs of one shape: one is read inside, the other, what a state becomes, is read nowhere else."""
    old, inside, new = names
    nodes = [
        helper.make_node("Add", ["x", old], [inside]),
        helper.make_node("Relu", [inside], ["y"]),
        helper.make_node("Mul", ["x", "decay"], [new]),
    ]
    graph = graph_of(
        nodes, {"x": (1, 8), old: (1, 8)}, ["y", inside, new], {"decay": np.array([0.5], np.float32)}
    )
    return read(write_onnx(tmp_path / "m.onnx", graph, opset))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("level", "level_out"),
        ("state", "new_state"),
        ("h0", "hn"),
        ("in_cache_3", "out_cache_3"),
        ("init_level", "final_level"),
        ("past.0.key", "present.0.key"),
        ("mem_i", "mem_o"),
    ],
)
def test_a_name_says_more_than_what_an_output_does(tmp_path, old, new):
    assert found(pair_states(moved_and_computed(tmp_path, (old, "features", new)))) == {old: new}


def test_outputs_of_one_shape_are_not_told_apart_by_use_alone(tmp_path):
    network = moved_and_computed(tmp_path, ("p", "features", "q"))
    with pytest.raises(OssicleError, match=r"may be states.*--state"):
        pair_states(network)
    assert found(pair_states(network, {"p": "q"})) == {"p": "q"}


def test_an_old_state_that_moves_on_is_paired_by_name(tmp_path):
    nodes = [
        helper.make_node("Relu", ["x"], ["delay0_out"]),
        helper.make_node("Identity", ["delay0"], ["delay1_out"]),
        helper.make_node("Add", ["delay1", "x"], ["y"]),
    ]
    inputs = {name: (1, 4) for name in ("x", "delay0", "delay1")}
    graph = graph_of(nodes, inputs, ["y", "delay0_out", "delay1_out"])
    network = pair_states(read(write_onnx(tmp_path / "d.onnx", graph)))
    assert found(network) == {"delay0": "delay0_out", "delay1": "delay1_out"}


def test_the_only_input_is_no_state_although_an_output_of_its_shape_goes_on_inside(tmp_path):
    nodes = [
        helper.make_node("Relu", ["x"], ["y"]),
        helper.make_node("ReduceMax", ["y"], ["peak"], axes=[1], keepdims=0),
        helper.make_node("Identity", ["x"], ["copy"]),
    ]
    graph = graph_of(nodes, {"x": (1, 8)}, ["y", "peak", "copy"])
    assert not found(pair_states(read(write_onnx(tmp_path / "p.onnx", graph, 13))))


def test_numbered_states_beside_data_of_their_shape_pair_by_number(tmp_path):
    pairs = {"s0": "o0", "s1": "o1"}
    network = leaky(tmp_path, list(pairs.items()), {"s0": (1, 12), "s1": (1, 12)}, ["o1", "o0"])
    assert found(pair_states(network)) == pairs
