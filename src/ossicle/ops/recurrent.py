"""What an LSTM and a GRU share: their rules, and the integer pre-activations of their gates.

``rows`` sequences or bands pass through one layer side by side: x is ``(rows, inputs)`` and each state
``(rows, units)``; all rows have the same weights.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from ossicle.graph.operator import Axes, require, require_types
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType
from ossicle.numerics.functions import PREACTIVATION_LIMIT
from ossicle.ops.attributes import count_of, rows_of
from ossicle.ops.products import integer_product


def check_recurrent(node: Node, gates: int, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    """Types, sizes and scales that an LSTM and a GRU share.

    Inputs are x, the hidden state as its product reads it, and the states.
    """
    states = len(outputs)
    kept = kept_types(node, states)
    needed = [node.product(0).operand, node.product(1).operand, *kept]
    require_types(node, inputs, outputs, needed, kept)
    hidden = inputs[-states]
    check_weights(node, gates, inputs[0].size, hidden.size, rows_of(node))
    direct = node.inputs["h_operand"] == node.inputs["h"]
    require(node.integer or direct, node, "its product must read the state itself")
    same = all(tensor.size == hidden.size for tensor in (*inputs[1:], *outputs))
    require(same, node, "its states differ in size")
    require(not node.integer or hidden.is_q15, node, "its state must be Q15")


def kept_types(node: Node, states: int) -> list[DType]:
    """Element types of the states."""
    return [DType.S16, DType.S32][:states] if node.integer else [node.product(0).operand] * states


def check_weights(node: Node, gates: int, x_size: int, hidden_size: int, rows: int) -> None:
    """Raise where the weights do not fit the sizes of an input and a hidden state of all rows."""
    whole = x_size % rows == hidden_size % rows == 0
    require(whole, node, f"{x_size} inputs and {hidden_size} units are no {rows} rows")
    inputs, units = x_size // rows, hidden_size // rows
    found = [node.constants[name].shape for name in ("weight_ih", "weight_hh")]
    require(
        found == [(gates * units, inputs), (gates * units, units)],
        node,
        f"weights {found[0]} and {found[1]} do not fit {inputs} inputs and {units} units",
    )


def in_rows(values: np.ndarray, rows: int) -> np.ndarray:
    """Vectors ``(..., rows * n)`` as ``(..., rows, n)``."""
    return values.reshape(*values.shape[:-1], rows, -1)


def flat(values: np.ndarray) -> np.ndarray:
    """The reverse of it."""
    return values.reshape(*values.shape[:-2], -1)


def operands_in_rows(node: Node, values: np.ndarray) -> np.ndarray:
    """What both products multiply: all rows of all frames."""
    rows = rows_of(node) * count_of(node, "steps")
    return values.reshape(1, len(values) * rows, -1)


def recurrent_axes(node: Node, tensors: Mapping[str, Tensor]) -> Axes:
    """A unit goes with its row of every gate and its column of the product with the state."""
    gates_and_units, inputs = node.constants["weight_ih"].shape
    units = node.constants["weight_hh"].shape[1]
    x, h = np.arange(inputs), inputs + np.arange(units)
    rows = np.tile(h, gates_and_units // units)
    ports = {
        port: np.tile(x if port == "x" else h, tensor.size // (inputs if port == "x" else units))
        for port, tensor in tensors.items()
    }
    of_rows = {"bias_ih": (rows,), "bias_hh": (rows,)}
    return Axes(ports, {"weight_ih": (rows, x), "weight_hh": (rows, h), **of_rows})


def each_gate(values: np.ndarray, gates: int) -> list[np.ndarray]:
    """Views of the parts of ``(..., gates * units)``."""
    units = values.shape[-1] // gates
    return [values[..., gate * units : (gate + 1) * units] for gate in range(gates)]


def integer_gates(constants: Mapping[str, np.ndarray], suffix: str, x: np.ndarray) -> np.ndarray:
    """One product's share of the gates' pre-activations, saturated."""
    sums = integer_product(constants, suffix, x)
    saturated: np.ndarray = np.clip(sums, -PREACTIVATION_LIMIT, PREACTIVATION_LIMIT)
    return saturated
