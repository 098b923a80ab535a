"""Long short-term memory (:mod:`ossicle.ops.lstm`)."""

from collections.abc import Sequence

import numpy as np

from ossicle.graph import Node, Tensor
from ossicle.numerics.encoding import to_half
from ossicle.numerics.functions import sigmoid, sigmoid_q15, tanh_q15
from ossicle.ops.attributes import rows_of
from ossicle.ops.products import matvec
from ossicle.ops.recurrent import each_gate, flat, in_rows, integer_gates


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run one frame."""
    x, operand, h, c = (in_rows(values, rows_of(node)) for values in inputs)
    return [flat(of) for of in step(node, x, operand, [h, c])]


def step(node: Node, x: np.ndarray, operand: np.ndarray, states: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The new states of an input ``(..., inputs)``, the state as its product reads it, and the states."""
    h, c = states
    if node.integer:
        return _integer(node, x, operand, c)
    constants = node.constants
    gates = matvec(constants["weight_ih"], constants["bias_ih"], x)
    gates = gates + matvec(constants["weight_hh"], constants["bias_hh"], h)
    i, f, g, o = each_gate(gates, 4)
    c = sigmoid(f) * c.astype(np.float32) + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return [to_half(h), to_half(c)] if node.precision == "fp16" else [h, c]


def _integer(node: Node, x: np.ndarray, operand: np.ndarray, c: np.ndarray) -> list[np.ndarray]:
    gates = integer_gates(node.constants, "_ih", x) + integer_gates(node.constants, "_hh", operand)
    i, f, g, o = each_gate(gates, 4)
    # Both products with 35 fraction bits, so that the new cell is rounded once.
    added = (sigmoid_q15(i, 12) * tanh_q15(g, 12)) << 5
    cell = (sigmoid_q15(f, 12) * c.astype(np.int64) + added + (1 << 14)) >> 15
    cell = np.clip(cell, -(2**31) + 1, 2**31 - 1).astype(np.int32)
    hidden = (sigmoid_q15(o, 12) * tanh_q15(cell, 20) + (1 << 14)) >> 15
    return [hidden.astype(np.int16), cell]
