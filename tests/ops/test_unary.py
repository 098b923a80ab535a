"""Functions of each value: floats against double precision, integers against the function, and the C."""

from dataclasses import replace

import numpy as np
import pytest
from single import graph_of, run_both

from ossicle.errors import OssicleError
from ossicle.graph import Node, Tensor, check
from ossicle.graph.operator import OPS
from ossicle.metrics.signal import snr
from ossicle.numerics.formats import Q15, DType
from ossicle.ops.unary import IN_16_BITS
from ossicle.ops.unary.functions import FUNCTIONS, function_of
from ossicle.quantization import calibrate, quantize
from ossicle.quantization.calibrate import collect_activations

SIZE = 420
NUMBERS = {
    "clip": {"low": -0.5, "high": 1.25},
    "elu": {"alpha": 0.7},
    "hard_sigmoid": {"alpha": 0.2},
    "leaky_relu": {"alpha": 0.1},
    "pow": {"exponent": -0.7},
}
SLOPES = np.array([0.25, -0.5, 0.0, 1.5, 0.03], np.float32)
NODES = {
    **{name: ("unary", {"function": name} | NUMBERS.get(name, {}), {}) for name in FUNCTIONS},
    "cube": ("unary", {"function": "pow", "exponent": 3.0}, {}),
    "prelu": ("unary", {"function": "prelu"}, {"slope": SLOPES}),
    "prelu_rows": ("unary", {"function": "prelu", "inner": 28}, {"slope": SLOPES}),
}
POSITIVE = ("log", "sqrt", "pow", "reciprocal")
"""Functions that are tested on positive values only."""
LOOSE = {"pow": 2e-6, "mish": 1e-6, "gelu": 1e-6}
"""Relative errors of floats; others stay within 5e-7."""


def node_of(name, dtype=DType.F32, x=None, y=None):
    op, attributes, constants = NODES[name]
    source = "positive" if name in POSITIVE else "x"
    node = Node(op, name, {"x": source}, {"y": f"{name}_y"}, constants, attributes)
    if dtype == DType.F32:
        return node
    return replace(node, constants=OPS[op].encoded(node, [x], [y]))


def test_floats_are_those_of_double_precision(tmp_path):
    rng = np.random.default_rng(3)
    nodes = [node_of(name) for name in NODES]
    tensors = {name: Tensor((SIZE,)) for name in ("x", "positive", *(f"{name}_y" for name in NODES))}
    graph = graph_of(nodes, tensors, ("x", "positive"))
    spread = np.concatenate([np.logspace(-6, 1.3, 200), -np.logspace(-6, 1.3, 200), np.zeros(20)])
    frames = [(spread, np.logspace(-8, 6, SIZE)), (rng.normal(size=SIZE), rng.gamma(1.0, 1.0, SIZE) + 1e-3)]
    for found, expected in run_both(graph, tmp_path / "c", frames):
        for node in nodes:
            x, y = node.inputs["x"], node.outputs["y"]
            np.testing.assert_array_equal(found[y], expected[y], err_msg=node.name)
            real = exact(node, found[x].astype(np.float64))
            scale = np.abs(real) + 1e-30
            if node.name in ("sin", "cos", "log", "erf", "hard_sigmoid", "hard_swish"):
                # Near their zeros the absolute error counts.
                scale = np.maximum(scale, 0.2)
            if node.name in ("gelu", "mish"):
                scale = np.maximum(scale, np.abs(found[x]))
            error = np.abs(found[y] - real) / scale
            assert error.max() < LOOSE.get(node.name, 5e-7), (node.name, error.max())
            assert snr(found[y], real) > 125, node.name
    assert np.isfinite(np.concatenate([found[node.outputs["y"]] for node in nodes])).all()


def reals(codes, tensor):
    return tensor.scale * (codes.astype(np.float64) - tensor.zero_point)


def exact(node, x):
    """The function of a node, in double precision."""
    if node.attributes["function"] == "prelu":
        slope = SLOPES[np.arange(x.size) // node.attributes.get("inner", 1) % SLOPES.size]
        return np.where(x > 0, x, slope * x)
    return function_of(node)(x)


def exact_codes(node, x, target):
    real = exact(node, x)
    limits = np.iinfo(target.dtype.numpy)
    return np.clip(real / target.scale + target.zero_point, limits.min, limits.max)


def target_of(node, x, dtype):
    """The type of a result that spans what a function gives for a range of x."""
    if dtype == DType.S16 and node.name in ("sigmoid", "tanh"):
        return Tensor((SIZE,), DType.S16, Q15)
    real = exact_codes(node, x, Tensor((1,), DType.S16, 2.0**-9)) * 2.0**-9
    of = Tensor.affine_s8 if dtype == DType.S8 else Tensor.symmetric_s16
    return of((SIZE,), float(real.min()), float(real.max()))


@pytest.mark.parametrize("reach", [0.7, 5.0, 60.0])
@pytest.mark.parametrize("dtype", [DType.S8, DType.S16])
def test_integers_are_the_function_and_the_c_is_the_simulation(tmp_path, dtype, reach):
    names = [name for name in NODES if dtype == DType.S8 or NODES[name][1]["function"] in IN_16_BITS]
    of = Tensor.affine_s8 if dtype == DType.S8 else Tensor.symmetric_s16
    tensors = {
        "x": of((SIZE,), -0.8 * reach, reach),
        "positive": of((SIZE,), 0.0, reach),
    }
    nodes = []
    for name in names:
        source = tensors["positive" if name in POSITIVE else "x"]
        codes = np.linspace(-0.8 * reach, reach, 1001)
        target = target_of(node_of(name), codes[codes > 0.02 * reach] if name in POSITIVE else codes, dtype)
        nodes.append(node_of(name, dtype, source, target))
        tensors[f"{name}_y"] = target
    graph = graph_of(nodes, tensors, ("x", "positive"))
    values = np.linspace(-1.1 * reach, 1.1 * reach, 2 * SIZE)
    worst = {}
    for found, expected in run_both(
        graph, tmp_path / "c", [(values[::2], values[1::2]), (values[1::2], values[::2])]
    ):
        for node in nodes:
            y, x = node.outputs["y"], node.inputs["x"]
            np.testing.assert_array_equal(found[y], expected[y], err_msg=node.name)
            assert len(np.unique(found[y])) > 1, node.name
            with np.errstate(divide="ignore"):
                exact = exact_codes(node, reals(found[x], tensors[x]), tensors[y])
            worst[node.name] = max(worst.get(node.name, 0), np.abs(found[y] - exact).max())
    most = {DType.S8: 0.51, DType.S16: 3.0}[dtype]
    assert {name: error for name, error in worst.items() if error > most} == {}


@pytest.mark.parametrize("name", IN_16_BITS)
def test_what_quantization_makes_of_it_is_close_to_the_float_function(name):
    """A layer before it gives int16; the numbers are those of a signal-to-noise ratio."""
    rng = np.random.default_rng(7)
    constants = {"weight": rng.normal(0, 0.5, (20, 10)).astype(np.float32), "bias": np.zeros(20, np.float32)}
    before = Node("linear", "before", {"x": "in"}, {"y": "x"}, constants, {"activation": "none"})
    tensors = {"in": Tensor((10,)), "x": Tensor((20,)), f"{name}_y": Tensor((20,))}
    graph = graph_of([before, node_of(name)], tensors, ("in",))
    clip = [rng.normal(0, 2, (200, 10)).astype(np.float32)]
    quantized = quantize(graph, "w16a16", calibrate(graph, [clip]))
    node = next(node for node in quantized.nodes if node.op == "unary")
    assert quantized.tensors[node.outputs["y"]].dtype == DType.S16
    floats, integers = collect_activations(graph, [clip])[f"{name}_y"], collect_activations(quantized, [clip])
    assert snr(integers[quantized.outputs[0]], floats) > 55


def test_functions_that_do_not_quantize_well_stay_float():
    before = Node(
        "linear",
        "before",
        {"x": "in"},
        {"y": "x"},
        {"weight": np.eye(4, dtype=np.float32), "bias": np.zeros(4, np.float32)},
        {"activation": "none"},
    )
    tensors = {name: Tensor((4,)) for name in ("in", "x", "exp_y")}
    graph = graph_of([before, node_of("exp")], tensors, ("in",))
    clip = [np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)]
    quantized = quantize(graph, "int8", calibrate(graph, [clip]))
    assert quantized.tensors["x"].dtype == DType.S16 and quantized.tensors["exp_y"].dtype == DType.F32


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("relu", {"attributes": {"function": "rectify"}}, "its function must be one of prelu, abs"),
        (
            "relu",
            {"constants": {"table": np.zeros(256, np.int8)}},
            r"it has the constants .*table.* needs \{\}",
        ),
        ("prelu", {"constants": {}}, "it has the constants"),
        (
            "prelu",
            {"constants": {"slope": np.zeros(11, np.float32)}},
            "11 slopes, 1 times each, do not fill 420",
        ),
        ("clip", {"attributes": {"function": "clip", "low": 2.0, "high": 1.0}}, "its numbers make no sense"),
        ("elu", {"attributes": {"function": "elu", "alpha": "large"}}, "its numbers make no sense"),
    ],
)
def test_what_does_not_fit_is_refused(name, change, message):
    graph = graph_of([node_of(name)], {"x": Tensor((SIZE,)), f"{name}_y": Tensor((SIZE,))}, ("x",))
    with pytest.raises(OssicleError, match=message):
        check(replace(graph, nodes=(replace(graph.nodes[0], **change),)))


def test_an_integer_form_that_does_not_exist_is_refused():
    tensors = {"positive": Tensor((SIZE,), DType.S16), "log_y": Tensor((SIZE,), DType.S16)}
    with pytest.raises(OssicleError, match="it cannot compute log of s16 in s16"):
        graph_of([node_of("log")], tensors, ("positive",))


def test_whole_numbers_are_exact_where_they_change(tmp_path):
    """Halves go to the even one; floats are whole from 2**23 on, and halves just below."""
    ends = np.array([0.0, 0.5, 1.5, 2.5, 0.49999997, 2.0**22 + 0.5, 2.0**23 - 0.5, 2.0**23 + 1, 1e30])
    x = np.concatenate([ends, -ends]).astype(np.float32)
    nodes = [
        Node("unary", name, {"x": "x"}, {"y": f"{name}_y"}, {}, {"function": name})
        for name in ("floor", "ceil", "round")
    ]
    tensors = {name: Tensor((x.size,)) for name in ("x", *(f"{node.name}_y" for node in nodes))}
    graph = graph_of(nodes, tensors, ("x",))
    ((found, expected),) = run_both(graph, tmp_path / "c", [(x,)])
    for node, function in zip(nodes, (np.floor, np.ceil, np.rint), strict=True):
        np.testing.assert_array_equal(found[f"{node.name}_y"], function(x))
        np.testing.assert_array_equal(expected[f"{node.name}_y"], function(x))
