"""The kernel calls of a convolution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Calls, Kernels, Product
from ossicle.kernels.calls import Value
from ossicle.ops.geometry import ConvolutionGeometry
from ossicle.ops.lower_dense import dense_calls

AT_ONCE = 8
"""Windows that are gathered, or whose accumulators are kept, at once."""
FEW_FILTERS = 4
"""Fewer in a group do not fill a vector register with the sums of neighbours."""


def conv2d_products(node: Node) -> tuple[str, ...]:
    """What can multiply by its filters: at several positions at once if there are some, and filters."""
    geometry = ConvolutionGeometry.of(node)
    few = geometry.positions == 1 or len(node.constants["weight"]) < FEW_FILTERS * geometry.groups
    return ("linear", "matvec") if few else ("linear_positions", "matmat", "linear", "matvec")


def im2col_words(node: Node, calls: Calls) -> int:
    """Words that the values under the filters of a call take where they have to be copied first."""
    geometry = ConvolutionGeometry.of(node)
    in_place = geometry.step if calls.calls[0].several else geometry.contiguous
    size = calls.at_once * geometry.columns * node.product(0).operand.numpy.itemsize
    return 0 if in_place else -(-size // 4)


@dataclass(frozen=True)
class Stretch:
    """Output positions one after another."""

    begin: int
    end: int
    in_place: bool
    """Whether a call reads their values in the map, and not after ``osc_im2col_all`` has copied them."""
    step: int
    """From the values of a position to those of the next."""


def stretches(node: Node, calls: Calls) -> tuple[Stretch, ...]:
    """Of a convolution with products at some positions at once: those inside of the map are read there."""
    geometry = ConvolutionGeometry.of(node)
    if not im2col_words(node, calls):
        return (Stretch(0, geometry.positions, True, geometry.step),)
    inner = geometry.inner if calls.at_once < len(geometry.inner) else range(0)
    ends = [0, inner.start, inner.stop, geometry.positions] if inner else [0, geometry.positions]
    steps = {True: geometry.stride_width * geometry.channels, False: geometry.columns}
    found = [Stretch(begin, end, begin in inner, steps[begin in inner]) for begin, end in pairwise(ends)]
    return tuple(stretch for stretch in found if stretch.begin < stretch.end)


def conv2d_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """Those of a dense layer at each output position.

    A kernel of several operands reads them in the map where they lie there evenly, and otherwise after
    ``osc_im2col_all`` has copied some; one of a single operand reads what ``osc_im2col`` finds or copies.
    """
    geometry, (product,) = ConvolutionGeometry.of(node), products
    calls = replace(dense_calls(node, tensors, kernels, products), times=geometry.positions)
    if "count" in product.kernel.parameters:
        kernels.need("im2col_all")
        calls = _at_once(calls, geometry, product, kernels)
    else:
        kernels.need("im2col")
    return replace(calls, words=im2col_words(node, calls) + calls.words)


def _at_once(calls: Calls, geometry: ConvolutionGeometry, product: Product, kernels: Kernels) -> Calls:
    """The calls with a product at several output positions, and what follows it too where a kernel can."""
    multiply, *after = calls.calls
    needs_scratch = calls.sums or after or not geometry.step
    at_once = min(AT_ONCE if needs_scratch else geometry.positions, geometry.positions)
    several, results = at_once < geometry.positions, product.rows * product.groups
    count: Value = "count" if several else at_once
    values: dict[str, Value] = {
        "x_step": "x_step" if several else geometry.step or geometry.columns,
        "count": count,
        "y_step": product.rows if calls.sums else results,
    }
    made = [replace(multiply, values={**multiply.values, **values})]
    for call in after:
        kernel = kernels.find(f"{call.kernel.operation}_positions", call.kernel.types)
        more = {"count": count, "y_step": results}
        made.append(replace(call, kernel=kernel, values={**call.values, **more}) if kernel else call)
    return replace(calls, calls=tuple(made), at_once=at_once)
