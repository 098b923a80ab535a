"""What a kernel is to all stages: a C function as a record."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ossicle.kernels.cycles import Cycles
from ossicle.kernels.forms import PLAIN, Form
from ossicle.kernels.layouts import Layout


def no_scratch(rows: int, columns: int) -> int:
    """Bytes of a kernel that needs none."""
    return 0


def always(weight: np.ndarray) -> bool:
    """Of a kernel that is chosen whatever the weight is."""
    return True


@dataclass(frozen=True)
class Kernel:
    """A C function: what it computes, what it reads, what it needs.

    ``operation`` and ``types`` say what it computes. For products ``types`` is a name of
    :data:`ossicle.numerics.formats.PRECISIONS`, for other operations it names element types, as in ``"s16"``
    or ``"f32_s8"``; it is empty where there is only one form of the operation.
    """

    name: str
    """Of the function, and of its file."""
    operation: str
    types: str = ""
    parameters: tuple[str, ...] = ()
    """What the emitter passes, in order (:mod:`ossicle.emit.calls` says what the words mean)."""
    layout: Layout | None = None
    """Of the weight that it reads."""
    operand: Form = PLAIN
    struct: str = ""
    """C type of the matrix that it reads: weight, bias and requantization parameters, rows, columns."""
    layer: str = ""
    """C type of a matrix with an activation function, where it reads one."""
    inner: str = ""
    """The operation that it leaves to the kernel of its types, which then is what reads the weight."""
    scratch: Callable[[int, int], int] = no_scratch
    """Bytes that it needs while it runs, for so many rows and columns."""
    pays: Callable[[np.ndarray], bool] = always
    """Whether it is the better one for a weight, beside others that come later in an operator's list."""
    shared: bool = False
    """Whether several cores can each compute a range of its rows or elements."""
    header: str = "osc_kernels.h"
    """Where it is declared."""
    take: str = ""
    """C function that takes its matrix from a slice of a tile; empty where a cluster has no such slices."""
    take_header: str = "osc_slice.h"
    """Where that one is."""
    cycles: Cycles | None = None
    """What it takes on the cores of a cluster; None where nobody has measured or counted it."""

    @property
    def shareable(self) -> bool:
        """Whether the cores of a cluster can share it; a product must be able to read slices of tiles."""
        return self.shared and bool(self.take or not self.layout)
