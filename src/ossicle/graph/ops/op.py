"""The description of an operator that validation, quantization and planning share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ossicle.errors import OssicleError
from ossicle.graph.types import DType, Node, Tensor

GATE_SCALE = 2.0**-12
"""Scale of the integer pre-activations that go into the sigmoid and tanh tables (docs/numerics.md)."""

Bounds = Mapping[str, tuple[float, float]]
"""Calibrated lowest and highest value of a tensor, by tensor name."""


@dataclass(frozen=True)
class Matrix:
    """A matrix-vector product of an operator: the suffix of its constants and the input it multiplies."""

    suffix: str
    operand: int

    @property
    def weight(self) -> str:
        """Name of the weight, ``(rows, columns)``."""
        return "weight" + self.suffix

    @property
    def bias(self) -> str:
        """Name of the bias, ``(rows,)``."""
        return "bias" + self.suffix

    @property
    def multiplier(self) -> str:
        """Name of the fixed-point multipliers, ``(rows,)``."""
        return "multiplier" + self.suffix

    @property
    def shift(self) -> str:
        """Name of the right shifts, ``(rows,)``."""
        return "shift" + self.suffix

    def storage(self, precision: str) -> dict[str, str]:
        """Names of the constants that a precision stores, with their NumPy types."""
        if precision == "w8a8":
            return {self.weight: "int8", self.bias: "int32", self.multiplier: "int32", self.shift: "uint8"}
        kind = {"fp32": "float32", "fp16": "float16"}[precision]
        return {self.weight: kind, self.bias: kind}


@dataclass(frozen=True)
class Signature:
    """Element types that a node of one precision reads and writes."""

    inputs: tuple[DType, ...]
    outputs: tuple[DType, ...]


@dataclass(frozen=True)
class Op:
    """One operator, as data and functions of a node."""

    name: str
    matrices: tuple[Matrix, ...]
    signature: Callable[[Node], Signature]
    """Element types in and out, from the node's precision and attributes."""
    check_sizes: Callable[[Node, Sequence[Tensor], Sequence[Tensor]], None]
    """Raise where sizes or attributes do not fit together."""
    integer_outputs: Callable[[Node, Sequence[Tensor], Bounds], tuple[Tensor, ...]]
    """Types of the outputs in an integer precision, from the float outputs and the calibrated bounds."""
    product_scale: Callable[[Node, Sequence[Tensor]], float]
    """What one step of the matrices' integer results stands for, from the integer outputs."""
    scratch: Callable[[Node], int]
    """Bytes that the portable kernel needs while the node runs."""

    def check(self, node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
        """Raise :class:`OssicleError` where the node and its tensors do not fit together."""
        signature = self.signature(node)
        found = Signature(tuple(t.dtype for t in inputs), tuple(t.dtype for t in outputs))
        if found != signature:
            raise OssicleError(
                f"graph: node {node.name!r} ({node.op}, {node.precision}) has "
                f"{_types(found)} where it needs {_types(signature)}"
            )
        self.check_sizes(node, inputs, outputs)


def _types(signature: Signature) -> str:
    return f"{', '.join(signature.inputs)} -> {', '.join(signature.outputs)}"


def require(condition: bool, node: Node, what: str) -> None:
    """Raise where a node does not meet a condition."""
    if not condition:
        raise OssicleError(f"graph: node {node.name!r} ({node.op}): {what}")


def check_recurrent(node: Node, gates: int, x: Tensor, hidden: Tensor, states: Sequence[Tensor]) -> None:
    """Sizes and state scales that an LSTM and a GRU share."""
    shapes = {name: array.shape for name, array in node.constants.items()}
    rows = gates * hidden.size
    require(
        shapes["weight_ih"] == (rows, x.size) and shapes["weight_hh"] == (rows, hidden.size),
        node,
        f"weights {shapes['weight_ih']} and {shapes['weight_hh']} do not fit "
        f"{x.size} inputs and {hidden.size} units",
    )
    require(all(state.size == hidden.size for state in states), node, "its states differ in size")
