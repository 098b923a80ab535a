"""Gated recurrent unit (:mod:`ossicle.ops.gru`)."""

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
    x, operand, h = (in_rows(values, rows_of(node)) for values in inputs)
    return [flat(of) for of in step(node, x, operand, [h])]


def step(node: Node, x: np.ndarray, operand: np.ndarray, states: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The new state of an input ``(..., inputs)``, the state as its product reads it, and the state."""
    (h,) = states
    if node.integer:
        return [_integer(node, x, operand, h)]
    constants = node.constants
    x_r, x_z, x_n = each_gate(matvec(constants["weight_ih"], constants["bias_ih"], x), 3)
    h_r, h_z, h_n = each_gate(matvec(constants["weight_hh"], constants["bias_hh"], h), 3)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    h = n + z * (h.astype(np.float32) - n)
    return [to_half(h) if node.precision == "fp16" else h]


def _integer(node: Node, x: np.ndarray, operand: np.ndarray, h: np.ndarray) -> np.ndarray:
    x_r, x_z, x_n = each_gate(integer_gates(node.constants, "_ih", x), 3)
    h_r, h_z, h_n = each_gate(integer_gates(node.constants, "_hh", operand), 3)
    r, z = sigmoid_q15(x_r + h_r, 12), sigmoid_q15(x_z + h_z, 12)
    n = tanh_q15(x_n + ((r * h_n + (1 << 14)) >> 15), 12)
    following: np.ndarray = n + ((z * (h.astype(np.int64) - n) + (1 << 14)) >> 15)
    return following.astype(np.int16)
