"""Cells that an export took apart become one layer, which computes the same."""

import numpy as np
import pytest
from foreign import run_network
from onnx import helper

from ossicle.importers.network import StatePair
from ossicle.importers.obstacle import Obstacle
from ossicle.importers.passes.cells import join_cells

INPUTS, UNITS, ROWS = 5, 4, 3
BLENDS = {
    "(1 - z) n + z h": ["Sub one z k", "Mul k n a", "Mul z h b", "Add a b h_out"],
    "z h + n (1 - z)": ["Sub one z k", "Mul n k a", "Mul h z b", "Add b a h_out"],
    "n + z (h - n)": ["Sub h n a", "Mul z a b", "Add n b h_out"],
    "n - z n + z h": ["Mul z n a", "Sub n a b", "Mul z h c", "Add b c h_out"],
    "h + z (n - h)": ["Sub n h a", "Mul z a b", "Add h b h_out"],
    "h - z (h - n)": ["Sub h n a", "Mul a z b", "Sub h b h_out"],
}


def nodes_of(lines):
    """Nodes of lines such as "Add a b c", which writes c."""
    return [helper.make_node(op, ports[:-1], ports[-1:]) for op, *ports in (line.split() for line in lines)]


def split(value, names, axis=-1):
    return helper.make_node("Split", [value], names, axis=axis)


def weights(gates, seed=0):
    rng = np.random.default_rng(seed)
    sizes = {"w": (INPUTS, gates), "u": (UNITS, gates), "bw": (gates,), "bu": (gates,)}
    return {name: rng.normal(0, 0.7, size).astype(np.float32) for name, size in sizes.items()} | {
        "one": np.array(1, np.float32)
    }


def same(before, after, names):
    rng = np.random.default_rng(1)
    feeds = {"x": rng.normal(size=(ROWS, INPUTS)), "h": rng.normal(size=(ROWS, UNITS))}
    feeds |= {name: rng.normal(size=(ROWS, UNITS)) for name in names}
    feeds = {name: value.astype(np.float32) for name, value in feeds.items()}
    run = run_lstm if names else run_network
    for found, expected in zip(run(after, feeds), run_network(before, feeds), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def run_lstm(network, feeds):
    """What a network of one LSTM computes, of which ONNX's reference does not give the cell."""
    (layer,) = (one for one in network.operations if one.op == "LSTM")
    weight, recurrence, bias = (network.values[name].constant[0] for name in layer.inputs[1:4])
    sums = feeds["x"] @ weight.T + feeds["h"] @ recurrence.T + bias.reshape(2, -1).sum(0)
    i, o, f, g = np.split(sums, 4, axis=1)
    i, o, f = (1 / (1 + np.exp(-gate)) for gate in (i, o, f))
    c = f * feeds["c"] + i * np.tanh(g)
    return [o * np.tanh(c), c]


def with_states(network, *pairs):
    return type(network)(**{**vars(network), "states": tuple(StatePair(*pair, "given") for pair in pairs)})


def gru(network, blend, order="rzn", last=None):
    """A GRU cell by three products, its gates in some order."""
    i, j = ([f"{side}{gate}" for gate in order] for side in ("i", "j"))
    nodes = [
        *nodes_of(["MatMul x w xw", "Add xw bw gx", "MatMul h u hu", "Add hu bu gh"]),
        split("gx", i),
        split("gh", j),
        *nodes_of(["Add ir jr ar", "Sigmoid ar r", "Add iz jz az", "Sigmoid az z"]),
        *(last or nodes_of(["Mul r jn rn", "Add in rn an", "Tanh an n"])),
        *nodes_of(blend),
    ]
    inputs = {"x": (ROWS, INPUTS), "h": (ROWS, UNITS)}
    constants = weights(3 * UNITS)
    used = {name for node in nodes for name in node.input}
    kept = {name: value for name, value in constants.items() if name in used}
    return with_states(network(nodes, inputs, ["h_out"], kept), ("h", "h_out"))


@pytest.mark.parametrize("blend", BLENDS)
@pytest.mark.parametrize("order", ["rzn", "zrn", "nzr"])
def test_a_gru_is_found_in_every_spelling_and_order_of_its_gates(network, blend, order):
    before = gru(network, BLENDS[blend], order)
    after = join_cells(before)
    assert [one.op for one in after.operations if one.op != "Reshape"] == ["GRU"]
    same(before, after, ())


def test_a_gru_that_resets_before_the_product_is_refused_by_the_node_that_does(network):
    early = [*nodes_of(["Mul r h rh"]), helper.make_node("MatMul", ["rh", "v"], ["vh"], "candidate")]
    last = [*early, *nodes_of(["Add in vh an", "Tanh an n"])]

    def make(nodes, inputs, outputs, constants):
        square = np.eye(UNITS, dtype=np.float32)
        return network(nodes, inputs, outputs, {**constants, "v": square})

    with pytest.raises(Obstacle, match=r"'candidate' \(MatMul\).*before the product.*reset_after=True"):
        join_cells(gru(make, BLENDS["n + z (h - n)"], last=last))


CELL = ["Sigmoid ai i", "Sigmoid af f", "Tanh ag g", "Sigmoid ao o"]
AFTER = ["Mul f c a", "Mul i g b", "Add a b c_out", "Tanh c_out t", "Mul o t h_out"]


def lstm(network, front, units=UNITS):
    nodes = [*front, split("gates", ["ai", "af", "ag", "ao"]), *nodes_of([*CELL, *AFTER])]
    used = {name for node in nodes for name in node.input}
    constants = weights(4 * units)
    constants["joined"] = np.concatenate([constants["w"], constants["u"]])
    kept = {name: value for name, value in constants.items() if name in used}
    inputs = {"x": (ROWS, INPUTS), "h": (ROWS, units), "c": (ROWS, units)}
    found = network(nodes, inputs, ["h_out", "c_out"], kept)
    return with_states(found, ("h", "h_out"), ("c", "c_out"))


FRONTS = {
    "two products": nodes_of(["MatMul x w xw", "MatMul h u hu", "Add xw hu s", "Add s bw gates"]),
    "one product of x and h joined": [
        helper.make_node("Concat", ["x", "h"], ["xh"], axis=1),
        *nodes_of(["MatMul xh joined s", "Add bw s gates"]),
    ],
    "two dense layers": [
        helper.make_node("Gemm", ["x", "w", "bw"], ["p"]),
        helper.make_node("Gemm", ["h", "u", "bu"], ["q"]),
        *nodes_of(["Add q p gates"]),
    ],
}


@pytest.mark.parametrize("front", FRONTS)
def test_an_lstm_is_found_however_its_products_were_written(network, front):
    before = lstm(network, FRONTS[front])
    after = join_cells(before)
    assert [one.op for one in after.operations if one.op not in ("Reshape", "Concat")] == ["LSTM"]
    same(before, after, ("c",))


def test_an_lstm_whose_gates_are_cut_behind_one_sigmoid_is_found(network):
    nodes = [
        *FRONTS["two products"],
        helper.make_node("Slice", ["gates", "zero", "three", "last"], ["front"]),
        helper.make_node("Slice", ["gates", "three", "four", "last"], ["ag"]),
        *nodes_of(["Sigmoid front open"]),
        split("open", ["i", "f", "o"]),
        *nodes_of(["Tanh ag g", *AFTER]),
    ]
    places = {"zero": 0, "three": 3 * UNITS, "four": 4 * UNITS, "last": 1}
    constants = {name: np.array([value], np.int64) for name, value in places.items()}
    kept = {name: of for name, of in weights(4 * UNITS).items() if name in ("w", "u", "bw")}
    inputs = {"x": (ROWS, INPUTS), "h": (ROWS, UNITS), "c": (ROWS, UNITS)}
    before = network(nodes, inputs, ["h_out", "c_out"], kept | constants)
    before = with_states(before, ("h", "h_out"), ("c", "c_out"))
    after = join_cells(before)
    assert [one.op for one in after.operations if one.op != "Reshape"] == ["LSTM"]
    same(before, after, ("c",))


def test_an_lstm_is_found_whose_states_lie_on_the_last_axis_of_one_tensor(network):
    nodes = []
    for place, name in enumerate("hc"):
        cut = ["state", f"at{place}", f"at{place + 1}", "last"]
        nodes += [helper.make_node("Slice", cut, [f"{name}_part"])]
        nodes += [helper.make_node("Reshape", [f"{name}_part", "flat"], [name])]
    nodes += [*FRONTS["two products"], split("gates", ["ai", "af", "ag", "ao"]), *nodes_of([*CELL, *AFTER])]
    nodes += [helper.make_node("Reshape", [f"{name}_out", "tall"], [f"{name}_tall"]) for name in "hc"]
    nodes += [helper.make_node("Concat", ["h_tall", "c_tall"], ["state_out"], axis=3)]
    nodes += nodes_of(["Relu h_out y"])
    places = {f"at{place}": [place] for place in range(3)}
    places |= {"last": [3], "flat": [1, UNITS], "tall": [1, 1, UNITS, 1]}
    constants = {name: np.array(value, np.int64) for name, value in places.items()}
    constants |= {name: of for name, of in weights(4 * UNITS).items() if name in ("w", "u", "bw")}
    inputs = {"x": (1, INPUTS), "state": (1, 1, UNITS, 2)}
    before = with_states(network(nodes, inputs, ["y", "state_out"], constants), ("state", "state_out"))
    after = join_cells(before)
    operators = [one.op for one in after.operations]
    assert operators.count("LSTM") == 1
    assert not {"MatMul", "Sigmoid", "Tanh", "Mul"} & set(operators)


def test_factors_that_would_grow_stay_apart(network):
    """A recurrent weight of rank one has far fewer numbers than its product."""
    rng = np.random.default_rng(0)
    lines = ["MatMul x w xw", "MatMul h down low", "MatMul low up hu", "Add xw hu s", "Add s bw gates"]
    factors = {"down": rng.normal(size=(32, 1)), "up": rng.normal(size=(1, 128))}

    def make(nodes, inputs, outputs, constants):
        return network(nodes, inputs, outputs, constants | {k: np.float32(of) for k, of in factors.items()})

    before = lstm(make, nodes_of(lines), 32)
    assert join_cells(before) == before
