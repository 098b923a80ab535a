"""A network over a sequence, run step by step, gives what it gives over the whole."""

import numpy as np
import pytest
from foreign import graph_of, read, run_file, run_network, write_onnx
from onnx import helper

from ossicle.importers.obstacle import Obstacle
from ossicle.importers.passes.streaming import by_steps, frames_a_step

FRAMES = 12
RNG = np.random.default_rng(4)


def floats(*shape):
    return RNG.normal(0, 0.5, shape).astype(np.float32)


def conv(x, y, kernel, dilation=1, pads=(0, 0), stride=1, name=""):
    numbers = {"dilations": [dilation], "pads": list(pads), "strides": [stride]}
    return helper.make_node("Conv", [x, f"w{kernel}"], [y], name, **numbers)


def pad(x, y, before, after=0):
    """Pads the last of three axes."""
    return helper.make_node("Pad", [x, f"p{before}{after}"], [y])


def ends(x, y, begin, end):
    return helper.make_node("Slice", [x, f"at{begin}", f"at{end}", "last"], [y])


CONSTANTS = (
    {f"w{kernel}": floats(6, 6, kernel) for kernel in (1, 3, 5)}
    | {f"p{b}{a}": np.array([0, 0, b, 0, 0, a], np.int64) for b, a in ((2, 0), (4, 0), (2, 1))}
    | {f"at{place}": np.array([place], np.int64) for place in (0, 1, 2, -2, -4)}
    | {"last": np.array([2], np.int64), "gain": floats(6, 1)}
)
CAUSAL = {
    "a pad before a convolution": ([pad("x", "a", 2), conv("a", "y", 3)], [2]),
    "a dilated convolution behind another": (
        [pad("x", "a", 2), conv("a", "b", 3), pad("b", "c", 4), conv("c", "y", 3, 2)],
        [2, 4],
    ),
    "something between the pad and the convolution": (
        [pad("x", "a", 4), helper.make_node("Mul", ["a", "gain"], ["b"]), conv("b", "y", 5)],
        [4],
    ),
    "pads of the convolution itself": ([conv("x", "y", 3, pads=(2, 0))], [2]),
    "pads at both ends, of which the later is cut off": (
        [conv("x", "a", 3, pads=(2, 2)), ends("a", "y", 0, -2)],
        [2],
    ),
    "the same with something before the cut": (
        [conv("x", "a", 3, 2, pads=(4, 4)), helper.make_node("Relu", ["a"], ["b"]), ends("b", "y", 0, -4)],
        [4],
    ),
    "a transposed convolution whose end is cut off": (
        [helper.make_node("ConvTranspose", ["x", "w3"], ["a"], dilations=[2]), ends("a", "y", 0, -4)],
        [4],
    ),
    "a transposed convolution that crops its end": (
        [helper.make_node("ConvTranspose", ["x", "w3"], ["y"], pads=[0, 2])],
        [2],
    ),
    "a delay": ([pad("x", "a", 2), ends("a", "y", 0, -2)], [2]),
}
NOT_CAUSAL = {
    "looks 1 frames ahead": [conv("x", "y", 3, pads=(1, 1), name="here")],
    "pads the end of time": [pad("x", "a", 2, 1), conv("a", "b", 3), helper.make_node("Relu", ["b"], ["y"])],
    "takes the mean, sum or extreme of all of time": [
        helper.make_node("ReduceMean", ["x"], ["m"], "here", axes=[2]),
        helper.make_node("Sub", ["x", "m"], ["y"]),
    ],
    "compares all of time": [helper.make_node("Softmax", ["x"], ["y"], "here", axis=2)],
    "multiplies steps by steps": [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["t", "x"], ["scores"], "here"),
        helper.make_node("MatMul", ["x", "scores"], ["y"]),
    ],
    "looks 2 frames ahead": [helper.make_node("ConvTranspose", ["x", "w3"], ["y"], "here", pads=[2, 0])],
    "makes several frames of one": [
        helper.make_node("ConvTranspose", ["x", "w1"], ["y"], "here", strides=[2])
    ],
    "its windows reach over several frames": [
        helper.make_node("MaxPool", ["x"], ["y"], "here", kernel_shape=[3], pads=[2, 0])
    ],
}


def write(tmp_path, nodes, shape=(1, 6, "time"), constants=CONSTANTS):
    used = {name for node in nodes for name in node.input}
    kept = {name: value for name, value in constants.items() if name in used}
    return write_onnx(tmp_path / "sequence.onnx", graph_of(nodes, {"x": shape}, ["y"], kept))


def run_steps(network, x, axis):
    """What a network of a step gives, step after step."""
    step = by_steps(network)
    held = {pair.input: np.zeros(step.values[pair.input].shape, np.float32) for pair in step.states}
    frames, found = step.values["x"].shape[axis], []
    for start in range(0, x.shape[axis], frames):
        part = np.take(x, range(start, start + frames), axis)
        results = dict(zip(step.outputs, run_network(step, {"x": part, **held}), strict=True))
        held = {pair.input: results[pair.output] for pair in step.states}
        found.append(results["y"])
    return np.concatenate(found, step.time_axes["y"])


@pytest.mark.parametrize("name", CAUSAL)
def test_what_is_causal_gives_the_same_step_by_step(tmp_path, name):
    nodes, pasts = CAUSAL[name]
    path = write(tmp_path, nodes)
    network = read(path)
    step = by_steps(network)
    assert [step.values[pair.input].shape[2] for pair in step.states] == pasts
    x = floats(1, 6, FRAMES)
    (expected,) = run_file(path, {"x": x})
    np.testing.assert_allclose(run_steps(network, x, 2), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("problem", NOT_CAUSAL)
def test_what_needs_other_steps_is_refused_by_the_name_of_its_node(tmp_path, problem):
    network = read(write(tmp_path, NOT_CAUSAL[problem]))
    with pytest.raises(Obstacle, match=problem) as refusal:
        by_steps(network)
    assert refusal.value.node in ("here", "a")


def test_all_that_is_in_the_way_can_be_collected(tmp_path):
    nodes = [conv("x", "a", 3, pads=(1, 1)), conv("a", "y", 5, pads=(2, 2))]
    obstacles = []
    by_steps(read(write(tmp_path, nodes)), obstacles)
    assert [obstacle.problem for obstacle in obstacles] == [
        "it looks 1 frames ahead",
        "it looks 2 frames ahead",
    ]


def test_a_stride_over_time_makes_a_step_of_several_frames(tmp_path):
    path = write(tmp_path, [pad("x", "a", 2), conv("a", "y", 3, stride=2)])
    assert frames_a_step(read(path)) == 2
    network = read(path, frames=2)
    x = floats(1, 6, FRAMES)
    (expected,) = run_file(path, {"x": x})
    np.testing.assert_allclose(run_steps(network, x, 2), expected, rtol=1e-4, atol=1e-5)


def recurrent(direction="forward"):
    ways = 2 if direction == "bidirectional" else 1
    constants = {"w": floats(ways, 12, 6), "r": floats(ways, 12, 4), "b": floats(ways, 24)}
    numbers = {"hidden_size": 4, "linear_before_reset": 1, "direction": direction}
    nodes = [helper.make_node("GRU", ["x", "w", "r", "b"], ["s"], "layer", **numbers)]
    nodes += [helper.make_node("Relu", ["s"], ["y"])]
    return nodes, constants


def test_a_layer_over_time_that_starts_from_zero_goes_on_from_step_to_step(tmp_path):
    nodes, constants = recurrent()
    path = write(tmp_path, nodes, ("time", 1, 6), constants)
    network = read(path)
    assert len(by_steps(network).states) == 1
    x = floats(FRAMES, 1, 6)
    (expected,) = run_file(path, {"x": x})
    np.testing.assert_allclose(run_steps(network, x, 0), expected, rtol=1e-4, atol=1e-5)


def test_a_layer_in_both_directions_over_time_is_refused(tmp_path):
    nodes, constants = recurrent("bidirectional")
    network = read(write(tmp_path, nodes, ("time", 1, 6), constants))
    with pytest.raises(Obstacle, match=r"'layer' \(GRU\).*over time in both directions"):
        by_steps(network)


def test_a_layer_of_a_network_of_one_step_that_starts_from_zero_gets_its_state(tmp_path):
    nodes, constants = recurrent()
    network = read(write(tmp_path, nodes, (1, 1, 6), constants))
    assert [pair.input for pair in by_steps(network).states] == ["layer_h"]


def test_a_layer_over_bands_keeps_starting_from_zero(tmp_path):
    nodes, constants = recurrent("bidirectional")
    network = read(write(tmp_path, nodes, (9, 1, 6), constants))
    assert by_steps(network).states == ()
