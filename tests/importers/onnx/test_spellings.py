"""Each operator of ONNX, in every spelling of its opsets, computes in a network what it does in the file."""

import numpy as np
import pytest
from foreign import graph_of, read, run_file, run_network, write_onnx
from onnx import helper

from ossicle.errors import OssicleError

RNG = np.random.default_rng(5)


def ints(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def floats(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


CASES = {
    "squeeze as attribute": (11, "Squeeze", (1, 3, 1), {}, {"axes": [0]}),
    "squeeze as input": (13, "Squeeze", (1, 3, 1), {"a": ints(-1)}, {}),
    "unsqueeze as attribute": (9, "Unsqueeze", (3, 2), {}, {"axes": [0, 2]}),
    "unsqueeze as input": (17, "Unsqueeze", (3, 2), {"a": ints(1)}, {}),
    "reshape": (17, "Reshape", (2, 6), {"a": ints(0, -1, 2)}, {}),
    "flatten": (17, "Flatten", (2, 3, 4), {}, {"axis": 1}),
    "expand": (17, "Expand", (1, 3, 1), {"a": ints(2, 3, 4)}, {}),
    "tile": (17, "Tile", (2, 3), {"a": ints(2, 1)}, {}),
    "transpose backwards": (17, "Transpose", (2, 3, 4), {}, {}),
    "transpose": (17, "Transpose", (2, 3, 4), {}, {"perm": [0, 2, 1]}),
    "slice as attributes": (9, "Slice", (4, 8), {}, {"starts": [1], "ends": [2**31 - 1], "axes": [1]}),
    "slice to the end": (17, "Slice", (4, 8), {"s": ints(-3), "e": ints(2**63 - 1), "a": ints(-1)}, {}),
    "slice with steps": (
        17,
        "Slice",
        (4, 8),
        {"s": ints(1, 0), "e": ints(100, 7), "a": ints(0, 1), "t": ints(1, 3)},
        {},
    ),
    "slice backwards": (
        17,
        "Slice",
        (4, 8),
        {"s": ints(-1), "e": ints(-(2**31)), "a": ints(1), "t": ints(-2)},
        {},
    ),
    "gather": (17, "Gather", (5, 4), {"i": ints(3, 0, -1)}, {"axis": 1}),
    "gather of one": (17, "Gather", (5, 4), {"i": np.array(2)}, {}),
    "pad as attributes": (9, "Pad", (2, 3), {}, {"pads": [0, 1, 0, 2], "value": 0.5}),
    "pad as inputs": (17, "Pad", (2, 3), {"p": ints(1, 0, 0, 2), "v": np.float32(2)}, {}),
    "pad of axes": (18, "Pad", (2, 3), {"p": ints(2, 1), "v": np.float32(0), "a": ints(-1)}, {}),
    "pad reflected": (17, "Pad", (1, 5), {"p": ints(0, 2, 0, 1)}, {"mode": "reflect"}),
    "clip as attributes": (9, "Clip", (3, 4), {}, {"min": -0.5, "max": 0.25}),
    "clip from below": (17, "Clip", (3, 4), {"low": np.float32(0.1)}, {}),
    "mean of axes as attribute": (17, "ReduceMean", (2, 3, 4), {}, {"axes": [-1], "keepdims": 0}),
    "mean of axes as input": (18, "ReduceMean", (2, 3, 4), {"a": ints(1)}, {}),
    "mean of all": (18, "ReduceMean", (2, 3, 4), {}, {}),
    "sum of no axis": (13, "ReduceSum", (2, 3), {"a": ints()}, {"noop_with_empty_axes": 1}),
    "norm": (11, "ReduceL2", (2, 3, 4), {}, {"axes": [2]}),
    "global average": (17, "GlobalAveragePool", (1, 3, 4, 2), {}, {}),
    "global maximum": (17, "GlobalMaxPool", (1, 3, 4, 2), {}, {}),
    "softmax of one axis": (13, "Softmax", (2, 3, 4), {}, {"axis": 1}),
    "softmax by default": (11, "Softmax", (2, 12), {}, {}),
    "leaky relu by default": (17, "LeakyRelu", (2, 3), {}, {}),
    "hard sigmoid by default": (17, "HardSigmoid", (2, 3), {}, {}),
    "selu by simpler ones": (17, "Selu", (2, 3), {}, {}),
    "log of a sum by simpler ones": (18, "ReduceLogSumExp", (2, 3), {"a": ints(1)}, {}),
    "celu by simpler ones": (17, "Celu", (2, 3), {}, {"alpha": 0.7}),
    "depth to space": (17, "DepthToSpace", (1, 8, 2, 3), {}, {"blocksize": 2, "mode": "CRD"}),
    "convolution": (
        17,
        "Conv",
        (1, 4, 7, 6),
        {"w": floats(6, 2, 3, 2), "b": floats(6)},
        {"group": 2, "strides": [2, 1], "dilations": [1, 2], "pads": [1, 0, 2, 1]},
    ),
    "convolution, same size": (
        17,
        "Conv",
        (1, 2, 8),
        {"w": floats(3, 2, 4)},
        {"auto_pad": "SAME_UPPER", "strides": [2]},
    ),
    "convolution, same size below": (
        17,
        "Conv",
        (1, 2, 8),
        {"w": floats(3, 2, 4)},
        {"auto_pad": "SAME_LOWER"},
    ),
    "transposed convolution": (
        17,
        "ConvTranspose",
        (1, 4, 3, 5),
        {"w": floats(4, 3, 2, 3)},
        {"strides": [1, 2], "pads": [0, 1, 0, 1], "output_padding": [0, 1]},
    ),
    "pooling": (17, "MaxPool", (1, 2, 7, 6), {}, {"kernel_shape": [3, 2], "strides": [2, 2]}),
    "pooling, rounded up": (
        17,
        "MaxPool",
        (1, 2, 8),
        {},
        {"kernel_shape": [3], "strides": [2], "ceil_mode": 1},
    ),
    "average": (17, "AveragePool", (1, 2, 8), {}, {"kernel_shape": [2], "strides": [2]}),
    "dense": (
        17,
        "Gemm",
        (2, 3),
        {"w": floats(4, 3), "b": floats(4)},
        {"transB": 1, "alpha": 0.5, "beta": 2.0},
    ),
    "batch norm": (
        17,
        "BatchNormalization",
        (1, 3, 4),
        {"g": floats(3), "b": floats(3), "m": floats(3), "v": np.abs(floats(3))},
        {"epsilon": 1e-3},
    ),
    "layer norm": (17, "LayerNormalization", (2, 3, 4), {"g": floats(4), "b": floats(4)}, {}),
    "discrete Fourier transform": (17, "DFT", (1, 8, 1), {"n": np.array(8)}, {"axis": 1, "onesided": 1}),
    "discrete Fourier transform of a newer opset": (
        20,
        "DFT",
        (1, 3, 8, 2),
        {"n": np.array(8), "axis": np.array(-2)},
        {"inverse": 1},
    ),
    "GRU": (
        14,
        "GRU",
        (3, 1, 4),
        {"w": floats(1, 15, 4), "r": floats(1, 15, 5), "b": floats(1, 30)},
        {"hidden_size": 5, "linear_before_reset": 1},
    ),
    "LSTM with its batch first": (
        14,
        "LSTM",
        (1, 3, 4),
        {"w": floats(1, 20, 4), "r": floats(1, 20, 5), "b": floats(1, 40)},
        {"hidden_size": 5, "layout": 1},
    ),
    "quantize": (17, "QuantizeLinear", (2, 3), {"s": np.float32(0.02), "z": np.int8(3)}, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_spelling_computes_what_the_file_does(tmp_path, case):
    opset, op, shape, constants, attributes = CASES[case]
    node = helper.make_node(op, ["x", *constants], ["y"], "n", **attributes)
    path = write_onnx(tmp_path / "m.onnx", graph_of([node], {"x": shape}, ["y"], constants), opset)
    x = floats(*shape)
    (wanted,) = run_file(path, {"x": x})
    (found,) = run_network(read(path), {"x": x})
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_softmax_of_an_old_opset_is_over_all_axes_from_one_on(tmp_path):
    node = helper.make_node("Softmax", ["x"], ["y"], axis=1)
    path = write_onnx(tmp_path / "m.onnx", graph_of([node], {"x": (2, 3, 4)}, ["y"]), 11)
    x = floats(2, 3, 4)
    exponential = np.exp(x)
    (found,) = run_network(read(path), {"x": x})
    np.testing.assert_allclose(found, exponential / exponential.sum(axis=(1, 2), keepdims=True), rtol=1e-5)


@pytest.mark.parametrize("op", ["Sum", "Max", "Min", "Mean"])
def test_operators_of_any_number_of_inputs_become_some_of_two(tmp_path, op):
    node = helper.make_node(op, ["a", "b", "c"], ["y"])
    shapes = {"a": (2, 3), "b": (1, 3), "c": (2, 1)}
    path = write_onnx(tmp_path / "m.onnx", graph_of([node], shapes, ["y"]))
    feeds = {name: floats(*shape) for name, shape in shapes.items()}
    network = read(path)
    assert all(len(operation.inputs) <= 2 for operation in network.operations)
    np.testing.assert_allclose(run_network(network, feeds)[0], run_file(path, feeds)[0], rtol=1e-6)


def test_split_has_its_sizes_whether_the_file_has_them_or_not(tmp_path):
    for opset, constants, attributes in (
        (11, {}, {}),
        (13, {"s": ints(1, 3)}, {}),
        (18, {}, {"num_outputs": 2}),
    ):
        node = helper.make_node("Split", ["x", *constants], ["p", "q"], axis=1, **attributes)
        path = write_onnx(tmp_path / "m.onnx", graph_of([node], {"x": (2, 4)}, ["p", "q"], constants), opset)
        (operation,) = read(path).operations
        assert operation.attributes["split"] == ((1, 3) if constants else (2, 2))


def test_what_changes_no_number_leaves_no_operation(tmp_path):
    nodes = [
        helper.make_node("Identity", ["x"], ["a"]),
        helper.make_node("Dropout", ["a"], ["b"]),
        helper.make_node("Cast", ["b"], ["c"], to=11),
        helper.make_node("Reshape", ["c", "shape"], ["d"]),
        helper.make_node("Relu", ["d"], ["y"]),
    ]
    graph = graph_of(nodes, {"x": (2, 3)}, ["y"], {"shape": ints(2, 3)})
    network = read(write_onnx(tmp_path / "m.onnx", graph))
    assert [operation.op for operation in network.operations] == ["Relu"]
    assert network.operations[0].inputs == ("x",)
    assert {value.dtype for value in network.values.values()} == {"float32"}


def test_dropout_that_drops_values_is_refused(tmp_path):
    constants = {"ratio": np.float32(0.5), "training": np.array(True)}
    node = helper.make_node("Dropout", ["x", *constants], ["y"], "drop")
    path = write_onnx(tmp_path / "m.onnx", graph_of([node], {"x": (2, 3)}, ["y"], constants))
    with pytest.raises(Exception, match=r"node 'drop' \(Dropout\).*model.eval"):
        read(path)


def test_a_slice_whose_start_is_computed_from_the_data_is_refused(tmp_path):
    nodes = [
        helper.make_node("ReduceSum", ["x"], ["total"], keepdims=0),
        helper.make_node("Cast", ["total"], ["whole"], to=7),
        helper.make_node("Unsqueeze", ["whole", "zero"], ["start"]),
        helper.make_node("Slice", ["x", "start", "end"], ["y"], "cut"),
    ]
    constants = {"zero": ints(0), "end": ints(4)}
    path = write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (8,)}, ["y"], constants))
    with pytest.raises(Exception, match=r"node 'cut' \(Slice\).*depends on the data"):
        read(path)


def test_integers_of_a_quantized_file_have_their_scale_at_the_value(tmp_path):
    constants = {
        "s": np.float32(0.02),
        "z": np.int8(3),
        "w": RNG.integers(-128, 128, (4, 3), np.int8),
        "ws": np.abs(floats(4)),
        "wz": np.zeros(4, np.int8),
    }
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"]),
        helper.make_node("DequantizeLinear", ["w", "ws", "wz"], ["wd"], axis=0),
        helper.make_node("Gemm", ["d", "wd"], ["y"], transB=1),
    ]
    path = write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (2, 3)}, ["y"], constants), 19)
    network = read(path)
    weight = network.values["w"]
    assert weight.constant.dtype == np.int8 and weight.quantization.axis == 0
    np.testing.assert_array_equal(weight.quantization.scale, constants["ws"])
    assert network.values["q"].quantization.zero_point == [3]
    assert all(len(operation.inputs) == 1 for operation in network.operations[:3])
    x = floats(2, 3)
    np.testing.assert_allclose(run_network(network, {"x": x})[0], run_file(path, {"x": x})[0], rtol=1e-5)


def test_a_mask_of_dropout_that_drops_nothing_is_true(tmp_path):
    nodes = [
        helper.make_node("Dropout", ["x"], ["d", "mask"], "drop"),
        helper.make_node("Where", ["mask", "d", "other"], ["y"]),
    ]
    for opset in (10, 13):
        nodes_of = nodes if opset > 12 else nodes[:1]
        outputs = ["y"] if opset > 12 else ["d"]
        graph = graph_of(nodes_of, {"x": (2, 3)}, outputs, {"other": floats(2, 3)} if opset > 12 else {})
        path = write_onnx(tmp_path / "m.onnx", graph, opset)
        x = floats(2, 3)
        np.testing.assert_array_equal(run_network(read(path), {"x": x})[0], run_file(path, {"x": x})[0])


def test_outputs_that_nobody_reads_are_no_obstacle(tmp_path):
    scale = {"g": floats(4), "b": floats(4), "m": floats(4), "v": np.abs(floats(4))}
    nodes = [
        helper.make_node("LayerNormalization", ["x", "g", "b"], ["n", "mean", "inverse"], axis=-1),
        helper.make_node("BatchNormalization", ["n", "g", "b", "m", "v"], ["y"]),
    ]
    path = write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (2, 4)}, ["y"], scale))
    x = floats(2, 4)
    np.testing.assert_allclose(run_network(read(path), {"x": x})[0], run_file(path, {"x": x})[0], rtol=1e-5)


def test_a_batch_norm_that_learns_is_refused(tmp_path):
    constants = {"g": floats(4), "b": floats(4), "m": floats(4), "v": np.abs(floats(4))}
    node = helper.make_node(
        "BatchNormalization", ["x", *constants], ["y", "m2", "v2"], "norm", training_mode=1
    )
    path = write_onnx(tmp_path / "m.onnx", graph_of([node], {"x": (2, 4)}, ["y"], constants))
    with pytest.raises(OssicleError, match=r"node 'norm'.*it learns while it runs; export .*model.eval"):
        read(path)


def test_what_holds_no_values_is_left_out(tmp_path):
    constants = {"sizes": ints(0, 3), "none": ints(0), "end": ints(0), "axis": ints(1)}
    nodes = [
        helper.make_node("Split", ["x", "sizes"], ["nothing", "all"], axis=1),
        helper.make_node("Slice", ["x", "none", "end", "axis"], ["part"]),
        helper.make_node("Relu", ["part"], ["clipped"]),
        helper.make_node("Concat", ["nothing", "clipped", "all", "all"], ["joined"], axis=1),
        helper.make_node("ReduceSum", ["clipped", "axis"], ["zero"], keepdims=1),
        helper.make_node("Add", ["joined", "zero"], ["y"]),
    ]
    path = write_onnx(tmp_path / "m.onnx", graph_of(nodes, {"x": (2, 3)}, ["y"], constants))
    x = floats(2, 3)
    np.testing.assert_array_equal(run_network(read(path), {"x": x})[0], run_file(path, {"x": x})[0])
    path = write_onnx(tmp_path / "e.onnx", graph_of(nodes, {"x": (2, 3)}, ["y", "part"], constants))
    with pytest.raises(OssicleError, match="the output 'part' holds no values"):
        read(path)
