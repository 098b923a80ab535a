"""What each kernel set computes, from the records of its kernels."""

from collections.abc import Iterable, Sequence

from ossicle.kernels import Kernel, KernelSet, load_kernels, set_names
from ossicle.kernels.forms import BYTE_PLANES, PLAIN, WIDENED
from ossicle.numerics.formats import PRECISIONS
from tables import Table

PRODUCTS = {
    "matvec": "matrix-vector product",
    "matvec_blocks": "matrix-vector product of blocks of 4 x 2 that are not zero",
    "matvec_tall_blocks": "matrix-vector product of blocks of 16 x 2 that are not zero",
    "matmat": "matrix-matrix product",
    "linear": "dense layer",
    "linear_positions": "dense layer at several positions",
    "depthwise": "depthwise convolution",
}
FORMS = {PLAIN: "", WIDENED: ", widened operand", BYTE_PLANES: ", byte planes"}


def products() -> Table:
    """Operation x precision x kernel set: the layouts of the weights that the kernels read."""
    sets = _sets()
    rows = [
        [title, precision, *("; ".join(map(_product, _of(of, operation, precision))) for of in sets)]
        for operation, title in PRODUCTS.items()
        for precision in PRECISIONS
        if any(_of(of, operation, precision) for of in sets)
    ]
    return Table("products", ["operation", "precision", *_titles(sets)], rows)


def others() -> Table:
    """Everything else that networks call: the element types of each operation."""
    sets = _sets()
    found = dict.fromkeys(
        kernel.operation
        for of in sets
        for kernel in of.kernels
        if kernel.parameters and kernel.operation not in PRODUCTS
    )
    rows = [[operation, *(_types(of, operation) for of in sets)] for operation in found]
    return Table("other operations", ["operation", *_titles(sets)], rows)


def _types(kernels: KernelSet, operation: str) -> str:
    found = [kernel.types for kernel in kernels.kernels if kernel.operation == operation]
    return ", ".join(types or "yes" for types in found)


def _sets() -> Sequence[KernelSet]:
    """Those with kernels that networks call, the portable one first."""
    sets = load_kernels(sorted(set_names(), key=lambda name: (name != "portable", name))).sets
    return [of for of in sets if any(kernel.parameters for kernel in of.kernels)]


def _titles(sets: Iterable[KernelSet]) -> list[str]:
    return [f"`{of.name}`" for of in sets]


def _of(kernels: KernelSet, operation: str, types: str) -> list[Kernel]:
    return [kernel for kernel in kernels.kernels if (kernel.operation, kernel.types) == (operation, types)]


def _product(kernel: Kernel) -> str:
    return f"`{kernel.layout.name}`{FORMS[kernel.operand]}"
