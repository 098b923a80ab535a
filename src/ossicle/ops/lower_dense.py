"""The kernel calls of dense layers and of those that slide over a map."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ossicle.graph.types import Node, Tensor
from ossicle.kernels import Call, Calls, Kernels, Output, Product
from ossicle.kernels.calls import STREAMS, Value, from_stream_to_stream, rounded
from ossicle.numerics.formats import DType
from ossicle.ops.dense import clamp, clamp_codes

FLOAT_MAX = float(np.finfo(np.float32).max)
SUM_BYTES = 4
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
    result = tensors[node.outputs["y"]]
    multiply = Call(
        product.kernel, {"y": Output()}, columns=product.columns, product=product, variant=float_ending(node)
    )
    clamps = _clamps(node, result, kernels)
    if product.kernel.layer:
        return Calls((multiply, *clamps), product.rows, words=product.scratch_words)
    after = _after(node, result, kernels, product)
    return Calls((multiply, *after, *clamps), product.rows, sums=1, words=product.scratch_words)


def linear_calls(
    node: Node, tensors: Mapping[str, Tensor], kernels: Kernels, products: Sequence[Product]
) -> Calls:
    """Those of one operand, or of the operands of all streams where the kernel takes several."""
    calls, (product,) = dense_calls(node, tensors, kernels, products), products
    if "count" not in product.kernel.parameters:
        return calls
    multiply, *after = calls.calls
    result = tensors[node.outputs["y"]].dtype.numpy.itemsize
    requantized: dict[str, Value] = {
        "sums_step": from_stream_to_stream(SUM_BYTES),
        "count": STREAMS,
        "y_step": from_stream_to_stream(result),
    }
    first = replace(multiply, values={**multiply.values, **over_streams(product)})
    return replace(calls, calls=(first, *(at_positions(call, kernels, requantized) for call in after)))


def over_streams(product: Product) -> dict[str, Value]:
    """What a product with several operands is passed where these are of all streams."""
    return {
        "x_step": from_stream_to_stream(product.precision.operand.numpy.itemsize),
        "count": STREAMS,
        "y_step": from_stream_to_stream(SUM_BYTES),
    }


def at_positions(call: Call, kernels: Kernels, values: Mapping[str, Value]) -> Call:
    """A requantization at all positions of a product with several operands, if there is a kernel for it."""
    several = kernels.find("requantize_positions", call.kernel.types)
    if not several or call.kernel.operation != "requantize":
        return call
    return replace(call, kernel=several, values={**call.values, **values})


def float_ending(node: Node) -> str:
    """What float kernels do to a result: ``"sigmoid"``, ``"relu"`` or ``"none"``."""
    if node.attributes["activation"] == "sigmoid":
        return "sigmoid"
    return "relu" if node.attributes.get("low") == 0 else "none"


def _clamps(node: Node, result: Tensor, kernels: Kernels) -> list[Call]:
    """A call for limits other than those that the kernels before it end with."""
    low: float
    high: float
    if node.integer:
        low, high = clamp_codes(node, result)
        limited = high < np.iinfo(result.dtype.numpy).max and node.attributes["activation"] == "none"
    else:
        limits = clamp(node)
        low, high = (float(np.clip(end, -FLOAT_MAX, FLOAT_MAX)) for end in limits)
        limited = limits not in ((-math.inf, math.inf), (0.0, math.inf))
    values: dict[str, Value] = {"y": Output(), "low": low, "high": high}
    return [Call(kernels.need("clamp", result.dtype), values)] if limited else []


def _after(node: Node, result: Tensor, kernels: Kernels, product: Product) -> list[Call]:
    if not node.integer:
        ending = float_ending(node)
        passed: dict[str, Value] = {"activation": f"OSC_{ending.upper()}", "y": Output()}
        return [Call(kernels.need("activate", result.dtype), passed, product=product, variant=ending)]
    variant = coarse(node, product)
    if node.attributes["activation"] == "sigmoid":
        gate = {"limit": "OSC_GATE_LIMIT"}
        return [
            Call(kernels.need("requantize", DType.S32), gate, product=product, variant=variant),
            Call(kernels.need("sigmoid", result.dtype), {"y": Output()}, product=product),
        ]
    low, _ = clamp_codes(node, result)
    open_end = {DType.S8: "INT8_MIN", DType.S16: "INT16_MIN"}[result.dtype]
    values: dict[str, Value] = {
        "zero_point": result.zero_point,
        "low": low if "low" in node.attributes else open_end,
        "y": Output(),
    }
    operation = rounded("requantize", node.rounding)
    return [Call(kernels.need(operation, result.dtype), values, product=product, variant=variant)]
