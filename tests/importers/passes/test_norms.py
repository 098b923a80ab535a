"""Layer norms that were written out become one operation, over any axes."""

import numpy as np
import pytest
from foreign import run_network
from onnx import helper

from ossicle.importers.passes.norms import join_norms

EPSILON = np.array(1e-3, np.float32)
QUOTIENTS = {
    "a quotient by a root": [("Sqrt", "e", "r", {}), ("Div", "d r", "y", {})],
    "a product with a reciprocal": [
        ("Sqrt", "e", "r", {}),
        ("Reciprocal", "r", "i", {}),
        ("Mul", "i d", "y", {}),
    ],
    "a product with a power": [("Pow", "e minus", "r", {}), ("Mul", "d r", "y", {})],
}
SQUARES = {"a power": ("Pow", "d two", "q", {}), "a product": ("Mul", "d d", "q", {})}


def norm(network, axes, quotient, square):
    """A norm of (3, 4, 5) over some axes."""
    spelling = [
        ("ReduceMean", "x", "m", {"axes": axes}),
        ("Sub", "x m", "d", {}),
        square,
        ("ReduceMean", "q", "v", {"axes": axes}),
        ("Add", "v epsilon", "e", {}),
        *quotient,
    ]
    nodes = [helper.make_node(op, i.split(), [o], **attributes) for op, i, o, attributes in spelling]
    used = {name for node in nodes for name in node.input}
    constants = {"epsilon": EPSILON, "two": np.float32(2), "minus": np.float32(-0.5)}
    kept = {name: np.asarray(value) for name, value in constants.items() if name in used}
    return network(nodes, {"x": (3, 4, 5)}, ["y"], kept)


@pytest.mark.parametrize("square", SQUARES)
@pytest.mark.parametrize("quotient", QUOTIENTS)
@pytest.mark.parametrize("axes", [[-1], [1, 2], [0, 2], [1]], ids=str)
def test_a_norm_is_one_operation_whatever_its_axes_and_spelling(network, axes, quotient, square):
    before = norm(network, axes, QUOTIENTS[quotient], SQUARES[square])
    after = join_norms(before)
    operators = [one.op for one in after.operations if one.op != "Transpose"]
    assert operators == ["LayerNormalization"]
    (made,) = (one for one in after.operations if one.op == "LayerNormalization")
    assert made.attributes["epsilon"] == pytest.approx(1e-3)
    x = np.random.default_rng(2).normal(1, 3, (3, 4, 5))
    (expected,) = run_network(before, {"x": x.astype(np.float32)})
    np.testing.assert_allclose(normalized(after, x), expected, rtol=1e-4, atol=1e-5)


def normalized(network, x):
    """What the transposes and the norm of a network compute."""
    for operation in network.operations:
        if operation.op == "Transpose":
            x = x.transpose(operation.attributes["perm"])
        else:
            axes = tuple(range(operation.attributes["axis"], x.ndim))
            centred = x - x.mean(axes, keepdims=True)
            x = centred / np.sqrt((centred**2).mean(axes, keepdims=True) + operation.attributes["epsilon"])
    return x


def test_a_deviation_of_other_axes_is_no_norm(network):
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[1]),
        helper.make_node("Sub", ["x", "m"], ["d"]),
        helper.make_node("Mul", ["d", "d"], ["q"]),
        helper.make_node("ReduceMean", ["q"], ["v"], axes=[2]),
        helper.make_node("Add", ["v", "epsilon"], ["e"]),
        helper.make_node("Sqrt", ["e"], ["r"]),
        helper.make_node("Div", ["d", "r"], ["y"]),
    ]
    before = network(nodes, {"x": (3, 4, 5)}, ["y"], {"epsilon": EPSILON})
    assert join_norms(before).operations == before.operations
