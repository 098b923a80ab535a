"""Activation functions that were written out become one operation, which computes the same."""

import math
from collections import Counter

import numpy as np
import pytest
from foreign import run_network
from onnx import helper

from ossicle.importers.passes.activations import join_activations

NUMBERS = {
    "zero": 0.0,
    "half": 0.5,
    "one": 1.0,
    "three": 3.0,
    "six": 6.0,
    "root": np.sqrt(2),
    "sixth": 1 / 6,
}
SLOPE = np.linspace(-0.5, 0.9, 8).reshape(1, 8)

SPELLINGS = {
    "silu": ("Swish", [("Sigmoid", "x", "s"), ("Mul", "x s", "y")]),
    "silu, the gate first": ("Swish", [("Sigmoid", "x", "s"), ("Mul", "s x", "y")]),
    "hard swish": ("HardSwish", [("Add", "x three", "a"), ("Clip", "a zero six", "b"),
                                 ("Mul", "x b", "c"), ("Div", "c six", "y")]),
    "hard swish by its gate": ("HardSwish", [("Add", "three x", "a"), ("Clip", "a zero six", "b"),
                                             ("Mul", "b sixth", "c"), ("Mul", "x c", "y")]),
    "hard sigmoid": ("HardSigmoid", [("Add", "x three", "a"), ("Clip", "a zero six", "b"),
                                     ("Div", "b six", "y")]),
    "gelu": ("Gelu", [("Div", "x root", "a"), ("Erf", "a", "b"), ("Add", "b one", "c"),
                      ("Mul", "x c", "d"), ("Mul", "d half", "y")]),
    "gelu, half of x first": ("Gelu", [("Mul", "half x", "h"), ("Div", "x root", "a"), ("Erf", "a", "b"),
                                       ("Add", "one b", "c"), ("Mul", "h c", "y")]),
    "prelu by choice": ("PRelu", [("Greater", "x zero", "g"), ("Mul", "slope x", "a"),
                                  ("Where", "g x a", "y")]),
    "prelu by the other choice": ("PRelu", [("Less", "x zero", "g"), ("Mul", "x slope", "a"),
                                            ("Where", "g a x", "y")]),
    "prelu by a difference": ("PRelu", [("Relu", "x", "p"), ("Neg", "x", "m"), ("Relu", "m", "q"),
                                        ("Mul", "slope q", "a"), ("Sub", "p a", "y")]),
}  # fmt: skip

NEARLY = {
    "a gate of another value": [("Relu", "x", "r"), ("Sigmoid", "r", "s"), ("Mul", "x s", "y")],
    "a choice around one": [("Greater", "x one", "g"), ("Mul", "slope x", "a"), ("Where", "g x a", "y")],
    "a clip to three": [("Add", "x three", "a"), ("Clip", "a zero three", "b"), ("Div", "b six", "y")],
    "a whole gelu": [("Div", "x root", "a"), ("Erf", "a", "b"), ("Add", "b one", "c"), ("Mul", "x c", "y")],
}


def made(network, spelling):
    nodes = [helper.make_node(op, inputs.split(), [output]) for op, inputs, output in spelling]
    used = {name for node in nodes for name in node.input}
    constants = {name: np.array(value, np.float32) for name, value in NUMBERS.items() if name in used}
    if "slope" in used:
        constants["slope"] = SLOPE.astype(np.float32)
    return network(nodes, {"x": (4, 8)}, ["y"], constants)


def values():
    return {"x": np.random.default_rng(3).normal(0, 4, (4, 8)).astype(np.float32)}


def definition(op, x):
    """What an operation of a network computes that ONNX's reference does not have."""
    if op == "Swish":
        return x / (1 + np.exp(-x))
    erf = np.vectorize(math.erf)
    return x / 2 * (1 + erf(x / np.sqrt(2)))


@pytest.mark.parametrize("name", SPELLINGS)
def test_each_spelling_becomes_one_operation_that_computes_the_same(network, name):
    wanted, spelling = SPELLINGS[name]
    before = made(network, spelling)
    after = join_activations(before)
    assert [operation.op for operation in after.operations] == [wanted]
    (expected,) = run_network(before, values())
    if wanted in ("Swish", "Gelu"):
        found = definition(wanted, values()["x"].astype(np.float64))
    else:
        (found,) = run_network(after, values())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NEARLY)
def test_what_only_looks_like_one_stays_as_it_is(network, name):
    before = made(network, NEARLY[name])
    after = join_activations(before)
    assert Counter(one.op for one in after.operations) == Counter(one.op for one in before.operations)
