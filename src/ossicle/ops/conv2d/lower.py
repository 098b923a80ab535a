"""The kernel calls of a convolution."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Calls, Kernels, Product
from ossicle.ops.geometry import Window
from ossicle.ops.lower_dense import dense_calls


def window_words(node: Node) -> int:
    """Words that the values of a window take where they have to be gathered first."""
    window = Window.of(node)
    size = window.points * window.channels * node.product(0).operand.numpy.itemsize
    return 0 if window.contiguous else -(-size // 4)


def conv2d_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """Those of a dense layer at each output position, on operands that ``osc_im2col`` finds or gathers."""
    kernels.need("im2col")
    calls = dense_calls(node, tensors, kernels, products)
    return replace(calls, words=window_words(node) + calls.words)
