"""Operators in the integers of other runtimes: their C against the simulation, and against definitions."""

import numpy as np
import pytest
from single import graph_of, run_both

from ossicle.graph import Node, Tensor
from ossicle.numerics.fixed_point import Rounding, fixed_point
from ossicle.numerics.formats import PRECISIONS, DType
from ossicle.numerics.fractions import Q15, Q31
from ossicle.numerics.logistic_table import sigmoid_by_table, tanh_by_table
from ossicle.ops.lookup import CODES
from ossicle.ops.softmax.codes import powers
from ossicle.ops.softmax.wide import softmax_tables
from ossicle.simulate import Simulator

ROUNDINGS = [Rounding.FLOAT32, Rounding.TWICE]
X = Tensor((48,), DType.S8, 0.05, -3)


def s8(size, scale, zero_point):
    return Tensor((size,), DType.S8, scale, zero_point)


def exact(graph, folder, frames=12, level=3.0):
    """Run frames of noise; all integers must be those of the simulation. Returns what was computed."""
    rng = np.random.default_rng(8)
    sizes = [graph.tensors[name].size for name in graph.inputs]
    arrays = [[rng.normal(0, level, size).astype(np.float32) for size in sizes] for _ in range(frames)]
    values = {}
    for found, expected in run_both(graph, folder, arrays):
        for name, codes in expected.items():
            np.testing.assert_array_equal(found[name], codes, err_msg=name)
            values.setdefault(name, []).append(codes)
    return {name: np.stack(codes) for name, codes in values.items()}


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_sums_products_means_and_tables_in_c_equal_the_simulation(tmp_path, rounding):
    more = {"rounding": str(rounding)}
    pool = {"map": (4, 6, 2), "kernel": (2, 3), "stride": (2, 3), "pad": (0, 0), "out": (2, 2)}
    table = np.random.default_rng(1).integers(-128, 128, (3, 256)).astype(np.int8)
    nodes = [
        Node("binary", "adds", {"a": "x", "b": "z"}, {"y": "sum"}, {}, {"function": "add", **more}),
        Node("binary", "subs", {"a": "x", "b": "z"}, {"y": "difference"}, {}, {"function": "sub", **more}),
        Node("binary", "muls", {"a": "x", "b": "z"}, {"y": "product"}, {}, {"function": "mul", **more}),
        Node(
            "reduce", "means", {"x": "x"}, {"y": "mean"}, {}, {"function": "mean", "shape": (4, 6, 2), **more}
        ),
        Node("average_pool", "pools", {"x": "x"}, {"y": "pooled"}, {}, {**pool, **more}),
        Node("lookup", "looks", {"x": "x"}, {"y": "looked"}, {"table": table}, {"inner": 4}),
    ]
    tensors = {
        "x": X,
        "z": s8(48, 0.031, 17),
        "sum": s8(48, 0.064, 5),
        "difference": s8(48, 0.06, -9),
        "product": s8(48, 0.09, 2),
        "mean": s8(8, 0.02, 11),
        "pooled": s8(8, 0.05, -3),
        "looked": s8(48, 0.1, 0),
    }
    found = exact(graph_of(nodes, tensors, ["x", "z"]), tmp_path)
    assert all(len(np.unique(values)) > 20 for values in found.values())
    x, z = (
        (found[f"{name}"].astype(float) - tensors[name].zero_point) * tensors[name].scale for name in "xz"
    )
    for name, real in (("sum", x + z), ("difference", x - z), ("product", x * z)):
        codes = np.clip(real / tensors[name].scale + tensors[name].zero_point, -128, 127)
        assert np.abs(found[name] - codes).max() < 1.1


def s16(size, scale):
    return Tensor((size,), DType.S16, scale)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_16_bits_in_c_equal_the_simulation_and_follow_the_reals(tmp_path, rounding):
    more = {"rounding": str(rounding)}
    nodes = [
        Node("binary", name, {"a": "x", "b": "z"}, {"y": f"{name}_y"}, {}, {"function": name, **more})
        for name in ("add", "sub", "mul")
    ]
    nodes += [
        Node("unary", f"{name}_{x}", {"x": x}, {"y": f"{name}_{x}_y"}, {}, {"function": name, **more})
        for name in ("sigmoid", "tanh")
        for x in ("x", "z", "wide")
    ]
    nodes.append(
        Node(
            "reduce",
            "mean",
            {"x": "x"},
            {"y": "mean_y"},
            {},
            {"function": "mean", "shape": (4, 6, 2), **more},
        )
    )
    nodes.append(
        Node("softmax", "shares", {"x": "x"}, {"y": "shares_y"}, softmax_tables(), {"rows": 3, **more})
    )
    tensors = {"x": s16(48, 1.7e-4), "z": s16(48, 2.0**-12), "wide": s16(48, 2.0**-11)}
    tensors |= {node.outputs["y"]: s16(48, 2.0**-15) for node in nodes}
    tensors |= {
        "add_y": s16(48, 3e-4),
        "sub_y": s16(48, 3.1e-4),
        "mul_y": s16(48, 6e-4),
        "mean_y": s16(8, 9e-5),
    }
    graph = graph_of(nodes, tensors, ["x", "z", "wide"])
    found = exact(graph, tmp_path / "noise", level=1.5)
    exact(graph, tmp_path / "ends", level=200.0)
    x, z, wide = (found[name].astype(float) * tensors[name].scale for name in ("x", "z", "wide"))
    reals = {"add": x + z, "sub": x - z, "mul": x * z, "mean": x.reshape(-1, 4, 6, 2).mean(axis=2)}
    for name, values in (("x", x), ("z", z), ("wide", wide)):
        reals |= {f"sigmoid_{name}": sigmoid(values), f"tanh_{name}": np.tanh(values)}
    powers_of = np.exp(x.reshape(-1, 3, 16))
    reals["shares"] = powers_of / powers_of.sum(axis=-1, keepdims=True)
    for name, real in reals.items():
        target = tensors[f"{name}_y"]
        codes = np.clip(real.reshape(len(x), -1) / target.scale, -32768, 32767)
        assert np.abs(found[f"{name}_y"] - codes).max() < (60 if target.is_q15 else 1.1), name


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_layers_and_softmax_in_c_equal_the_simulation(tmp_path, rounding):
    rng = np.random.default_rng(2)
    multiplier, shift = fixed_point(np.float32(rng.uniform(0.001, 0.004, 10)).astype(np.float64))
    constants = {
        "weight": rng.integers(-127, 128, (10, 48)).astype(np.int8),
        "bias": rng.integers(-2000, 2000, 10).astype(np.int32),
        "multiplier": multiplier,
        "shift": shift,
    }
    more = {"rounding": str(rounding)}
    table = {"powers": powers(0.1)} if rounding == Rounding.FLOAT32 else {}
    nodes = [
        Node(
            "linear",
            "layer",
            {"x": "x"},
            {"y": "scores"},
            constants,
            {"activation": "none", "low": -9.0, "high": 9.0, **more},
            (PRECISIONS["w8a8"],),
        ),
        Node("softmax", "softmax", {"x": "scores"}, {"y": "y"}, table, more),
    ]
    tensors = {"x": X, "scores": s8(10, 0.1, 4), "y": s8(10, 1 / 256, -128)}
    found = exact(graph_of(nodes, tensors, ["x"]), tmp_path)
    assert len(np.unique(found["scores"])) > 50 and found["scores"].min() == 4 - 90
    scores = (found["scores"].astype(float) - 4) * 0.1
    shares = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    assert np.abs(found["y"].astype(float) + 128 - 256 * shares).max() < 1.5


@pytest.mark.parametrize("kind", ["int8, float32", "int8, twice", "int16, twice"])
def test_an_lstm_in_c_equals_the_simulation_and_follows_a_float_one(tmp_path, kind):
    dtype, rounding = (DType.S8 if "int8" in kind else DType.S16), kind.split(", ")[1]
    units, inputs, steps = 6, 8, 5
    x = Tensor((steps * inputs,), dtype, *((0.03, 4) if dtype == DType.S8 else (1.2e-4, 0)))
    h = Tensor((units,), dtype, *((2.0**-7, 1) if dtype == DType.S8 else (2.0**-15, 0)))
    c = Tensor((units,), DType.S16, 2.0**-11)
    rng, constants, real = np.random.default_rng(3), {}, {}
    for suffix, columns, operand in (("_ih", inputs, x), ("_hh", units, h)):
        weight = rng.integers(-127, 128, (4 * units, columns)).astype(np.int8)
        bias = rng.integers(-300, 300, 4 * units) * (1 if dtype == DType.S8 else 200)
        real[suffix] = weight * 0.008, bias * 0.008 * operand.scale
        multiplier, shift = fixed_point(np.full(4 * units, 0.008 * operand.scale * 4096))
        if dtype == DType.S16:
            multiplier, shift = (multiplier >> 16).astype(np.int32), (shift - 16).astype(np.uint8)
        folded = bias - operand.zero_point * weight.sum(axis=1, dtype=np.int64)
        constants |= {
            f"weight{suffix}": weight,
            f"bias{suffix}": folded.astype(np.int32),
            f"multiplier{suffix}": multiplier,
            f"shift{suffix}": shift,
        }
    node = Node(
        "lstm_codes",
        "lstm",
        {"x": "x", "h": "h", "c": "c"},
        {"y": "y", "h_next": "h_next", "c_next": "c_next"},
        constants,
        {"steps": steps, "cell_clip": 20000, "rounding": rounding},
        (PRECISIONS["w8a8" if dtype == DType.S8 else "w8a16"],) * 2,
    )
    y = Tensor((steps * units,), dtype, h.scale, h.zero_point)
    tensors = {"x": x, "h": h, "c": c, "y": y, "h_next": h, "c_next": c}
    found = exact(graph_of([node], tensors, ["x", "h", "c"]), tmp_path, level=1.0)
    assert len(np.unique(found["y"])) > 60
    hidden, cell = ((found[name].astype(float) - t.zero_point) * t.scale for name, t in (("h", h), ("c", c)))
    for step in range(steps):
        values = (found["x"].reshape(-1, steps, inputs)[:, step].astype(float) - x.zero_point) * x.scale
        gates = sum(v @ w.T + b for v, (w, b) in ((values, real["_ih"]), (hidden, real["_hh"])))
        i, f, g, o = np.split(gates, 4, axis=-1)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
    ours = (found["h_next"].astype(float) - h.zero_point) * h.scale
    assert np.abs(ours - hidden).max() < (0.05 if dtype == DType.S8 else 0.004)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_functions_of_fractions_are_those_of_reals():
    x = np.arange(-32768, 32768)
    real = x / 4096
    for found in (Q15.sigmoid(x, 3), sigmoid_by_table(x)):
        assert np.abs(found / 32768 - sigmoid(real)).max() < 2e-3
    for found in (Q15.tanh(x, 3), tanh_by_table(x, 3)):
        assert np.abs(found / 32768 - np.tanh(real)).max() < 2e-3
    wide = x.astype(np.int64) << 16
    assert np.abs(Q31.tanh(wide, 3) / 2.0**31 - np.tanh(real)).max() < 1e-6
    assert np.abs(Q31.exp_of_negative(-np.abs(wide), 3) / 2.0**31 - np.exp(-np.abs(real))).max() < 1e-6


def test_a_table_is_looked_up_by_every_code():
    table = np.random.default_rng(0).integers(-128, 128, (1, 256)).astype(np.int8)
    node = Node("lookup", "n", {"x": "x"}, {"y": "y"}, {"table": table}, {"inner": 256})
    graph = graph_of([node], {"x": s8(256, 1.0, 0), "y": s8(256, 1.0, 0)}, ["x"])
    (y,) = Simulator(graph).step(CODES.astype(np.float32))
    np.testing.assert_array_equal(y, table[0].astype(np.float32))
