"""Scales with offsets, reductions, norms and choices, against NumPy, and the C against the simulation."""

from dataclasses import replace

import numpy as np
import pytest
from single import graph_of, run_both

from ossicle.errors import OssicleError
from ossicle.graph import Node, Tensor, check
from ossicle.graph.operator import OPS
from ossicle.metrics.signal import snr
from ossicle.numerics.formats import DType
from ossicle.ops.reduce import FUNCTIONS, LONGEST_OF_SQUARES, SQUARES

RNG = np.random.default_rng(11)
SIZE = 2 * 35 * 6
LINE = {"scale": RNG.normal(0, 1, 6).astype(np.float32), "offset": RNG.normal(0, 1, 6).astype(np.float32)}
NORM = {
    "scale": RNG.normal(1, 0.3, 70).astype(np.float32),
    "offset": RNG.normal(0, 0.3, 70).astype(np.float32),
}
SHAPES = {"": (2, 35, 6), "_last": (12, 35, 1), "_all": (1, SIZE, 1)}


def nodes_of():
    """Every kind of node under test, with its float constants."""
    x, y = {"x": "x"}, lambda name: {"y": f"{name}_y"}
    nodes = [
        Node("affine", "channels", x, y("channels"), LINE),
        Node("affine", "rows", x, y("rows"), LINE, {"inner": 35}),
        Node(
            "affine",
            "one",
            x,
            y("one"),
            {"scale": np.float32([-0.3]), "offset": np.float32([0.2])},
            {"inner": 420},
        ),
        Node("select", "choice", {"c": "c", "a": "x", "b": "b"}, y("choice")),
        Node("normalize", "norm", x, y("norm"), NORM, {"shape": (6, 70), "epsilon": 1e-5}),
    ]
    for function in FUNCTIONS:
        for name, shape in SHAPES.items():
            attributes = {"function": function, "shape": shape}
            nodes.append(Node("reduce", f"{function}{name}", x, y(f"{function}{name}"), {}, attributes))
    return nodes


def real_of(node, x, c, b):
    """What a node gives, in double precision."""
    if node.op == "affine":
        place = np.arange(SIZE) // node.attributes.get("inner", 1) % node.constants["scale"].size
        return x * LINE_OF[node.name]["scale"][place] + LINE_OF[node.name]["offset"][place]
    if node.op == "select":
        return np.where(c != 0, x, b)
    if node.op == "normalize":
        rows = x.reshape(6, 70) - x.reshape(6, 70).mean(axis=1, keepdims=True)
        return (
            rows / np.sqrt(rows.var(axis=1, keepdims=True) + 1e-5) * NORM["scale"] + NORM["offset"]
        ).ravel()
    function, values = str(node.attributes["function"]), x.reshape(node.attributes["shape"])
    if function in SQUARES:
        function, values = function.removesuffix("_square"), np.square(values)
    return getattr(np, function)(values, axis=1).ravel()


def float_nodes():
    """Kinds of nodes whose integers other tests compare."""
    attention = {"shape": (2, 5, 42, 4)}
    pool = {"map": (14, 15, 2), "kernel": (3, 5), "stride": (2, 1), "pad": (0, 0), "out": (6, 11)}
    return [
        Node("softmax", "shares", {"x": "x"}, {"y": "shares_y"}, {}, {"rows": 6}),
        Node("matmul", "columns", {"a": "x", "b": "m"}, {"y": "columns_y"}, {}, attention),
        Node("matmul", "turned", {"a": "x", "b": "m"}, {"y": "turned_y"}, {}, attention | {"transposed": 1}),
        Node("average_pool", "pool", {"x": "x"}, {"y": "pool_y"}, {}, pool),
        Node("binary", "ratio", {"a": "x", "b": "b"}, {"y": "ratio_y"}, {}, {"function": "div"}),
    ]


def test_floats_of_attention_and_pools_are_added_up_in_one_order(tmp_path):
    tensors = {"x": Tensor((SIZE,)), "b": Tensor((SIZE,)), "m": Tensor((2 * 42 * 4,))}
    sizes = {"shares": SIZE, "columns": 40, "turned": 40, "pool": 132, "ratio": SIZE}
    tensors |= {f"{name}_y": Tensor((size,)) for name, size in sizes.items()}
    nodes = float_nodes()
    graph = graph_of(nodes, tensors, ("x", "b", "m"))
    frames = [[RNG.normal(0, level, tensors[name].size) for name in "xbm"] for level in (1.0, 20.0)]
    for (found, expected), (x, b, m) in zip(run_both(graph, tmp_path / "c", frames), frames, strict=True):
        for node in nodes:
            y = node.outputs["y"]
            np.testing.assert_array_equal(found[y], expected[y], err_msg=node.name)
        product = x.reshape(2, 5, 42) @ m.reshape(2, 42, 4)
        assert snr(found["columns_y"], product.ravel()) > 120
        powers = np.exp(x.reshape(6, 70) - x.reshape(6, 70).max(axis=1, keepdims=True))
        assert snr(found["shares_y"], (powers / powers.sum(axis=1, keepdims=True)).ravel()) > 120
        assert snr(found["ratio_y"], x / b) > 120


LINE_OF = {node.name: node.constants for node in nodes_of() if node.op == "affine"}


def inputs(level=1.0):
    x, b = RNG.normal(0, level, SIZE), RNG.normal(0.3, level, SIZE)
    return x, (RNG.random(SIZE) < 0.5) * 1.0, b


def test_floats_are_those_of_double_precision(tmp_path):
    nodes = nodes_of()
    tensors = {name: Tensor((SIZE,)) for name in "xcb"}
    tensors |= {node.outputs["y"]: Tensor((real_of(node, *inputs()).size,)) for node in nodes}
    graph = graph_of(nodes, tensors, ("x", "c", "b"))
    frames = [inputs(), inputs(30.0)]
    for (found, expected), arrays in zip(run_both(graph, tmp_path / "c", frames), frames, strict=True):
        x, c, b = (np.float32(array).astype(np.float64) for array in arrays)
        for node in nodes:
            y = node.outputs["y"]
            np.testing.assert_array_equal(found[y], expected[y], err_msg=node.name)
            # The sum of all is small beside its terms.
            bound = 105 if node.name.endswith("_all") else 125
            assert snr(expected[y], real_of(node, x, c, b)) > bound, node.name


def reals(codes, tensor):
    return tensor.scale * (codes.astype(np.float64) - tensor.zero_point)


@pytest.mark.parametrize("dtype", [DType.S8, DType.S16])
def test_integers_are_rounded_once_and_the_c_is_the_simulation(tmp_path, dtype):
    of = Tensor.affine_s8 if dtype == DType.S8 else Tensor.symmetric_s16
    tensors = {"x": of((SIZE,), -3.0, 2.5), "c": of((SIZE,), 0.0, 1.0), "b": of((SIZE,), -2.0, 3.0)}
    wide, nodes = inputs(), []
    for node in nodes_of():
        if node.op == "normalize":
            continue
        real = real_of(node, *wide)
        target = of((real.size,), 1.3 * float(real.min()) - 0.1, 1.3 * float(real.max()) + 0.1)
        tensors[node.outputs["y"]] = target
        sources = [tensors[name] for name in node.inputs.values()]
        nodes.append(replace(node, constants=OPS[node.op].encoded(node, sources, [target])))
    graph = graph_of(nodes, tensors, ("x", "c", "b"))
    ends = tuple(1e6 * np.sign(array) for array in inputs())
    worst = {}
    for found, expected in run_both(graph, tmp_path / "c", [wide, inputs(0.1), ends]):
        x, c, b = (reals(found[name], tensors[name]) for name in "xcb")
        for node in nodes:
            y = node.outputs["y"]
            np.testing.assert_array_equal(found[y], expected[y], err_msg=node.name)
            limits = np.iinfo(dtype.numpy)
            exact = np.clip(
                real_of(node, x, c, b) / tensors[y].scale + tensors[y].zero_point, limits.min, limits.max
            )
            worst[node.name] = max(worst.get(node.name, 0.0), np.abs(found[y] - exact).max())
    # Multipliers of 14 bits are off by half of an LSB of 2**-13; sums have multipliers of 31 bits, or of 16.
    most = {"affine": 2.6 if dtype == DType.S16 else 0.53, "select": 2.6, "reduce": 0.76}
    assert {node.name: worst[node.name] for node in nodes if worst[node.name] > most[node.op]} == {}


def test_a_sum_of_the_largest_codes_does_not_overflow(tmp_path):
    size = 65535
    node = Node("reduce", "sum", {"x": "x"}, {"y": "y"}, {}, {"function": "sum", "shape": (1, size, 1)})
    tensors = {"x": Tensor((size,), DType.S16, 1.0), "y": Tensor((1,), DType.S16, float(size))}
    graph = graph_of([node], tensors, ("x",))
    frames = [(np.full(size, -32768),), (np.full(size, 32767),)]
    for (found, expected), code in zip(run_both(graph, tmp_path / "c", frames), (-32768, 32767), strict=True):
        assert found["y"].tolist() == expected["y"].tolist() == [code]
    longer = replace(node, attributes={"function": "sum", "shape": (1, size + 1, 1)})
    with pytest.raises(OssicleError, match="it sums more than 65535 integers"):
        graph_of([longer], tensors | {"x": Tensor((size + 1,), DType.S16, 1.0)}, ("x",))


@pytest.mark.parametrize(("dtype", "largest"), [(DType.S8, 255), (DType.S16, 32768)])
def test_a_sum_of_the_largest_squares_does_not_overflow(tmp_path, dtype, largest):
    size = LONGEST_OF_SQUARES
    attributes = {"function": "mean_square", "shape": (1, size, 1)}
    node = Node("reduce", "mean", {"x": "x"}, {"y": "y"}, {}, attributes)
    x = Tensor((size,), dtype, 1.0, 127 if dtype == DType.S8 else 0)
    tensors = {"x": x, "y": Tensor((1,), dtype, largest**2 / 100.0)}
    graph = graph_of([node], tensors, ("x",))
    ((found, expected),) = run_both(graph, tmp_path / "c", [(np.full(size, -largest),)])
    assert found["y"].tolist() == expected["y"].tolist() == [100]
    longer = replace(node, attributes={**attributes, "shape": (1, size + 1, 1)})
    with pytest.raises(OssicleError, match="it sums more than 32768 integers"):
        graph_of([longer], tensors | {"x": replace(x, shape=(size + 1,))}, ("x",))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "sum",
            {"attributes": {"function": "median", "shape": (2, 35, 6)}},
            "must be one of sum, mean, max, min, sum_square, mean_square",
        ),
        ("sum", {"attributes": {"function": "sum", "shape": (2, 35)}}, r"'shape' is \(2, 35\), not 3 sizes"),
        ("sum", {"attributes": {"function": "sum", "shape": (2, 0, 6)}}, "not 3 sizes"),
        ("sum", {"attributes": {"function": "sum", "shape": (2, 36, 6)}}, "does not fit 420 -> 12 values"),
        ("norm", {"attributes": {"shape": (7, 60), "epsilon": 1e-5}}, "unfit constants: offset, scale"),
        ("norm", {"attributes": {"shape": (5, 70), "epsilon": 1e-5}}, "does not fit 420 values"),
        ("norm", {"attributes": {"shape": (6, 70)}}, "its epsilon is None"),
        ("channels", {"constants": {}}, "unfit constants: offset, scale"),
        ("channels", {"attributes": {"inner": 36}}, "6 scales, 36 times each, do not fill it"),
        ("choice", {"inputs": {"c": "c", "a": "small", "b": "b"}}, r"have \[420, 6, 420\] values"),
    ],
)
def test_what_does_not_fit_is_refused(name, change, message):
    node = next(node for node in nodes_of() if node.name == name)
    size = real_of(node, *inputs()).size
    tensors = {other: Tensor((SIZE,)) for other in "xcb"} | {
        "small": Tensor((6,)),
        f"{name}_y": Tensor((size,)),
    }
    graph = graph_of([node], tensors, ("x", "c", "b", "small"))
    with pytest.raises(OssicleError, match=message):
        check(replace(graph, nodes=(replace(node, **change),)))
