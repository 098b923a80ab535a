"""What an operator is to all stages, and the operators that there are.

An operator is a folder of :mod:`ossicle.ops` that registers one :class:`Op`; this module knows none.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np

from ossicle.errors import OssicleError
from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Calls, Kernels, Product
from ossicle.numerics.formats import DType, Precision
from ossicle.registry import Registry

Bounds = Callable[[str, DType], tuple[float, float]]
"""Lowest and highest value that a tensor of that name is to hold in an element type."""


class Role(StrEnum):
    """What a constant is for."""

    WEIGHT = "weight"
    BIAS = "bias"
    MULTIPLIER = "multiplier"
    SHIFT = "shift"
    PARAMETER = "parameter"
    """A constant of the operator's own, outside of its products."""


@dataclass(frozen=True)
class Stored:
    """A constant as a node stores it: its role, element type and shape."""

    role: Role
    dtype: str
    """Name of a NumPy type."""
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Matrix:
    """A matrix-vector product of an operator: the suffix of its constants, and the port of its operand.

    That may be a port that the operator writes, where it multiplies what it has computed itself. If the
    tensor there does not show all of what it multiplies, ``seen`` names the port of one that does.
    """

    suffix: str
    operand: str
    seen: str = ""

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

    def stored(self, precision: Precision, rows: int, columns: int) -> dict[str, Stored]:
        """The constants that a product of that size keeps in a precision."""
        weight = precision.weight_type.name
        if not precision.weight_bits:
            return {
                self.weight: Stored(Role.WEIGHT, weight, (rows, columns)),
                self.bias: Stored(Role.BIAS, weight, (rows,)),
            }
        return {
            self.weight: Stored(Role.WEIGHT, weight, (rows, columns)),
            self.bias: Stored(Role.BIAS, "int32", (rows,)),
            self.multiplier: Stored(Role.MULTIPLIER, "int32", (rows,)),
            self.shift: Stored(Role.SHIFT, "uint8", (rows,)),
        }


@dataclass(frozen=True)
class Axes:
    """Which elements of a node's tensors and constants go together when the network becomes smaller.

    Each array has a number for every element, or for every place along an axis: what has one number can only
    go as a whole. What has a negative one always stays.
    """

    ports: Mapping[str, np.ndarray]
    """By port, of each element."""
    constants: Mapping[str, tuple[np.ndarray, ...]] = field(default_factory=dict)
    """By constant, of each place along each of its axes; one that is not here stays whole."""


Kept = Mapping[str, np.ndarray]
"""By port, which elements of a tensor are left."""


def _unknown_axes(node: Node, tensors: Mapping[str, Tensor]) -> Axes | None:
    return None


def _as_it_is(node: Node, kept: Kept) -> Node:
    return node


def _no_parameters(node: Node) -> Mapping[str, Stored]:
    return {}


def _same_constants(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]
) -> Mapping[str, np.ndarray]:
    return node.constants


def _own_constants(node: Node) -> Mapping[str, np.ndarray]:
    return {name: node.constants[name] for name in OPS[node.op].parameters(node)}


def _no_integer_outputs(
    node: Node, outputs: Sequence[Tensor], required: Sequence[DType], bounds: Bounds
) -> tuple[Tensor, ...]:
    raise ValueError(f"the operator {node.op!r} does not say what its outputs are in integers")


def _no_product_scale(node: Node, outputs: Sequence[Tensor]) -> float:
    raise ValueError(f"the operator {node.op!r} does not say what its products stand for in integers")


def _no_preserved_outputs(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], bounds: Bounds
) -> tuple[Tensor, ...]:
    raise ValueError(f"the operator {node.op!r} does not say what its outputs are for other inputs")


@dataclass(frozen=True)
class Op:
    """One operator, as data and functions of a node.

    Tensors and values are handed to the functions in the order of the ports.
    """

    name: str
    inputs: tuple[str, ...]
    """Names of the ports that it reads.

    One that ends in ``?`` is optional: ``h?`` may be absent. One that ends in ``*`` is repeated: ``x*``
    stands for ``x0``, ``x1`` and so on, of which there is at least one.
    """
    outputs: tuple[str, ...]
    """Names of the ports that it writes, likewise."""
    check: Callable[[Node, Sequence[Tensor], Sequence[Tensor]], None]
    """Raise :class:`OssicleError` where the node and its tensors do not fit together."""
    simulate: Callable[[Node, Sequence[np.ndarray], Sequence[Tensor], Sequence[Tensor]], Sequence[np.ndarray]]
    """The outputs, bit for bit those of the C, from the values, their types and the types of the outputs.

    Values are vectors, ``(..., size)``, the leading axes those of streams side by side.
    """
    folder: Path
    """Holds ``call.j2``, where the operator's C is more than its calls."""
    lower: Callable[[Node, Mapping[str, Tensor], Kernels, Sequence[Product]], Calls]
    """The calls of kernels that a node becomes, from the graph's tensors and the kernels of its matrices.

    Raises :class:`ossicle.kernels.NoKernelError` where a call has none.
    """
    matrices: tuple[Matrix, ...] = ()
    in_place: Mapping[str, str] = field(default_factory=dict)
    """Output ports whose kernels overwrite the tensor of an input port, or a copy of it."""
    overlays: Callable[[Node], Collection[tuple[str, str]]] = lambda node: ()
    """Output ports with input ports whose tensor they may overwrite too, though they need not.

    What a node reads of that tensor, its calls read before they write there.
    """
    recurrent: bool = False
    """Whether it is a recurrent layer, which schemes and rules for ranges treat apart from the others."""
    parameters: Callable[[Node], Mapping[str, Stored]] = _no_parameters
    """Constants besides those of products."""
    integer_outputs: Callable[[Node, Sequence[Tensor], Sequence[DType], Bounds], tuple[Tensor, ...]] = (
        _no_integer_outputs
    )
    """Outputs in an integer precision, from the float ones, the required types, and the bounds."""
    product_scale: Callable[[Node, Sequence[Tensor]], float] = _no_product_scale
    """What one LSB of the matrices' integer results stands for, from the integer outputs."""
    preserved_types: Callable[[Node], Collection[DType]] = lambda node: ()
    """Of a type-preserving operator: the element types that a node computes in, one at a time."""
    preserved_outputs: Callable[[Node, Sequence[Tensor], Sequence[Tensor], Bounds], tuple[Tensor, ...]] = (
        _no_preserved_outputs
    )
    """The outputs of a type-preserving operator, from its inputs, the float outputs, and the bounds."""
    keeps_scale: bool = False
    """Whether the outputs of :attr:`preserved_outputs` have the scale of the first input."""
    moves: bool = False
    """Whether it only moves values: its inputs are brought to one type and scale, those of its output."""
    encoded: Callable[[Node, Sequence[Tensor], Sequence[Tensor]], Mapping[str, np.ndarray]] = _same_constants
    """The constants of a node without matrices in the type that it computes in, from its float ones."""
    tables: Callable[[Node], Mapping[str, np.ndarray]] = _own_constants
    """The constants besides those of products as the C holds them."""
    products: Callable[[Node], tuple[str, ...]] = lambda node: ("matvec",)
    """Operations of kernels that can multiply by its matrices, the one that does most first."""
    products_of_streams: Callable[[Node], tuple[str, ...]] = lambda node: ()
    """Likewise, of those that can do so for several streams at once; its ``lower`` knows them."""
    groups: Callable[[Node], int] = lambda node: 1
    """In how many groups of as many rows its matrices are multiplied, each by operands of its own."""
    weight_reuse: Callable[[Node], int] = lambda node: 1
    """How often a frame multiplies by each weight."""
    im2col: Callable[[Node, np.ndarray], np.ndarray] = lambda node, values: values[None]
    """What a matrix multiplies, from values of its operand, ``(frames, size)``.

    Of shape ``(groups, products, columns)``: all rows of a group of the matrix multiply the same.
    """
    axes: Callable[[Node, Mapping[str, Tensor]], Axes | None] = _unknown_axes
    """Which elements go together, from the tensors by port; None where none can go."""
    narrowed: Callable[[Node, Kept], Node] = _as_it_is
    """The node whose constants have lost what goes, with attributes and values that fit what is left."""


OPS: Registry[Op] = Registry("ossicle.ops")
"""Operators by name; :func:`register` fills it."""


def register(op: Op) -> Op:
    """Make an operator known to all stages; raises ValueError where its name is taken."""
    return OPS.add(op.name, op)


def ports_of(declared: Sequence[str], found: Collection[str]) -> tuple[str, ...]:
    """The ports that a node must have where its operator declares some and it has those ``found``."""
    ports: list[str] = []
    for port in declared:
        name = port.rstrip("?*")
        if port.endswith("*"):
            count = sum(other.removeprefix(name).isdecimal() for other in found if other.startswith(name))
            ports += [f"{name}{index}" for index in range(max(count, 1))]
        elif name == port or name in found:
            ports.append(name)
    return tuple(ports)


def replaced_ports(node: Node) -> dict[str, str]:
    """The input ports whose tensors a node may overwrite while it runs, by the output ports that do so."""
    return {port: old for port, old in OPS[node.op].in_place.items() if old in node.inputs}


def stored_constants(node: Node) -> dict[str, Stored]:
    """What a node must store, by name.

    Raises :class:`OssicleError` where a product lacks its weight.
    """
    op = OPS[node.op]
    found: dict[str, Stored] = {}
    for index, matrix in enumerate(op.matrices):
        shape = np.shape(node.constants.get(matrix.weight, 0.0))
        require(len(shape) == 2 and 0 not in shape, node, f"it lacks the matrix {matrix.weight!r}")
        found |= matrix.stored(node.product(index), *shape)
    return found | dict(op.parameters(node))


def require(condition: bool, node: Node, what: str) -> None:
    """Raise where a node does not meet a condition."""
    if not condition:
        raise OssicleError(f"graph: node {node.name!r} ({node.op}): {what}")


def require_types(
    node: Node,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    needed_in: Sequence[DType],
    needed_out: Sequence[DType],
) -> None:
    """Raise where tensors are not of the types that a node reads and writes."""
    found = _types([t.dtype for t in inputs], [t.dtype for t in outputs])
    needed = _types(needed_in, needed_out)
    require(found == needed, node, f"it has {found} where {node.precision} needs {needed}")


def _types(inputs: Sequence[DType], outputs: Sequence[DType]) -> str:
    return f"{', '.join(inputs)} -> {', '.join(outputs)}"
