"""Loops that count from a constant to a constant are unrolled; others are refused."""

import numpy as np
import pytest

pytest.importorskip("tflite")

from tflite_files import Function, Part, Step, constant, write

import ossicle
from ossicle.errors import OssicleError

RNG = np.random.default_rng(8)
WIDTH, UNITS = 6, 5
ARRAY = [0, 0, 0]


def held(turns):
    """What a loop holds: a counter, the results of all turns, the state, and the input."""
    array, x = Part("array", (turns, 1, UNITS)), Part("x", (turns, 1, WIDTH))
    return [Part("i", (), "int32"), array, Part("h", (1, UNITS)), x]


def condition(turns, counted):
    """Whether it goes on: by its counter, or by what it heard."""
    steps = [Step("LESS", ["i", "turns"], ["again"])]
    parts = [*held(turns), constant("turns", turns), Part("again", (), "bool")]
    if not counted:
        parts += [constant("zero", 0.0, "float32"), constant("axes", [0, 1, 2]), Part("sum", ())]
        steps = [
            Step("SUM", ["x", "axes"], ["sum"], "ReducerOptions"),
            Step("GREATER", ["sum", "zero"], ["again"]),
        ]
    return Function(parts, steps, ["i", "array", "h", "x"], ["again"])


def body(turns):
    """h = tanh(W x[i] + U h + b), which becomes row i of the results."""
    parts = [
        *held(turns),
        constant("w", RNG.normal(size=(UNITS, WIDTH)) / 2, "float32"),
        constant("u", RNG.normal(size=(UNITS, UNITS)) / 2, "float32"),
        constant("b", RNG.normal(size=UNITS), "float32"),
        *(constant("one", 1), constant("first", ARRAY), constant("rest", [-1, -1, -1])),
        *(constant("ones", [1]), constant("row", [1, 1, UNITS]), constant("ends", [-1, -1])),
        *(constant("zeros", [0, 0]),),
        *(Part("now", (1, WIDTH)), Part("heard", (1, UNITS)), Part("kept", (1, UNITS))),
        *(Part("sum", (1, UNITS)), Part("h_next", (1, UNITS)), Part("i_next", (), "int32")),
        *(Part(name, (1,), "int32") for name in ("at", "behind")),
        *(Part(name, (3,), "int32") for name in ("size", "start")),
        *(Part(name, (1, 1, UNITS), signature=(-1, 1, UNITS)) for name in ("before", "after")),
        Part("new", (1, 1, UNITS)),
        Part("array_next", (turns, 1, UNITS)),
    ]
    dense = ("FULLY_CONNECTED", "FullyConnectedOptions")
    steps = [
        Step("ADD", ["i", "one"], ["i_next"], "AddOptions"),
        Step("GATHER", ["x", "i"], ["now"], "GatherOptions"),
        Step(dense[0], ["now", "w", "b"], ["heard"], dense[1]),
        Step(dense[0], ["h", "u", ""], ["kept"], dense[1]),
        Step("ADD", ["heard", "kept"], ["sum"], "AddOptions"),
        Step("TANH", ["sum"], ["h_next"]),
        Step("RESHAPE", ["i", "ones"], ["at"]),
        Step("CONCATENATION", ["at", "ends"], ["size"], "ConcatenationOptions"),
        Step("SLICE", ["array", "first", "size"], ["before"]),
        Step("RESHAPE", ["i_next", "ones"], ["behind"]),
        Step("CONCATENATION", ["behind", "zeros"], ["start"], "ConcatenationOptions"),
        Step("SLICE", ["array", "start", "rest"], ["after"]),
        Step("RESHAPE", ["h_next", "row"], ["new"]),
        Step("CONCATENATION", ["before", "new", "after"], ["array_next"], "ConcatenationOptions"),
    ]
    return Function(parts, steps, ["i", "array", "h", "x"], ["i_next", "array_next", "h_next", "x"])


def network(turns, counted=True):
    parts = [
        Part("x", (turns, 1, WIDTH)), Part("h", (1, UNITS)), constant("start", 0),
        constant("empty", np.zeros((turns, 1, UNITS)), "float32"), Part("i", (), "int32"),
        Part("y", (turns, 1, UNITS)), Part("h_out", (1, UNITS)), Part("same", (turns, 1, WIDTH)),
    ]  # fmt: skip
    loop = Step("WHILE", ["start", "empty", "h", "x"], ["i", "y", "h_out", "same"], "WhileOptions")
    loop.values = {"CondSubgraphIndex": 1, "BodySubgraphIndex": 2}
    main = Function(parts, [loop], ["x", "h"], ["y", "h_out"])
    return main, condition(turns, counted), body(turns)


@pytest.mark.parametrize("turns", [1, 3])
def test_a_layer_in_a_loop_of_known_turns_agrees_with_litert(tmp_path, turns):
    pytest.importorskip("ai_edge_litert")
    model = ossicle.import_network(write(tmp_path / "l.tflite", *network(turns)), steps=20)
    assert model.proof.engine.startswith("ai-edge-litert") and model.proof.snr_db > 110
    assert [state.input for state in model.graph.states] == ["h"]


def test_a_loop_whose_turns_depend_on_data_is_refused(tmp_path):
    path = write(tmp_path / "l.tflite", *network(2, counted=False))
    with pytest.raises(OssicleError, match=r"while_0.*WHILE.*fixed number of steps.*unroll=True"):
        ossicle.import_network(path)
