"""A recurrent layer over a sequence that lies within one frame, such as the bands of a spectrum.

x is ``(steps, rows, inputs)``, and so is y with the hidden state after each step. The states are
``(rows, units)``; where the node reads none, they begin at zero. With ``reverse``, the sequence runs from its
last step to its first. All products are those of the layer; in integers, the one with the state reads it in
16 bits.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ossicle.graph.operator import require, require_types
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import CELL_SCALE, Q15, DType
from ossicle.ops.attributes import count_of, rows_of
from ossicle.ops.recurrent import check_weights, flat, kept_types

Step = Callable[[Node, np.ndarray, np.ndarray, Sequence[np.ndarray]], list[np.ndarray]]
"""One step of a layer: new states from its input, its operand and its states."""
SCALES = (Q15, CELL_SCALE)
"""Of h and of an LSTM's c in integers."""


def check_scan(node: Node, gates: int, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    """Raise where a node is no such layer."""
    rows, steps = rows_of(node), count_of(node, "steps")
    require(node.attributes.get("reverse", 0) in (0, 1), node, "its reverse must be 0 or 1")
    x, given = inputs[0], inputs[1:]
    y, following = outputs[0], outputs[1:]
    require(len(given) in (0, len(following)), node, "it needs all of its states, or none")
    kept = kept_types(node, len(following))
    results = [kept[0], *kept]
    require_types(node, inputs, outputs, [node.product(0).operand, *kept[: len(given)]], results)
    narrow = node.integer and node.product(1).operand != DType.S16
    require(not narrow, node, "its product with the state needs operands of 16 bits, such as w8a16")
    require(x.size % steps == 0, node, f"{x.size} inputs are no {steps} steps")
    check_weights(node, gates, x.size // steps, following[0].size, rows)
    same = all(tensor.size == following[0].size for tensor in (*given, *following))
    require(same and y.size == steps * following[0].size, node, "its states or its output differ in size")
    if node.integer:
        scales = SCALES[: len(following)]
        found = {tuple(tensor.scale for tensor in states) for states in (following, given) if states}
        fits = y.is_q15 and found == {scales}
        require(fits, node, f"its output must be Q15, and its states have the scales {scales}")


def scan_outputs(outputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Integer outputs: y and the states."""
    types = [(DType.S16, Q15), (DType.S16, Q15), (DType.S32, CELL_SCALE)]
    return tuple(
        Tensor(output.shape, *kind) for output, kind in zip(outputs, types[: len(outputs)], strict=True)
    )


def run_scan(
    node: Node, step: Step, inputs: Sequence[np.ndarray], outputs: Sequence[Tensor]
) -> list[np.ndarray]:
    """All steps, with the layer's own arithmetic; returns y and the last states."""
    rows, steps = rows_of(node), count_of(node, "steps")
    leading = inputs[0].shape[:-1]
    x = inputs[0].reshape(*leading, steps, rows, -1)
    given = inputs[1:] or [np.zeros((*leading, of.size), of.dtype.numpy) for of in outputs[1:]]
    states = [values.reshape(*leading, rows, -1) for values in given]
    y = np.empty((*leading, steps, rows, states[0].shape[-1]), outputs[0].dtype.numpy)
    for index in reversed(range(steps)) if node.attributes.get("reverse") else range(steps):
        states = step(node, x[..., index, :, :], states[0], states)
        y[..., index, :, :] = states[0]
    return [y.reshape(*leading, -1), *(flat(state) for state in states)]
