"""The kernel calls of dense layers and of those that slide over a map."""

from collections.abc import Mapping, Sequence

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Kernels, Output, Product
from ossicle.numerics.formats import DType

COARSE_SHIFT = 32
"""Up to which a factor is a half or more."""


def coarse(node: Node, product: Product) -> str:
    """The variant of a requantization: ``"coarse"`` where any row has a factor of a half or more."""
    return "coarse" if node.constants[f"shift{product.suffix}"].min() <= COARSE_SHIFT else ""


def dense_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """The product, and what makes results of its sums unless it does so itself."""
    (product,) = products
    activation = str(node.attributes["activation"])
    multiply = Call(
        product.kernel, {"y": Output()}, columns=product.columns, product=product, variant=activation
    )
    words = product.kernel.scratch(product.rows, product.columns) // 4
    if product.kernel.layer:
        return Calls((multiply,), product.rows, words=words)
    after = _after(node, tensors[node.outputs[0]], kernels, product)
    return Calls((multiply, *after), product.rows, sums=1, words=words)


def _after(node: Node, result: Tensor, kernels: Kernels, product: Product) -> list[Call]:
    activation = str(node.attributes["activation"])
    if not node.integer:
        values = {"activation": f"OSC_{activation.upper()}", "y": Output()}
        return [Call(kernels.need("activate", result.dtype), values, product=product, variant=activation)]
    variant = coarse(node, product)
    if activation == "sigmoid":
        gate = {"limit": "OSC_GATE_LIMIT"}
        return [
            Call(kernels.need("requantize", DType.S32), gate, product=product, variant=variant),
            Call(kernels.need("sigmoid", result.dtype), {"y": Output()}, product=product),
        ]
    low = {DType.S8: "INT8_MIN", DType.S16: "INT16_MIN"}[result.dtype]
    values = {
        "zero_point": result.zero_point,
        "low": result.zero_point if activation == "relu" else low,
        "y": Output(),
    }
    return [Call(kernels.need("requantize", result.dtype), values, product=product, variant=variant)]
