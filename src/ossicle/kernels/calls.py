"""Calls of kernels: what a node becomes, before it is C text and before it has a cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ossicle.kernels.forms import PLAIN, Form
from ossicle.kernels.kernel import Kernel
from ossicle.kernels.layouts import Layout
from ossicle.numerics.fixed_point import Rounding
from ossicle.numerics.formats import Precision


def rounded(operation: str, rounding: Rounding) -> str:
    """The operation of a kernel that rounds in a way: those of our own have none of its names."""
    return operation if rounding == Rounding.ONCE else f"{operation}_{rounding}"


@dataclass(frozen=True)
class Product:
    """One matrix of a node, and the kernel that multiplies it, which decides how the matrix is stored."""

    index: int
    """Among the matrices of the node."""
    suffix: str
    """Of the names of its constants."""
    precision: Precision
    kernel: Kernel
    layout: Layout
    """Of its weight."""
    rows: int
    """Of a group."""
    columns: int
    operand: str
    """The tensor that it is multiplied with."""
    form: Form
    """In which the kernel finds it: its own, or a snapshot where other cores replace the tensor."""
    groups: int = 1
    """Of as many rows each, which the kernel multiplies one after another, by operands of their own."""

    @property
    def scratch_words(self) -> int:
        """Words of scratch that its kernel needs while it runs."""
        return self.kernel.scratch(self.rows, self.columns) // 4

    @property
    def staged(self) -> bool:
        """Whether the operand is copied first."""
        return self.form != PLAIN

    def pack(self, weight: np.ndarray) -> list[np.ndarray]:
        """The tables of a weight in C, one for each group."""
        return [self.layout.pack(rows, self.precision) for rows in np.split(weight, self.groups)]

    def table_bytes(self, weight: np.ndarray) -> int:
        """Size of these tables, without making them."""
        return sum(self.layout.bytes(rows, self.precision) for rows in np.split(weight, self.groups))


@dataclass(frozen=True)
class Output:
    """The elements at an output port of a node, from the first one that is computed on."""

    port: str = "y"


@dataclass(frozen=True)
class Input:
    """The tensor at an input port of a node."""

    port: str = "x"


@dataclass(frozen=True)
class Constant:
    """A constant of the operator's own, outside of its products, with a value for each unit."""

    name: str


Value = str | int | float | Output | Input | Constant
"""Of a parameter; text is C as it stands, and a number is a constant, a float in single precision."""


STREAMS = "streams"
"""Of the parameter ``count``: the variable that says how many streams there are."""


def from_stream_to_stream(element_bytes: int) -> str:
    """Elements of so many bytes from those of a stream to those of the next: their states are an array."""
    return f"(int)(sizeof *state / {element_bytes})"


@dataclass(frozen=True)
class Call:
    """A kernel at work for some units of a node: its outputs, or its hidden units with all of their gates."""

    kernel: Kernel
    values: Mapping[str, Value] = field(default_factory=dict)
    """What is passed, by the kernel's parameters; those that are not here depend on where the call stands."""
    rows: int = 1
    """Rows, or elements, for each unit."""
    columns: int = 0
    product: Product | None = None
    """Whose matrix, operand or sums it reads."""
    variant: str = ""
    """What its cycles depend on besides: the activation function, or ``"coarse"`` factors."""

    @property
    def several(self) -> bool:
        """Whether it multiplies several operands at once."""
        return self.values.get("count", 1) != 1


@dataclass(frozen=True)
class Calls:
    """The calls of a node in order, and the scratch that they share."""

    calls: tuple[Call, ...]
    units: int
    """For which one core makes them, and among which several cores can share them."""
    times: int = 1
    """How often a frame makes them all: once for each output position of a convolution."""
    at_once: int = 1
    """Of these, how many a call takes that is for several."""
    sums: int = 0
    """Words of scratch for each unit."""
    words: int = 0
    """Words of scratch besides."""
