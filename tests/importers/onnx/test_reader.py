"""Shapes become fixed, constants are computed, branches are chosen, and time is found."""

import numpy as np
import pytest
from foreign import FLOAT, graph_of, read, run_file, run_network, write_onnx
from onnx import TensorProto, helper

from ossicle.errors import OssicleError
from ossicle.importers.onnx import read_onnx
from ossicle.importers.reading import Choices

RNG = np.random.default_rng(9)


def floats(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def ints(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def test_arithmetic_of_shapes_leaves_nothing_but_the_reshape(tmp_path):
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Gather", ["s", "one"], ["channels"]),
        helper.make_node("Unsqueeze", ["channels", "zero"], ["last"]),
        helper.make_node("Concat", ["minus", "last"], ["whole"], axis=0),
        helper.make_node("Reshape", ["x", "whole"], ["y"], "fold"),
    ]
    constants = {"one": np.array(1), "zero": ints(0), "minus": ints(-1)}
    network = read(write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": ("batch", 3, 4)}, ["y"], constants)))
    (operation,) = network.operations
    assert (operation.op, operation.attributes) == ("Reshape", {"shape": (4, 3)})
    assert network.values["x"].shape == (1, 3, 4)


def branches(condition_nodes, condition="c"):
    """A network that squeezes or not, by a condition."""
    then = helper.make_graph([helper.make_node("Squeeze", ["x"], ["t"], axes=[0])], "then", [], [_any("t")])
    other = helper.make_graph([helper.make_node("Neg", ["x"], ["e"])], "else", [], [_any("e")])
    choice = helper.make_node("If", [condition], ["z"], "choice", then_branch=then, else_branch=other)
    return [*condition_nodes, choice, helper.make_node("Relu", ["z"], ["y"])]


def _any(name):
    return helper.make_tensor_value_info(name, FLOAT, None)


def test_a_branch_on_a_rank_is_chosen_before_anything_has_a_type(tmp_path):
    condition = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Size", ["s"], ["rank"]),
        helper.make_node("Equal", ["rank", "two"], ["c"]),
    ]
    for shape, op in (((1, 5), "Reshape"), ((1, 5, 1), "Neg")):
        graph = graph_of(branches(condition), {"x": shape}, ["y"], {"two": np.array(2)})
        path = write_onnx(tmp_path / "m.onnx", graph, 11)
        network = read(path)
        assert [operation.op for operation in network.operations] == [op, "Relu"]
        x = floats(*shape)
        np.testing.assert_array_equal(run_network(network, {"x": x})[0], run_file(path, {"x": x})[0])


def rate_network(tmp_path):
    condition = [helper.make_node("Equal", ["sr", "rate"], ["c"])]
    graph = graph_of(branches(condition), {"x": (1, 5)}, ["y"], {"rate": np.array(16000)})
    graph.input.append(helper.make_tensor_value_info("sr", TensorProto.INT64, []))
    return write_onnx(tmp_path / "m.onnx", graph, 11)


def test_an_input_that_is_set_decides_a_branch_and_is_no_input(tmp_path):
    path = rate_network(tmp_path)
    for rate, op in ((16000, "Reshape"), (8000, "Neg")):
        network = read(path, constants={"sr": rate})
        assert network.operations[0].op == op and network.inputs == ("x",)


def test_a_branch_on_an_input_names_the_option_and_one_on_the_data_does_not(tmp_path):
    with pytest.raises(
        OssicleError, match=r"node 'choice' \(If\).*the input 'sr'; fix it with --set sr=VALUE"
    ):
        read(rate_network(tmp_path))
    condition = [
        helper.make_node("ReduceSum", ["x"], ["total"], keepdims=0),
        helper.make_node("Greater", ["total", "zero"], ["c"]),
    ]
    graph = graph_of(branches(condition), {"x": (1, 5)}, ["y"], {"zero": np.float32(0)})
    with pytest.raises(
        OssicleError, match=r"node 'choice' \(If\).*the input 'x'; export the network with one"
    ):
        read(write_onnx(tmp_path / "m.onnx", graph, 11))


def test_branches_that_use_one_name_do_not_meet(tmp_path):
    def branch(sign):
        nodes = [helper.make_node("Mul", [sign, "k"], ["r"]), helper.make_node("Relu", ["r"], ["o"])]
        k = helper.make_tensor("k", FLOAT, [1], [2.0])
        return helper.make_graph(nodes, "b", [], [_any("o")], [k])

    nodes = [
        helper.make_node("If", ["yes"], ["a"], "first", then_branch=branch("x"), else_branch=branch("x")),
        helper.make_node("Neg", ["a"], ["n"]),
        helper.make_node("If", ["yes"], ["b"], "second", then_branch=branch("n"), else_branch=branch("x")),
        helper.make_node("Sub", ["a", "b"], ["y"]),
    ]
    path = write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (4,)}, ["y"], {"yes": np.array(True)}))
    x = floats(4)
    np.testing.assert_array_equal(run_network(read(path), {"x": x})[0], run_file(path, {"x": x})[0])


def test_functions_of_a_file_are_replaced_by_their_nodes(tmp_path):
    body = [
        helper.make_node("Constant", [], ["k"]),
        helper.make_node("Mul", ["a", "k"], ["b"]),
        helper.make_node("Clip", ["b", "low"], ["c"]),
    ]
    reference = body[0].attribute.add(name="value_float", type=1)
    reference.ref_attr_name = "gain"
    scaled = helper.make_function(
        "own", "Scaled", ["a", "low"], ["c"], body, [helper.make_opsetid("", 17)], ["gain"]
    )
    nodes = [
        helper.make_node("Scaled", ["x"], ["p"], domain="own", gain=3.0),
        helper.make_node("Scaled", ["p", "zero"], ["y"], domain="own", gain=-0.5),
    ]
    path = write_onnx(
        tmp_path / "m.onnx",
        graph_of(nodes, {"x": (4,)}, ["y"], {"zero": np.float32(0)}),
        functions=[scaled],
        opset_imports=[helper.make_opsetid("own", 1)],
    )
    x = floats(4)
    np.testing.assert_allclose(run_network(read(path), {"x": x})[0], np.maximum(x * 3 * -0.5, 0), rtol=1e-6)


def test_outputs_keep_their_names_also_where_they_are_one_value_or_an_input(tmp_path):
    nodes = [
        helper.make_node("Relu", ["x"], ["r"]),
        helper.make_node("Identity", ["r"], ["y"]),
        helper.make_node("Identity", ["r"], ["again"]),
        helper.make_node("Identity", ["x"], ["same"]),
    ]
    path = write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (4,)}, ["y", "again", "same"]))
    network = read(path)
    assert network.outputs == ("y", "again", "same")
    x = floats(4)
    for found, wanted in zip(run_network(network, {"x": x}), run_file(path, {"x": x}), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_halves_and_doubles_are_read_as_floats(tmp_path):
    for kind in (np.float16, np.float64):
        nodes = [helper.make_node("Mul", ["x", "k"], ["y"])]
        graph = graph_of(nodes, {"x": (2,)}, ["y"], {"k": np.array([1.5, 2.5], kind)})
        graph.input[0].type.tensor_type.elem_type = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
        network = read(write_onnx(tmp_path / "m.onnx", graph))
        assert {value.dtype for value in network.values.values()} == {"float32"}
        assert network.values["k"].constant.dtype == np.float32


def recurrent(tmp_path, shape=(1, "time", 4)):
    """A GRU over an open length, with a zero state of the size that the length gives it."""
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
        helper.make_node("GRU", ["t", "w", "r"], ["g"], hidden_size=5, linear_before_reset=1),
        helper.make_node("Squeeze", ["g", "one"], ["s"]),
        helper.make_node("Transpose", ["s"], ["b"], perm=[1, 0, 2]),
        helper.make_node("ReduceMean", ["b"], ["m"], axes=[2], keepdims=1),
        helper.make_node("Sub", ["b", "m"], ["y"]),
    ]
    constants = {"w": floats(1, 15, 4), "r": floats(1, 15, 5), "one": ints(1)}
    return write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": shape}, ["y"], constants))


def test_time_is_followed_through_transposes_and_reshapes(tmp_path):
    network = read(recurrent(tmp_path))
    assert network.time_axes == {"x": 1, "t": 0, "g": 0, "s": 0, "b": 1, "m": 1, "y": 1}
    assert network.values["g"].shape == (1, 1, 1, 5)
    longer = read(recurrent(tmp_path), frames=3)
    assert longer.values["y"].shape == (1, 3, 5) and longer.time_axes == network.time_axes


def test_a_batch_is_one_and_no_time(tmp_path):
    for batch in ("batch", "N", "whatever", None):
        network = read(recurrent(tmp_path, (batch, 2, 4)))
        assert network.values["x"].shape == (1, 2, 4) and not network.time_axes


def test_a_shape_fixes_what_is_open_and_opens_what_is_fixed(tmp_path):
    network = read(recurrent(tmp_path), shapes={"x": (1, 7, 4)})
    assert network.values["y"].shape == (1, 7, 5) and not network.time_axes
    network = read(recurrent(tmp_path, (1, 7, 4)), shapes={"x": (1, None, 4)})
    assert network.values["y"].shape == (1, 1, 5) and network.time_axes["y"] == 1


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"shapes": {"z": (1,)}}, "--shape names 'z'; the network's inputs are x"),
        ({"shapes": {"x": (1, 2)}}, "the shape that is given for 'x' has 2 sizes; in the file it has 3"),
        ({"shapes": {"x": (1, 0, 4)}}, "the input 'x' has the shape 1, 0, 4"),
        ({"shapes": {"x": (1, 2, 3)}}, r"\(GRU\): its weight is for 4 values .* has 3; give"),
        ({"constants": {"z": 1}}, "--set names 'z'"),
        ({"constants": {"x": "loud"}}, "the value 'loud' set for 'x' is no float32"),
    ],
)
def test_choices_that_do_not_fit_are_refused(tmp_path, choices, sentence):
    with pytest.raises(OssicleError, match=sentence):
        read(recurrent(tmp_path), **choices)


@pytest.mark.parametrize(
    ("sizes", "chosen", "shape", "time"),
    [
        ((1, "time", 4), {}, (1, 7, 4), False),
        ((1, 9, "values"), {}, (1, 9, 4), False),  # the file's size stays
        ((1, 9, 4), {}, (1, 9, 4), False),
        (None, {}, (1, 7, 4), False),
        ((1, "time", 4), {"x": (1, 3, 4)}, (1, 3, 4), False),  # what was chosen holds
        ((1, "time", 4), {"x": (1, None, 4)}, (1, 1, 4), True),
    ],
)
def test_a_usual_shape_fills_what_is_open(tmp_path, sizes, chosen, shape, time):
    usual = {"x": (1, 7, 4), "other": (2,)}
    network = read(recurrent(tmp_path, sizes), shapes=chosen, usual_shapes=usual)
    assert network.values["x"].shape == shape and bool(network.time_axes) == time


def test_a_usual_shape_of_another_rank_is_refused_where_sizes_are_open(tmp_path):
    assert read(recurrent(tmp_path, (1, 9, 4)), usual_shapes={"x": (7,)}).values["x"].shape == (1, 9, 4)
    with pytest.raises(OssicleError, match="given for 'x' has 1 sizes; in the file it has 3: 1, time, 4"):
        read(recurrent(tmp_path), usual_shapes={"x": (7,)})


def test_a_usual_constant_is_one_unless_another_was_chosen(tmp_path):
    path = write_onnx(
        tmp_path / "m.onnx",
        graph_of([helper.make_node("Mul", ["x", "gain"], ["y"])], {"x": (3,), "gain": (1,)}, ["y"]),
    )
    for chosen, expected in (({}, 2), ({"gain": 5}, 5)):
        reading = read_onnx(path, Choices(constants=chosen, usual_constants={"gain": 2, "other": 1}))
        assert reading.choices.constants == {"gain": expected} and reading.network.inputs == ("x",)
        assert reading.network.values["gain"].constant == expected


def test_what_stands_in_the_way_is_all_collected_and_the_rest_is_read(tmp_path):
    nodes = [
        helper.make_node("FancyGate", ["x"], ["a"], "gate7", domain="org.example"),
        helper.make_node("Relu", ["x"], ["b"], "fine"),
        helper.make_node("NonZero", ["b"], ["c"], "find"),
        helper.make_node("QGemm", ["b"], ["d"], "fused", domain="com.microsoft"),
    ]
    graph = graph_of(nodes, {"x": (2, 3)}, ["a", "b", "c", "d"])
    extra = [helper.make_opsetid("org.example", 1), helper.make_opsetid("com.microsoft", 1)]
    reading = read_onnx(write_onnx(tmp_path / "m.onnx", graph, opset_imports=extra), Choices())
    assert [(one.node, one.operator) for one in reading.obstacles] == [
        ("gate7", "org.example.FancyGate"),
        ("find", "NonZero"),
        ("fused", "com.microsoft.QGemm"),
    ]
    assert all("; " in str(one) for one in reading.obstacles)
    assert [operation.name for operation in reading.network.operations] == ["fine"]
    with pytest.raises(OssicleError, match="gate7"):
        reading.complete()
