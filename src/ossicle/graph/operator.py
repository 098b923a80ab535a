"""What an operator is to all stages, and the operators that there are.

An operator is a folder of :mod:`ossicle.ops` that registers one :class:`Op`; this module knows none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Calls, Kernels, Product
from ossicle.numerics.formats import DType, Precision

Bounds = Callable[[str, DType], tuple[float, float]]
"""Lowest and highest value that a tensor of that name is to hold in an element type."""


@dataclass(frozen=True)
class Matrix:
    """A matrix-vector product of an operator: the suffix of its constants and the input it multiplies."""

    suffix: str
    operand: int

    @property
    def recurrent(self) -> bool:
        """Whether the product belongs to a recurrent layer, which has two."""
        return self.suffix != ""

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

    def storage(self, precision: Precision) -> dict[str, str]:
        """Names of the constants that a precision stores, with their NumPy types."""
        if precision.weight_bits:
            kind = precision.weight_type.name
            return {self.weight: kind, self.bias: "int32", self.multiplier: "int32", self.shift: "uint8"}
        kind = precision.operand.numpy.name
        return {self.weight: kind, self.bias: kind}


@dataclass(frozen=True)
class Op:
    """One operator, as data and functions of a node."""

    name: str
    matrices: tuple[Matrix, ...]
    check: Callable[[Node, Sequence[Tensor], Sequence[Tensor]], None]
    """Raise :class:`OssicleError` where the node and its tensors do not fit together."""
    simulate: Callable[[Node, list[np.ndarray], list[Tensor], list[Tensor]], list[np.ndarray]]
    """The outputs, bit for bit those of the C, from the values, their types and the types of the outputs."""
    folder: Path
    """Holds ``call.j2``, where the operator's C is more than its calls."""
    integer_outputs: (
        Callable[[Node, Sequence[Tensor], Sequence[DType], Bounds], tuple[Tensor, ...]] | None
    ) = None
    """Outputs in an integer precision, from the float ones, the types their readers want, and the bounds."""
    product_scale: Callable[[Node, Sequence[Tensor]], float] | None = None
    """What one step of the matrices' integer results stands for, from the integer outputs."""
    carries: tuple[DType, ...] = ()
    """Types of input that an operator without matrices works in."""
    carried: Callable[[Tensor, Tensor], Tensor] | None = None
    """Its output, from the input that it is given and the float output."""
    products: tuple[str, ...] = ("matvec",)
    """Operations of kernels that can multiply by its matrices, the one that does most first."""
    lower: Callable[[Node, Mapping[str, Tensor], Kernels, Sequence[Product]], Calls] = field(kw_only=True)
    """The calls of kernels that a node becomes, from the graph's tensors and the kernels of its matrices.

    Raises :class:`ossicle.kernels.NoKernelError` where a call has none.
    """
    uses: Callable[[Node], int] = lambda node: 1
    """How often a step multiplies by each weight."""
    operand_rows: Callable[[Node, np.ndarray], np.ndarray] = lambda node, values: values[None]
    """What a matrix multiplies, from values of its operand, ``(frames, size)``.

    Of shape ``(groups, products, columns)``: all rows of a group of the matrix multiply the same.
    """


OPS: dict[str, Op] = {}
"""Operators by name; :func:`register` fills it."""


def register(op: Op) -> Op:
    """Make an operator known to all stages; raises ValueError where its name is taken."""
    if OPS.setdefault(op.name, op) is not op:
        raise ValueError(f"there are two operators {op.name!r}")
    return op


def require(condition: bool, node: Node, what: str) -> None:
    """Raise where a node does not meet a condition."""
    if not condition:
        raise OssicleError(f"graph: node {node.name!r} ({node.op}): {what}")


def require_types(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], needed_in, needed_out
) -> None:
    """Raise where tensors are not of the types that a node reads and writes."""
    found = _types([t.dtype for t in inputs], [t.dtype for t in outputs])
    needed = _types(needed_in, needed_out)
    require(found == needed, node, f"it has {found} where {node.precision} needs {needed}")


def _types(inputs: Sequence[DType], outputs: Sequence[DType]) -> str:
    return f"{', '.join(inputs)} -> {', '.join(outputs)}"
