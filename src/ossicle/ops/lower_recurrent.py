"""The kernel calls of recurrent layers."""

from collections.abc import Mapping, Sequence

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Kernels, Output, Product
from ossicle.numerics.formats import DType
from ossicle.ops.lower_dense import coarse


def recurrent_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """Both products, each requantized in integers, and then the gates."""
    hidden = tensors[node.outputs["h_next"]]
    gates = products[0].rows // hidden.size
    calls = []
    for product in products:
        calls.append(Call(product.kernel, rows=gates, columns=product.columns, product=product))
        if node.integer:
            requantize, values = kernels.need("requantize", DType.S32), {"limit": "OSC_GATE_LIMIT"}
            calls.append(Call(requantize, values, gates, product=product, variant=coarse(node, product)))
    states = {port.removesuffix("_next"): Output(port) for port in node.outputs}
    calls.append(Call(kernels.need(node.op, hidden.dtype), states))
    return Calls(tuple(calls), hidden.size, sums=gates * len(products))
