"""Operators against the definitions of ONNX, as its runtime computes them."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from networks import random_cell  # noqa: E402

from ossicle.graph import Node, Tensor  # noqa: E402
from ossicle.graph.operator import OPS  # noqa: E402


def reference(op, inputs, outputs, **attributes):
    """What onnxruntime gives for one operator; inputs by name, None where one is absent."""
    given = {name: array for name, array in inputs.items() if array is not None}
    node = onnx.helper.make_node(
        op, [name if name in given else "" for name in inputs], outputs, **attributes
    )
    graph = onnx.helper.make_graph(
        [node],
        "one",
        [onnx.helper.make_tensor_value_info(name, 1, array.shape) for name, array in given.items()],
        [onnx.helper.make_tensor_value_info(name, 1, None) for name in outputs if name],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=8)
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, given)


def ours(op, inputs, sizes, constants, attributes):
    """What our operator gives; inputs by port, sizes of its outputs by port."""
    reads = {port: port.removesuffix("_operand") for port in inputs}
    node = Node(op, "n", reads, {port: f"{port}_" for port in sizes}, constants, attributes)
    sources = [Tensor(array.shape) for array in inputs.values()]
    outputs = [Tensor((size,)) for size in sizes.values()]
    OPS[op].check(node, sources, outputs)
    return OPS[op].simulate(node, [array.ravel() for array in inputs.values()], sources, outputs)


def near(found, expected):
    np.testing.assert_allclose(found, expected.ravel(), rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize(
    ("channels", "filters", "groups", "kernel", "stride", "dilation", "pads"),
    [
        (6, 8, 2, (3, 3), (1, 1), (2, 1), (4, 1, 0, 1)),
        (4, 4, 4, (1, 5), (1, 2), (1, 3), (0, 6, 0, 6)),
        (16, 16, 1, (1, 1), (1, 1), (1, 1), (0, 0, 0, 0)),
        (3, 9, 3, (2, 3), (2, 1), (1, 1), (1, 0, 0, 2)),
    ],
)
def test_convolutions(channels, filters, groups, kernel, stride, dilation, pads):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, channels, 5, 17)).astype(np.float32)
    in_map = x[0].transpose(1, 2, 0)
    weight = rng.standard_normal((filters, channels // groups, *kernel)).astype(np.float32)
    bias = rng.standard_normal(filters).astype(np.float32)
    (y,) = reference(
        "Conv",
        {"x": x, "w": weight, "b": bias},
        ["y"],
        group=groups,
        strides=stride,
        dilations=dilation,
        pads=pads,
    )
    attributes = {"map": (5, 17, channels), "kernel": kernel, "stride": stride, "pad": pads[:2]}
    attributes |= {"out": y.shape[2:], "dilation": dilation, "groups": groups, "activation": "none"}
    constants = {"weight": weight.transpose(0, 2, 3, 1).reshape(filters, -1), "bias": bias}
    (found,) = ours("conv2d", {"x": in_map}, {"y": y.size}, constants, attributes)
    near(found, y[0].transpose(1, 2, 0))
    if groups == channels == filters:
        depthwise = {name: value for name, value in attributes.items() if name != "groups"}
        (found,) = ours("depthwise_conv2d", {"x": in_map}, {"y": y.size}, constants, depthwise)
        near(found, y[0].transpose(1, 2, 0))


GATES = {"GRU": [1, 0, 2], "LSTM": [0, 3, 1, 2]}
"""Where ONNX's gates (z r h; i o f c) are among ours (r z n; i f g o)."""
STATES = {"GRU": "h", "LSTM": "hc"}
INPUTS, UNITS = 4, 5


def cell_of(op, rng):
    """Random constants, and the inputs of ONNX's operator that hold the same."""
    constants = random_cell(rng, len(GATES[op]), INPUTS, UNITS)
    ordered = {
        name: np.concatenate([np.split(array, len(GATES[op]))[gate] for gate in GATES[op]])
        for name, array in constants.items()
    }
    biases = np.concatenate([ordered["bias_ih"], ordered["bias_hh"]])
    return constants, {"w": ordered["weight_ih"][None], "r": ordered["weight_hh"][None], "b": biases[None]}


def recurrent(op, x, states, cell, outputs, **attributes):
    """What onnxruntime gives for a recurrent layer, whose product comes before the reset gate."""
    more = {"linear_before_reset": 1} if op == "GRU" else {}
    inputs = {"x": x, **cell, "lengths": None, **states}
    return reference(op, inputs, outputs, hidden_size=UNITS, **attributes, **more)


@pytest.mark.parametrize("op", ["GRU", "LSTM"])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("given", [True, False])
def test_sequences_in_both_directions(op, rows, direction, given):
    rng, steps = np.random.default_rng(1), 6
    constants, cell = cell_of(op, rng)
    x = rng.standard_normal((steps, rows, INPUTS)).astype(np.float32)
    kinds = STATES[op] if given else ""
    states = {kind: rng.standard_normal((1, rows, UNITS)).astype(np.float32) for kind in kinds}
    names = ["y", *(f"{kind}n" for kind in STATES[op])]
    expected = recurrent(op, x, states, cell, names, direction=direction)
    sizes = {"y": steps * rows * UNITS} | {f"{kind}_next": rows * UNITS for kind in STATES[op]}
    attributes = {"steps": steps, "rows": rows, "reverse": int(direction == "reverse")}
    found = ours(f"{op.lower()}_scan", {"x": x, **states}, sizes, constants, attributes)
    for array, wanted in zip(found, expected, strict=True):
        near(array, wanted)


@pytest.mark.parametrize("op", ["GRU", "LSTM"])
def test_rows_of_one_step(op):
    rng, rows = np.random.default_rng(2), 7
    constants, cell = cell_of(op, rng)
    x = rng.standard_normal((1, rows, INPUTS)).astype(np.float32)
    states = {kind: rng.standard_normal((1, rows, UNITS)).astype(np.float32) for kind in STATES[op]}
    expected = recurrent(op, x, states, cell, ["", *(f"{kind}n" for kind in STATES[op])])
    sizes = {f"{kind}_next": rows * UNITS for kind in STATES[op]}
    given = {"x": x, "h_operand": states["h"], **states}
    for array, wanted in zip(
        ours(op.lower(), given, sizes, constants, {"rows": rows}), expected, strict=True
    ):
        near(array, wanted)


@pytest.mark.parametrize("transposed", [0, 1])
def test_products_of_activations(transposed):
    rng = np.random.default_rng(3)
    a, b = (
        rng.standard_normal((3, 4, 5)).astype(np.float32),
        rng.standard_normal((3, 5, 6)).astype(np.float32),
    )
    (y,) = reference("MatMul", {"a": a, "b": b}, ["y"])
    of_b = np.ascontiguousarray(b.swapaxes(1, 2)) if transposed else b
    attributes = {"shape": (3, 4, 5, 6), "transposed": transposed}
    (found,) = ours("matmul", {"a": a, "b": of_b}, {"y": y.size}, {}, attributes)
    near(found, y)


def test_probabilities_of_rows():
    x = np.random.default_rng(4).normal(0, 3, (7, 9)).astype(np.float32)
    (y,) = reference("Softmax", {"x": x}, ["y"], axis=-1)
    (found,) = ours("softmax", {"x": x}, {"y": y.size}, {}, {"rows": 7})
    near(found, y)
