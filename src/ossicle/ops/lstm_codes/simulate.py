"""Long short-term memory in the integers of TFLite (:mod:`ossicle.ops.lstm_codes`)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ossicle.graph.types import Node, Tensor
from ossicle.numerics.fixed_point import Factor, Rounding, shift_away
from ossicle.numerics.formats import DType
from ossicle.numerics.fractions import Q15
from ossicle.numerics.logistic_table import sigmoid_by_table, tanh_by_table
from ossicle.ops.attributes import count_of
from ossicle.ops.products import integer_product

GATE_BITS = 3
"""Integer bits of gates before their functions."""


def cell_bits(c: Tensor) -> int:
    """Integer bits of a cell; -1 where its scale is no power of two."""
    fraction = math.log2(c.scale)
    return 15 + int(fraction) if fraction == int(fraction) and c.zero_point == 0 else -1


@dataclass(frozen=True)
class Factors:
    """Those of a step, from the types of its states."""

    forget: Factor
    """Of the forget gate and the old cell."""
    add: Factor
    """Of the input gate and the candidate."""
    hidden: Factor
    """Of the output gate and the cell's tanh."""

    @classmethod
    def of(cls, h: Tensor, c: Tensor) -> "Factors":
        """From the scales."""
        return cls(Factor.of(2.0**-15), Factor.of(2.0**-30 / c.scale), Factor.of(2.0**-30 / h.scale))


def simulate(
    node: Node, inputs: Sequence[np.ndarray], sources: Sequence[Tensor], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """Run all steps of a frame."""
    x, h, c = inputs
    steps = count_of(node, "steps")
    rows = x.reshape(*x.shape[:-1], steps, -1)
    hidden = []
    for step in range(steps):
        h, c = _step(node, rows[..., step, :], h, c, sources[1:])
        hidden.append(h)
    return [np.concatenate(hidden, axis=-1), h, c]


def _step(
    node: Node, x: np.ndarray, h: np.ndarray, c: np.ndarray, states: Sequence[Tensor]
) -> tuple[np.ndarray, np.ndarray]:
    """New states."""
    wide = states[0].dtype == DType.S16
    rounding = Rounding.ONCE if wide else Rounding.TWICE
    of_x, of_h = (
        integer_product(node.constants, suffix, values, rounding=rounding)
        for suffix, values in (("_ih", x), ("_hh", h))
    )
    of_x = Q15.saturate(of_x)
    of_h = Q15.saturate(of_h) if node.rounding == Rounding.TWICE else of_h
    i, f, g, o = np.split(Q15.saturate(of_x + of_h), 4, axis=-1)
    cell, factors, bits = c.astype(np.int64), Factors.of(*states), cell_bits(states[1])
    if node.rounding == Rounding.TWICE:
        i, f, o = (sigmoid_by_table(gate) for gate in (i, f, o))
        kept, added = factors.forget.times(f * cell), factors.add.times(i * tanh_by_table(g, GATE_BITS))
    else:
        i, f, o = (Q15.sigmoid(gate, GATE_BITS) for gate in (i, f, o))
        kept, added = shift_away(f * cell, 15), shift_away(i * Q15.tanh(g, GATE_BITS), 15 + bits)
    cell = Q15.saturate(kept + added)
    clip = int(node.attributes.get("cell_clip", 0))  # type: ignore[arg-type]
    if clip:
        cell = np.clip(cell, -clip, clip)
    squashed = tanh_by_table(cell, bits) if node.rounding == Rounding.TWICE else Q15.tanh(cell, bits)
    limits = np.iinfo(h.dtype)
    hidden = factors.hidden.times(o * squashed) + states[0].zero_point
    return np.clip(hidden, limits.min, limits.max).astype(h.dtype), cell.astype(np.int16)
