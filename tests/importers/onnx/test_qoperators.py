"""Integer forms of ONNX files: operators that name their scales, and scales that are found at run time."""

from importlib.util import find_spec

import numpy as np
import onnx
import pytest
from foreign import graph_of, write_onnx
from onnx import helper

import ossicle
from ossicle.errors import OssicleError

pytestmark = pytest.mark.skipif(not find_spec("onnxruntime"), reason="needs onnxruntime")
RNG = np.random.default_rng(3)
MICROSOFT = helper.make_opsetid("com.microsoft", 1)
ROWS, TAPS = 6, 3


def types(name, scale, zero, dtype):
    return {f"{name}_s": np.float32(scale), f"{name}_z": np.array(zero, dtype)}


def codes(shape, dtype):
    limits = np.iinfo(dtype)
    return RNG.integers(limits.min, limits.max + 1, shape).astype(dtype)


def network(dtype, per_row):
    """A convolution, sums, products, functions, a concatenation, poolings, dense layers, a softmax."""
    middle = 128 if dtype == np.uint8 else 0
    constants = {}
    for name, scale in {
        **{"x": 0.03, "a": 0.05, "b": 0.06, "c": 0.02, "d": 0.01, "e": 1 / 256, "f": 0.05, "g": 0.04},
        **{"h": 0.03, "i": 0.03, "j": 0.02, "k": 0.05},
    }.items():
        zero = {"e": middle - 128, "k": middle}.get(name, middle + 7)
        constants |= types(name, scale, zero, dtype)
    scales = RNG.uniform(0.002, 0.006, ROWS).astype(np.float32) if per_row else np.float32(0.004)
    zeros = np.zeros(ROWS if per_row else (), np.int8)
    constants |= {
        "w": codes((ROWS, 2, TAPS), np.int8) // 2, "w_s": scales, "w_z": zeros,
        "bias": RNG.integers(-900, 900, ROWS).astype(np.int32),
        "v": codes((ROWS, ROWS), np.int8) // 2, "v_s": scales, "v_z": zeros,
        "m": codes((ROWS, 5), np.int8) // 2, **types("m", 0.01, 0, np.int8),
        "k_codes": codes((1, ROWS, 1), dtype),
    }  # fmt: skip

    def port(name):
        return [name, f"{name}_s", f"{name}_z"]

    def to(name):
        return [f"{name}_s", f"{name}_z"]

    def node(op, inputs, name, **attributes):
        own = {} if op in ("QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul") else MS
        nodes.append(helper.make_node(op, inputs, [name], f"node_{name}", **own, **attributes))

    MS, nodes = {"domain": "com.microsoft"}, []
    node("QuantizeLinear", ["input", *to("x")], "x")
    node("QLinearConv", [*port("x"), *port("w"), *to("a"), "bias"], "a", pads=[1, 1])
    node("QLinearAdd", [*port("a"), "k_codes", *to("k"), *to("b")], "b")
    node("QLinearMul", [*port("a"), *port("b"), *to("c")], "c")
    node("QLinearLeakyRelu", [*port("c"), *to("d")], "d", alpha=0.1)
    node("QLinearSigmoid", [*port("d"), *to("e")], "e")
    node("QLinearConcat", [*to("f"), *port("e"), *port("b")], "f", axis=2)
    node("QLinearGlobalAveragePool", [*port("f"), *to("g")], "g", channels_last=0)
    nodes.append(helper.make_node("Flatten", ["g"], ["flat"]))
    constants |= types("flat", 0.04, int(constants["g_z"]), dtype)
    node("QGemm", [*port("flat"), *port("v"), "bias", *to("h")], "h", transB=1)
    node("QLinearMatMul", [*port("h"), *port("m"), *to("i")], "i")
    node("QLinearSoftmax", [*port("i"), *to("j")], "j", axis=1, opset=13)
    node("DequantizeLinear", port("j"), "y")
    return graph_of(nodes, {"input": (1, 2, 10)}, ["y"], constants)


@pytest.mark.parametrize("per_row", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_operators_with_scales_give_the_codes_of_onnxruntime(tmp_path, dtype, per_row):
    path = write_onnx(tmp_path / "q.onnx", network(dtype, per_row), 17, opset_imports=[MICROSOFT])
    model = ossicle.import_network(path, steps=40)
    layers = {one.node: one for one in model.proof.nodes if one.operator == "QuantizeLinear"}
    for name in ("a", "h", "i"):
        # Sums and functions on the way may round to the next code.
        assert layers[f"node_{name}"].snr_db > 25
    assert layers["node_a"].equal == layers["node_a"].compared
    ops = [node.op for node in model.graph.nodes if node.precisions]
    assert ops.count("conv2d") == 1 and ops.count("linear") == 2
    assert all("w8a8" in str(node.precisions) for node in model.graph.nodes if node.precisions)


def test_an_operator_in_another_order_of_axes_is_refused(tmp_path):
    graph = network(np.uint8, per_row=False)
    pool = next(node for node in graph.node if node.op_type == "QLinearGlobalAveragePool")
    pool.attribute[0].i = 1
    path = write_onnx(tmp_path / "q.onnx", graph, 17, opset_imports=[MICROSOFT])
    with pytest.raises(OssicleError, match=r"node 'node_g'.*QLinearGlobalAveragePool.*QDQ"):
        ossicle.import_network(path)


def dynamic(tmp_path):
    """A dense layer and a convolution that quantize what they read."""
    constants = {
        "w": codes((16, 8), np.int8), "w_z": np.int8(0), "w_s": np.float32(0.01),
        "k": codes((4, 8, 1), np.uint8), "k_z": np.uint8(120), "k_s": np.float32(0.02),
    }  # fmt: skip
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"]),
        helper.make_node("MatMulInteger", ["xq", "w", "xz", "w_z"], ["p"], "product"),
        helper.make_node("Cast", ["p"], ["pf"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", ["xs", "w_s"], ["s"]),
        helper.make_node("Mul", ["pf", "s"], ["a"]),
        helper.make_node("Tanh", ["a"], ["t"]),
        helper.make_node("Transpose", ["t"], ["u"], perm=[0, 2, 1]),
        helper.make_node("DynamicQuantizeLinear", ["u"], ["uq", "us", "uz"]),
        helper.make_node("ConvInteger", ["uq", "k", "uz", "k_z"], ["q"], "window"),
        helper.make_node("Cast", ["q"], ["qf"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", ["us", "k_s"], ["r"]),
        helper.make_node("Mul", ["qf", "r"], ["y"]),
    ]
    graph = graph_of(nodes, {"x": (1, 3, 16)}, ["y"], constants)
    return write_onnx(tmp_path / "d.onnx", graph, 17), constants


def test_activations_that_are_quantized_at_run_time_stay_floats(tmp_path):
    path, constants = dynamic(tmp_path)
    model = ossicle.import_network(path, steps=30)
    assert 25 < model.proof.snr_db < 60
    assert "quantized while the network runs" in model.provenance["import"]["notes"][0]
    x = RNG.normal(size=(1, 3, 16)).astype(np.float32)
    (found,) = ossicle.simulate.Simulator(model.graph).step(x.reshape(-1))
    weight = constants["w"] * constants["w_s"]
    kernel = (constants["k"].astype(np.float32) - constants["k_z"]) * constants["k_s"]
    expected = np.einsum("oc,btc->bot", kernel[:, :, 0], np.tanh(x @ weight))
    np.testing.assert_allclose(found, expected.reshape(-1), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("per_row", [False, True])
def test_layers_that_quantize_what_they_read_are_layers_of_floats(tmp_path, per_row):
    """An LSTM and a dense layer as onnxruntime's dynamic quantization writes them."""
    units, rows = 8, 32

    def scales(count, axes):
        return np.float32(RNG.uniform(0.002, 0.003, (*axes, count) if per_row else axes))

    constants = {
        "w": codes((1, 6, rows), np.int8), "w_s": scales(rows, (1,)),
        "r": codes((1, units, rows), np.int8), "r_s": scales(rows, (1,)),
        "b": RNG.normal(size=(1, 2 * rows)).astype(np.float32) / 4,
        "d": codes((units, 6), np.int8), "d_s": scales(6, ()), "e": np.float32(RNG.normal(size=6)),
    }  # fmt: skip
    constants["w_z"], constants["r_z"] = (np.zeros(constants[name].shape, np.int8) for name in ("w_s", "r_s"))
    constants["d_z"] = np.zeros(constants["d_s"].shape, np.int8)
    own = {"domain": "com.microsoft"}
    lstm = ["x", "w", "r", "b", "", "h", "c", "", "w_s", "w_z", "r_s", "r_z"]
    nodes = [
        helper.make_node("DynamicQuantizeLSTM", lstm, ["", "h_out", "c_out"], hidden_size=units, **own),
        helper.make_node("DynamicQuantizeMatMul", ["h_out", "d", "d_s", "d_z", "e"], ["y"], "dense", **own),
    ]
    states = {"h": (1, 1, units), "c": (1, 1, units)}
    graph = graph_of(nodes, {"x": (1, 1, 6), **states}, ["y", "h_out", "c_out"], constants)
    path = write_onnx(tmp_path / "d.onnx", graph, 17, opset_imports=[MICROSOFT])
    model = ossicle.import_network(path, steps=30)
    assert {node.op for node in model.graph.nodes} == {"lstm", "linear"}
    assert 20 < model.proof.snr_db < 70
    assert "quantized while the network runs" in model.provenance["import"]["notes"][0]
    (dense,) = (node for node in model.graph.nodes if node.op == "linear")
    (layer,) = (node for node in model.graph.nodes if node.op == "lstm")
    np.testing.assert_allclose(dense.constants["weight"], (constants["d"] * constants["d_s"]).T, rtol=1e-6)
    gates = np.split((constants["w"] * constants["w_s"].reshape(1, 1, -1))[0].T, 4)
    ours = np.concatenate([gates[gate] for gate in (0, 2, 3, 1)])
    np.testing.assert_allclose(layer.constants["weight_ih"], ours, rtol=1e-6)


def wide(tmp_path, dtype, zero, low):
    """Two dense layers between conversions to 16 bits; the first is clamped by its codes."""
    constants = {
        **types("x", 0.0002, zero, dtype), **types("a", 0.0001, low, dtype),
        **types("y", 0.0004, zero, dtype),
        "w": codes((8, 8), np.int8), "w_s": np.float32(0.01), "w_z": np.int8(0),
        "v": codes((8, 8), np.int8), "v_s": np.float32(0.01), "v_z": np.int8(0),
    }  # fmt: skip
    nodes, at = [], "input"
    for name, weight in (("x", "w"), ("a", "v"), ("y", "")):
        scales = [f"{name}_s", f"{name}_z"]
        nodes.append(helper.make_node("QuantizeLinear", [at, *scales], [name]))
        nodes.append(helper.make_node("DequantizeLinear", [name, *scales], [f"{name}_f"]))
        if weight:
            port = [weight, f"{weight}_s", f"{weight}_z"]
            nodes.append(helper.make_node("DequantizeLinear", port, [f"{weight}_f"]))
            nodes.append(helper.make_node("Gemm", [f"{name}_f", f"{weight}_f"], [f"{name}_p"], transB=1))
            at = f"{name}_p"
    return write_onnx(tmp_path / "w.onnx", graph_of(nodes, {"input": (1, 8)}, ["y_f"], constants), 21)


@pytest.mark.parametrize(("dtype", "zero"), [(np.uint16, 32768), (np.int16, 0)])
def test_16_bits_around_zero_stay_codes(tmp_path, dtype, zero):
    model = ossicle.import_network(wide(tmp_path, dtype, zero, zero), steps=30)
    linear = [node for node in model.graph.nodes if node.op == "linear"]
    assert [str(node.precisions[0].name) for node in linear] == ["w8a16", "w8a16"]
    assert model.proof.snr_db > 70 and not model.provenance["import"]["notes"]


def test_16_bits_with_a_zero_point_are_floats_within_their_range(tmp_path):
    model = ossicle.import_network(wide(tmp_path, np.uint16, 32768, 0), steps=30)
    assert model.proof.snr_db > 60 and "16 bits" in model.provenance["import"]["notes"][0]
    assert all(tensor.dtype == "f32" for tensor in model.graph.tensors.values())
