"""Folds leave fewer nodes, which compute the same."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from ossicle.graph import Graph, Node, State, Tensor, check
from ossicle.importers.fold import folded
from ossicle.importers.fold.activation import fold_activations
from ossicle.importers.fold.affine import fold_after, fold_before
from ossicle.importers.fold.gathers import compose_gathers, fold_through_gathers
from ossicle.importers.fold.order import read_states_first
from ossicle.importers.fold.squares import fold_squares
from ossicle.importers.fold.wiring import without_unread
from ossicle.ops.geometry import ConvolutionGeometry
from ossicle.schedule import plan
from ossicle.simulate import Simulator
from ossicle.tasks.frames.record import Frames

RNG = np.random.default_rng(11)
POSITIONS, CHANNELS, FILTERS = 6, 4, 3


def floats(*shape):
    return RNG.normal(0, 0.8, shape).astype(np.float32)


def affine(name, x, y, scale, offset, inner=1):
    constants = {"scale": np.float32(scale), "offset": np.float32(offset)}
    return Node("affine", name, {"x": x}, {"y": y}, constants, {"inner": inner})


def gather(name, sources, y, index):
    """A gather of tensors, given with their sizes."""
    ports = {f"x{number}": source for number, source in enumerate(sources)}
    constants = {"index": np.array(index, np.int32)}
    return Node("gather", name, ports, {"y": y}, constants, {"sizes": tuple(sources.values())})


def unary(name, x, y, function, **numbers):
    return Node("unary", name, {"x": x}, {"y": y}, {}, {"function": function, **numbers})


def layer(op, name="layer", x="x", y="a"):
    if op == "linear":
        constants = {"weight": floats(FILTERS, POSITIONS * CHANNELS), "bias": floats(FILTERS)}
        return Node(op, name, {"x": x}, {"y": y}, constants, {"activation": "none"})
    window = ConvolutionGeometry(1, POSITIONS, CHANNELS, 1, 1, 1, 1, 0, 0, 1, POSITIONS).attributes
    depthwise = op == "depthwise_conv2d"
    shape = (CHANNELS, 1) if depthwise else (FILTERS, CHANNELS)
    window = {name: of for name, of in window.items() if not (depthwise and name == "groups")}
    constants = {"weight": floats(*shape), "bias": floats(shape[0])}
    return Node(op, name, {"x": x}, {"y": y}, constants, {"activation": "none", **window})


def graph(nodes, sizes, outputs=("y",), states=()):
    tensors = {name: Tensor((size,)) for name, size in {"x": POSITIONS * CHANNELS, **sizes}.items()}
    found = Graph("folds", Frames(), ("x",), tuple(outputs), tuple(states), tensors, tuple(nodes))
    check(found)
    return found


def results(of, frames=3):
    simulator = Simulator(of)
    return [simulator.step(x) for x in np.random.default_rng(1).normal(size=(frames, POSITIONS * CHANNELS))]


def equal(before, after, rtol=1e-5):
    check(after)
    for one, other in zip(results(before), results(after), strict=True):
        for expected, found in zip(one, other, strict=True):
            np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-5)


def operators(of):
    return Counter(node.op for node in of.nodes)


@pytest.mark.parametrize("op", ["linear", "conv2d", "depthwise_conv2d"])
def test_a_scale_behind_a_layer_becomes_part_of_it(op):
    rows = CHANNELS if op == "depthwise_conv2d" else FILTERS
    size = rows if op == "linear" else rows * POSITIONS
    before = graph([layer(op), affine("line", "a", "y", floats(rows), floats(rows))], {"a": size, "y": size})
    after = fold_before(before)
    assert operators(after) == {op: 1}
    equal(before, after)


@pytest.mark.parametrize("op", ["linear", "conv2d", "depthwise_conv2d"])
def test_a_scale_before_a_layer_becomes_part_of_it(op):
    size = {"linear": FILTERS, "conv2d": FILTERS * POSITIONS}.get(op, CHANNELS * POSITIONS)
    line = affine("line", "x", "a", floats(CHANNELS), np.zeros(CHANNELS))
    before = graph([line, layer(op, x="a", y="y")], {"a": POSITIONS * CHANNELS, "y": size})
    after = fold_after(before)
    assert operators(after) == {op: 1}
    equal(before, after)


def test_a_scale_that_differs_from_position_to_position_stays():
    size = FILTERS * POSITIONS
    line = affine("line", "a", "y", floats(size), floats(size))
    before = graph([layer("conv2d"), line], {"a": size, "y": size})
    assert fold_before(before).nodes == before.nodes


def test_two_scales_in_a_row_are_one():
    size = POSITIONS * CHANNELS
    lines = [affine("one", "x", "a", floats(4), floats(4)), affine("two", "a", "y", floats(6), floats(6), 4)]
    before = graph(lines, {"a": size, "y": size})
    after = fold_before(before)
    assert operators(after) == {"affine": 1}
    equal(before, after)


@pytest.mark.parametrize("kept", ["output", "state", "reader"])
def test_what_others_read_too_is_not_folded(kept):
    size = FILTERS * POSITIONS
    nodes = [layer("conv2d"), affine("line", "a", "y", floats(FILTERS), floats(FILTERS))]
    sizes, outputs, states = {"a": size, "y": size}, ["y"], []
    if kept == "output":
        outputs.append("a")
    elif kept == "state":
        sizes["old"] = size
        states.append(State("old", "a"))
    else:
        sizes["z"] = size
        nodes.append(unary("more", "a", "z", "tanh"))
        outputs.append("z")
    before = graph(nodes, sizes, outputs, states)
    assert fold_before(before).nodes == before.nodes


@pytest.mark.parametrize(
    ("function", "numbers"),
    [("sigmoid", {}), ("relu", {}), ("clip", {"low": -0.2, "high": 0.3}), ("clip", {"high": 0.1})],
)
def test_an_activation_that_a_layer_has_itself_becomes_part_of_it(function, numbers):
    size = FILTERS * POSITIONS
    before = graph([layer("conv2d"), unary("f", "a", "y", function, **numbers)], {"a": size, "y": size})
    after = fold_activations(before)
    assert operators(after) == {"conv2d": 1}
    equal(before, after)


def test_an_activation_behind_an_activation_stays():
    size = FILTERS * POSITIONS
    nodes = [layer("conv2d"), unary("f", "a", "b", "relu"), unary("g", "b", "y", "sigmoid")]
    before = graph(nodes, {"a": size, "b": size, "y": size})
    after = fold_activations(before)
    assert operators(after) == {"conv2d": 1, "unary": 1}
    equal(before, after)


def test_gathers_in_a_row_are_one_from_where_the_numbers_lie():
    nodes = [
        gather("first", {"x": 24}, "a", [5, 3, -1, 0, 7]),
        unary("f", "x", "b", "tanh"),
        gather("second", {"b": 24, "a": 5}, "c", [2, 24, 26, 28, -1, 25]),
        gather("third", {"c": 6}, "y", [5, 4, 3, 2, 1, 0, 0]),
    ]
    before = graph(nodes, {"a": 5, "b": 24, "c": 6, "y": 7})
    after = compose_gathers(before)
    assert operators(after) == {"gather": 1, "unary": 1}
    assert after.nodes[-1].inputs == {"x0": "b", "x1": "x"}
    equal(before, after, 0)


def test_a_scale_behind_a_gather_of_some_filters_goes_into_the_layer():
    size = FILTERS * POSITIONS
    third = [np.arange(part, size, FILTERS) for part in range(FILTERS)]
    nodes = [
        layer("conv2d"),
        gather("query", {"a": size}, "q", third[0]),
        affine("scaled", "q", "y", 0.25 * np.ones(1), np.zeros(1), POSITIONS),
        gather("key", {"a": size}, "k", third[1]),
        unary("f", "k", "z", "tanh"),
    ]
    before = graph(nodes, {"a": size, "q": 6, "y": 6, "k": 6, "z": 6}, ["y", "z"])
    after = fold_through_gathers(before)
    assert operators(after) == {"conv2d": 1, "gather": 2, "unary": 1}
    # The layer's result is another one now, and has another name.
    assert "a" not in after.tensors
    equal(before, after)


def test_a_scale_behind_a_gather_stays_where_others_take_the_same_numbers():
    size = FILTERS * POSITIONS
    nodes = [
        layer("conv2d"),
        gather("query", {"a": size}, "q", range(0, size, FILTERS)),
        affine("scaled", "q", "y", np.ones(1), np.ones(1), POSITIONS),
        gather("all", {"a": size}, "z", range(size)),
    ]
    before = graph(nodes, {"a": size, "q": 6, "y": 6, "z": size}, ["y", "z"])
    assert fold_through_gathers(before) == before


def test_nodes_that_nobody_reads_are_dropped_with_what_only_they_read():
    nodes = [unary("f", "x", "a", "tanh"), unary("g", "a", "b", "abs"), unary("h", "x", "y", "exp")]
    after = without_unread(graph(nodes, {"a": 24, "b": 24, "y": 24}))
    assert [node.name for node in after.nodes] == ["h"]
    assert set(after.tensors) == {"x", "y"}


def test_all_folds_together_leave_one_layer_of_five_nodes():
    size = FILTERS * POSITIONS
    nodes = [
        affine("before", "x", "a", floats(CHANNELS), np.zeros(CHANNELS)),
        layer("conv2d", x="a", y="b"),
        affine("norm", "b", "c", floats(FILTERS), floats(FILTERS)),
        affine("more", "c", "d", floats(FILTERS), floats(FILTERS)),
        unary("f", "d", "y", "relu"),
    ]
    before = graph(nodes, {"a": 24, "b": size, "c": size, "d": size, "y": size})
    after = folded(before)
    assert operators(after) == {"conv2d": 1}
    equal(before, after)


def two_rings(late):
    """Two windows of two rows: what leaves the first one enters the second, which a node writes ``late``."""
    size = POSITIONS * CHANNELS
    new, old = range(2 * size, 3 * size), range(size, 2 * size)
    shift = gather("shift", {"p": 2 * size, "x": size}, "p_next", [*old, *new])
    leave = gather("leave", {"q": 2 * size, "p": 2 * size}, "q_next", [*old, *new])
    follow = unary("follow", "p_next", "y", "tanh")
    nodes = [shift, follow, leave] if late else [leave, shift, follow]
    states = (State("p", "p_next"), State("q", "q_next"))
    return graph(nodes, dict.fromkeys(("p", "p_next", "q", "q_next", "y"), 2 * size), states=states)


def test_what_reads_an_old_state_comes_before_what_replaces_it():
    late = two_rings(late=True)
    assert {state.input for state in plan(late).copied_states} == {"p"}
    first = read_states_first(late)
    check(first)
    assert [node.name for node in first.nodes] == ["leave", "shift", "follow"]
    assert not plan(first).copied_states
    assert read_states_first(first).nodes == first.nodes
    run, again = Simulator(late), Simulator(first)
    for x in floats(4, POSITIONS * CHANNELS):
        np.testing.assert_array_equal(run.step(x), again.step(x))


def test_a_reader_that_needs_the_new_state_or_writes_more_stays():
    size = POSITIONS * CHANNELS
    add = Node("binary", "add", {"a": "s_next", "b": "s"}, {"y": "y"}, {}, {"function": "add"})
    made = unary("made", "x", "s_next", "tanh")
    needs = graph([made, add], dict.fromkeys(("s", "s_next", "y"), size), states=(State("s", "s_next"),))
    assert read_states_first(needs).nodes == needs.nodes
    twice = gather("twice", {"s": size}, "y", [*range(size), *range(size)])
    large = graph([made, twice], {"s": size, "s_next": size, "y": 2 * size}, states=(State("s", "s_next"),))
    assert read_states_first(large).nodes == large.nodes


def test_readers_stay_where_the_state_is_copied_all_the_same():
    """The state is joined with its new value, and an older one takes the old value last, in place."""
    size = POSITIONS * CHANNELS
    made = unary("made", "x", "s_next", "tanh")
    join = gather("join", dict.fromkeys(("older", "s", "s_next"), size), "y", range(3 * size))
    age = gather("age", {"s": size}, "older_next", range(size))
    sizes = dict.fromkeys(("s", "s_next", "older", "older_next"), size) | {"y": 3 * size}
    found = graph([made, join, age], sizes, states=(State("s", "s_next"), State("older", "older_next")))
    assert {state.input for state in plan(found).copied_states} == {"s"}
    assert read_states_first(found).nodes == found.nodes


@pytest.mark.parametrize("function", ["sum", "mean"])
def test_a_square_becomes_part_of_the_sum_that_alone_reads_it(function):
    attributes = {"function": function, "shape": (2, 4, 3)}
    nodes = [
        unary("squares", "x", "a", "square"),
        Node("reduce", "energy", {"x": "a"}, {"y": "y"}, {}, attributes),
    ]
    before = graph(nodes, {"a": 24, "y": 6})
    after = fold_squares(before)
    assert [node.attributes["function"] for node in after.nodes] == [f"{function}_square"]
    equal(before, after)
    shared = graph(nodes, {"a": 24, "y": 6}, outputs=("y", "a"))
    assert fold_squares(shared) == shared
    largest = replace(nodes[1], attributes={**attributes, "function": "max"})
    assert operators(fold_squares(graph([nodes[0], largest], {"a": 24, "y": 6}))) == {"unary": 1, "reduce": 1}
