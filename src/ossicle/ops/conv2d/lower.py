"""The kernel calls of a convolution."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Calls, Kernels, Product
from ossicle.ops.geometry import ConvolutionGeometry
from ossicle.ops.lower_dense import dense_calls


def im2col_words(node: Node) -> int:
    """Words that the values under a filter take where im2col has to copy them."""
    geometry = ConvolutionGeometry.of(node)
    size = geometry.taps * geometry.channels * node.product(0).operand.numpy.itemsize
    return 0 if geometry.contiguous else -(-size // 4)


def conv2d_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """Those of a dense layer at each output position, on operands that ``osc_im2col`` finds or copies."""
    kernels.need("im2col")
    calls = dense_calls(node, tensors, kernels, products)
    return replace(calls, words=im2col_words(node) + calls.words)
