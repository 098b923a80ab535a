"""What an LSTM and a GRU share: their rules, and the integer pre-activations of their gates."""

from collections.abc import Mapping, Sequence

import numpy as np

from ossicle.graph.operator import require, require_types
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType
from ossicle.numerics.functions import PREACTIVATION_LIMIT
from ossicle.ops.products import integer_product


def check_recurrent(node: Node, gates: int, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    """Types, sizes and scales that an LSTM and a GRU share.

    Inputs are x, the hidden state as its product reads it, and the states.
    """
    states = len(outputs)
    kept = [DType.S16, DType.S32][:states] if node.integer else [node.product(0).operand] * states
    needed = [node.product(0).operand, node.product(1).operand, *kept]
    require_types(node, inputs, outputs, needed, needed[-states:])
    x, hidden = inputs[0], inputs[-states]
    shapes = {name: array.shape for name, array in node.constants.items()}
    rows = gates * hidden.size
    require(
        shapes["weight_ih"] == (rows, x.size) and shapes["weight_hh"] == (rows, hidden.size),
        node,
        f"weights {shapes['weight_ih']} and {shapes['weight_hh']} do not fit "
        f"{x.size} inputs and {hidden.size} units",
    )
    direct = node.inputs["h_operand"] == node.inputs["h"]
    require(node.integer or direct, node, "its product must read the state itself")
    same = all(tensor.size == hidden.size for tensor in (*inputs[1:], *outputs))
    require(same, node, "its states differ in size")
    require(not node.integer or hidden.is_q15, node, "its state must be Q15")


def integer_gates(constants: Mapping[str, np.ndarray], suffix: str, x: np.ndarray) -> np.ndarray:
    """One product's share of the gates' pre-activations, saturated."""
    sums = integer_product(constants, suffix, x)
    saturated: np.ndarray = np.clip(sums, -PREACTIVATION_LIMIT, PREACTIVATION_LIMIT)
    return saturated
