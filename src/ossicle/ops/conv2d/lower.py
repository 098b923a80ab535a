"""The kernel calls of a convolution."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Calls, Kernels, Product
from ossicle.kernels.calls import Value
from ossicle.ops.geometry import Window
from ossicle.ops.lower_dense import dense_calls

AT_ONCE = 8
"""Windows that are gathered, or whose accumulators are kept, at once."""
FEW_FILTERS = 4
"""Fewer in a group do not fill a vector register with the sums of neighbours."""


def conv2d_products(node: Node) -> tuple[str, ...]:
    """What can multiply by its filters: several windows at once where there are several, and some filters."""
    window = Window.of(node)
    few = window.positions == 1 or len(node.constants["weight"]) < FEW_FILTERS * window.groups
    return ("linear", "matvec") if few else ("linear_positions", "matmat", "linear", "matvec")


def gathered_words(node: Node, calls: Calls) -> int:
    """Words that the windows of a call take where they have to be gathered first."""
    window = Window.of(node)
    in_place = window.step if calls.calls[0].several else window.contiguous
    size = calls.at_once * window.columns * node.product(0).operand.numpy.itemsize
    return 0 if in_place else -(-size // 4)


def conv2d_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """Those of a dense layer at each output position.

    A kernel of several operands reads windows that lie in the map evenly there, and others after
    ``osc_copy_windows`` has gathered some; one of a single operand reads what ``osc_im2col`` finds or
    gathers.
    """
    window, (product,) = Window.of(node), products
    calls = replace(dense_calls(node, tensors, kernels, products), times=window.positions)
    if "count" in product.kernel.parameters:
        kernels.need("copy_windows")
        calls = _at_once(calls, window, product)
    else:
        kernels.need("im2col")
    return replace(calls, words=gathered_words(node, calls) + calls.words)


def _at_once(calls: Calls, window: Window, product: Product) -> Calls:
    """The calls with a product of several windows."""
    multiply, *after = calls.calls
    needs_scratch = calls.sums or after or not window.step
    at_once = min(AT_ONCE if needs_scratch else window.positions, window.positions)
    values: dict[str, Value] = {
        "x_step": window.step or window.columns,
        "count": "count" if at_once < window.positions else at_once,
        "y_step": product.rows if calls.sums else product.rows * product.groups,
    }
    first = replace(multiply, values={**multiply.values, **values})
    return replace(calls, calls=(first, *after), at_once=at_once)
